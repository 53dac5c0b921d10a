"""Opening a study: its pictures and its manifest are written once and never change.

Blindness is made here. Every picture leaves this module as a PNG of the same size, colour type and compression level,
written from bare pixels (so nothing but the pixels is in the file), under a random name, with the same file times, and
the manifest lists the items in the order of these random names.

Small pictures are enlarged by a whole factor to about 512 pixels, all alike. "smooth" (bicubic, the default) because
the edges of visible pixel blocks are strong high-frequency noise that hides what the blocks show (Harmon & Julesz,
"Masking in visual recognition", Science 180, 1973): at 32 or 64 pixels real paintings, too, would be judged by their
squares. "pixels" (nearest neighbour) when the blocks themselves are to be judged. Freezing at display size, instead
of leaving it to the browser, gives every rater the same resampling.
"""

import hashlib
import io
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core import __version__
from core.errors import ConfigError
from core.files import new_id, write_bytes, write_json
from core.studies.clock import now_text
from core.studies.conditions import Pictures, PictureSource
from core.studies.design import Enlargement, StudyDesign
from core.studies.errors import StudyError
from core.studies.links import create_access
from core.studies.study import FORMAT, Study
from core.workspace import Workspace, slug

DISPLAY_SIDE = 512  # pixels; the longest side raters see is the largest whole multiple up to this
_RESAMPLING = {"smooth": Image.Resampling.BICUBIC, "pixels": Image.Resampling.NEAREST}


def create_study(
    workspace: Workspace, title: str, design: StudyDesign, conditions: Sequence[PictureSource], *, study_id: str = ""
) -> Study:
    """Freeze a study and open it for votes.

    Raises:
        ConfigError: the title is empty, or a text that raters read names what competes.
        StudyError: pictures of the conditions cannot be shown alike.
        NotFoundError: a run, epoch or dataset does not exist.
    """
    title = title.strip()
    if not title:
        raise ConfigError("A study needs a title: raters see it above the pictures.")
    if not conditions:
        raise ConfigError("A study needs at least one condition: generated pictures, real ones, or both.")
    _check_blind(title, design, conditions)
    drawn = [source.draw(workspace) for source in conditions]
    native = _common_size(drawn)
    width, height = display_size(native)

    study_id = study_id or new_id(slug(title)[:32])
    final = workspace.study(study_id)
    if final.exists():
        raise ConfigError(f"There is a study called {study_id} already. Choose another name.")
    building = workspace.studies / f".{study_id}.{secrets.token_hex(3)}"
    try:
        (building / "images").mkdir(parents=True)
        items: list[dict[str, Any]] = []
        described: list[dict[str, Any]] = []
        numbers: dict[str, int] = {}
        for source, pictures in zip(conditions, drawn, strict=True):
            numbers[source.kind] = numbers.get(source.kind, 0) + 1
            condition_id = f"{source.kind}-{numbers[source.kind]}"
            described.append(
                {
                    "id": condition_id,
                    "kind": source.kind,
                    "label": source.label,
                    "count": len(pictures.images),
                    "source": source.to_json(),
                    "notes": list(pictures.notes),
                }
            )
            for image, provenance in zip(pictures.images, pictures.provenance, strict=True):
                png = encode(image, native, (width, height), design.enlargement)
                items.append(
                    {
                        "id": secrets.token_hex(8),
                        "condition": condition_id,
                        "sha256": hashlib.sha256(png).hexdigest(),
                        "provenance": provenance,
                        "png": png,
                    }
                )
        items.sort(key=lambda item: item["id"])  # random names, so this is a shuffle, on disk as in the manifest
        now = int(time.time())
        for item in items:
            path = building / "images" / f"{item['id']}.png"
            write_bytes(path, item.pop("png"))
            os.utime(path, (now, now))
        write_json(
            building / "manifest.json",
            {
                "format": FORMAT,
                "id": study_id,
                "title": title,
                "created": now_text(),
                "code_version": __version__,
                "design": design.to_json(),
                "display": {
                    "width": width,
                    "height": height,
                    "native_width": native[0],
                    "native_height": native[1],
                    "factor": width // native[0],
                    "enlargement": design.enlargement,
                },
                "conditions": described,
                "items": items,
            },
        )
        create_access(Study(building))
        building.replace(final)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return Study(final)


def display_size(native: tuple[int, int]) -> tuple[int, int]:
    """(width, height) at which pictures of a native size are shown: a whole multiple, longest side up to 512."""
    factor = max(1, DISPLAY_SIDE // max(native))
    return native[0] * factor, native[1] * factor


def encode(
    image: NDArray[np.uint8], native: tuple[int, int], display: tuple[int, int], enlargement: Enlargement
) -> bytes:
    """The PNG a rater sees of one picture.

    Args:
        image: (H, W, 3).
        native: (width, height) that all conditions share; a larger picture is first brought down to it.
        display: (width, height) of the PNG, a whole multiple of `native`.
    """
    picture = Image.fromarray(np.ascontiguousarray(image))
    if picture.size != native:
        picture = picture.resize(native, Image.Resampling.BICUBIC)  # Pillow averages when it shrinks
    picture = picture.resize(display, _RESAMPLING[enlargement])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def folder_size(study: Study) -> int:
    """Bytes of a study's pictures."""
    return sum(path.stat().st_size for path in Path(study.path / "images").iterdir())


def _common_size(drawn: Sequence[Pictures]) -> tuple[int, int]:
    """(width, height) at which all pictures can be shown alike: the smallest, so that none is made up."""
    sizes = sorted({(pictures.images.shape[2], pictures.images.shape[1]) for pictures in drawn})
    smallest = sizes[0]
    for size in sizes[1:]:
        if size[0] * smallest[1] != size[1] * smallest[0]:
            raise StudyError(
                f"The pictures have different shapes: {smallest[0]}×{smallest[1]} and {size[0]}×{size[1]} pixels. "
                "Raters would tell them apart by that alone. Choose a run and a dataset of the same shape."
            )
    if max(smallest) > 2 * DISPLAY_SIDE:
        scale = 2 * DISPLAY_SIDE / max(smallest)
        return round(smallest[0] * scale), round(smallest[1] * scale)
    return smallest


def _check_blind(title: str, design: StudyDesign, conditions: Sequence[PictureSource]) -> None:
    shown = f"{title}\n{design.question}\n{design.instructions}".casefold()
    for source in conditions:
        for word in source.words():
            if word.casefold() in shown:
                raise ConfigError(
                    f"Raters would read {word!r} in the title, question or instructions, and so know what competes. "
                    "Choose words that do not say it."
                )
