"""The command `animate`: films of a run's epochs, of their curves, and of walks through its latents."""

import argparse
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, done, print_result, progress_line
from core.errors import ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.sampling.films.request import FilmRequest
    from core.training.run_folder import RunFolder

_LAYOUTS = ("expanding", "rolling", "static", "grid", "latent", "grown", "walk")
_USUAL_SIZES = {".mp4": 1280, ".gif": 720}  # pixels of the longer side


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    film = add_command(commands, "animate", animate, "make a film (MP4 or GIF) of a run's epochs, or of a walk")
    film.add_argument("run", nargs="+", help="up to four runs, side by side")
    film.add_argument(
        "--layout",
        choices=_LAYOUTS,
        required=True,
        help="expanding, rolling, static: a curve beside the pictures; grid, latent: pictures alone; walk: from point "
        "to point of the latent space; grown: points drawn anew by every epoch's weights",
    )
    film.add_argument("--out", type=Path, required=True, help="a file that ends in .mp4 or .gif")
    what = film.add_argument_group("what it shows")
    what.add_argument("--epochs", default="all", help="all that were kept (default), or numbers and ranges: 0-20,40")
    what.add_argument("--shown", choices=("samples", "raw", "reconstructions"), default="samples")
    what.add_argument("--latent", type=int, action="append", help="number in the grid, from 0; several: again")
    what.add_argument("--curve", "--metric", action="append", help="loss_generator, swd, ...; up to four: again")
    what.add_argument("--smoothing", type=float, default=0.6, help="of the curve, 0 to 0.99 (default 0.6)")
    what.add_argument("--log", action="store_true", help="a logarithmic axis for the curve")
    what.add_argument("--window", type=int, default=5, help="epochs in sight of a rolling curve (default 5)")
    walk = film.add_argument_group("points")
    walk.add_argument("--epoch", type=int, help="whose weights draw it (default: the newest)")
    walk.add_argument(
        "--points", nargs="+", help="SEED:NUMBER, several; or a JSON file with a list of points (default 0:0 to 0:5)"
    )
    walk.add_argument("--truncation", type=float, help="of points given as seeds")
    walk.add_argument("--loop", action="store_true", help="back to the first point")
    walk.add_argument("--device", default="auto")
    time = film.add_argument_group("time")
    time.add_argument("--seconds", type=float, help="for each epoch, or from point to point (default 0.5; a walk: 2)")
    time.add_argument("--duration", type=float, help="seconds of the whole film, in place of --seconds")
    time.add_argument("--fade", type=float, default=0.0, help="share of it in which pictures change over, 0 to 1")
    time.add_argument("--easing", default="smooth", help="linear, smooth, gentle, sine, arrive or leave")
    time.add_argument("--hold", type=float, default=2.0, help="seconds more for the last frame (default 2)")
    time.add_argument("--fps", type=int, default=25, help="frames a second where something moves (default 25)")
    look = film.add_argument_group("look")
    look.add_argument("--size", type=int, help="pixels of the longer side, at most (default 1280; a GIF 720)")
    look.add_argument("--shape", default="fit", help="fit, 16:9, 4:3, 1:1, 4:5 or 9:16 (default fit)")
    look.add_argument("--light", action="store_true", help="on a light ground")
    look.add_argument("--title", default="")
    look.add_argument("--caption", choices=("all", "epoch", "none"), default="all", help="what is written around it")


def animate(options: argparse.Namespace) -> None:
    from core.cli_train import find_run_job
    from core.film import check_film_name
    from core.jobs import control
    from core.sampling.films.job import create_film, made_film
    from core.training.run_folder import RunFolder

    check_film_name(options.out)
    workspace = Workspace().create()
    runs = [RunFolder(find_run_job(workspace, name).path) for name in options.run]
    request = _request(workspace, options, runs)
    job = create_film(workspace, request, device=options.device)
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    made = made_film(job)
    if made is None:  # stopped
        raise ConfigError(end.message)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(job.path / made.file, options.out)
    facts: dict[str, Any] = {**asdict(made), "file": str(options.out), "job": job.id, "message": end.message}
    print_result(options, facts, f"{end.message}\n{options.out}")


