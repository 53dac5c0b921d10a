"""The commands that make pictures larger, and those about the networks that do."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.cli_style import stopped_by_interrupt
from core.cli_style_request import bytes_in_words, picture_of, seconds_in_words
from core.errors import AtelierError, ConfigError
from core.image_formats import PICTURE_SUFFIXES
from core.upscale.methods import METHODS
from core.workspace import Workspace

if TYPE_CHECKING:
    from PIL import Image

    from core.upscale.network import Network
    from core.upscale.report import Report
    from core.upscale.request import UpscaleRequest

_METHOD = "lanczos"
_MOST_EVALUATED = 100  # pictures


def upscale_pictures(options: argparse.Namespace) -> None:
    from core.images import read_image_with_alpha
    from core.training.device import choose_device
    from core.upscale.errors import StoppedError
    from core.upscale.report import Report
    from core.upscale.upscale import check_size

    files = _files(options.files)
    places = _places(files, options.out)
    requests = [_request(options, file) for file in files]
    needs_network = METHODS[requests[0].method].needs_model
    device = str(choose_device(options.device)) if needs_network else "cpu"
    if options.estimate:
        _tell_costs(options, requests, files, device)
        return
    network = _loaded(requests[0], device) if needs_network else None
    rows: list[dict[str, Any]] = []
    refused = 0
    with stopped_by_interrupt() as stop_requested:
        for file, place, request in zip(files, places, requests, strict=True):
            if stop_requested():
                break
            if len(files) > 1 and _is_result_of(place, request):
                rows.append({"file": str(file), "out": str(place), "known": True})
                continue
            report = Report(progress=_progress, note=remark, stop_requested=stop_requested)
            try:
                image = read_image_with_alpha(file)
                check_size(image.width, image.height, request.scale)
                rows.append({"file": str(file), **_one(request, image, place, options.bits, network, report)})
            except StoppedError as stopped:
                remark(f"{stopped} Nothing is kept of {file.name}.")
                break
            except AtelierError as error:
                if len(files) == 1:
                    raise
                refused += 1
                remark(f"{file}: {error}")
                rows.append({"file": str(file), "out": None, "message": str(error)})
    if refused == len(files):
        raise AtelierError(f"None of {refused:,} pictures could be made larger.")
    if len(files) == 1:
        if not rows:
            raise AtelierError("Stopped before the picture was whole; nothing is kept of it.")
        print_result(options, rows[0], text=str(rows[0]["out"]))
        return
    made, known = (sum(row.get("known", False) is was for row in rows if row["out"]) for was in (False, True))
    before = f", {known:,} were there before" if known else ""
    failed = f", {refused:,} could not be" if refused else ""
    left = f", {len(files) - len(rows):,} left: the same command goes on" if len(rows) < len(files) else ""
    value = {"out": str(options.out), "made": made, "known": known, "refused": refused, "pictures": rows}
    print_result(options, value, text=f"{made:,} pictures made larger{before}{failed}{left}.\n{options.out}")


def _one(
    request: "UpscaleRequest",
    image: "Image.Image",
    place: Path,
    bits: int,
    network: "Network | None",
    report: "Report",
) -> dict[str, Any]:
    from core.files import write_bytes
    from core.upscale.output import encode_png
    from core.upscale.upscale import upscale

    began = time.monotonic()
    result = upscale(request, image, network=network, report=report)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(place, encode_png(result.picture, bits=bits, request=request, label=result.label))
    height, width = result.picture.shape[:2]
    return {
        "out": str(place),
        "label": result.label,
        "width": width,
        "height": height,
        "seconds": round(time.monotonic() - began, 2),
        "request": request.to_json(),
    }


def _request(options: argparse.Namespace, file: Path) -> "UpscaleRequest":
    from core.upscale.request import UpscaleRequest

    method = options.method or ("model" if options.model else _METHOD)
    model = options.model or ""
    if method == "model" and Path(model).suffix and Path(model).is_file():
        model = str(Path(model).resolve())
    return UpscaleRequest(
        picture_of(file),
        scale=options.scale,
        method=method,
        model=model,
        sharpen=options.sharpen,
        passes=options.passes,
        tile=options.tile,
        overlap=options.overlap,
    )


def _loaded(request: "UpscaleRequest", device: str) -> "Network":
    import torch

    from core.training.device import prepare
    from core.upscale.network import network_for

    prepare(torch.device(device))
    network = network_for(request, device=device)
    remark(f"{network.title}, on {device}")
    return network


def _tell_costs(
    options: argparse.Namespace, requests: "Sequence[UpscaleRequest]", files: Sequence[Path], device: str
) -> None:
    from core.images import read_image
    from core.upscale.estimate import estimate

    costs = []
    for request, file in zip(requests, files, strict=True):
        width, height = read_image(file).size
        costs.append(estimate(request, width, height, device))
    seconds, most = sum(cost.seconds for cost in costs), max(cost.bytes for cost in costs)
    value = {"pictures": len(files), "seconds": round(seconds, 2), "bytes": most}
    print_result(options, value, text=f"{seconds_in_words(seconds)}, {bytes_in_words(most)}")


def _files(given: Sequence[Path]) -> list[Path]:
    """Folders stand for the pictures in them. Raises: ConfigError."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(other for other in path.iterdir() if other.suffix.lower()[1:] in PICTURE_SUFFIXES)
            if not inside:
                raise ConfigError(f"The folder {path} holds no pictures. Name another, or the pictures themselves.")
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _places(files: Sequence[Path], out: Path) -> list[Path]:
    """Where each result goes. Raises: ConfigError."""
    if len(files) == 1 and out.suffix:
        if out.suffix.lower() != ".png":
            raise ConfigError(f"Results are saved without loss, as PNG; got {out.name!r}. End the name in .png.")
        return [out]
    if out.suffix or out.is_file():
        raise ConfigError(f"{len(files)} pictures need a folder to go to; got {out.name!r}. Name a folder with --out.")
    names: dict[str, Path] = {}
    for file in files:
        name = file.stem if file.stem not in names else f"{file.stem}-{file.suffix[1:]}"
        number = 2
        while name in names:
            name, number = f"{file.stem}-{number}", number + 1
        names[name] = file
    places = [out / f"{name}.png" for name in names]
    for file, place in zip(files, places, strict=True):
        if place.exists() and place.resolve() == file.resolve():
            raise ConfigError(f"{file} would be written over by its own result. Name another folder with --out.")
    return places


