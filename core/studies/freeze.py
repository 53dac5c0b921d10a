"""Opening a study: its pictures and its manifest are written once and never change.

Blindness is made here. Every picture leaves this module as a PNG of the same size, colour type, compression level and
number of bytes, written from bare pixels (so nothing but the pixels is in the file), under a random name, with the same
file times, and the manifest lists items and trials in the order of their random names.

Small pictures are enlarged by a whole factor to about 512 pixels, all alike. "smooth" (bicubic, the default) because
the edges of visible pixel blocks are strong high-frequency noise that hides what the blocks show (Harmon & Julesz,
"Masking in visual recognition", Science 180, 1973): at 32 or 64 pixels real paintings, too, would be judged by their
squares. "pixels" (nearest neighbour) when the blocks themselves are to be judged. Freezing at display size, instead
of leaving it to the browser, gives every rater the same resampling.
"""

import hashlib
import io
import os
import re
import secrets
import shutil
import struct
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core import __version__
from core.errors import ConfigError
from core.files import new_id, write_bytes, write_json
from core.image_measures import measure
from core.studies.clock import now_text
from core.studies.conditions import NoisePictures, Pictures, PictureSource, Shape
from core.studies.design import Enlargement, StudyDesign
from core.studies.errors import StudyError
from core.studies.links import create_access
from core.studies.study import FORMAT, ConditionRole, Study
from core.studies.trials import Trial, TrialRole, pair_trials, reference_trials, single_trials
from core.workspace import Workspace, slug

DISPLAY_SIDE = 512  # pixels; the longest side raters see is the largest whole multiple up to this
_RESAMPLING = {"smooth": Image.Resampling.BICUBIC, "pixels": Image.Resampling.NEAREST}
_MEASURES = ("brightness", "contrast", "sharpness", "colourfulness")
_ATTENTION_BLOCK = 8  # pixels: squares of colour, which nobody takes for a painting and which compress as one does
_PAD_CHUNK = b"atPd"  # ancillary, private, safe to copy: readers of PNG pass over it


@dataclass
class _Group:
    """The pictures of one condition, drawn."""

    source: PictureSource
    role: ConditionRole
    id: str
    judged: int = 0  # the first so many are judged, the rest serves practice
    pictures: Pictures | None = None
    items: list[str] = field(default_factory=list)  # in the order drawn

    @property
    def main(self) -> list[str]:
        return self.items[: self.judged]

    @property
    def spare(self) -> list[str]:
        return self.items[self.judged :]

    @property
    def drawn(self) -> Pictures:
        assert self.pictures is not None, "drawn before it is read"
        return self.pictures


def create_study(
    workspace: Workspace,
    title: str,
    design: StudyDesign,
    conditions: Sequence[PictureSource],
    *,
    reference: PictureSource | None = None,
    study_id: str = "",
) -> Study:
    """Freeze a study and open it for votes.

    Args:
        reference: "side-by-side": the real pictures that stand beside those that are judged.

    Raises:
        ConfigError: the title is empty, a text that raters read names what competes, or the conditions do not suit the
            kind of study.
        StudyError: pictures of the conditions cannot be shown alike.
        NotFoundError: a run, epoch or dataset does not exist.
    """
    title = title.strip()
    if not title:
        raise ConfigError("A study needs a title: raters see it above the pictures.")
    _check_conditions(design, conditions, reference)
    sources = [*conditions, *([reference] if reference else [])]
    _check_blind(title, design, sources)
    groups = _draw(workspace, design, conditions, reference)
    native = _common_size([group.drawn for group in groups])
    width, height = display_size(native)

    study_id = study_id or new_id(slug(title)[:32])
    final = workspace.study(study_id)
    if final.exists():
        raise ConfigError(f"There is a study called {study_id} already. Choose another name.")
    building = workspace.studies / f".{study_id}.{secrets.token_hex(3)}"
    try:
        (building / "images").mkdir(parents=True)
        items, pixels = _write_pictures(building / "images", groups, native, (width, height), design.enlargement)
        trials = _trials(design, groups, pixels)
        trials.sort(key=lambda trial: trial.id)
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
                "conditions": [_described(group) for group in groups],
                "items": items,
                "trials": [asdict(trial) for trial in trials],
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


def padded(png: bytes, length: int) -> bytes:
    """The same picture in exactly `length` bytes, at least 12 more than it has, by a chunk that readers pass over.

    How well a picture compresses tells much about what it is; a browser can see the number of bytes. The filling is
    random, so that compression on the way does not undo it.
    """
    size = length - len(png) - 12
    assert size >= 0, "a picture cannot be padded to fewer bytes than it has"
    filling = _PAD_CHUNK + os.urandom(size)
    chunk = struct.pack(">I", size) + filling + struct.pack(">I", zlib.crc32(filling))
    end = len(png) - 12  # the IEND chunk, which closes every PNG
    return png[:end] + chunk + png[end:]


