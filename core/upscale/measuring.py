"""The job that measures ways of making pictures larger on a person's own pictures: kind "upscale-measure".

Each picture is made small, enlarged again in every way, and compared with what it was (core.upscale.evaluate). The
job's folder gets measures/000000.json for every picture, and the pictures themselves of the first few.
"""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core.errors import AtelierError, ConfigError
from core.files import read_json, write_bytes, write_json
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture, open_chosen
from core.upscale.errors import StoppedError, UpscaleError
from core.upscale.evaluate import compare, fitted
from core.upscale.methods import METHODS
from core.upscale.output import encode_png
from core.upscale.report import Report
from core.upscale.request import UpscaleRequest
from core.upscale.upscale import to_array, upscale
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob
    from core.upscale.network import Network

KIND = "upscale-measure"
SIDES = (256, 512, 1024)  # pixels: the middle of a picture that is measured on
MOST_PICTURES = 200
_SHOWN = 8  # pictures whose enlargements are kept to be looked at
_FOLDER = "measures"


@dataclass(frozen=True)
class Contender:
    """One way of making pictures larger."""

    method: str  # one of METHODS
    model: str = ""  # as in UpscaleRequest

    @property
    def title(self) -> str:
        title = METHODS[self.method].title
        return f"{title}: {self.model}" if self.model else title


@dataclass(frozen=True)
class Score:
    """Of one contender on one picture."""

    contender: Contender
    psnr_y: float  # dB, of the luminance
    ssim_y: float
    psnr_rgb: float
    ssim_rgb: float
    seconds: float


@dataclass(frozen=True)
class Measured:
    """One picture."""

    index: int
    name: str
    width: int  # pixels that were compared
    height: int
    scores: tuple[Score, ...] = ()
    message: str = ""  # why it could not be measured; "" where it was


@dataclass(frozen=True)
class Mean:
    """Of one contender over all pictures that every contender was measured on."""

    contender: Contender
    psnr_y: float
    ssim_y: float
    psnr_rgb: float
    ssim_rgb: float
    seconds: float  # a picture
    pictures: int
    better: int  # pictures on which it came closer than bicubic, by PSNR of the luminance


def create_measure(
    workspace: Workspace,
    pictures: Sequence[ChosenPicture],
    contenders: Sequence[Contender],
    *,
    scale: int,
    side: int = 512,
    device: str = "auto",
) -> JobFolder:
    """A job folder; nothing is started. Raises: ConfigError."""
    if not 1 <= len(pictures) <= MOST_PICTURES:
        raise ConfigError(f"A measurement takes 1 to {MOST_PICTURES} pictures; got {len(pictures)}.")
    if side not in SIDES:
        raise ConfigError(f"The middle {', '.join(map(str, SIDES))} pixels are measured on; got {side}.")
    contenders = list(dict.fromkeys(contenders))
    if not contenders:
        raise ConfigError("Choose at least one way of making pictures larger.")
    for contender in contenders:
        _request(pictures[0], contender, scale)
    settings = {
        "pictures": [picture.to_json() for picture in pictures],
        "contenders": [asdict(contender) for contender in contenders],
        "scale": scale,
        "side": side,
        "device": device,
    }
    named = pictures[0].name if len(pictures) == 1 else f"{len(pictures)} pictures"
    return control.create(workspace, KIND, settings, title=f"Upscaling measured on {named}, x{scale}")


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Goes on after the pictures that are done.

    Raises: UpscaleError if no picture could be measured; ModelRefusedError, NotFoundError for a network.
    """
    settings = job.settings
    pictures = [ChosenPicture.from_json(value) for value in settings["pictures"]]
    contenders = [Contender(**value) for value in settings["contenders"]]
    known = {measured.index for measured in read_measures(job.folder)}
    left = [index for index in range(len(pictures)) if index not in known]
    networks = _networks(job, pictures[0], contenders) if left else {}
    job.progress(len(known), len(pictures), unit="pictures")
    for index in left:
        if job.stop_requested():
            break
        try:
            measured = _measure(job, index, pictures[index], contenders, networks)
        except StoppedError:
            break
        except AtelierError as error:  # one picture of many is not worth the others
            measured = Measured(index, pictures[index].name, 0, 0, message=str(error))
        write_json(job.folder / _FOLDER / f"{index:06d}.json", asdict(measured))
        job.progress(index + 1, len(pictures), unit="pictures")
    found = read_measures(job.folder)
    good = [measured for measured in found if not measured.message]
    if found and not good:
        raise UpscaleError(found[0].message)
    if len(found) < len(pictures):
        return f"Stopped: {len(good)} of {len(pictures)} pictures measured. It can go on where it was."
    return f"{len(good)} of {len(pictures)} pictures measured."


def read_measures(folder: Path) -> list[Measured]:
    """Of a job's folder, in the order of its pictures; those not done yet, or whose file is damaged, are missing."""
    found = []
    for path in sorted((folder / _FOLDER).glob("*.json")):
        try:
            found.append(_measured(read_json(path)))
        except (OSError, ValueError, TypeError, KeyError):
            continue  # it is done again, or shown as missing
    return found


