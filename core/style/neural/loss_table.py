"""The losses that a transfer noted on its way, as a table; and the table that others published, to stand beside it.

No torch here: a page reads the notes of a job that ended long ago.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Of core.style.neural.transfer: "scale 1 of 3 (128 x 96), step 50 of 300: style 60.892000, content 369.9, variation 0"
_NOTE = re.compile(
    r"scale (\d+) of (\d+) \((\d+) x (\d+)\), step (\d+) of (\d+): style ([-+.\deE]+), content ([-+.\deE]+)"
)
SHALLOW = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")


@dataclass(frozen=True)
class Noted:
    """Losses before a step, each already multiplied by its weight."""

    scale: int  # from 1, the coarsest
    width: int  # pixels at that scale
    height: int
    step: int  # taken before, at that scale
    steps: int
    style: float
    content: float


@dataclass(frozen=True)
class Row:
    """A line of the table of Casardo-Chen/wikiart-neural-trasnfer: weights, and the weighted losses at the end."""

    name: str
    content_weight: float
    style_weight: float  # against a sum over layers
    content: float
    style: float
    steps: int


PUBLISHED = (
    Row("wikiart-neural-trasnfer, row 1", 1.0, 1_000_000.0, 38.725903, 29.397888, 300),
    Row("wikiart-neural-trasnfer, row 2", 5.0, 100_000.0, 196.481659, 18.428104, 300),
    Row("wikiart-neural-trasnfer, row 3", 10.0, 1_000_000.0, 362.762299, 57.876976, 300),
)
PUBLISHED_REMOVED = 0.05  # of the style loss, by row 3, from step 50 to step 300


def noted(notes: str) -> list[Noted]:
    """All losses of a job's notes, in their order."""
    found = []
    for match in _NOTE.finditer(notes):
        scale, _, width, height, step, steps = (int(part) for part in match.groups()[:6])
        try:
            style, content = float(match[7]), float(match[8])
        except ValueError:
            continue
        found.append(Noted(scale, width, height, step, steps, style, content))
    return found


def removed(losses: list[Noted]) -> float | None:
    """The share of the first style loss of the last scale that was gone at its end; None if that cannot be told."""
    last = [one for one in losses if losses and one.scale == losses[-1].scale]
    return 1 - last[-1].style / last[0].style if len(last) > 1 and last[0].style > 0 else None


def is_comparable(settings: Mapping[str, Any]) -> bool:
    """Whether settings define the losses as the published table does, so that the numbers mean the same."""
    return (
        tuple(settings.get("style_layers") or ()) == SHALLOW
        and tuple(settings.get("content_layers") or ()) == ("conv2_2",)
        and settings.get("style_loss") == "gram-plain"
    )


def row_of(settings: Mapping[str, Any], losses: list[Noted]) -> Row | None:
    """A transfer as a line of that table; None where its losses are of another kind, or were not noted."""
    if not losses or not is_comparable(settings):
        return None
    content_weight, style_weight = settings.get("content_weight"), settings.get("style_weight")
    if not content_weight or not style_weight:  # by strength, or left out: no weight to divide by
        return None
    last = losses[-1]
    return Row(
        "This picture",
        content_weight,
        style_weight / len(SHALLOW),
        last.content,
        last.style,
        min(last.step + 1, last.steps),
    )
