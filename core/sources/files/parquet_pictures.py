"""Pictures in a column of a Parquet file, read a few rows at a time in the order in which they are asked for."""

import json
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.image_formats import sniff
from core.sources.files.parquet_files import damaged, is_bytes, open_parquet, readable

_PICTURE_NAMES = ("image", "img", "picture", "painting", "photo", "jpg", "jpeg", "png", "webp")
_BATCH_BYTES = 16_000_000  # what is decoded at a time
_MOST_ROWS = 256
_BATCHES_KEPT = 3  # several threads are a few rows apart
_BATCHES_AHEAD = 4


@dataclass(frozen=True)
class PictureColumn:
    """Where in the rows of a file the pictures are."""

    name: str
    is_struct: bool  # of `bytes` and `path`, as Hugging Face writes it; otherwise the bytes themselves
    has_path: bool
    others: tuple[str, ...] = ()  # further columns that could be pictures


@dataclass(frozen=True)
class Stored:
    """What a row has in its picture column."""

    data: bytes | None
    path: str  # "" if there is none


@dataclass(frozen=True)
class Schema:
    """What a file says about its rows, without reading one."""

    pictures: PictureColumn | None
    rows: int
    rows_without_bytes: int | None  # None: the file does not say
    text_columns: tuple[str, ...]  # those besides the picture that a person can read
    number_columns: frozenset[str]  # of the text columns, those of whole numbers
    left_out: tuple[str, ...]  # columns that are neither
    is_from_hugging_face: bool = False  # its schema says so
    class_names: dict[str, list[str]] = field(default_factory=dict)  # column -> names by number, from the schema


def read_schema(path: Path, name: str) -> Schema:
    """Raises: SourceError if it is no Parquet file."""
    import pyarrow as pa

    with open_parquet(path, name) as file:
        arrow = file.schema_arrow
        features = _features(arrow.metadata or {})
        pictures = _picture_column(file, features)
        texts = [entry.name for entry in arrow if readable(entry.type)]
        aside = {pictures.name, *pictures.others} if pictures else set()
        return Schema(
            pictures=pictures,
            rows=file.metadata.num_rows,
            rows_without_bytes=_rows_without_bytes(file, pictures) if pictures else None,
            text_columns=tuple(column for column in texts if column not in aside),
            number_columns=frozenset(entry.name for entry in arrow if pa.types.is_integer(entry.type)),
            left_out=tuple(entry.name for entry in arrow if entry.name not in texts and entry.name not in aside),
            is_from_hugging_face=bool(features),
            class_names={
                column: [str(label) for label in feature["names"]]
                for column, feature in features.items()
                if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list)
            },
        )


class PictureReader:
    """The pictures of one file, for any number of threads.

    Reading goes on from where it is, so that pictures asked for in about their order are decoded once each; one that
    lies elsewhere costs the beginning of its row group. Only what was read last is kept.
    """

    def __init__(self, path: Path, name: str, column: PictureColumn) -> None:
        self._path = path
        self._name = name
        self._column = column
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Any] = OrderedDict()  # first row -> the batch that begins with it
        self._batches: Iterator[Any] | None = None
        self._next_row = 0  # with which the next batch begins
        self._file: Any = None
        self._starts: list[int] = [0]  # first row of each group, and the number of all rows
        self._batch_rows = 1

    def read(self, row: int) -> Stored:
        """Raises: SourceError if the file is damaged there."""
        with self._lock:
            batch, place = self._batch(row)
            value = batch.column(0)[place]
            if not self._column.is_struct:
                return Stored(value.as_py(), "")
            found = value.as_py() or {}
            return Stored(found.get("bytes"), found.get("path") or "")

    def close(self) -> None:
        with self._lock:
            self._kept.clear()
            self._batches = None
            if self._file is not None:
                self._file.close()
                self._file = None

    def _batch(self, row: int) -> tuple[Any, int]:
        import pyarrow as pa

        for start, batch in self._kept.items():
            if start <= row < start + batch.num_rows:
                self._kept.move_to_end(start)
                return batch, row - start
        try:
            if self._file is None:
                self._open()
            if self._batches is None or not self._is_near(row):
                self._begin(row)
            while True:
                batch = next(self._batches)  # type: ignore[arg-type]  # _begin has set it
                start, self._next_row = self._next_row, self._next_row + batch.num_rows
                self._kept[start] = batch
                if len(self._kept) > _BATCHES_KEPT:
                    self._kept.popitem(last=False)
                if row < self._next_row:
                    return batch, row - start
        except (pa.ArrowException, OSError, StopIteration) as error:
            self._batches = None
            raise damaged(f"{self._name}, row {row:,},", error) from error

    def _open(self) -> None:
        self._file = open_parquet(self._path, self._name)
        metadata = self._file.metadata
        self._starts = [0]
        for group in range(metadata.num_row_groups):
            self._starts.append(self._starts[-1] + metadata.row_group(group).num_rows)
        each = _column_bytes(metadata, self._column) / max(metadata.num_rows, 1)
        self._batch_rows = max(1, min(_MOST_ROWS, int(_BATCH_BYTES / max(each, 1))))

    def _is_near(self, row: int) -> bool:
        """Whether going on is the shortest way: a row of the same group, or a few batches ahead."""
        few_ahead = row < self._next_row + _BATCHES_AHEAD * self._batch_rows
        return self._next_row <= row and (few_ahead or self._group(row) == self._group(self._next_row))

    def _begin(self, row: int) -> None:
        group = self._group(row)
        self._next_row = self._starts[group]
        self._batches = self._file.iter_batches(
            batch_size=self._batch_rows,
            row_groups=list(range(group, len(self._starts) - 1)),
            columns=[self._column.name],
            use_threads=False,
        )

    def _group(self, row: int) -> int:
        """Number of the row group that holds the row."""
        return min(bisect_right(self._starts, row), len(self._starts) - 1) - 1


