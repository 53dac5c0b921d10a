"""Everything about a request that can be refused before any work: what all jobs of restyling ask first."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from PIL import Image

from core.errors import AtelierError
from core.images import ImageError, ImageLimits, read_bytes
from core.jobs.control import FREE_DISK_FLOOR_BYTES, DiskFullError
from core.jobs.devices import slots_for
from core.pictures.chosen import ChosenPicture, file_of, keep_picture, open_chosen
from core.style.again import pictures_of, with_pictures
from core.style.engines import find_engine, settings_for
from core.style.errors import StyleError
from core.style.request import StyleRequest
from core.style.weights import need
from core.workspace import Workspace


def checked(workspace: Workspace, request: StyleRequest, *, device: str = "auto") -> StyleRequest:
    """The request with every picture in the lab's store, if it can be begun.

    A picture that is a file is put into the store: a job must not depend on a folder that somebody tidies up.
    Raises: NotFoundError (engine), ConfigError (settings, device), WeightsError, PictureGoneError, ImageError.
    """
    check_engine(workspace, request, device=device)
    kept = [in_store(workspace, picture) for _, _, picture in pictures_of(request)]
    return with_pictures(request, kept)


def check_engine(workspace: Workspace, request: StyleRequest, *, device: str = "auto") -> None:
    """Engine, settings, weights and device, without the pictures. Raises: as `checked`."""
    settings = settings_for(request.engine, request.strength, request.overrides, seed=request.seed)
    slots_for(device)
    for key, given in weights_of(request.engine, settings):
        need(key, given, workspace=workspace)


def weights_of(engine: str, settings: Any) -> list[tuple[str, str]]:
    """The weight files of an engine with these settings: key, and the path that was given ("": looked for)."""
    if not find_engine(engine).needs:
        return []
    if engine == "neural":
        return [(settings.network, settings.weights_file)]
    if settings.network == "johnson":
        return [(settings.style, settings.style_file)]
    return [("adain-encoder", settings.encoder_file), ("adain-decoder", settings.decoder_file)]


def in_store(workspace: Workspace, picture: ChosenPicture) -> ChosenPicture:
    """The same picture by its content; one that is a file is put there. Raises: PictureGoneError, ImageError."""
    if not picture.path:
        file_of(workspace, picture)
        return picture
    path = file_of(workspace, replace(picture, sha256=""))
    try:
        return keep_picture(workspace, read_bytes(path, ImageLimits()), label=picture.label or path.name)
    except ImageError as error:
        raise ImageError(error.reason, f"{picture.name}: {error}") from error


def opened(workspace: Workspace, picture: ChosenPicture) -> Image.Image:
    """Upright, sRGB, mode RGB. Raises: PictureGoneError, ImageError; both say which picture it is."""
    try:
        return open_chosen(workspace, picture)
    except ImageError as error:
        raise ImageError(error.reason, f"{picture.name}: {error}") from error


def check_disk(workspace: Workspace, needed_bytes: int) -> None:
    """Raises: DiskFullError."""
    free = shutil.disk_usage(workspace.jobs).free
    if free < needed_bytes + FREE_DISK_FLOOR_BYTES:
        raise DiskFullError(workspace.root, free, needed_bytes + FREE_DISK_FLOOR_BYTES)


@contextmanager
def memory_in_words(request: StyleRequest, width: int, height: int, device: str) -> Iterator[None]:
    """Running out of memory as a sentence that says what to choose. width, height: of the result, in pixels."""
    try:
        yield
    except AtelierError:
        raise
    except (MemoryError, RuntimeError) as error:  # torch's own are RuntimeErrors
        words = str(error)
        is_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
        if not is_memory and not any(
            sign in words for sign in ("not enough memory", "can't allocate memory", "CUDA out of memory")
        ):
            raise
        where = "This machine" if device.startswith("cpu") else f"The GPU ({device})"
        title = find_engine(request.engine).title
        raise StyleError(
            f"{where} ran out of memory while restyling {width} x {height} pixels with the engine {title}. Choose a "
            f"size of {max(width, height) // 2} or less, or end what else is running, then resume: what was done so "
            "far is kept."
        ) from error
