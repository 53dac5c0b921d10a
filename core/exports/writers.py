"""The forms in which a selection leaves: a folder of pictures, WebDataset shards, Hugging Face Parquet.

Every form carries each picture's labels, licence and provenance, and can be read back by Collect.
"""

import csv
import io
import json
import tarfile
from pathlib import Path
from typing import Any, Protocol

from core.exports.rows import ExportRow, class_folder

SHARD_PICTURES = 5_000
SHARD_BYTES = 400_000_000


class Writer(Protocol):
    """Takes pictures one by one, and finishes what is open on close."""

    def add(self, row: ExportRow, data: bytes, suffix: str, width: int, height: int, split: str) -> None: ...

    def close(self) -> None: ...


class ImageFolderWriter:
    """folder/[split/][class/]name.jpg, with metadata.csv: one class per sub-folder, one row per picture."""

    def __init__(self, folder: Path, *, sorted_by: str, splits: bool) -> None:
        self._folder = folder
        self._sorted_by = sorted_by
        self._splits = splits
        self._file = (folder / "metadata.csv").open("w", newline="", encoding="utf-8")
        self._table: Any = None

    def add(self, row: ExportRow, data: bytes, suffix: str, width: int, height: int, split: str) -> None:
        parts = [split if self._splits else "", class_folder(row, self._sorted_by), f"{row.name}.{suffix}"]
        place = Path(*filter(None, parts))
        path = self._folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        described = row.described()
        # file_name first and under this name: so Hugging Face's image folders are read
        cells = {"file_name": place.as_posix(), **described, "width": width, "height": height, "split": split}
        cells["tags"] = ", ".join(row.tags)
        cells["metadata"] = json.dumps(row.metadata, ensure_ascii=False, sort_keys=True)
        if self._table is None:
            self._table = csv.DictWriter(self._file, list(cells))
            self._table.writeheader()
        self._table.writerow(cells)

    def close(self) -> None:
        self._file.close()


class WebDatasetWriter:
    """folder/train-00000.tar, ...: name.jpg and name.json of a picture next to each other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, tarfile.TarFile] = {}
        self._filled: dict[str, tuple[int, int, int]] = {}  # split -> shards begun, pictures and bytes in the last one

    def add(self, row: ExportRow, data: bytes, suffix: str, width: int, height: int, split: str) -> None:
        shards, pictures, filled = self._filled.get(split, (0, 0, 0))
        if split not in self._open or pictures >= SHARD_PICTURES or filled >= SHARD_BYTES:
            if split in self._open:
                self._open[split].close()
            self._open[split] = tarfile.open(self._folder / f"{split}-{shards:05d}.tar", "w")  # noqa: SIM115, closed below
            shards, pictures, filled = shards + 1, 0, 0
        described = json.dumps(row.described() | {"width": width, "height": height}, ensure_ascii=False).encode()
        for name, content in ((f"{row.name}.{suffix}", data), (f"{row.name}.json", described)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            self._open[split].addfile(member, io.BytesIO(content))
        self._filled[split] = (shards, pictures + 1, filled + len(data))

    def close(self) -> None:
        for shard in self._open.values():
            shard.close()


class ParquetWriter:
    """folder/data/train-00000-of-00003.parquet, ...: an `image` column of bytes and path, as Hugging Face writes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "data"
        self._folder.mkdir()
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._bytes: dict[str, int] = {}
        self._shards: dict[str, int] = {}

    def add(self, row: ExportRow, data: bytes, suffix: str, width: int, height: int, split: str) -> None:
        described = row.described()
        described["metadata"] = json.dumps(row.metadata, ensure_ascii=False, sort_keys=True)
        image = {"bytes": data, "path": f"{row.name}.{suffix}"}
        self._rows.setdefault(split, []).append({"image": image, **described, "width": width, "height": height})
        self._bytes[split] = self._bytes.get(split, 0) + len(data)
        if len(self._rows[split]) >= SHARD_PICTURES or self._bytes[split] >= SHARD_BYTES:
            self._write(split)

    def close(self) -> None:
        for split in list(self._rows):
            self._write(split)
        for split, count in self._shards.items():  # their number stands in every name, so it is given last
            for index in range(count):
                self._shard(split, index).rename(self._folder / f"{split}-{index:05d}-of-{count:05d}.parquet")

    def _shard(self, split: str, index: int) -> Path:
        return self._folder / f"{split}-{index:05d}.unfinished"

    def _write(self, split: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = self._rows.pop(split)
        self._bytes[split] = 0
        texts = [name for name, value in rows[0].items() if isinstance(value, str)]
        schema = pa.schema(
            [
                pa.field("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
                *(pa.field(name, pa.string()) for name in texts),
                pa.field("tags", pa.list_(pa.string())),
                pa.field("synthetic", pa.bool_()),
                pa.field("width", pa.int32()),
                pa.field("height", pa.int32()),
            ]
        )
        value = {"dtype": "string", "_type": "Value"}
        features: dict[str, Any] = {"image": {"_type": "Image"}, **dict.fromkeys(texts, value)}
        features |= {"tags": {"feature": value, "_type": "Sequence"}, "synthetic": {"dtype": "bool", "_type": "Value"}}
        features |= {name: {"dtype": "int32", "_type": "Value"} for name in ("width", "height")}
        schema = schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})
        index = self._shards.get(split, 0)
        self._shards[split] = index + 1
        # small row groups: a reader that wants one picture need not decode thousands
        pq.write_table(pa.Table.from_pylist(rows, schema), self._shard(split, index), row_group_size=100)