def kept_picture(folder: Path, index: int, place: int | None) -> Path | None:
    """The enlargement by the `place`-th contender of the `index`-th picture; place None: the original."""
    path = folder / _FOLDER / _file_name(index, place)
    return path if path.is_file() else None


def means(measured: Sequence[Measured]) -> list[Mean]:
    """The best first, by PSNR of the luminance."""
    good = [one for one in measured if not one.message]
    if not good:
        return []
    found = []
    for place, first in enumerate(good[0].scores):
        scores = [one.scores[place] for one in good]
        bicubic = [next((s.psnr_y for s in one.scores if s.contender.method == "bicubic"), math.inf) for one in good]
        found.append(
            Mean(
                first.contender,
                psnr_y=_mean(score.psnr_y for score in scores),
                ssim_y=_mean(score.ssim_y for score in scores),
                psnr_rgb=_mean(score.psnr_rgb for score in scores),
                ssim_rgb=_mean(score.ssim_rgb for score in scores),
                seconds=_mean(score.seconds for score in scores),
                pictures=len(good),
                better=sum(score.psnr_y > theirs for score, theirs in zip(scores, bicubic, strict=True)),
            )
        )
    return sorted(found, key=lambda mean: -mean.psnr_y)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return math.fsum(found) / len(found)


def _request(picture: ChosenPicture, contender: Contender, scale: int) -> UpscaleRequest:
    return UpscaleRequest(picture, scale=scale, method=contender.method, model=contender.model)


def _networks(job: "RunningJob", picture: ChosenPicture, contenders: Sequence[Contender]) -> "dict[Contender, Network]":
    """Each loaded once. Raises: ModelRefusedError, NotFoundError."""
    needed = [contender for contender in contenders if METHODS[contender.method].needs_model]
    if not needed:
        return {}
    from core.training.device import choose_device, prepare
    from core.upscale.network import network_for

    device = choose_device(job.torch_device)
    prepare(device)
    scale = job.settings["scale"]
    return {
        contender: network_for(_request(picture, contender, scale), device=str(device), workspace=job.workspace)
        for contender in needed
    }


def _measure(
    job: "RunningJob",
    index: int,
    chosen: ChosenPicture,
    contenders: Sequence[Contender],
    networks: "dict[Contender, Network]",
) -> Measured:
    """Raises: StoppedError, AtelierError."""
    scale, side = job.settings["scale"], job.settings["side"]
    original = fitted(to_array(open_chosen(job.workspace, chosen)), scale, side)
    height, width = original.shape[:2]
    made: dict[str, np.ndarray] = {}
    seconds: dict[str, float] = {}
    report = Report(stop_requested=job.stop_requested, note=job.log)

    def enlarge(place: int, small: np.ndarray) -> np.ndarray:
        contender = contenders[place]
        image = Image.fromarray(np.rint(small * 255).astype(np.uint8))
        began = time.perf_counter()
        request = _request(chosen, contender, scale)
        made[str(place)] = upscale(request, image, network=networks.get(contender), report=report).picture
        seconds[str(place)] = time.perf_counter() - began
        job.progress(index, len(job.settings["pictures"]), unit="pictures", message=f"{chosen.name}: {contender.title}")
        return made[str(place)]

    ways = {str(place): lambda small, place=place: enlarge(place, small) for place in range(len(contenders))}
    try:
        scores = compare([original], scale, ways)
    except ValueError as error:
        raise UpscaleError(
            f"{chosen.name} has {width} x {height} pixels, too few to be made {scale} times smaller and compared."
        ) from error
    if index < _SHOWN:
        (job.folder / _FOLDER).mkdir(exist_ok=True)
        write_bytes(job.folder / _FOLDER / _file_name(index, None), encode_png(original))
        for name, picture in made.items():
            write_bytes(job.folder / _FOLDER / _file_name(index, int(name)), encode_png(picture))
    return Measured(
        index,
        chosen.name,
        width,
        height,
        tuple(
            Score(contender, found.psnr_y, found.ssim_y, found.psnr_rgb, found.ssim_rgb, seconds[str(place)])
            for place, contender in enumerate(contenders)
            if (found := scores[str(place)])
        ),
    )


def _file_name(index: int, place: int | None) -> str:
    return f"{index:06d}-{'original' if place is None else place}.png"


def _measured(value: Any) -> Measured:
    scores = tuple(Score(**{**score, "contender": Contender(**score["contender"])}) for score in value["scores"])
    return Measured(**{**value, "scores": scores})
