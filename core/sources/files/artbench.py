"""ArtBench-10 as pictures: its ten styles as folders, with train and test above them or without, and its table.

The release is a tar archive of the folders; ArtBench-10.csv is handed out beside it. Styles are told by the folders'
names: their numbers differ from release to release.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from core.images import ImageError
from core.sources.artwork import Artwork, FileSource, SourceError
from core.sources.files.artbench_table import FILE_NAME, described
from core.sources.files.class_folders import ClassLayout, class_layout
from core.sources.files.file_names import file_key, of_artist_and_work
from core.sources.files.format import Opening, Recognition
from core.sources.files.labelled import LabelledSource
from core.sources.files.row_table import RowTable
from core.sources.files.slugs import is_artbench_class, plain, style
from core.sources.files.survey import Survey

TITLE = "ArtBench-10, folders by style"
_ENOUGH = 7  # of the ten; a copy may lack a few

Row = dict[str, str]


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    layout = _layout(survey)
    if layout is None:
        return None
    labels = _Labels(survey, layout)
    return Recognition(
        "artbench",
        TITLE,
        len(survey.pictures),
        f"{len(layout.classes)} of the ten styles of ArtBench-10 as folders"
        + (f", below {' and '.join(layout.splits)}." if layout.has_splits else "."),
        classes=layout.classes,
        splits=layout.splits or labels.splits,
        notes=tuple(labels.notes),
    )


def open_format(survey: Survey, opening: Opening) -> FileSource:
    """See core.sources.files.format.Format."""
    layout = _layout(survey)
    if layout is None:
        raise SourceError(
            f"{survey.tree.title} holds no style folders of ArtBench-10 (art_nouveau, baroque, ..., ukiyo_e)."
        )
    labels = _Labels(survey, layout)
    return LabelledSource(survey, opening, describe=lambda key: labels.artwork(opening.name, key), used=labels.tables)


def _layout(survey: Survey) -> ClassLayout | None:
    """The class folders, if all are styles of ArtBench-10: most of them, or in a folder that is called so.

    Datasets of WikiArt share seven of the styles, and write them with capitals.
    """
    layout = class_layout(survey)
    if layout is None or not all(map(is_artbench_class, layout.classes)):
        return None
    called_so = any("artbench" in part.lower() for part in (survey.tree.title, *survey.common_folder))
    lower = all(name == name.lower() for name in layout.classes)
    count = len(layout.classes)
    return layout if called_so or count == 10 or (lower and count >= _ENOUGH) else None


@dataclass
class _Labels:
    """What folders, names and the table say of each picture."""

    survey: Survey
    layout: ClassLayout

    @cached_property
    def tables(self) -> list[str]:
        """Keys of the tables that are used."""
        return self._read[0]

    @cached_property
    def splits(self) -> dict[str, int]:
        """From the table, where the folders do not tell."""
        rows = (self.row(key) for key in self.survey.pictures)
        return dict(Counter(row["split"].lower() for row in rows if row and row.get("split")))

    @cached_property
    def notes(self) -> list[str]:
        keys, rows, trouble = self._read
        if not keys:
            return [
                *trouble,
                "ArtBench-10.csv is not among the files: artists and titles are told from file names, and rights are "
                "unknown.",
            ]
        labelled = sum(self.row(key) is not None for key in self.survey.pictures)
        total = len(self.survey.pictures)
        told = [f"Artists, titles and rights are those of {', '.join(keys)}, for {labelled:,} of {total:,} pictures."]
        others = sum(self.row(key) is None and file_key(key) in rows for key in self.survey.pictures)
        if others:
            told.append(
                f"The table gives {others:,} pictures another style than their folder, so it is not used there."
            )
        return [*trouble, *told]

    def row(self, key: str) -> Row | None:
        """The row of the table with this file name and this style."""
        class_name = plain(self.layout.of(key)[0])
        rows = self._read[1].get(file_key(key), [])
        return next((row for row in rows if plain(row.get("label", "")) in ("", class_name)), None)

    def artwork(self, source: str, key: str) -> Artwork:
        class_name, split = self.layout.of(key)
        title, artist, date = of_artist_and_work(key)
        row = self.row(key)
        split = split or (row or {}).get("split", "").lower()
        artwork = Artwork(
            source,
            "",
            title=title,
            artist=artist,
            date=date,
            metadata={"file": PurePosixPath(key).name, "class": class_name} | ({"split": split} if split else {}),
        )
        artwork = replace(artwork, style=style(class_name))
        return described(artwork, row) if row else artwork

    @cached_property
    def _read(self) -> tuple[list[str], dict[str, list[Row]], list[str]]:
        """Keys of the tables, rows by the names of their files, and what was wrong with a table."""
        rows: dict[str, list[Row]] = {}
        keys: list[str] = []
        trouble: list[str] = []
        for key in self.survey.named(FILE_NAME):
            try:
                table = RowTable(self.survey.tree.read(key), key)
                if "name" not in table.columns:
                    raise SourceError(f"{key} has no column name, by which its rows are found.")
                for row in table.rows():
                    rows.setdefault(file_key(row["name"]), []).append(row)
            except (SourceError, ImageError) as error:
                trouble.append(f"{key} cannot be used: {error}")
                continue
            keys.append(key)
        return keys, rows, trouble
