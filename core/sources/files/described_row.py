"""What a row of a table, or a record beside a picture, says of it; also as our own exports write it."""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from core.sources import licences
from core.sources.artwork import Artwork
from core.sources.files.row_table import cell_text
from core.sources.files.slugs import are_styles, is_unknown, person, style, words
from core.sources.labels import recognise_columns

CLASS_COLUMNS = ("label", "labels", "class", "category", "target")
_OURS = frozenset({"source", "source_id", "sha256", "synthetic", "metadata", "image_url"})
_OUR_FACTS = frozenset({"sha256", "width", "height"})  # measured again when the picture comes in
_FREE_COLUMNS = ("is_public_domain", "public_domain")
_MAX_METADATA = 40  # columns


class DescribedRows:
    """The meaning of columns, the same for all rows of a table.

    Args:
        source: that the artworks name.
        columns: of the table.
        styles: class columns whose values are all styles; see `style_columns`.
    """

    def __init__(self, source: str, columns: Iterable[str], styles: Collection[str] = ()) -> None:
        columns = list(columns)
        self._source = source
        self._is_ours = set(columns) >= _OURS
        self.fields = {column: field for field, column in recognise_columns(columns).items() if field != "file"}
        for column in styles:
            if "style" not in self.fields.values():
                self.fields[column] = "style"
        self.class_columns = [
            column for column in columns if column.lower() in CLASS_COLUMNS and column not in self.fields
        ]

    def artwork(self, row: Mapping[str, Any], key: str, *, file_column: str = "", split: str = "") -> Artwork:
        """The artwork of the picture at `key`."""
        known: dict[str, str] = {}
        tags: list[str] = []
        metadata: dict[str, str] = {}
        ours = _our_metadata(row) if self._is_ours else {}
        for column, value in row.items():
            if column == file_column or (self._is_ours and column in (*_OUR_FACTS, "metadata", "synthetic")):
                continue
            text = cell_text(value)
            field = self.fields.get(column, "")
            if not text:
                continue
            if field == "tags":
                listed = value if isinstance(value, list) else text.replace(";", ",").split(",")
                tags += [str(tag).strip() for tag in listed if str(tag).strip()]
            elif field:
                known[field] = text if self._is_ours else _spelled(field, text)
            elif column in self.class_columns and not _is_number(text) and not is_unknown(text):
                tags.append(words(text))
            if not field and len(metadata) < _MAX_METADATA:
                metadata[column] = text
        if split:
            metadata.setdefault("split", split)
        path = PurePosixPath(key)
        metadata["file"] = path.name
        if len(path.parts) > 1:
            metadata["folder"] = path.parent.as_posix()
        if not known.get("licence") and (free := self._freedom(row)):
            known["licence"] = free
        return Artwork(
            source=self._source,
            source_id="",
            title=known.pop("title", "") or ("" if self._is_ours else words(path.stem)),
            tags=tuple(dict.fromkeys(tags)),
            licence=licences.normal(known.pop("licence", "")),
            metadata=metadata | ours,
            synthetic=self._is_ours and cell_text(row.get("synthetic")).lower() in ("true", "1"),
            **known,  # the fields left are text
        )

    def _freedom(self, row: Mapping[str, Any]) -> str:
        text = next((cell_text(row[column]).lower() for column in _FREE_COLUMNS if column in row), "")
        return {"true": licences.PUBLIC_DOMAIN, "1": licences.PUBLIC_DOMAIN}.get(text, "")


def style_columns(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> list[str]:
    """Of the columns called label or the like, those whose values are styles."""
    found = []
    values: dict[str, set[str]] = {column: set() for column in columns if column.lower() in CLASS_COLUMNS}
    for row in rows:
        for column, seen in values.items():
            seen.add(cell_text(row.get(column)))
    for column, seen in values.items():
        if are_styles(seen - {""}):
            found.append(column)
    return found


def _our_metadata(row: Mapping[str, Any]) -> dict[str, str]:
    """As it was in the lab from which it was exported; {} if it is not to be read."""
    value = row.get("metadata")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {"metadata": value} if value else {}
    if not isinstance(value, dict):
        return {}
    return {str(name): item if isinstance(item, str) else cell_text(item) for name, item in value.items()}


def _spelled(field: str, text: str) -> str:
    match field:
        case "artist":
            return person(text)
        case "style":
            return "" if is_unknown(text) else style(text) or words(text)
        case "genre":
            return "" if is_unknown(text) else words(text)
        case _:
            return text


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
