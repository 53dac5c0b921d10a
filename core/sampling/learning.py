"""The job that learns a direction from two sets of pictures: kind "direction".

Its folder: sheet.webp (a row for each of some pictures of the model, moved from -3 to +3) and result.json. The
direction itself is kept with the run, see core.sampling.directions.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AtelierError, ConfigError, NotFoundError
from core.files import read_json, write_bytes, write_json
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture, open_chosen
from core.sampling.directions import Direction, kept_directions
from core.training.runs import find_run
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob
    from core.sampling.explorer import Explorer

KIND = "direction"
SHEET, RESULT = "sheet.webp", "result.json"
FEWEST, MOST = 5, 2_000  # pictures of a set
AMOUNTS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)  # the columns of the sheet
_ROWS = 5
_SHEET_SIDE = 96  # pixels of a cell, about
_LONGEST_TITLE = 80  # characters


@dataclass(frozen=True)
class LearnedDirection:
    direction: Direction
    words: str  # what it is worth


def create_direction(
    workspace: Workspace,
    run: str,
    *,
    title: str,
    towards: Sequence[ChosenPicture],
    away: Sequence[ChosenPicture],
    names: tuple[str, str] = ("", ""),
    epoch: int | None = None,
    device: str = "auto",
) -> JobFolder:
    """A job folder that holds everything the learning needs; nothing is started.

    Args:
        title: what people will call the direction: "warmer".
        towards, away: pictures of the store; those in both sets are left out of both.
        names: what people call the sets: two tags, or two filters.
    Raises: ConfigError, NotFoundError.
    """
    folder = find_run(workspace, run)
    folder.weights(epoch)
    if not 1 <= len(title.strip()) <= _LONGEST_TITLE:
        raise ConfigError(f"A direction needs a name of 1 to {_LONGEST_TITLE} characters.")
    shared = {picture.sha256 for picture in towards} & {picture.sha256 for picture in away}
    sets = [[one for one in pictures if one.sha256 not in shared] for pictures in (towards, away)]
    for name, pictures in zip(names, sets, strict=True):
        if not FEWEST <= len(pictures) <= MOST:
            raise ConfigError(
                f"The set {name or 'of pictures'} has {len(pictures):,} pictures that the other has not; a direction "
                f"is learned from {FEWEST} to {MOST:,} of each. Choose other sets."
            )
    settings = {
        "run": run,
        "epoch": folder.latest() if epoch is None else epoch,
        "title": title.strip(),
        "towards": [one.for_file().to_json() for one in sets[0]],
        "away": [one.for_file().to_json() for one in sets[1]],
        "names": list(names),
        "device": device,
    }
    return control.create(workspace, KIND, settings, title=f"{title.strip()}: a direction of {run}")


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Begun anew after a stop: it takes a minute or two."""
    from core.sampling.directions import keep_learned
    from core.sampling.explorer import load_explorer
    from core.sampling.learned import StoppedError, learn
    from core.training.device import choose_device, prepare

    asked = job.settings
    device = choose_device(job.torch_device)
    prepare(device)
    explorer = load_explorer(job.workspace, asked["run"], asked["epoch"], str(device))
    total = len(asked["towards"]) + len(asked["away"])
    towards = _pictures(job, explorer, asked["towards"], 0, total)
    away = _pictures(job, explorer, asked["away"], len(asked["towards"]), total)
    if towards is None or away is None:
        return "Stopped before the direction was learned."
    names = (str(asked["names"][0]), str(asked["names"][1]))
    try:
        direction = learn(
            explorer,
            towards,
            away,
            asked["title"],
            names=names,
            progress=lambda done, of: job.progress(done, of, unit="pictures", message="Judging the model's pictures"),
            stop_requested=job.stop_requested,
        )
    except StoppedError as error:
        return str(error)
    keep_learned(explorer.folder, direction)
    write_bytes(job.folder / SHEET, _sheet(explorer, direction))
    write_json(job.folder / RESULT, {"direction": direction.id, "words": direction.facts["words"]})
    return str(direction.facts["words"])


def learned_of(workspace: Workspace, job: JobFolder) -> LearnedDirection | None:
    """None before it was learned, for a damaged result, or once the direction was removed."""
    try:
        value = read_json(job.path / RESULT)
        folder = find_run(workspace, str(job.settings["run"]))
        found = [one for one in kept_directions(folder, int(job.settings["epoch"])) if one.id == value["direction"]]
        return LearnedDirection(found[0], str(value["words"])) if found else None
    except (AtelierError, OSError, ValueError, TypeError, KeyError):
        return None


def _pictures(
    job: "RunningJob", explorer: "Explorer", chosen: list[Any], done: int, total: int
) -> NDArray[np.uint8] | None:
    """Fitted, uint8 (N, H, W, 3); those that are gone or damaged are left out and logged. None: stopped.

    Raises: NotFoundError if too few are left.
    """
    found = []
    for number, value in enumerate(chosen):
        if job.stop_requested():
            return None
        picture = ChosenPicture.from_json(value)
        try:
            found.append(explorer.fit(open_chosen(job.workspace, picture)))
        except AtelierError as error:
            job.log(f"{picture.name} is left out: {error}")
        job.progress(done + number + 1, total, unit="pictures", message="Reading pictures")
    if len(found) < FEWEST:
        raise NotFoundError("set of pictures", f"{len(found)} of {len(chosen)} left; {FEWEST} are needed")
    return np.stack(found)


def _sheet(explorer: "Explorer", direction: Direction) -> bytes:
    from core.training.grids import make_grid

    explorer.adopt([direction])
    points = [point.moved(direction.id, amount) for point in explorer.seeds(0, _ROWS) for amount in AMOUNTS]
    drawn = explorer.draw(points)
    times = max(1, _SHEET_SIDE // max(drawn.shape[1:3]))
    buffer = io.BytesIO()
    make_grid(drawn.repeat(times, axis=1).repeat(times, axis=2), columns=len(AMOUNTS)).save(
        buffer, "WEBP", lossless=True
    )
    return buffer.getvalue()


def sheet_of(job: JobFolder) -> Path | None:
    path = job.path / SHEET
    return path if path.is_file() else None
