"""The jobs that make films: kind "animate" of pictures that a training kept, "animate-walk" of pictures drawn anew.

A job's folder holds film.mp4 or film.gif, poster.webp (its middle frame) and film.json: what was made.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.files import read_json, remove_temporary, write_bytes, write_json
from core.film import check_film_name, write_film
from core.jobs import control
from core.jobs.folder import JobFolder, find_job, list_jobs
from core.sampling.films.epochs import EpochFilm
from core.sampling.films.grounds import GROUNDS
from core.sampling.films.grown import painter_of
from core.sampling.films.request import LAYOUTS, WITH_POINTS, FilmRequest
from core.sampling.films.walk import WalkFilm
from core.training.runs import find_run
from core.workspace import Workspace

if TYPE_CHECKING:
    from PIL import Image

    from core.jobs.running import RunningJob

OF_EPOCHS, OF_POINTS = "animate", "animate-walk"
JOB_KINDS = (OF_EPOCHS, OF_POINTS)
POSTER = "poster.webp"
_FACTS = "film.json"
_MOST_FRAMES = 30_000  # twenty minutes
_POSTER_SIDE = 480  # pixels


@dataclass(frozen=True)
class FilmPlan:
    """What a request comes to, before anything is drawn."""

    frames: int
    seconds: float
    width: int  # pixels
    height: int
    zooms: tuple[int, ...]  # of each run's pictures; 0: made smaller than they are
    stops: int  # epochs, or points of a walk


@dataclass(frozen=True)
class MadeFilm:
    """What lies in the folder of a job that is done."""

    file: str
    frames: int
    seconds: float
    width: int
    height: int
    bytes: int


class _StoppedError(Exception):
    """Somebody asked the job to stop between two frames."""


def plan_film(workspace: Workspace, request: FilmRequest) -> FilmPlan:
    """Raises: ConfigError, NotFoundError for what the runs do not have; FilmError where MP4 cannot be written."""
    check_film_name(Path(f"film{request.suffix}"))
    film = _film(workspace, request)
    if film.timeline.count > _MOST_FRAMES:
        raise ConfigError(
            f"A film has up to {_MOST_FRAMES:,} frames; this one would have {film.timeline.count:,}. Give each epoch "
            "less time, or fewer frames a second."
        )
    held = 0.0 if request.loop else request.hold_seconds
    return FilmPlan(
        frames=film.timeline.count,
        seconds=film.timeline.count / film.timeline.rate + held,
        width=film.size[0],
        height=film.size[1],
        zooms=tuple(film.zooms),
        stops=film.timeline.stops,
    )


def create_film(workspace: Workspace, request: FilmRequest, *, device: str = "auto") -> JobFolder:
    """A job folder that holds everything the film needs; nothing is started.

    Raises, before there is a folder: what plan_film raises.
    """
    plan_film(workspace, request)
    kind = OF_POINTS if request.layout in WITH_POINTS else OF_EPOCHS
    settings = {"request": request.to_json(), "device": device}
    return control.create(workspace.create(), kind, settings, title=film_title(workspace, request))


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. A film that was stopped is begun anew."""
    remove_temporary(job.folder)
    request = FilmRequest.from_json(job.settings["request"])
    film = _film(job.workspace, request)
    target = job.folder / f"film{request.suffix}"
    frames = _frames(job, film)
    try:
        written = write_film(
            target,
            _reported(job, frames, film.timeline.count),
            frames_per_second=film.timeline.rate,
            hold_last_seconds=0.0 if request.loop else request.hold_seconds,
            size=film.size,
            background=GROUNDS[request.ground].paper,
        )
    except _StoppedError:
        return "Stopped before the film was whole. It begins anew when it is resumed."
    made = MadeFilm(
        target.name, written.frames, round(written.seconds, 3), written.width, written.height, target.stat().st_size
    )
    write_json(job.folder / _FACTS, asdict(made))
    return (
        f"{made.seconds:.1f} s, {made.width} × {made.height} pixels, {made.frames:,} frames, {made.bytes / 1e6:.1f} MB."
    )


def made_film(job: JobFolder) -> MadeFilm | None:
    """What a job made; None while there is nothing, or it was removed."""
    found = read_json(job.path / _FACTS)
    try:
        made = MadeFilm(**found) if isinstance(found, dict) else None
    except TypeError:  # written by another version
        return None
    return made if made and Path(made.file).name == made.file and (job.path / made.file).is_file() else None


def request_of(job: JobFolder) -> FilmRequest:
    """Raises: ConfigError for a job that holds none that this version can read."""
    return FilmRequest.from_json(job.settings.get("request"))


def films_of(workspace: Workspace, run_ids: Iterable[str], *, kinds: tuple[str, ...] = JOB_KINDS) -> list[JobFolder]:
    """Jobs of films that any of these runs is in, the newest first, whatever became of them."""
    wanted = set(run_ids)
    found = []
    for job in list_jobs(workspace):
        if job.kind in kinds and isinstance(job.settings.get("request"), dict):
            named = job.settings["request"].get("runs")
            if isinstance(named, list) and any(name in wanted for name in named if isinstance(name, str)):
                found.append(job)
    return found


def film_title(workspace: Workspace, request: FilmRequest) -> str:
    """ "Quick GAN on fields-32: a curve that grows beside the pictures"."""
    if request.title:
        return request.title
    names = " and ".join(_name(workspace, run_id) for run_id in request.runs)
    layout = LAYOUTS[request.layout]
    return f"{names}: {layout[:1].lower()}{layout[1:]}"


def _film(workspace: Workspace, request: FilmRequest) -> EpochFilm | WalkFilm:
    runs = [find_run(workspace, run_id) for run_id in request.runs]
    names = [_name(workspace, run.id) for run in runs]
    if request.layout == "walk":
        return WalkFilm(request, runs[0], names[0])
    return EpochFilm(request, runs, names)


def _name(workspace: Workspace, run_id: str) -> str:
    return find_job(workspace, run_id).title or run_id


def _frames(job: "RunningJob", film: EpochFilm | WalkFilm) -> "Iterator[Image.Image]":
    if isinstance(film, EpochFilm) and film.grown is None:
        return film.frames()
    from core.training.device import choose_device, prepare

    device = choose_device(job.torch_device)
    prepare(device)
    if isinstance(film, WalkFilm):
        from core.sampling.explorer import load_explorer

        return film.frames(load_explorer(job.workspace, film.points[0].run, film.epoch, str(device)))
    assert film.grown is not None
    film.grown.painter = painter_of(job.workspace, film.grown.points, str(device))
    return film.frames()


def _reported(job: "RunningJob", frames: "Iterator[Image.Image]", count: int) -> "Iterator[Image.Image]":
    """The same frames; on the way progress is told, and the middle one is kept as the film's poster.

    Raises: _StoppedError.
    """
    for number, frame in enumerate(frames):
        if job.stop_requested():
            raise _StoppedError
        if number == count // 2:
            _keep_poster(job.folder / POSTER, frame)
        yield frame
        job.progress(number + 1, count, unit="frames")


def _keep_poster(path: Path, frame: "Image.Image") -> None:
    small = frame.copy()
    small.thumbnail((_POSTER_SIDE, _POSTER_SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=85)
    write_bytes(path, buffer.getvalue())
