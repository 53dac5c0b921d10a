"""The jobs that make pictures larger: kind "upscale" for networks, which wait for a device, "resample" for the rest.

A job's folder holds preview.webp (the state of the picture at work, replaced as it grows), results/000000.json for
every picture that is done, and, for results too large for the gallery, results/000000.png.
"""

import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.errors import AtelierError, ConfigError
from core.files import remove_temporary, write_bytes
from core.images import ImageError, read_image_with_alpha
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture, file_of
from core.pictures.gallery import Gallery
from core.upscale.errors import StoppedError, UpscaleError
from core.upscale.methods import METHODS
from core.upscale.output import encode_png
from core.upscale.report import Report
from core.upscale.request import UpscaleRequest
from core.upscale.results import RESULTS, UpscaleResult, read_results, write_result
from core.upscale.upscale import Upscaled, fits_the_lab, upscale
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob
    from core.upscale.network import Network

WITH_NETWORK, WITHOUT_NETWORK = "upscale", "resample"
JOB_KINDS = (WITH_NETWORK, WITHOUT_NETWORK)
MAX_PICTURES = 10_000
PREVIEW = "preview.webp"
_PREVIEW_EVERY_SECONDS = 1.0


def create_upscale(
    workspace: Workspace,
    requests: Sequence[UpscaleRequest],
    *,
    title: str = "",
    bits: int = 8,
    device: str = "auto",
) -> JobFolder:
    """A job folder that holds everything the upscaling needs; nothing is started.

    Args:
        requests: all by one method with one network: a batch loads it once.
        bits: 8 or 16 a channel of the results.
    Raises: ConfigError.
    """
    if not 1 <= len(requests) <= MAX_PICTURES:
        raise ConfigError(f"A job takes 1 to {MAX_PICTURES:,} pictures; got {len(requests):,}.")
    if bits not in (8, 16):
        raise ConfigError(f"Results have 8 or 16 bits a channel; got {bits}.")
    if len({(request.method, request.model) for request in requests}) > 1:
        raise ConfigError("The pictures of one job are made larger by one method. Start a job for each method.")
    first = requests[0]
    settings = {"requests": [request.to_json() for request in requests], "bits": bits, "device": device}
    named = first.picture.name if len(requests) == 1 else f"{len(requests):,} pictures"
    kind = WITH_NETWORK if METHODS[first.method].needs_model else WITHOUT_NETWORK
    return control.create(workspace, kind, settings, title=title.strip() or f"{named}, x{first.scale}")


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Goes on after the pictures that are done.

    Raises: UpscaleError if no picture could be made; ModelRefusedError for a bad network.
    """
    remove_temporary(job.folder)
    requests = [UpscaleRequest.from_json(value) for value in job.settings["requests"]]
    done = {result.index for result in read_results(job.folder) if result.is_made}
    left = [index for index in range(len(requests)) if index not in done]
    network = _network(job, requests[0]) if left else None
    refused = ""
    for index in left:
        request = requests[index]
        if len(requests) > 1:
            job.progress(len(done), len(requests), unit="pictures", message=request.picture.name)
        try:
            result = _one(job, index, len(done), len(requests), request, network)
        except StoppedError:
            break
        except AtelierError as error:  # one picture of many is not worth the others
            refused = str(error)
            job.log(f"{request.picture.name}: {error}")
            result = UpscaleResult(index, refused, title=request.picture.name, scale=request.scale)
        write_result(job.folder, result)
        if result.is_made:
            done.add(index)
            job.progress(len(done), len(requests), unit="pictures")
    if refused and not done:
        raise UpscaleError(refused)
    return _closing(job, requests)


def result_file(workspace: Workspace, job: JobFolder, result: UpscaleResult) -> Path:
    """Where the picture lies. Raises: PictureGoneError."""
    return job.path / result.file if result.file else file_of(workspace, ChosenPicture(sha256=result.sha256))


def _network(job: "RunningJob", request: UpscaleRequest) -> "Network | None":
    if not METHODS[request.method].needs_model:
        return None
    from core.training.device import choose_device, prepare
    from core.upscale.network import network_for

    device = choose_device(job.torch_device)
    prepare(device)
    network = network_for(request, device=str(device), workspace=job.workspace)
    job.log(f"{network.title} on {device}.")
    return network


def _one(
    job: "RunningJob", index: int, done: int, total: int, request: UpscaleRequest, network: "Network | None"
) -> UpscaleResult:
    """Raises: StoppedError, AtelierError."""
    if job.stop_requested():
        raise StoppedError("Stopped before this picture.")
    began = time.monotonic()
    image = read_image_with_alpha(file_of(job.workspace, request.picture))

    def progress(parts: int, of: int, unit: str) -> None:
        if total > 1:
            job.progress(done, total, unit="pictures", message=f"{request.picture.name}: {parts} of {of} {unit}")
        elif of > 1:
            job.progress(parts, of, unit=unit)

    report = Report(progress, _Preview(job.folder / PREVIEW), job.stop_requested, job.log)
    upscaled = upscale(request, image, network=network, report=report)
    return _keep(job, index, request, upscaled, began)


def _keep(job: "RunningJob", index: int, request: UpscaleRequest, upscaled: Upscaled, began: float) -> UpscaleResult:
    height, width = upscaled.picture.shape[:2]
    data = encode_png(upscaled.picture, bits=job.settings["bits"], request=request, label=upscaled.label)
    title = f"{request.picture.name}, x{request.scale}"
    sha256 = file = ""
    if fits_the_lab(width, height):
        try:
            made = Gallery(job.workspace).keep(
                data,
                way="upscale",
                title=title,
                label=upscaled.label,
                parents=(request.picture,),
                request=request.for_file().to_json(),
                job=job.folder.name,
            )
            sha256 = made.sha256
        except ImageError as error:
            job.log(f"{title} stays out of the gallery: {error}")
    if not sha256:
        file = f"{RESULTS}/{index:06d}.png"
        (job.folder / RESULTS).mkdir(exist_ok=True)
        write_bytes(job.folder / file, data)
    seconds = round(time.monotonic() - began, 3)
    return UpscaleResult(
        index,
        sha256=sha256,
        file=file,
        title=title,
        label=upscaled.label,
        scale=upscaled.scale,
        width=width,
        height=height,
        seconds=seconds,
    )


def _closing(job: "RunningJob", requests: Sequence[UpscaleRequest]) -> str:
    results = read_results(job.folder)
    made = [result for result in results if result.is_made]
    outside = [result for result in made if result.file]
    if len(requests) == 1 and made:
        words = f"{made[0].width:,} x {made[0].height:,} pixels."
    else:
        words = f"{len(made):,} of {len(requests):,} pictures made larger."
    if len(results) < len(requests):
        return f"Stopped: {words} It can go on where it was."
    if failed := len(results) - len(made):
        words += f" {failed:,} could not be; the log tells why."
    if outside:
        words += f" {len(outside):,} too large for the gallery, in {job.folder / RESULTS}."
    return words


class _Preview:
    """Writes the state so far for a page to show, once a second at most."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = float("-inf")

    def __call__(self, picture: np.ndarray) -> None:
        if time.monotonic() - self._written < _PREVIEW_EVERY_SECONDS:
            return
        buffer = io.BytesIO()
        Image.fromarray(np.rint(picture[:, :, :3] * 255).astype(np.uint8)).save(buffer, "WEBP", quality=80, method=0)
        write_bytes(self._path, buffer.getvalue())
        self._written = time.monotonic()
