"""The job that searches for a picture in a GAN's latents: kind "project".

Its folder: preview.webp (the picture that is looked for beside the nearest so far), result.json, result.png with the
point inside, target.png, and state.pt to go on from. A stop keeps what was nearest by then; resumed, it goes on.
"""

import io
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import AtelierError, ConfigError
from core.files import read_json, remove_temporary, write_bytes, write_json
from core.jobs import control
from core.jobs.folder import JobFolder
from core.models.configs import check_range
from core.pictures.chosen import ChosenPicture, facts_of, open_chosen
from core.sampling.points import Given, Point
from core.training.runs import find_run
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob
    from core.sampling.explorer import Explorer
    from core.sampling.inversion import Found

KIND = "project"
PREVIEW, RESULT, PICTURE, TARGET, STATE = "preview.webp", "result.json", "result.png", "target.png", "state.pt"
_PREVIEW_SIDE = 256  # pixels of each half, about


@dataclass(frozen=True)
class Near:
    """How near a search came. Distances as core.sampling.inversion measures them, 0 for equal pictures."""

    error: float  # root mean square of the differences of values, 0 to 255
    ms_ssim: float  # 1: the same structure
    alike: float  # by colours and texture, 1 the same, 0 as unlike as two pictures taken at random
    distance: float
    nearest_drawn: float  # the distance of the nearest latent drawn at random: what no search would have given
    usual_drawn: float  # and of the one in the middle
    drawn: int  # how many were drawn
    length: float  # of the latent, against what the model was trained with: 1 is usual

    @property
    def words(self) -> str:
        gained = 1 - self.distance / max(self.nearest_drawn, 1e-9)
        how = "hardly nearer" if gained < 0.1 else f"{gained:.0%} nearer"
        return (
            f"{how.capitalize()} than the nearest of {self.drawn:,} drawn at random. "
            f"Values differ by {self.error:.0f} of 255 (root mean square); structure {self.ms_ssim:.2f} of 1, "
            f"colours and texture {self.alike:.2f} of 1."
        )


@dataclass(frozen=True)
class Projection:
    """What a job of this kind has come to."""

    point: Point
    near: Near
    steps: int
    stopped: bool  # before all steps were done


