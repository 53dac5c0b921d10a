"""Image folders as Hugging Face reads them: pictures, and metadata.csv or metadata.jsonl with a column file_name.

The table lies at the top or in the folder of its pictures (train/metadata.csv); our own exports are such folders.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.images import ImageError
from core.sources.artwork import Artwork, FileSource, SourceError
from core.sources.files.class_folders import SPLITS
from core.sources.files.described_row import DescribedRows, style_columns
from core.sources.files.format import Opening, Recognition
from core.sources.files.labelled import LabelledSource
from core.sources.files.pictures import file_artwork
from core.sources.files.row_table import RowTable
from core.sources.files.survey import Survey

TITLE = "Folder of pictures with metadata"
FILE_COLUMN = "file_name"
NAMES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_MAX_CELL = 100_000  # characters; a cell of our own exports holds a whole JSON text


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    labels = _Labels(survey, opening.name)
    if not labels.rows:
        return None
    return Recognition(
        "metadata_folder",
        TITLE,
        len(survey.pictures),
        f"{', '.join(labels.used[:3])}{' and others' if len(labels.used) > 3 else ''} "
        f"{'describe' if len(labels.used) > 1 else 'describes'} {len(labels.rows):,} of "
        f"{len(survey.pictures):,} pictures by a column {FILE_COLUMN}.",
        classes=labels.classes(),
        splits=labels.splits(),
        notes=tuple(labels.notes),
    )


def open_format(survey: Survey, opening: Opening) -> FileSource:
    """See core.sources.files.format.Format."""
    labels = _Labels(survey, opening.name)
    if not labels.rows:
        raise SourceError(
            f"{survey.tree.title} holds no metadata.csv or metadata.jsonl "
            f"whose column {FILE_COLUMN} names its pictures."
        )
    return LabelledSource(survey, opening, describe=labels.artwork, used=labels.used)


@dataclass(frozen=True)
class _Row:
    cells: dict[str, str]
    columns: DescribedRows


@dataclass
class _Labels:
    """The rows of all tables by the pictures that they name."""

    survey: Survey
    source: str
    rows: dict[str, _Row] = field(default_factory=dict)  # key of a picture -> its row
    used: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        keys = self.survey.named(*NAMES)
        if not keys:
            return
        by_path = {_normal(key): key for key in self.survey.pictures}
        missing: list[str] = []
        for key in sorted(keys, key=lambda key: -key.count("/")):  # the table nearest to a picture wins
            try:
                table = RowTable(self.survey.tree.read(key), key, max_cell=_MAX_CELL)
                rows = list(table.rows())
            except (SourceError, ImageError) as error:
                self.notes.append(f"{key} cannot be used: {error}")
                continue
            if FILE_COLUMN not in table.columns:
                continue
            columns = DescribedRows(self.source, table.columns, style_columns(rows, table.columns))
            folder = PurePosixPath(key).parent
            found = 0
            for row in rows:
                picture = by_path.get(_normal((folder / row.get(FILE_COLUMN, "").replace("\\", "/")).as_posix()))
                if picture is None:
                    missing.append(row.get(FILE_COLUMN, ""))
                    continue
                self.rows.setdefault(picture, _Row(row, columns))
                found += 1
            if found:
                self.used.append(key)
        self._tell(missing)

    def artwork(self, key: str) -> Artwork:
        row = self.rows.get(key)
        split = _split(key)
        if row is not None:
            return row.columns.artwork(row.cells, key, file_column=FILE_COLUMN, split=split)
        artwork = file_artwork(self.source, key)
        artwork.metadata.update({"split": split} if split else {})
        return artwork

    def classes(self) -> dict[str, int]:
        """Styles, or else classes, or else genres, as the tables have them."""
        styles = Counter(artwork.style for artwork in map(self.artwork, self.rows) if artwork.style)
        if styles:
            return dict(sorted(styles.items()))
        classes = Counter(
            name
            for row in self.rows.values()
            for column in row.columns.class_columns
            if (name := row.cells.get(column, ""))
        )
        return dict(sorted(classes.items()))

    def splits(self) -> dict[str, int]:
        return dict(
            Counter(split for key in self.survey.pictures if (split := self.artwork(key).metadata.get("split")))
        )

    def _tell(self, missing: list[str]) -> None:
        total = len(self.survey.pictures)
        if len(self.rows) < total:
            self.notes.append(
                f"{total - len(self.rows):,} of {total:,} pictures have no row, and are described by their paths alone."
            )
        if missing:
            self.notes.append(
                f"{len(missing):,} rows name a file that is not among the pictures, the first {missing[0]!r}."
            )


def _split(key: str) -> str:
    return next((SPLITS[part.lower()] for part in PurePosixPath(key).parts[:-1] if part.lower() in SPLITS), "")


def _normal(path: str) -> str:
    """Paths compare the same whichever system wrote them."""
    return unicodedata.normalize("NFC", path.strip().removeprefix("./")).casefold()
