"""What a collect job wrote into its ledger, line by line, checked before any of it reaches the catalog."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.catalog.text import fold, storable
from core.files import JsonLines

MEASURES = (
    *("brightness", "brightness_p1", "brightness_p5", "brightness_p95", "brightness_p99"),
    *("contrast", "deviation", "colourfulness", "entropy", "sharpness"),
)
_TEXTS = ("title", "artist", "date", "style", "genre")
# What several collections may tell of one artwork, each only a part of it; see `completed`.
TOLD = (*_TEXTS, "licence", "page_url", "image_url", "tags", "metadata")
DAMAGED_LINE = "damaged_ledger_line"
# Their ids are file names, or addresses that each table describes in its own words: unique in one collection only.
_LOCAL_SOURCES = ("files", "folder", "archive", "uploads", "sample", "urls")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"[a-z0-9]{1,8}")


@dataclass(frozen=True)
class Stored:
    """A picture that the job keeps: rows for `images` and `artworks`."""

    source: str
    source_id: str
    image: dict[str, Any]  # column -> value
    artwork: dict[str, Any]
    at: datetime


@dataclass(frozen=True)
class Refused:
    """An item that the job could not keep."""

    source: str
    source_id: str
    reason: str
    detail: str
    at: datetime


@dataclass(frozen=True)
class Block:
    rows: list[Stored | Refused]
    end: int  # byte offset to go on from
    damaged: int  # lines that could not be understood; each is a Refused in rows


def is_shared(artwork: dict[str, Any]) -> bool:
    """Whether several collections may describe it, see `artwork_id`."""
    return bool(artwork["id"] == f"{artwork['source']}:{artwork['source_id']}")


def artwork_id(source: str, source_id: str, collection: str, page_url: str) -> str:
    """The id of an artwork. A record with a page of its own on the web is the same artwork in every collection; a
    file name means something only within the collection it came with."""
    if source in _LOCAL_SOURCES or not page_url:
        return f"{source}:{collection}/{source_id}"
    return f"{source}:{source_id}"


def read_blocks(path: Path, offset: int, *, job_id: str, collection: str) -> Iterator[Block]:
    """The complete lines from byte `offset` on, a few megabytes at a time. A line still being written is left alone."""
    for data, end in JsonLines(path).blocks(offset):
        yield _block(data, end - len(data), job_id, collection)


def _block(data: bytes, offset: int, job_id: str, collection: str) -> Block:
    rows: list[Stored | Refused] = []
    damaged = 0
    position = offset
    for line in data.splitlines(keepends=True):
        if line.strip():
            try:
                if (row := _parse(json.loads(line), collection)) is not None:
                    rows.append(row)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                damaged += 1
                place = f"{job_id}@{position}"
                detail = (
                    f"The ledger's line at byte {position} could not be understood ({type(error).__name__}: {error})."
                )
                rows.append(Refused("ledger", place, DAMAGED_LINE, detail, _now()))
        position += len(line)
    return Block(rows, offset + len(data), damaged)


def _parse(line: dict[str, Any], collection: str) -> Stored | Refused | None:
    """None for a line that is about no item.

    Raises: ValueError, KeyError, TypeError or AttributeError if the line is not what a collect job writes.
    """
    if line["state"] == "retry":
        return None
    source, source_id, at = _text(line["source"]), _text(line["source_id"]), _time(line.get("at"))
    if line["state"] in ("refused", "failed"):
        return Refused(source, source_id, _text(line.get("reason")) or "unknown", _text(line.get("detail")), at)
    if line["state"] != "stored":
        raise ValueError(f"state {line['state']!r}")
    return Stored(source, source_id, _image(line, at), _artwork(line, collection, at), at)


def _image(line: dict[str, Any], at: datetime) -> dict[str, Any]:
    facts = line["facts"]
    sha256, suffix = line["sha256"], facts["suffix"]
    if not _SHA256.fullmatch(sha256) or not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"sha256 {sha256!r}, suffix {suffix!r}")
    width, height, size = int(facts["width"]), int(facts["height"]), int(facts["bytes"])
    if not (0 < width < 2**31 and 0 < height < 2**31 and 0 <= size < 2**63):
        raise ValueError(f"{width} x {height} pixels, {size} bytes")
    measures = facts.get("measures") or {}
    palette = [_text(colour) for colour in facts.get("palette") or ()]
    return {
        "sha256": sha256,
        "suffix": suffix,
        "format": _text(facts["format"]),
        "width": width,
        "height": height,
        "bytes": size,
        "phash": int(facts["phash"], 16) & (2**64 - 1) if facts.get("phash") else None,
        **{name: float(measures[name]) if measures.get(name) is not None else None for name in MEASURES},
        "palette": palette,
        "tint": palette[0] if palette else "",
        "notes": [_text(note) for note in facts.get("notes") or ()],
        "added_at": at,
    }


def _artwork(line: dict[str, Any], collection: str, at: datetime) -> dict[str, Any]:
    record = line["artwork"]
    source, source_id = _text(line["source"]), _text(line["source_id"])
    texts = {name: _text(record.get(name)) for name in _TEXTS}
    tags = [_text(tag) for tag in record.get("tags") or ()]
    metadata = dict(record.get("metadata") or {})
    urls = {name: _text(record.get(name)) for name in ("page_url", "image_url")}
    return {
        "id": artwork_id(source, source_id, collection, urls["page_url"]),
        "sha256": line["sha256"],
        "source": source,
        "source_id": source_id,
        **texts,
        "tags": tags,
        "licence": _text(record.get("licence")),
        **urls,
        "metadata": _as_json(metadata),
        "synthetic": bool(record.get("synthetic", False)),
        "search": _search_text(texts.values(), source_id, tags, metadata),
        "added_at": at,
    }


def completed(artwork: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """The artwork with what was known about it before and is not told now: a list of a genre says nothing about
    style, and a collection that needs no rights does not ask for them."""
    texts = {name: artwork[name] or known[name] for name in (*_TEXTS, "licence", "page_url", "image_url")}
    tags = artwork["tags"] or list(known["tags"] or ())
    metadata = json.loads(known["metadata"] or "{}") | json.loads(artwork["metadata"])
    return artwork | {
        **texts,
        "tags": tags,
        "metadata": _as_json(metadata),
        "search": _search_text((texts[name] for name in _TEXTS), artwork["source_id"], tags, metadata),
    }


def _search_text(texts: Iterable[str], source_id: str, tags: Iterable[str], metadata: dict[str, Any]) -> str:
    """What a search in the catalog looks through."""
    return fold("\n".join([*texts, source_id, *tags, *_leaves(metadata)]))


def _as_json(metadata: dict[str, Any]) -> str:
    return storable(json.dumps(metadata, ensure_ascii=False, sort_keys=True, default=str))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for entry in value.values():
            yield from _leaves(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _leaves(entry)
    elif value is not None:
        yield _text(value)


def _text(value: Any) -> str:
    return "" if value is None else storable(str(value))


def _time(value: Any) -> datetime:
    """UTC without zone, as the catalog stores it. Accepts ISO 8601 text or seconds since 1970."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).replace(tzinfo=None)
    if not value:
        return _now()
    parsed = datetime.fromisoformat(value)
    return parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