def _is_result_of(place: Path, request: "UpscaleRequest") -> bool:
    """Whether this picture was made before, just so."""
    from core.upscale.output import read_request

    try:
        return place.is_file() and read_request(place) == request.for_file()
    except AtelierError:
        return False  # another picture of the same name: it is written over, as --out says


def _progress(done: int, total: int, unit: str) -> None:
    if sys.stderr.isatty() and total > 1:
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r\033[K    {done / max(total, 1):4.0%}  {done:,} of {total:,} {unit}{end}")
        sys.stderr.flush()


# --- networks


def list_networks(options: argparse.Namespace) -> None:
    from core.upscale.listing import list_upscalers, missing

    workspace = Workspace()
    rows = []
    for found in list_upscalers(workspace):
        training = found.training or {}
        published = "" if found.known is None else "published"
        row = {
            "method": found.method,
            "name": found.name,
            "scale": found.scale,
            "what": found.title or "refused",
            "gain_db": training.get("gain_db"),
            "remark": found.refused or ("as published" if found.is_verified else published),
        }
        if options.json:
            row |= {"path": str(found.path), "bytes": found.bytes, "training": found.training}
        rows.append(row)
    columns = ("method", "name", "scale", "what", "gain_db", "remark")
    print_table(options, rows, columns, empty="No network for upscaling is here yet. Train one: upscaler train.")
    if not options.json:
        for known in missing(workspace):
            remark(f"Could be here: {known.name} ({known.megabytes:.0f} MB), {known.url}")


def check_network(options: argparse.Namespace) -> None:
    """Opened as it would be for use, and tried on a small picture."""
    import numpy as np

    from core.upscale.network import load_network

    network = load_network(options.file)
    network.run(np.full((32, 32, 3), 0.5, np.float32))
    facts = {"file": str(options.file), "title": network.title, "scale": network.scale, "tiling": network.model.tiling}
    print_result(options, facts, text=f"{network.title}: can be used.")


def train_network(options: argparse.Namespace) -> None:
    from core.jobs import control
    from core.jobs.folder import State, find_job
    from core.pictures.chosen import ChosenPicture
    from core.upscale.listing import describe_file
    from core.upscale.places import own_file
    from core.upscale.training_job import KIND, create_training
    from core.upscale.training_settings import UpscalerSettings

    workspace = Workspace().create()
    if options.resume:
        job = find_job(workspace, options.resume)
        if job.kind != KIND:
            raise ConfigError(f"{options.resume} is a job of another kind ({job.kind}), not {KIND}.")
    else:
        if options.pictures is None or options.name is None:
            raise ConfigError("Training needs pictures and a name. Give --pictures FOLDER and --name NAME.")
        settings = UpscalerSettings(
            scale=options.scale,
            size=options.size,
            minutes=options.minutes,
            steps=options.steps,
            batch_size=options.batch_size,
            crop=options.crop,
            learning_rate=options.learning_rate,
            seed=options.seed,
        )
        chosen = [ChosenPicture(path=str(file.resolve()), label=file.name) for file in _files(options.pictures)]
        job = create_training(workspace, chosen, name=options.name, settings=settings, device=options.device)
    end = control.run_here(workspace, job, on_progress=progress_line())
    if end.state is State.STOPPED:
        remark(f"{end.message} Go on with: python -m core upscaler train --resume {job.id}")
    else:
        done(job, end)
    name = job.settings["name"]
    place = workspace.upscalers / f"{name}.safetensors"
    training = describe_file(own_file(workspace, name)).training if place.is_file() else None
    print_result(
        options,
        {"name": name, "job": job.id, "message": end.message, "file": str(place), "training": training},
        text=f"{end.message}\n{place}",
    )


def evaluate_methods(options: argparse.Namespace) -> None:
    from functools import partial

    import numpy as np
    from PIL import Image

    from core.images import read_image
    from core.training.device import choose_device
    from core.upscale.evaluate import Enlarge, compare, fitted
    from core.upscale.upscale import to_array, upscale

    files = _files(options.pictures)[: options.count]
    pictures = [fitted(to_array(read_image(file)), options.scale, options.side) for file in files]
    device = str(choose_device(options.device))
    ways: dict[str, Enlarge] = {}

    def enlarged_by(request: "UpscaleRequest", network: "Network | None", small: np.ndarray) -> np.ndarray:
        image = Image.fromarray(np.rint(small * 255).astype(np.uint8))
        return upscale(request, image, network=network).picture

    for method, model in [("backprojection", ""), *_named_networks(options)]:
        asked = argparse.Namespace(**vars(options) | {"method": method, "model": model})
        request = _request(asked, files[0])
        network = _loaded(request, device) if model else None
        ways[request.name_of_model or method] = partial(enlarged_by, request, network)
    try:
        scores = compare(
            pictures, options.scale, ways, after_picture=lambda done: _progress(done, len(files), "pictures")
        )
    except ValueError as error:
        raise ConfigError(f"Of {len(files)} pictures, none is large enough to be made small and compared.") from error
    rows = [
        {"method": name, **found.to_json()} for name, found in sorted(scores.items(), key=lambda item: -item[1].psnr_y)
    ]
    print_table(
        options, rows, ("method", "psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb", "pictures"), empty="Nothing compared."
    )


def _named_networks(options: argparse.Namespace) -> list[tuple[str, str]]:
    return [("own", name) for name in options.own] + [("model", name) for name in options.networks]


def remove_network(options: argparse.Namespace) -> None:
    from core.upscale.listing import remove_own
    from core.upscale.places import own_file

    path = own_file(Workspace(), options.name)
    remove_own(Workspace(), options.name)
    print_result(options, {"removed": path.stem}, text=f"{path.stem} is gone. Pictures that it made stay.")


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`upscale`, `upscaler list|check|train|evaluate|remove`."""
    upscale = add_command(commands, "upscale", upscale_pictures, "make pictures 2 or 4 times as large, as PNG")
    upscale.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a picture, or a folder of pictures")
    upscale.add_argument("--scale", type=int, default=4, choices=(2, 4), help="default: 4")
    upscale.add_argument("--method", choices=tuple(METHODS), help="default: lanczos, or model if --model is given")
    upscale.add_argument(
        "--model", help="a .safetensors or .pth file, its name among the weights, or with --method own a name"
    )
    _add_ways(upscale)
    upscale.add_argument("--bits", type=int, default=8, choices=(8, 16), help="a channel (default 8)")
    upscale.add_argument("--estimate", action="store_true", help="only say what it would cost")
    upscale.add_argument(
        "--out", type=Path, required=True, help="a PNG file; for several pictures a folder, where what is done stays"
    )

    networks = commands.add_parser("upscaler", help="networks that make pictures larger").add_subparsers(
        required=True, metavar="ACTION"
    )
    add_command(networks, "list", list_networks, "list the networks that are here")

    check = add_command(networks, "check", check_network, "open a file of weights, without running anything in it")
    check.add_argument("file", type=Path)

    train = add_command(networks, "train", train_network, "train a small network on pictures of your own")
    train.add_argument("--pictures", type=Path, nargs="+", metavar="FOLDER", help="pictures, or folders of them")
    train.add_argument("--name", help="by which it is chosen afterwards")
    train.add_argument("--scale", type=int, default=4, choices=(2, 4), help="default: 4")
    train.add_argument("--size", default="small", choices=("small", "full"), help="full wants a GPU (default small)")
    train.add_argument("--minutes", type=float, default=5.0, help="default: 5")
    train.add_argument("--steps", type=int, default=0, help="instead of minutes")
    train.add_argument("--batch-size", type=int, default=16, help="default: 16")
    train.add_argument("--crop", type=int, default=96, choices=(64, 96, 128), help="pixels (default 96)")
    train.add_argument("--learning-rate", type=float, default=2e-3, help="default: 0.002")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--device", default="auto", help="auto (default), cpu or cuda")
    train.add_argument("--resume", metavar="JOB", help="go on with a training that was stopped")

    evaluate = add_command(
        networks, "evaluate", evaluate_methods, "make pictures small, enlarge them again, and tell PSNR and SSIM"
    )
    evaluate.add_argument("--pictures", type=Path, nargs="+", required=True, metavar="FOLDER")
    evaluate.add_argument("--own", action="append", default=[], metavar="NAME", help="a network that was trained here")
    evaluate.add_argument(
        "--model", dest="networks", action="append", default=[], help="a file of weights, or its name"
    )
    evaluate.add_argument("--scale", type=int, default=4, choices=(2, 4), help="default: 4")
    evaluate.add_argument("--side", type=int, default=512, help="pixels of their middle that count (default 512)")
    evaluate.add_argument("--count", type=int, default=_MOST_EVALUATED, help=f"default: {_MOST_EVALUATED}")
    _add_ways(evaluate)

    remove = add_command(networks, "remove", remove_network, "remove a network that was trained here")
    remove.add_argument("name")


def _add_ways(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sharpen", type=float, default=0.0, help="per cent of an unsharp mask (default 0)")
    command.add_argument("--passes", type=int, default=8, help="of back-projection (default 8)")
    command.add_argument("--tile", type=int, help="pixels a network sees at once; 0: all (default: what suits)")
    command.add_argument("--overlap", type=int, help="pixels in which tiles are blended (default: what suits)")
    command.add_argument("--device", default="auto", help="auto (default), cpu or cuda")
