"""WikiArt's pictures in folders by style, called {artist}_{work}.jpg: the refined ArtGAN release, and Kaggle's copy.

See core.sources.files.wikiart_tables for the tables that come with them.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from core.sources.artwork import Artwork, FileSource, SourceError
from core.sources.files.class_folders import ClassLayout, class_layout
from core.sources.files.file_names import file_key, folder_key, of_artist_and_work, repaired
from core.sources.files.format import Opening, Recognition
from core.sources.files.labelled import LabelledSource
from core.sources.files.slugs import are_styles, style, words
from core.sources.files.survey import Survey
from core.sources.files.wikiart_tables import WikiartTables, read_tables

TITLE = "WikiArt, folders by style"
_NAMED = 0.8  # share of the files whose names must be {artist}_{work}; long names were cut on their way
_SLUGS = re.compile(r"[^_\sA-Z]*[^\W\d_][^_\sA-Z]*_[^_\sA-Z]*[^\W\d_][^_\sA-Z]*")


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    layout = _layout(survey)
    if layout is None:
        return None
    labels = _Labels(survey, layout)
    tables = labels.tables.used
    beside = f", with {', '.join(PurePosixPath(key).name for key in tables)}" if tables else ""
    return Recognition(
        "wikiart_folders",
        TITLE,
        len(survey.pictures),
        f"{len(layout.classes):,} style folders with files called artist_work{beside}.",
        classes=layout.classes,
        splits=layout.splits or labels.splits,
        notes=tuple(labels.notes),
    )


def open_format(survey: Survey, opening: Opening) -> FileSource:
    """See core.sources.files.format.Format."""
    layout = _layout(survey)
    if layout is None:
        raise SourceError(f"{survey.tree.title} holds no folders of styles with files called artist_work.jpg.")
    labels = _Labels(survey, layout)
    return LabelledSource(
        survey, opening, describe=lambda key: labels.artwork(opening.name, key), used=labels.tables.used
    )


def _layout(survey: Survey) -> ClassLayout | None:
    """Style folders; a single one is enough, as people copy the style they want."""
    layout = class_layout(survey)
    if layout is None and len(survey.by_folder) == 1:
        folder, keys = next(iter(survey.by_folder.items()))
        layout = ClassLayout(len(folder) - 1, False, {folder[-1]: len(keys)}, {}) if folder else None
    if layout is None or not are_styles(layout.classes):
        return None
    named = sum(_SLUGS.fullmatch(PurePosixPath(key).stem) is not None for key in survey.pictures)
    return layout if named >= _NAMED * len(survey.pictures) else None


@dataclass
class _Labels:
    """What folders, names and tables say of each picture."""

    survey: Survey
    layout: ClassLayout

    @cached_property
    def tables(self) -> WikiartTables:
        return read_tables(self.survey)

    @cached_property
    def splits(self) -> dict[str, int]:
        told = (self.tables.of(key).split for key in self.survey.pictures)
        return dict(Counter(split for split in told if split))

    @cached_property
    def notes(self) -> list[str]:
        notes = list(self.tables.notes)
        if self.tables.used:
            found = sum(folder_key(key) in self.tables.told for key in self.survey.pictures)
            notes.append(f"The tables describe {found:,} of {len(self.survey.pictures):,} pictures.")
        folders: dict[str, set[str]] = defaultdict(set)
        for key in self.survey.pictures:
            folders[file_key(key)].add(self.layout.of(key)[0])
        several = [name for name, classes in folders.items() if len(classes) > 1]
        if several:
            notes.append(
                f"{len(several):,} file names stand in more than one style folder ({several[0]}): the same pictures "
                "with several styles. The labels of each are kept; the same bytes are stored once."
            )
        spoilt = [name for key in self.survey.pictures if repaired(name := PurePosixPath(key).stem) != name]
        if spoilt:
            notes.append(
                f"Accents in {len(spoilt):,} file names were spoilt, and are mended in artists and titles: "
                f"{spoilt[0]} is {repaired(spoilt[0])}."
            )
        notes.append("The dataset does not tell the rights of its pictures, so they are unknown.")
        return notes

    def artwork(self, source: str, key: str) -> Artwork:
        class_name, split = self.layout.of(key)
        title, artist, date = of_artist_and_work(key)
        told = self.tables.of(key)
        split = split or told.split
        own_style = style(class_name) or words(class_name)
        styles = list(dict.fromkeys([own_style, *told.styles]))
        metadata = {"file": PurePosixPath(key).name, "class": class_name, **told.metadata}
        if split:
            metadata["split"] = split
        if len(styles) > 1:
            metadata["styles"] = ", ".join(styles)
        return Artwork(
            source,
            "",
            title=title,
            artist=told.artist or artist,
            date=date,
            style=own_style,
            genre=told.genres[0] if told.genres else "",
            tags=tuple(dict.fromkeys(told.genres[1:])),
            metadata=metadata,
        )
