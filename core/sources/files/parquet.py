"""Parquet files with a column of pictures, as Hugging Face hands out datasets: data/{split}-00000-of-00072.parquet."""

import re
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from core.images import ImageError
from core.sources import licences
from core.sources.artwork import Artwork, Item, ItemError, SourceError
from core.sources.files.dataset_card import DatasetCard, read_card
from core.sources.files.format import Opening, Recognition
from core.sources.files.parquet_files import open_parquet, read_rows
from core.sources.files.parquet_pictures import PictureColumn, PictureReader, Schema, read_schema
from core.sources.files.row_table import cell_text
from core.sources.files.slugs import are_styles, is_unknown, person, style, words
from core.sources.files.survey import Survey
from core.sources.files.unused import left_aside
from core.sources.labels import recognise_columns

TITLE = "Parquet with pictures"
SUFFIX = ".parquet"
_SPLIT = re.compile(r"(?P<split>train|test|validation|valid|val|dev)(?:[-_.]|$)")
_SPLITS = {"val": "validation", "valid": "validation", "dev": "validation"}
_CARDS = ("readme.md", "dataset_card.md")
_NAMES = ("artist", "style", "genre")
_CLASS_COLUMNS = ("label", "labels", "class", "category", "target")
_READERS_KEPT = 2  # files whose rows are held ready; each holds some 50 MB
_MAX_METADATA = 40  # columns


@dataclass(frozen=True)
class _File:
    key: str
    path: Path
    split: str
    schema: Schema
    pictures: PictureColumn


class NoPictureColumnError(SourceError):
    """Parquet files that are tables of something else, maybe of addresses."""


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    if not parquet_keys(survey.tree.keys):
        return None
    try:
        source = ParquetSource(survey, opening)
    except NoPictureColumnError:
        return None
    return Recognition(
        "parquet",
        f"Hugging Face, {TITLE}" if source.is_from_hugging_face else TITLE,
        source.total(),
        source.found(),
        dict(source.classes()),
        dict(source.splits()),
        tuple(source.notes),
    )


def open_format(survey: Survey, opening: Opening) -> "ParquetSource":
    """See core.sources.files.format.Format."""
    return ParquetSource(survey, opening)