def _features(metadata: dict[bytes, bytes]) -> dict[str, dict[str, Any]]:
    """What Hugging Face writes into the schema: column -> {"_type": "Image"}, {"_type": "ClassLabel", "names": []}"""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        return {str(column): feature for column, feature in features.items() if isinstance(feature, dict)}
    except (ValueError, LookupError, TypeError, AttributeError):  # not there, or written by something else
        return {}


def _picture_column(file: Any, features: dict[str, dict[str, Any]]) -> PictureColumn | None:
    """The column that says it holds pictures; else one of bytes and path, else one of bytes, if its first are some."""
    import pyarrow as pa

    arrow = file.schema_arrow
    structs = {
        entry.name: {entry.type.field(place).name for place in range(entry.type.num_fields)}
        for entry in arrow
        if pa.types.is_struct(entry.type)
    }
    of_pictures = [
        name
        for name, parts in structs.items()
        if "bytes" in parts and features.get(name, {}).get("_type", "Image") == "Image"
    ]
    of_bytes = [entry.name for entry in arrow if is_bytes(entry.type)]
    said = [name for name in of_pictures + of_bytes if features.get(name, {}).get("_type") == "Image"]
    candidates = said or [name for name in of_pictures if _holds_pictures(file, name, f"{name}.bytes")]
    candidates = candidates or [name for name in of_bytes if _holds_pictures(file, name, name)]
    if not candidates:
        return None
    order = [name for name in arrow.names if name in candidates]
    if not said:  # without a declaration, "image" is surer than "mask"
        order.sort(key=lambda name: _PICTURE_NAMES.index(name.lower()) if name.lower() in _PICTURE_NAMES else 99)
    name = order[0]
    return PictureColumn(name, name in structs, "path" in structs.get(name, ()), tuple(order[1:]))


def _holds_pictures(file: Any, column: str, leaf: str) -> bool:
    """Whether the first rows are pictures, and not sounds or anything else. A column of bytes and path may have no
    bytes at all: its pictures are then files.
    """
    import pyarrow as pa

    try:
        for batch in file.iter_batches(batch_size=4, columns=[leaf]):
            rows = batch.column(0).to_pylist()
            values = [row["bytes"] if isinstance(row, dict) else row for row in rows if row]
            if any(values):
                return any(sniff(value[:32]) is not None for value in values if value)
    except (pa.ArrowException, OSError):
        return leaf != column  # damaged: told when its rows are read
    return leaf != column


def _leaves(metadata: Any, column: PictureColumn) -> list[int]:
    """Numbers of the physical columns that hold the pictures' bytes."""
    wanted = f"{column.name}.bytes" if column.is_struct else column.name
    schema = metadata.schema
    return [number for number in range(len(schema)) if schema.column(number).path == wanted]


def _column_bytes(metadata: Any, column: PictureColumn) -> int:
    return sum(
        metadata.row_group(group).column(leaf).total_uncompressed_size
        for group in range(metadata.num_row_groups)
        for leaf in _leaves(metadata, column)
    )


def _rows_without_bytes(file: Any, column: PictureColumn) -> int | None:
    """As the statistics of the row groups tell it."""
    missing = 0
    for group in range(file.metadata.num_row_groups):
        for leaf in _leaves(file.metadata, column):
            statistics = file.metadata.row_group(group).column(leaf).statistics
            if statistics is None or not statistics.has_null_count:
                return None
            missing += statistics.null_count
    return missing
