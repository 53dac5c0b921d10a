"""The command that makes pictures larger."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, print_result, remark
from core.cli_style import stopped_by_interrupt
from core.cli_style_request import bytes_in_words, picture_of, seconds_in_words
from core.errors import AtelierError, ConfigError
from core.image_formats import PICTURE_SUFFIXES
from core.upscale.methods import METHODS

if TYPE_CHECKING:
    from PIL import Image

    from core.upscale.network import Network
    from core.upscale.report import Report
    from core.upscale.request import UpscaleRequest

_METHOD = "lanczos"


def upscale_pictures(options: argparse.Namespace) -> None:
    from core.images import read_image_with_alpha
    from core.training.device import choose_device
    from core.upscale.errors import StoppedError
    from core.upscale.report import Report
    from core.upscale.upscale import check_size

    files = files_of(options.files)
    places = _places(files, options.out)
    requests = [request_of(options, file) for file in files]
    needs_network = METHODS[requests[0].method].needs_model
    device = str(choose_device(options.device)) if needs_network else "cpu"
    if options.estimate:
        _tell_costs(options, requests, files, device)
        return
    network = loaded(requests[0], device) if needs_network else None
    rows: list[dict[str, Any]] = []
    refused = 0
    with stopped_by_interrupt() as stop_requested:
        for file, place, request in zip(files, places, requests, strict=True):
            if stop_requested():
                break
            if len(files) > 1 and _is_result_of(place, request):
                rows.append({"file": str(file), "out": str(place), "known": True})
                continue
            report = Report(progress=show_progress, note=remark, stop_requested=stop_requested)
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


def request_of(options: argparse.Namespace, file: Path) -> "UpscaleRequest":
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


def loaded(request: "UpscaleRequest", device: str) -> "Network":
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


def files_of(given: Sequence[Path]) -> list[Path]:
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


def show_progress(done: int, total: int, unit: str) -> None:
    if sys.stderr.isatty() and total > 1:
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r\033[K    {done / max(total, 1):4.0%}  {done:,} of {total:,} {unit}{end}")
        sys.stderr.flush()


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`upscale`."""
    upscale = add_command(commands, "upscale", upscale_pictures, "make pictures 2 or 4 times as large, as PNG")
    upscale.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a picture, or a folder of pictures")
    upscale.add_argument("--scale", type=int, default=4, choices=(2, 4), help="default: 4")
    upscale.add_argument("--method", choices=tuple(METHODS), help="default: lanczos, or model if --model is given")
    upscale.add_argument(
        "--model", help="a .safetensors or .pth file, its name among the weights, or with --method own a name"
    )
    add_ways(upscale)
    upscale.add_argument("--bits", type=int, default=8, choices=(8, 16), help="a channel (default 8)")
    upscale.add_argument("--estimate", action="store_true", help="only say what it would cost")
    upscale.add_argument(
        "--out", type=Path, required=True, help="a PNG file; for several pictures a folder, where what is done stays"
    )


def add_ways(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sharpen", type=float, default=0.0, help="per cent of an unsharp mask (default 0)")
    command.add_argument("--passes", type=int, default=8, help="of back-projection (default 8)")
    command.add_argument("--tile", type=int, help="pixels a network sees at once; 0: all (default: what suits)")
    command.add_argument("--overlap", type=int, help="pixels in which tiles are blended (default: what suits)")
    command.add_argument("--device", default="auto", help="auto (default), cpu or cuda")