class ParquetSource:
    """Every picture in the Parquet files of a tree, file by file, row by row.

    Raises: SourceError if there is no picture column, or a file is damaged.
    """

    def __init__(self, survey: Survey, opening: Opening) -> None:
        self.tables: list[str] = []
        self.notes: list[str] = []
        self._tree = survey.tree
        self._name = opening.name
        self._limits = opening.limits
        self._lock = threading.Lock()
        self._readers: OrderedDict[str, PictureReader] = OrderedDict()
        self._beside: dict[str, list[str]] | None = None  # file name -> keys of the tree
        self._card = self._read_card()
        self._files = self._open(opening)
        beside = survey.pictures if any(file.schema.rows_without_bytes != 0 for file in self._files) else []
        self.left_aside: Counter[str] = left_aside(survey, {*beside, *(file.key for file in self._files)})
        self._tell()

    def total(self) -> int:
        return sum(file.schema.rows for file in self._files)

    @property
    def is_from_hugging_face(self) -> bool:
        return any(file.schema.is_from_hugging_face or file.pictures.has_path for file in self._files)

    def found(self) -> str:
        """What was recognised, in a sentence."""
        count = len(self._files)
        files = f"{count} Parquet files" if count > 1 else "A Parquet file"
        return f"{files} with pictures in the column {self._files[0].pictures.name}."

    def classes(self) -> Counter[str]:
        """Of the first column that has class names, the column of styles before others."""
        counts: Counter[str] = Counter()
        columns = [_Columns(self._name, file, self._class_names(file)) for file in self._files]
        if column := columns[0].class_column():
            for of_file in columns:
                counts.update(of_file.class_counts(column))
        return counts

    def splits(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for file in self._files:
            if file.split:
                counts[file.split] += file.schema.rows
        return counts

    def items(self) -> Iterator[Item]:
        if not self.total():
            raise SourceError(f"The Parquet files in {self._tree.title} have no rows.")
        for file in self._files:
            for row, artwork in enumerate(self._artworks(file)):
                yield Item(f"{file.key}#{row:06d}", artwork, partial(self._read, file, row))

    def table(self, key: str) -> bytes:
        raise SourceError(f"There is no table {key!r} for the pictures of Parquet files; their rows say what they are.")

    def close(self) -> None:
        with self._lock:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()
        self._tree.close()

    def _open(self, opening: Opening) -> list[_File]:
        files, without = [], []
        for key in parquet_keys(self._tree.keys):
            path = self._tree.path(key, opening.scratch)
            schema = read_schema(path, key)
            if schema.pictures is None:
                without.append((key, schema))
                continue
            files.append(_File(key, path, split_of(key), schema, schema.pictures))
        if not files:
            columns = ", ".join(dict.fromkeys(column for _, schema in without for column in schema.text_columns))
            raise NoPictureColumnError(
                f"No column of {self._tree.title} holds pictures (found: {columns[:300] or 'no Parquet file'}). "
                "Such a column has the pictures' bytes, usually under the name image."
            )
        if without:
            self.notes.append(f"{len(without)} Parquet files without pictures are left aside, such as {without[0][0]}.")
        return files

    def _tell(self) -> None:
        """Notes for the person, from what the schemas say."""
        first = self._files[0]
        if first.pictures.others:
            self.notes.append(
                f"Pictures are taken from the column {first.pictures.name}; "
                f"{', '.join(first.pictures.others)} could hold pictures too and is left out."
            )
        if first.schema.left_out:
            self.notes.append(f"Columns that are no text are left out: {', '.join(first.schema.left_out[:12])}.")
        without_bytes = sum(file.schema.rows_without_bytes or 0 for file in self._files)
        if without_bytes:
            self.notes.append(
                f"{without_bytes:,} of {self.total():,} rows have no picture in them, only the name of a file; "
                "those whose file does not lie beside the table are refused."
            )
        if self._card.licence:
            self.notes.append(
                f"The card of the dataset says licence: {self._card.licence}. That is about the dataset; "
                "it is not taken for that of a picture."
            )

    def _read_card(self) -> DatasetCard:
        key = min(
            (key for key in self._tree.keys if PurePosixPath(key).name.lower() in _CARDS),
            key=lambda key: key.count("/"),
            default=None,
        )
        if key is None:
            return DatasetCard()
        try:
            return read_card(self._tree.read(key).decode("utf-8", "replace"))
        except (ValueError, ImageError, SourceError) as error:
            self.notes.append(f"The head of {key} is not understood ({error}), so its class names are not used.")
            return DatasetCard()

    def _artworks(self, file: _File) -> Iterator[Artwork]:
        """An artwork for each row, from the columns that a person can read; the pictures stay where they are."""
        columns = _Columns(self._name, file, self._class_names(file))
        wanted = list(file.schema.text_columns)
        if file.pictures.has_path:
            wanted.append(f"{file.pictures.name}.path")
        if not wanted:
            yield from (columns.artwork({}, "", row) for row in range(file.schema.rows))
            return
        row = 0
        with open_parquet(file.path, file.key) as table:
            for batch in read_rows(table, file.key, wanted):
                for values in batch.to_pylist():
                    picture = values.pop(file.pictures.name, None) or {}
                    yield columns.artwork(values, picture.get("path") or "", row)
                    row += 1

    def _class_names(self, file: _File) -> dict[str, list[str]]:
        return self._card.class_names | file.schema.class_names

    def _read(self, file: _File, row: int) -> bytes:
        try:
            stored = self._reader(file).read(row)
        except SourceError as error:
            raise ImageError("damaged", str(error)) from error
        if stored.data:
            if len(stored.data) > self._limits.max_bytes:
                raise ImageError(
                    "too_many_bytes",
                    f"It has {len(stored.data) / 1e6:,.0f} MB; "
                    f"at most {self._limits.max_bytes / 1e6:,.0f} MB are accepted.",
                )
            return stored.data
        if not stored.path:
            raise ItemError("no_picture", f"Row {row:,} of {file.key} has no picture.", final=True)
        key = self._file_beside(file, stored.path)
        if key is None:
            raise ItemError(
                "no_picture",
                f"Row {row:,} of {file.key} has only the name of a file, {stored.path[:200]}, and no such file lies "
                "beside it. Put the picture files beside the table and import them together.",
                final=True,
            )
        return self._tree.read(key, self._limits.max_bytes)

    def _reader(self, file: _File) -> PictureReader:
        with self._lock:
            reader = self._readers.get(file.key)
            if reader is None:
                reader = self._readers[file.key] = PictureReader(file.path, file.key, file.pictures)
            self._readers.move_to_end(file.key)
            while len(self._readers) > _READERS_KEPT:
                self._readers.popitem(last=False)[1].close()
            return reader

    def _file_beside(self, file: _File, path: str) -> str | None:
        """The key of the file that a row names: by its path from the table or from the top, else by its name if only
        one file is called so.
        """
        with self._lock:
            if self._beside is None:
                self._beside = defaultdict(list)
                for key in self._tree.keys:
                    self._beside[PurePosixPath(key).name].append(key)
        wanted = PurePosixPath(path.replace("\\", "/").removeprefix("./"))
        candidates = self._beside.get(wanted.name, [])
        for exact in ((PurePosixPath(file.key).parent / wanted).as_posix(), wanted.as_posix()):
            if exact in candidates:
                return exact
        return candidates[0] if len(candidates) == 1 else None


class _Columns:
    """What the columns of a file mean."""

    def __init__(self, source: str, file: _File, class_names: dict[str, list[str]]) -> None:
        texts = file.schema.text_columns
        recognised = recognise_columns(texts)
        self._source = source
        self._file = file
        self._fields = {column: field for field, column in recognised.items() if field not in ("file", "image_url")}
        self._fields |= {column: "image_url" for field, column in recognised.items() if field == "image_url"}
        self._class_names = {column: names for column, names in class_names.items() if column in texts}
        self._style_columns = {
            column for column, names in self._class_names.items() if column not in self._fields and are_styles(names)
        }
        self._tag_columns = {
            column for column in texts if column.lower() in _CLASS_COLUMNS and column not in self._style_columns
        }
        # "style: 12" says nothing to anybody
        self._number_columns = file.schema.number_columns - set(self._class_names)

    def class_column(self) -> str:
        """The column whose classes say most about the pictures; "" if none has names."""
        order = [*self._style_columns, *(column for column, field in self._fields.items() if field == "style")]
        order += [*self._tag_columns, *self._class_names]
        return next((column for column in order if column in self._class_names), "")

    def class_counts(self, column: str) -> Counter[str]:
        """How many rows each class has. Raises: SourceError."""
        counts: Counter[str] = Counter()
        if column not in self._class_names:
            return counts
        row = 0
        with open_parquet(self._file.path, self._file.key) as table:
            for batch in read_rows(table, self._file.key, [column]):
                for value in batch.column(0).to_pylist():
                    if name := self._text(column, value, row):
                        counts[name] += 1
                    row += 1
        return counts

    def artwork(self, row: dict[str, object], path: str, number: int) -> Artwork:
        known: dict[str, str] = {}
        tags: list[str] = []
        metadata: dict[str, str] = {}
        for column, value in row.items():
            text = self._text(column, value, number)
            if not text:
                continue
            field = "style" if column in self._style_columns else self._fields.get(column, "")
            if field in _NAMES and column in self._number_columns:
                field = ""
            if field == "tags":
                tags += [tag.strip() for tag in text.replace(";", ",").split(",") if tag.strip()]
            elif field:
                known[field] = _spelled(field, text)
            elif column in self._tag_columns - self._number_columns:
                tags.append(words(text))
            if (not field or known.get(field, text) != text) and len(metadata) < _MAX_METADATA:
                metadata[column] = text
        if self._file.split:
            metadata["split"] = self._file.split
        if path:
            metadata["file"] = path
        return Artwork(
            source=self._source,
            source_id="",
            title=known.pop("title", "") or words(PurePosixPath(path).stem),
            tags=tuple(dict.fromkeys(tags)),
            licence=licences.normal(known.pop("licence", "")),
            metadata=metadata,
            **known,  # type: ignore[arg-type]  # the fields left are text
        )

    def _text(self, column: str, value: object, number: int) -> str:
        """A cell as text; of a class its name. Raises: SourceError for a class that has no name."""
        names = self._class_names.get(column)
        if names is None or not isinstance(value, int) or isinstance(value, bool):
            return cell_text(value)
        if value == -1:  # so Hugging Face writes that a class is not told
            return ""
        if not 0 <= value < len(names):
            raise SourceError(
                f"{self._file.key} gives row {number:,} the {column} {value}, but there are names for {len(names)} "
                f"(0 to {len(names) - 1}). The table and its class names do not belong together."
            )
        return "" if is_unknown(names[value]) else names[value]


def parquet_keys(keys: Iterable[str]) -> list[str]:
    return sorted(key for key in keys if key.lower().endswith(SUFFIX))


def split_of(key: str) -> str:
    """ "train", "validation", "test" or "", from a file called data/train-00000-of-00002.parquet or train/0.parquet."""
    path = PurePosixPath(key.lower())
    for part in (path.stem, *reversed(path.parts[:-1])):
        if match := _SPLIT.match(part):
            return _SPLITS.get(match["split"], match["split"])
    return ""


def _spelled(field: str, text: str) -> str:
    if field == "artist":
        return person(text)
    if field == "style":
        return style(text) or words(text)
    return words(text) if field == "genre" else text