def create_project(
    workspace: Workspace,
    run: str,
    picture: ChosenPicture,
    *,
    epoch: int | None = None,
    words: str = "",
    starts: int = 8,
    steps: int = 400,
    seed: int = 0,
    title: str = "",
    device: str = "auto",
) -> JobFolder:
    """A job folder that holds everything the search needs; nothing is started.

    Args:
        picture: of the store, by its SHA-256.
        words: what to ask a conditioned model for; without, each start asks for something of its own.
        starts, steps: more of both come nearer, and take longer.
    Raises: ConfigError, NotFoundError, PictureGoneError.
    """
    folder = find_run(workspace, run)
    folder.weights(epoch)
    if folder.family == "flow":
        raise ConfigError("A flow encodes pictures at once: there is nothing to search for.")
    facts_of(workspace, picture)
    check_range("starts", starts, 1, 64)
    check_range("steps", steps, 1, 20_000)
    settings = {
        "run": run,
        "epoch": folder.latest() if epoch is None else epoch,
        "picture": picture.for_file().to_json(),
        "words": words,
        "starts": starts,
        "steps": steps,
        "seed": seed,
        "device": device,
    }
    return control.create(workspace, KIND, settings, title=title.strip() or f"{picture.name} in {run}")


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message."""
    import torch

    from core.sampling.explorer import load_explorer
    from core.sampling.inversion import SearchSettings, search
    from core.sampling.keeping import encode_png
    from core.sampling.records import record_of
    from core.training.device import choose_device, prepare

    remove_temporary(job.folder)
    asked = job.settings
    device = choose_device(job.torch_device)
    prepare(device)
    explorer = load_explorer(job.workspace, asked["run"], asked["epoch"], str(device))
    chosen = ChosenPicture.from_json(asked["picture"])
    target = explorer.fit(open_chosen(job.workspace, chosen))
    _write_png(job.folder / TARGET, target)
    terms = explorer.read(asked["words"]).vector if asked["words"] else None
    state_file = job.folder / STATE
    state = torch.load(state_file, weights_only=True) if state_file.exists() else None

    def look(found: "Found", state: dict[str, Any]) -> None:
        buffer = io.BytesIO()
        torch.save(state, buffer)
        write_bytes(state_file, buffer.getvalue(), durable=False)
        _write_preview(job.folder / PREVIEW, target, found.picture)

    settings = SearchSettings(asked["starts"], asked["steps"], asked["seed"])
    found = search(
        explorer,
        target,
        settings,
        terms=terms,
        state=state,
        progress=lambda done, total: job.progress(done, total, unit="steps"),
        look=look,
        stop_requested=job.stop_requested,
    )
    point = _point(explorer, found, chosen, asked["words"])
    near = measure(target, found)
    stopped = found.steps < settings.steps
    write_bytes(job.folder / PICTURE, encode_png(explorer.draw([point])[0], record_of(explorer, point)))
    result = {"point": point.to_json(), "near": asdict(near), "steps": found.steps, "stopped": stopped}
    write_json(job.folder / RESULT, result)
    if stopped:
        return f"Stopped after {found.steps} of {settings.steps} steps. {near.words} It can go on where it was."
    return near.words


def measure(target: NDArray[np.uint8], found: "Found") -> Near:
    from core.features.descriptor import COLOUR_AND_TEXTURE, describe
    from core.metrics.ms_ssim import pairwise

    difference = target.astype(np.float64) - found.picture
    features = [describe(Image.fromarray(picture)) for picture in (target, found.picture)]
    return Near(
        error=float(np.sqrt(np.square(difference).mean())),
        ms_ssim=float(pairwise(target[None], found.picture[None])[0]),
        alike=COLOUR_AND_TEXTURE.score_of(float(np.linalg.norm(features[0] - features[1]))),
        distance=found.distance,
        nearest_drawn=float(found.drawn[0]),
        usual_drawn=float(np.median(found.drawn)),
        drawn=len(found.drawn),
        length=float(np.linalg.norm(found.z) / np.sqrt(len(found.z))),
    )


def projection_of(job: JobFolder) -> Projection | None:
    """None before there is a result, or for a damaged one."""
    try:
        value = read_json(job.path / RESULT)
        if value is None:
            return None
        return Projection(
            Point.from_json(value["point"]), Near(**value["near"]), int(value["steps"]), bool(value["stopped"])
        )
    except (AtelierError, OSError, ValueError, TypeError, KeyError):
        return None


def _point(explorer: "Explorer", found: "Found", chosen: ChosenPicture, words: str) -> Point:
    terms: tuple[tuple[str, str], ...] = ()
    if not words and found.terms is not None:
        named = zip(explorer.vocabulary.terms, found.terms, strict=True)
        terms = tuple((term.column, term.value) for term, on in named if on)
    form = Point(
        explorer.run,
        explorer.epoch,
        Given.of_numbers(found.z, "projected", chosen),
        words=words,
        terms=terms,
    )
    if found.colour is None:
        return form
    from core.sampling.mixing import mix

    return mix(form, replace(form, base=Given.of_numbers(found.colour, "projected", chosen)))


def _write_preview(path: Path, target: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
    height, width = target.shape[:2]
    times = max(1, _PREVIEW_SIDE // max(height, width))
    both = np.concatenate([target, np.full((height, max(1, width // 32), 3), 22, np.uint8), picture], axis=1)
    enlarged = Image.fromarray(both.repeat(times, axis=0).repeat(times, axis=1))
    buffer = io.BytesIO()
    enlarged.save(buffer, "WEBP", lossless=True)
    write_bytes(path, buffer.getvalue(), durable=False)


def _write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    write_bytes(path, buffer.getvalue())