def _draw(
    workspace: Workspace, design: StudyDesign, conditions: Sequence[PictureSource], reference: PictureSource | None
) -> list[_Group]:
    """The pictures of everything the study shows; those first whose shape is their own."""
    numbers: dict[str, int] = {}
    groups: list[_Group] = []
    for source in conditions:
        numbers[source.kind] = numbers.get(source.kind, 0) + 1
        groups.append(_Group(source, "competes", f"{source.kind}-{numbers[source.kind]}"))
    if reference is not None:
        groups.append(_Group(reference, "reference", "reference-1"))
    if design.attention:
        groups.append(_Group(NoisePictures(design.attention, block=_ATTENTION_BLOCK), "attention", "attention-1"))
    spare = -(-design.practice // len(conditions))  # of each, so that practice shows everything once
    shape: Shape | None = None
    for group in sorted(groups, key=lambda group: (group.source.follows, group.role == "attention")):
        source = group.source.more(spare) if group.role == "competes" and spare else group.source
        group.pictures = source.draw(workspace, shape)
        group.judged = min(group.source.count, len(group.pictures.images))
        shape = shape or group.pictures.images.shape[1:3]
    return groups


def _write_pictures(
    folder: Path, groups: Sequence[_Group], native: tuple[int, int], display: tuple[int, int], enlargement: Enlargement
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Every picture under a random name; the manifest's items, in the order of these names, and item -> a hash by which
    equal pictures are known."""
    items: list[dict[str, Any]] = []
    pngs: dict[str, bytes] = {}
    for group in groups:
        for image, provenance in zip(group.drawn.images, group.drawn.provenance, strict=True):
            item_id = secrets.token_hex(8)
            pngs[item_id] = encode(image, native, display, enlargement)
            measures = measure(Image.fromarray(np.ascontiguousarray(image)))
            items.append(
                {
                    "id": item_id,
                    "condition": group.id,
                    "provenance": provenance,
                    "measures": {name: measures[name] for name in _MEASURES},
                }
            )
            group.items.append(item_id)
    items.sort(key=lambda item: item["id"])  # random names, so this is a shuffle, on disk as in the manifest
    pixels = {item_id: hashlib.sha256(png).hexdigest() for item_id, png in pngs.items()}
    length = max(len(png) for png in pngs.values()) + 12
    now = int(time.time())
    for item in items:
        png = padded(pngs.pop(item["id"]), length)
        item["sha256"] = hashlib.sha256(png).hexdigest()
        path = folder / f"{item['id']}.png"
        write_bytes(path, png)
        os.utime(path, (now, now))
    return items, pixels


def _trials(design: StudyDesign, groups: Sequence[_Group], pixels: dict[str, str]) -> list[Trial]:
    """What raters answer: that which counts, practice, and attention items."""
    competing = [group for group in groups if group.role == "competes"]
    fakes = [item for group in groups if group.role == "attention" for item in group.items]
    references = [item for group in groups if group.role == "reference" for item in group.items]
    main = {group.id: group.main for group in competing}
    spare = {group.id: group.spare for group in competing if group.spare}
    flat = [item for items in main.values() for item in items]
    spare_flat = [item for items in spare.values() for item in items]
    match design.kind:
        case "better-of-two":
            # Pictures of the same run at the same place come from the same latents, whatever the epoch.
            runs = {group.id: str(group.source.to_json().get("run_id", "")) for group in competing}
            matched = {name: run for name, run in runs.items() if run}
            best = next((group.main for group in competing if group.source.kind == "real"), flat)
            trials = pair_trials(main, matched, "main", seed=0)
            trials += pair_trials(spare, matched, "practice", seed=1)
            trials += [
                Trial(secrets.token_hex(8), "attention", (fake, best[place % len(best)]))
                for place, fake in enumerate(fakes)
            ]
        case "side-by-side":
            trials = reference_trials(flat, references, "main", seed=0, same=pixels)
            roles: tuple[tuple[list[str], TrialRole], ...] = ((spare_flat, "practice"), (fakes, "attention"))
            for items, role in roles:
                trials += reference_trials(items, references, role, seed=1, same=pixels)
        case _:
            trials = single_trials(flat, "main")
            trials += single_trials(spare_flat, "practice") + single_trials(fakes, "attention")
    practice = [trial for trial in trials if trial.role == "practice"][design.practice :]
    return [trial for trial in trials if trial not in practice]


def _described(group: _Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "kind": group.source.kind,
        "label": group.source.label,
        "count": group.judged,
        "source": group.source.to_json(),
        "notes": list(group.drawn.notes),
        "role": group.role,
    }


def _check_conditions(
    design: StudyDesign, conditions: Sequence[PictureSource], reference: PictureSource | None
) -> None:
    kinds = [source.kind for source in conditions]
    if not conditions:
        raise ConfigError("A study needs at least one condition: generated pictures, real ones, or both.")
    if design.kind == "side-by-side" and reference is None:
        raise ConfigError("Side by side shows every picture beside a real one. Say where the real ones come from.")
    if design.kind != "side-by-side" and reference is not None:
        raise ConfigError(f"A study of the kind {design.kind} has no place for pictures beside those that are judged.")
    if design.kind == "better-of-two" and len(conditions) < 2:
        raise ConfigError("The better of two is chosen between conditions; choose at least two that compete.")
    if design.kind == "real-or-generated" and ("real" not in kinds or set(kinds) == {"real"}):
        raise ConfigError(
            "Real or generated needs both: without real pictures everybody who always says 'generated' is right. "
            "Choose real pictures and at least one model."
        )


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
    texts = [text for wording in design.wordings.values() for text in asdict(wording).values()]
    shown = "\n".join([title, *texts]).casefold()
    for source in conditions:
        for word in source.words():
            if re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", shown):
                raise ConfigError(
                    f"Raters would read {word!r} in the title or the wording, and so know what competes. "
                    "Choose words that do not say it."
                )