def _request(workspace: Workspace, options: argparse.Namespace, runs: "list[RunFolder]") -> "FilmRequest":
    from core.sampling.films.job import plan_film
    from core.sampling.films.request import WITH_POINTS, FilmRequest

    is_walk = options.layout == "walk"
    suffix = options.out.suffix.lower()
    if options.duration is not None and options.seconds is not None:
        raise ConfigError("How long: say it with --seconds or with --duration, not with both.")
    request = FilmRequest(
        layout=options.layout,
        runs=tuple(run.id for run in runs),
        epochs=() if is_walk else _epochs(options.epochs, _kept(options.layout, runs)),
        shown=options.shown,
        latents=tuple(options.latent or ([0] if options.layout == "latent" else [])),
        curves=tuple(options.curve or ()),
        smoothing=options.smoothing,
        log=options.log,
        window=options.window,
        points=_points(options, runs[0]) if options.layout in WITH_POINTS else (),
        loop=options.loop,
        seconds=options.seconds if options.seconds is not None else 2.0 if is_walk else 0.5,
        fade=options.fade,
        easing=options.easing,
        hold_seconds=options.hold,
        frames_per_second=options.fps,
        size=options.size or _USUAL_SIZES[suffix],
        shape=options.shape,
        ground="light" if options.light else "dark",
        title=options.title,
        caption=options.caption,
        suffix=suffix,
    )
    if options.duration is None:
        return request
    stops = plan_film(workspace, request).stops
    steps = stops if options.loop or not is_walk else stops - 1
    return replace(request, seconds=(options.duration - (0 if options.loop else options.hold)) / steps)


def _kept(layout: str, runs: "list[RunFolder]") -> set[int]:
    """Epochs that such a film can show."""
    return {epoch for run in runs for epoch in (run.weight_epochs() if layout == "grown" else run.epochs())}


def _epochs(text: str, kept: set[int]) -> tuple[int, ...]:
    """ "0-20,40": of a range those that were kept, of single numbers each. () for all."""
    if text == "all":
        return ()
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ConfigError(f"Epochs are numbers and ranges, as in 0-20,40; got {part.strip()!r}.")
        within = {epoch for epoch in kept if int(first) <= epoch <= int(last)} if dash else {int(first)}
        if not within:
            raise ConfigError(
                f"No epoch from {first} to {last} was kept. There are {min(kept, default=0)} to {max(kept, default=0)}."
            )
        found |= within
    return tuple(sorted(found))


def _points(options: argparse.Namespace, run: "RunFolder") -> tuple[dict[str, Any], ...]:
    """Points as JSON, of the run and epoch that were asked for."""
    from core.files import read_json
    from core.sampling.points import Point, Seed

    epoch = options.epoch if options.epoch is not None else run.latest()
    if epoch is None:
        raise ConfigError(f"The run {run.id} has kept no weights yet, so that nothing can be drawn from it.")
    given = options.points or [f"0:{number}" for number in range(6)]
    if len(given) == 1 and given[0].lower().endswith(".json"):
        try:
            listed = read_json(Path(given[0]))
        except ValueError as error:
            raise ConfigError(f"{given[0]} is no JSON: {error}.") from error
        if not isinstance(listed, list):
            raise ConfigError(f"{given[0]} holds no list of points.")
        points = [Point.from_json(point) for point in listed]
        if options.layout == "grown" and options.epoch is None:  # settled at their own epochs
            return tuple(point.at(run.id, point.epoch).to_json() for point in points)
        if options.epoch is None and points:
            epoch = points[0].epoch
        return tuple(point.at(run.id, epoch).to_json() for point in points)
    seeds = []
    for part in given:
        seed, colon, number = part.partition(":")
        if not seed.isdecimal() or (colon and not number.isdecimal()):
            raise ConfigError(f"A point is SEED:NUMBER, as in 0:17; got {part!r}.")
        seeds.append(Seed(int(seed), int(number or 0)))
    return tuple(Point(run.id, epoch, seed, truncation=options.truncation).to_json() for seed in seeds)
