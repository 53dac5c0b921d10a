"""What downloaders of WikiArt leave: a folder of records, a JSON file for each artist, beside a folder of pictures.

Two layouts are known: images/{artist}/{year}/{contentId}.jpg with meta/{artist}.json, and
painting/image/{artist}/{work}.jpg with painting/meta/{artist}.json. Records have the fields of WikiArt's own answers,
misspelt as they are ("completitionYear").
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from core.images import ImageError
from core.sources.artwork import Artwork, FileSource, SourceError
from core.sources.files.file_names import file_key
from core.sources.files.format import Opening, Recognition
from core.sources.files.labelled import LabelledSource
from core.sources.files.row_table import cell_text
from core.sources.files.slugs import person, plain, style, words, work
from core.sources.files.survey import Survey

TITLE = "WikiArt, as downloaded"
_RECORDS, _PICTURES = "meta", ("images", "image")
_MAX_BYTES = 200_000_000  # of the records of one artist
_LIST_FIELDS = {"style": ("styles", "style"), "genre": ("genres", "genre"), "tags": ("tags",)}
_METADATA = (
    *("id", "contentId", "artistContentId", "artistId", "media", "material", "technique", "location", "galleryName"),
    *("galleries", "period", "serie", "sizeX", "sizeY", "diameter", "description"),
)


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    found = _find(survey)
    if found is None:
        return None
    records = _Records(survey, found)
    if not records.used:
        return None
    styles = Counter(artwork.style for key in found.pictures if (artwork := records.artwork(opening.name, key)).style)
    return Recognition(
        "wikiart_download",
        TITLE,
        len(found.pictures),
        f"Pictures of {len(found.artists):,} artists in {found.folder}, with records in {found.records_folder}.",
        classes=dict(sorted(styles.items())),
        notes=tuple(records.notes(found.pictures)),
    )


def open_format(survey: Survey, opening: Opening) -> FileSource:
    """See core.sources.files.format.Format."""
    found = _find(survey)
    if found is None:
        raise SourceError(
            f"{survey.tree.title} is no download of WikiArt: it needs images/ARTIST/... beside meta/ARTIST.json."
        )
    records = _Records(survey, found)
    return LabelledSource(
        survey,
        opening,
        describe=lambda key: records.artwork(opening.name, key),
        used=records.used,
        keys=found.pictures,
    )


@dataclass(frozen=True)
class _Found:
    """Where the pictures and the records of a download lie."""

    folder: str
    records_folder: str
    pictures: list[str]
    record_keys: list[str]
    artists: frozenset[str]  # slugs, as the pictures' folders are called

    def artist(self, key: str) -> str:
        return key.removeprefix(f"{self.folder}/").partition("/")[0]

    def year(self, key: str) -> str:
        """From the folder; "" where there is none, or an unknown one."""
        parts = key.removeprefix(f"{self.folder}/").split("/")
        return parts[1] if len(parts) == 3 and re.fullmatch(r"-?\d{1,4}", parts[1]) else ""


def _find(survey: Survey) -> _Found | None:
    """A folder meta with records beside a folder images or image, in which every picture is below an artist."""
    folders: dict[str, list[str]] = {}
    for key in survey.others:
        path = PurePosixPath(key)
        if path.suffix.lower() == ".json" and path.parent.name.lower() == _RECORDS:
            folders.setdefault(path.parent.as_posix(), []).append(key)
    for records_folder, record_keys in sorted(folders.items()):
        top = PurePosixPath(records_folder).parent
        for name in _PICTURES:
            folder = (top / name).as_posix()
            depth = len(PurePosixPath(folder).parts)
            pictures = [key for key in survey.pictures if key.startswith(f"{folder}/") and key.count("/") > depth]
            if pictures:
                artists = frozenset(PurePosixPath(key).parts[depth] for key in pictures)
                return _Found(folder, records_folder, pictures, record_keys, artists)
    return None


@dataclass
class _Records:
    """The rows of all artists, by the names under which their pictures are kept."""

    survey: Survey
    found: _Found
    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # (artist, content id or slug) -> row
    used: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for key in self.found.record_keys:
            artist = PurePosixPath(key).stem
            try:
                rows = _rows(self.survey.tree.read(key, _MAX_BYTES))
            except (ImageError, ValueError, RecursionError) as error:
                self.trouble.append(f"{key} cannot be used: {str(error)[:200]}")
                continue
            if artist in self.found.artists or artist == "artists" or any("title" in row for row in rows):
                self.used.append(key)
            for row in rows:
                for name in _file_names(row):
                    self.rows.setdefault((artist, name), row)

    def row(self, key: str) -> dict[str, Any] | None:
        return self.rows.get((self.found.artist(key), file_key(key).rpartition(".")[0] or file_key(key)))

    def notes(self, pictures: list[str]) -> Iterator[str]:
        """What a person should know before importing."""
        yield from self.trouble
        bare = sum(self.row(key) is None for key in pictures)
        if bare:
            yield (
                f"{bare:,} of {len(pictures):,} pictures have no record; "
                "their artists and years are those of the folders."
            )
        beside = len(self.survey.pictures) - len(pictures)
        if beside:
            yield f"{beside:,} pictures that lie elsewhere are left aside."
        yield "The records do not tell the rights of the pictures, so they are unknown."

    def artwork(self, source: str, key: str) -> Artwork:
        row = self.row(key) or {}
        slug = PurePosixPath(key).stem
        title, date = ("", "") if slug.isdecimal() else work(slug)
        listed = {name: _listed(row, keys) for name, keys in _LIST_FIELDS.items()}
        styles = [style(name) or words(name) for name in listed["style"]]
        year = _text(row.get("completitionYear")) or _text(row.get("yearAsString")) or _text(row.get("year"))
        metadata = {name: text for name in _METADATA if (text := _text(row.get(name)))}
        if len(styles) > 1:
            metadata["styles"] = ", ".join(styles)
        return Artwork(
            source=source,
            source_id="",
            title=_text(row.get("title")) or title,
            artist=_text(row.get("artistName")) or person(self.found.artist(key)),
            date=year or self.found.year(key) or date,
            style=styles[0] if styles else "",
            genre=listed["genre"][0] if listed["genre"] else "",
            tags=tuple(dict.fromkeys([*listed["genre"][1:], *listed["tags"]])),
            image_url=_text(row.get("image")),
            metadata={"file": PurePosixPath(key).name, **metadata},
        )


def _rows(data: bytes) -> list[dict[str, Any]]:
    """An array of records, or pages of arrays. Whole numbers stay exact: ids have up to 19 digits."""
    value = json.loads(data)
    if isinstance(value, dict):
        value = value.get("data") or value.get("Paintings") or []
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _file_names(row: dict[str, Any]) -> Iterator[str]:
    """Names without suffix under which the picture of a record may be kept, in lower case."""
    for name in ("contentId", "url", "id", "_id"):
        if text := _text(row.get(name)):
            yield text.rstrip("/").rpartition("/")[2].casefold()
    if image := _text(row.get("image")):
        yield file_key(image.partition("!")[0].partition("?")[0]).rpartition(".")[0]


def _listed(row: dict[str, Any], keys: tuple[str, ...]) -> list[str]:
    """A list, or names joined by commas; names may come as objects with a title."""
    value = next((row[key] for key in keys if row.get(key)), None)
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return []
    names = [_text(item) for item in value]
    return [name for name in dict.fromkeys(names) if plain(name)]


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("title") or value.get("name")
    return cell_text(value) if value not in (0, 0.0) else ""
