"""The commands about the networks that make pictures larger: listed, checked, trained, compared, removed."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.cli_upscale import add_ways, files_of, loaded, request_of, show_progress
from core.errors import ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.upscale.network import Network
    from core.upscale.request import UpscaleRequest

_MOST_EVALUATED = 100  # pictures


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
        chosen = [ChosenPicture(path=str(file.resolve()), label=file.name) for file in files_of(options.pictures)]
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

    files = files_of(options.pictures)[: options.count]
    pictures = [fitted(to_array(read_image(file)), options.scale, options.side) for file in files]
    device = str(choose_device(options.device))
    ways: dict[str, Enlarge] = {}

    def enlarged_by(request: "UpscaleRequest", network: "Network | None", small: np.ndarray) -> np.ndarray:
        image = Image.fromarray(np.rint(small * 255).astype(np.uint8))
        return upscale(request, image, network=network).picture

    for method, model in [("backprojection", ""), *_named_networks(options)]:
        asked = argparse.Namespace(**vars(options) | {"method": method, "model": model})
        request = request_of(asked, files[0])
        network = loaded(request, device) if model else None
        ways[request.name_of_model or method] = partial(enlarged_by, request, network)
    try:
        scores = compare(
            pictures, options.scale, ways, after_picture=lambda done: show_progress(done, len(files), "pictures")
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
    """`upscaler list|check|train|evaluate|remove`."""
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
    add_ways(evaluate)

    remove = add_command(networks, "remove", remove_network, "remove a network that was trained here")
    remove.add_argument("name")
