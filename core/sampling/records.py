"""What a drawn picture carries inside its PNG: its point, the weights it was drawn from, and its directions.

With it and those weights the picture can be drawn again, on any machine; and where the weights are other ones by now,
that is known. No torch here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core import __version__, png
from core.images import ImageLimits, read_bytes
from core.json_fields import fields, text
from core.pictures.carried import NoRequestError
from core.sampling.directions import Direction
from core.sampling.points import Point

if TYPE_CHECKING:
    from core.sampling.explorer import Explorer

POINT_KEY = "atelier:point"  # keyword of the PNG's text that holds the record, as JSON
POINTS_KEY = "atelier:points"  # of a contact sheet: a record with the points of all its pictures
LABEL_KEY = "Software"  # of what made it, in words: as other programs show it
_MOST_CHARACTERS = 8_000_000  # several latents of a flow at 256 pixels
_WANTED = "a picture that Atelier drew from a model"


@dataclass(frozen=True)
class Record:
    point: Point
    weights: str = ""  # SHA-256 of the file of weights
    model: Mapping[str, Any] = field(default_factory=dict)  # for people: title, preset, dataset, resolution
    directions: tuple[Direction, ...] = ()  # those that the point was moved along
    version: str = __version__  # of Atelier

    @property
    def label(self) -> str:
        """What made it: "Quick GAN, epoch 40"."""
        return str(self.model.get("title") or f"{self.point.run}, epoch {self.point.epoch}")

    def in_words(self) -> str:
        return self.point.in_words({direction.id: direction.title for direction in self.directions})

    def to_json(self) -> dict[str, Any]:
        return {
            "point": self.point.for_file().to_json(),
            "weights": self.weights,
            "model": dict(self.model),
            "directions": [direction.to_json() for direction in self.directions],
            "atelier": self.version,
        }

    @classmethod
    def from_json(cls, value: Any) -> "Record":
        """Anybody may have written it. Raises: ConfigError."""
        found = fields(value, "record of this picture")
        directions = found.get("directions", [])
        return cls(
            Point.from_json(found.get("point")).for_file(),
            text(found, "weights"),
            fields(found.get("model", {}), "record of this picture"),
            tuple(Direction.from_json(one) for one in directions) if isinstance(directions, list) else (),
            text(found, "atelier"),
        )


def record_of(explorer: "Explorer", point: Point) -> Record:
    settings = explorer.folder.settings
    model = {
        "title": explorer.title,
        "preset": explorer.folder.preset,
        "dataset": str(settings.get("dataset_name", "")),
        "pixels": list(explorer.folder.shape[::-1]),
    }
    used = tuple(explorer.direction(name) for name in point.directions())
    return Record(point, explorer.weights_hash, model, used)


def encode_png(picture: NDArray[np.uint8], record: Record) -> bytes:
    """A file of one picture, uint8 (H, W, 3), lossless, with its sRGB profile."""
    height, width = picture.shape[:2]
    texts = {
        LABEL_KEY: f"Atelier: {record.label}",
        "Description": record.in_words(),
        POINT_KEY: json.dumps(record.to_json(), ensure_ascii=False, separators=(",", ":")),
    }
    values = picture.astype(np.float32) / 255
    return png.encode(width, height, 3, lambda begin, end: values[begin:end], texts=texts)


def read_record(source: Path | bytes, limits: ImageLimits = ImageLimits()) -> Record:  # noqa: B008, frozen
    """What a picture carries. Its places are dropped: a file from elsewhere names no place on this machine.

    Raises: ImageError for a file that cannot be read, NoRequestError without a record, ConfigError for a damaged one.
    """
    data = source if isinstance(source, bytes) else read_bytes(source, limits)
    value = _carried(data, POINT_KEY)
    if value is None:
        raise NoRequestError(f"This PNG holds no point of a model. Choose {_WANTED}.")
    return Record.from_json(value)


def read_point(source: Path | bytes) -> Point:
    """As read_record, the point alone."""
    return read_record(source).point


def encode_sheet(sheet: Image.Image, records: Sequence[Record], facts: Mapping[str, object] | None = None) -> bytes:
    """A contact sheet as a PNG that carries what decides each of its pictures, all of one model, row by row.

    Args:
        facts: further lines of text: name -> value.
    """
    values = np.asarray(sheet, np.float32) / 255
    directions = {one.id: one for record in records for one in record.directions}
    shared = replace(records[0], directions=tuple(directions.values())).to_json()
    shared["points"] = [record.point.for_file().to_json() for record in records]
    texts = {
        LABEL_KEY: f"Atelier: {records[0].label}",
        **{name: str(value) for name, value in (facts or {}).items()},
        POINTS_KEY: json.dumps(shared, ensure_ascii=False, separators=(",", ":")),
    }
    return png.encode(sheet.width, sheet.height, 3, lambda begin, end: values[begin:end], texts=texts)


def read_records(source: Path | bytes) -> list[Record]:
    """Of a picture, its record; of a contact sheet, those of all its pictures. Raises as read_record."""
    data = source if isinstance(source, bytes) else read_bytes(source)
    value = _carried(data, POINTS_KEY)
    if value is None:
        return [read_record(data)]
    shared = Record.from_json(value)
    points = value.get("points")
    if not isinstance(points, list):
        raise NoRequestError("The record in this PNG is damaged. Choose another picture.")
    found = [Point.from_json(point).for_file() for point in points]
    used = {one.id: one for one in shared.directions}
    return [
        replace(shared, point=point, directions=tuple(used[name] for name in point.directions() if name in used))
        for point in found
    ]


def _carried(data: bytes, keyword: str) -> Any:
    """The JSON value under a keyword; None without one. Raises: NoRequestError."""
    try:
        found = png.read_text(data, keyword, most=_MOST_CHARACTERS)
    except ValueError as error:
        raise NoRequestError(f"This is no PNG that can be read. Choose {_WANTED}.") from error
    if found is None:
        return None
    try:
        return json.loads(found)
    except (ValueError, RecursionError) as error:
        raise NoRequestError("The record in this PNG is damaged. Choose another picture.") from error
