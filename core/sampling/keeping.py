"""Keeping drawn pictures in the gallery, each with its point, its weights and the pictures that it came from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.pictures.gallery import Gallery, Made
from core.sampling.points import Point
from core.sampling.records import Record, encode_png, read_point, read_record, record_of
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.sampling.explorer import Explorer

__all__ = ["encode_png", "files", "keep", "made_record", "read_point", "read_record"]
_LONGEST_TITLE = 120  # characters


def files(explorer: "Explorer", points: Sequence[Point]) -> list[bytes]:
    """A PNG for each point, which carries all that decides it."""
    drawn = explorer.draw(points)
    return [encode_png(picture, record_of(explorer, point)) for picture, point in zip(drawn, points, strict=True)]


def keep(workspace: Workspace, explorer: "Explorer", points: Sequence[Point], *, title: str = "") -> list[Made]:
    """Draw points and keep their pictures in the gallery, in their order; one kept before keeps its place.

    Args:
        title: of all of them; by default what decides each, in words.
    Raises: core.images.ImageError.
    """
    gallery, kept = Gallery(workspace), []
    for data, point in zip(files(explorer, points), points, strict=True):
        record = record_of(explorer, point)
        words = title or record.in_words()
        kept.append(
            gallery.keep(
                data,
                way="sample",
                title=words if len(words) <= _LONGEST_TITLE else f"{words[: _LONGEST_TITLE - 1]}…",
                label=f"{record.label}: {explorer.run}",
                parents=point.pictures(),
                request=record.to_json(),
            )
        )
    return kept


def made_record(made: Made) -> Record:
    """What decides a picture of the gallery. Raises: ConfigError if it was not drawn from a model."""
    return Record.from_json(made.request)
