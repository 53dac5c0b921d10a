"""The words around the pictures of a frame: title, epoch, scores, settings, and what each pane is."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from core.lettering.fonts import cut, font_for, line_height, wrapped
from core.sampling.films.grounds import Ground
from core.sampling.films.stage import Pane, Stage


def blank(stage: Stage, ground: Ground, settings: Sequence[str]) -> Image.Image:
    """A frame with what never changes: its ground, and the settings below."""
    picture = Image.new("RGB", stage.size, ground.paper)
    if stage.footer and settings:
        left, top, right, bottom = stage.footer
        font = font_for("".join(settings), stage.small_size)
        draw, each = ImageDraw.Draw(picture), line_height(stage.small_size)
        lines = wrapped(list(settings), font, right - left, (bottom - top) // each)
        beside = bool(stage.header and stage.header[0] > stage.panes[0].box[0])
        first = bottom - len(lines) * each if beside else top  # ends with the pictures beside it
        for number, line in enumerate(lines):
            draw.text((left, first + number * each), line, ground.quiet, font)
    return picture


def write_header(
    picture: Image.Image, stage: Stage, ground: Ground, *, title: str, now: str, below: Sequence[Sequence[str]] = ()
) -> None:
    """
    Args:
        now: where the film is, at the right: "Epoch 24".
        below: facts for the second line, at length and in brief: the first that fit.
    """
    if not stage.header:
        return
    left, top, right, bottom = stage.header
    draw = ImageDraw.Draw(picture)
    place = font_for(now, stage.title_size, bold=True)
    baseline = top + round(stage.title_size * 1.08)
    draw.text((right, baseline), now, ground.accent, place, anchor="rs")
    room = right - left - place.getlength(now) - stage.type_size * 1.5
    font = font_for(title, stage.title_size, bold=True)
    draw.text((left, baseline), cut(title, font, room), ground.ink, font, anchor="ls")
    if below and bottom - top > line_height(stage.title_size):
        lines = [" · ".join(facts) for facts in below]
        small = font_for("".join(lines), stage.small_size)
        words = next((line for line in lines if small.getlength(line) <= right - left), lines[-1])
        draw.text((left, top + line_height(stage.title_size)), cut(words, small, right - left), ground.quiet, small)


def name_size(stage: Stage, names: Sequence[str]) -> int:
    """Of the names above the panes, in pixels: smaller ones, for all, where one would not fit."""
    labels = [pane.label for pane in stage.panes]
    fit = all(
        font_for(name, stage.type_size, bold=True).getlength(name) <= label[2] - label[0] - stage.type_size
        for name, label in zip(names, labels, strict=True)
        if label
    )
    return stage.type_size if fit else stage.small_size


def write_label(
    picture: Image.Image,
    stage: Stage,
    ground: Ground,
    pane: Pane,
    *,
    name: str,
    size: int,
    colour: str,
    below: Sequence[str],
) -> None:
    """Above one of several panes: which run it is, in the colour of its curve, and what tells it from the others.

    Args:
        size: of the name's letters, see `name_size`.
    """
    if not pane.label:
        return
    left, top, right, bottom = pane.label
    draw = ImageDraw.Draw(picture)
    mark = round(stage.type_size * 0.55)
    middle = top + line_height(stage.type_size) / 2
    draw.ellipse((left, middle - mark / 2, left + mark, middle + mark / 2), colour)
    start = left + mark * 1.8
    font = font_for(name, size, bold=True)
    draw.text((start, middle), cut(name, font, right - start), ground.ink, font, anchor="lm")
    small, at = stage.small_size, top + line_height(stage.type_size)
    for line in filter(None, below):
        if at + line_height(small) > bottom + 2:
            break
        font = font_for(line, small)
        draw.text((left, at), cut(line, font, right - left), ground.quiet, font)
        at += line_height(small)
