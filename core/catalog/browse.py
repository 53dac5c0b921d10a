"""Queries over the catalog: pages of pictures, counts, facets, and everything known about one picture."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.catalog import facets
from core.catalog.arrays.shelf import SORTS
from core.catalog.database import Database
from core.catalog.ledger import MEASURES
from core.catalog.nearness import Nearness
from core.catalog.picture import PictureRef
from core.catalog.records import (
    ArtworkRecord,
    CollectionInfo,
    HistoryEntry,
    Membership,
    Picture,
    Refusal,
    Summary,
    Tile,
    TimelineEntry,
)
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from core.quality.measures import MEASURES as QUALITY_MEASURES

_MOST_LOOKED_UP = 500


def count(database: Database, selection: Selection) -> int:
    return database.shelf.count(selection)


def count_excluded(database: Database, hashes: Sequence[str]) -> int:
    sql = "SELECT count(*) FROM exclusions WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))"
    return int(database.read(sql, [list(hashes)])[0][0])


def page(database: Database, selection: Selection, *, sort: str | Nearness, offset: int, limit: int) -> list[Tile]:
    """Two steps: the numbers of the page's pictures from the shelf, then the wide columns of just these."""
    if isinstance(sort, str) and sort not in SORTS:
        raise ConfigError(f"No order called {sort!r}. There are: {', '.join(SORTS)}.")
    if offset < 0 or limit < 0:
        raise ConfigError(f"A page starts at 0 or later and holds 0 or more; got offset {offset}, limit {limit}.")
    numbers = database.shelf.page(selection, sort, offset=offset, limit=limit).tolist()
    tiles = _tiles(database, selection, numbers) if numbers else {}
    if not isinstance(sort, str):
        tiles = _with_distances(tiles, database.shelf.distances(sort))
    return [tiles[number] for number in numbers if number in tiles]


def _tiles(database: Database, selection: Selection, numbers: Sequence[int]) -> dict[int, Tile]:
    """By number. Two questions without a join: at a million pictures half the time of one with joins."""
    marks, values = _among(numbers)
    artworks = database.read(
        f"""
        SELECT number, image_number, id, title, artist, date, synthetic, licence, image_url <> ''
        FROM artworks WHERE image_number IN {marks} ORDER BY number DESC
        """,
        values,
    )
    fits, excluded = database.shelf.fitting(selection), database.shelf.excluded()
    shown = {row[1]: row[2:] for row in artworks if fits is None or (row[0] < fits.size and fits[row[0]])}
    reasons: dict[int, str] = {}
    if any(excluded[number] for number in numbers if number < excluded.size):
        sql = f"SELECT image_number, reason FROM exclusions WHERE image_number IN {marks}"
        reasons = {row[0]: row[1] for row in database.read(sql, values)}
    return {
        row[0]: Tile(*(*row[1:5], *shown[row[0]], row[5], reasons.get(row[0])))
        for row in database.read(
            f"SELECT number, sha256, suffix, width, height, tint FROM images WHERE number IN {marks}", values
        )
        if row[0] in shown
    }


def _with_distances(tiles: dict[int, Tile], distances: NDArray[np.float32]) -> dict[int, Tile]:
    known = {number: float(distances[number]) for number in tiles if number < distances.size}
    return {
        number: replace(tile, distance=known[number]) if math.isfinite(known.get(number, math.nan)) else tile
        for number, tile in tiles.items()
    }


def pictures_for(database: Database, selection: Selection) -> list[PictureRef]:
    """Every picture of a selection, once, in the order of the hashes: the same whatever order they arrived in.

    A picture that several artworks of the selection show has the artist and title of the first, the first style and
    genre that any of them tells, and the tags and collections of all; tags that people gave stand among the others.
    """
    artwork_where, artwork_values = _artwork_where(selection)
    conditions, values = selection.image_conditions()
    rows = database.read(
        f"""
        WITH chosen AS (SELECT * FROM artworks a WHERE {artwork_where}),
        shown AS (
            SELECT image_number, arg_min(id, number) AS id, arg_min(artist, number) AS artist,
                   arg_min(title, number) AS title, arg_min(synthetic, number) AS synthetic,
                   coalesce(arg_min(style, number) FILTER (WHERE style <> ''), '') AS style,
                   coalesce(arg_min(genre, number) FILTER (WHERE genre <> ''), '') AS genre,
                   list_sort(list_distinct(flatten(list(tags)))) AS tags
            FROM chosen GROUP BY image_number
        ), given AS (
            SELECT image_number, list(tag) AS tags FROM picture_tags GROUP BY image_number
        ), joined AS (
            SELECT c.image_number, list_sort(list(DISTINCT m.collection)) AS collections
            FROM memberships m JOIN chosen c ON c.number = m.artwork_number GROUP BY c.image_number
        )
        SELECT i.sha256, i.suffix, shown.id, shown.artist, i.width, i.height, shown.title, shown.synthetic,
               shown.style, shown.genre,
               list_sort(list_distinct(list_concat(shown.tags, coalesce(given.tags, [])))),
               coalesce(joined.collections, [])
        FROM images i JOIN shown ON shown.image_number = i.number LEFT JOIN joined ON joined.image_number = i.number
        LEFT JOIN given ON given.image_number = i.number
        WHERE {" AND ".join(conditions) or "true"} ORDER BY i.sha256
        """,
        [*artwork_values, *values],
    )
    return [PictureRef(*row) for row in rows]


def picture(database: Database, sha256: str) -> Picture:
    rows = database.read(
        f"""
        SELECT i.number, i.suffix, i.format, i.width, i.height, i.bytes, i.phash, i.palette, i.notes, i.added_at,
               x.reason,
               {", ".join(f"i.{name}" for name in MEASURES)}, {", ".join(f"q.{name}" for name in QUALITY_MEASURES)}
        FROM images i LEFT JOIN exclusions x ON x.image_number = i.number
        LEFT JOIN picture_measures q ON q.image_number = i.number WHERE i.sha256 = ?
        """,
        [sha256],
    )
    if not rows:
        raise NotFoundError("picture", sha256, ["those on the Catalog page"])
    number, suffix, image_format, width, height, size, phash, palette, notes, added_at, excluded, *measures = rows[0]
    return Picture(
        sha256=sha256,
        suffix=suffix,
        format=image_format,
        width=width,
        height=height,
        bytes=size,
        phash=f"{phash:016x}" if phash is not None else "",
        measures={
            name: value
            for name, value in zip((*MEASURES, *QUALITY_MEASURES), measures, strict=True)
            if value is not None
        },
        palette=tuple(palette),
        notes=tuple(notes),
        added_at=added_at,
        artworks=_artworks(database, number),
        excluded=excluded,
        history=history(database, sha256),
        tags=tuple(
            row[0] for row in database.read("SELECT tag FROM picture_tags WHERE sha256 = ? ORDER BY tag", [sha256])
        ),
    )


def history(database: Database, sha256: str) -> tuple[HistoryEntry, ...]:
    rows = database.read(
        """
        SELECT l.happened_at, l.who, l.act, l.reason, l.pictures
        FROM curation_log_pictures p JOIN curation_log l ON l.number = p.act_number
        WHERE p.sha256 = ? ORDER BY l.number DESC
        """,
        [sha256],
    )
    return tuple(HistoryEntry(*row) for row in rows)


def acts(database: Database, *, limit: int) -> list[TimelineEntry]:
    """What was done to pictures, the newest first."""
    rows = database.read(
        """
        WITH undone AS (
            SELECT DISTINCT (detail->>'$.undone_act')::BIGINT AS number FROM curation_log WHERE act = 'undo'
        )
        SELECT l.number, l.happened_at, l.who, l.act, l.reason, l.pictures, l.detail, u.number IS NOT NULL
        FROM curation_log l LEFT JOIN undone u ON u.number = l.number ORDER BY l.number DESC LIMIT ?
        """,
        [limit],
    )
    entries = []
    for number, at, who, act, reason, pictures, detail, is_undone in rows:
        done = json.loads(detail)
        undid = done.get("undone_act")
        entries.append(TimelineEntry(number, at, who, act, reason, pictures, done.get("selection"), undid, is_undone))
    return entries


def given_tags(database: Database) -> list[tuple[str, int]]:
    """(tag, pictures) of what people gave, alphabetically."""
    rows = database.read("SELECT tag, count(*) FROM picture_tags WHERE image_number > 0 GROUP BY tag ORDER BY tag")
    return [(row[0], row[1]) for row in rows]


def collections(database: Database) -> list[CollectionInfo]:
    """In alphabetical order. A picture in two collections counts in both."""
    if database.shelf.columns.are_ready:
        excluded = dict(facets.counted(database, Selection(excluded="excluded"), "collection"))
    else:
        excluded = dict(
            database.read(
                """
                SELECT m.collection, count(DISTINCT a.image_number)
                FROM (SELECT image_number FROM exclusions WHERE image_number > 0) x
                JOIN artworks a ON a.image_number = x.image_number JOIN memberships m ON m.artwork_number = a.number
                GROUP BY m.collection
                """
            )
        )
    told = database.remembered("collections told", lambda: _told_of_collections(database), curated=False)
    return [CollectionInfo(name, pictures, excluded.get(name, 0), *others) for name, pictures, *others in told]


def _told_of_collections(database: Database) -> list[tuple[Any, ...]]:
    """All but what people decided."""
    return database.read(
        """
        WITH shown AS (
            SELECT m.collection, a.image_number, bool_or(a.synthetic) AS synthetic
            FROM memberships m JOIN artworks a ON a.number = m.artwork_number GROUP BY ALL
        ), counted AS (
            SELECT s.collection, count(*) AS pictures, sum(i.bytes) AS bytes, count_if(s.synthetic) AS synthetic
            FROM shown s JOIN images i ON i.number = s.image_number GROUP BY s.collection
        ), refused AS (SELECT collection, count(*) AS refused FROM refusals GROUP BY collection)
        SELECT c.name, coalesce(n.pictures, 0), coalesce(r.refused, 0), coalesce(n.bytes, 0)::BIGINT,
               coalesce(n.synthetic, 0)::BIGINT, c.created_at
        FROM collections c LEFT JOIN counted n ON n.collection = c.name LEFT JOIN refused r ON r.collection = c.name
        ORDER BY lower(c.name), c.name
        """
    )


def artists(database: Database, selection: Selection) -> list[tuple[str, int]]:
    """(artist, pictures) within a selection, alphabetically; "" stands for unknown and comes last."""
    found = _counted(database, selection, "artist")
    return sorted(found, key=lambda entry: (not entry[0], entry[0].lower(), entry[0]))


def licences(database: Database, selection: Selection) -> list[tuple[str, int]]:
    """(licence, pictures) within a selection, the most frequent first; "" stands for not stated."""
    return sorted(_counted(database, selection, "licence"), key=lambda entry: (-entry[1], entry[0]))


def _counted(database: Database, selection: Selection, field: Literal["artist", "licence"]) -> list[tuple[str, int]]:
    """(value, pictures), in any order."""
    if database.shelf.columns.are_ready:
        return facets.counted(database, selection, field)
    artwork_where, artwork_values = _artwork_where(selection)
    conditions, values = selection.image_conditions()
    rows = database.read(
        f"""
        SELECT a.{field}, count(DISTINCT a.image_number) FROM artworks a JOIN images i ON i.number = a.image_number
        WHERE {artwork_where} AND {" AND ".join(conditions) or "true"} GROUP BY a.{field}
        """,
        [*artwork_values, *values],
    )
    return [(row[0], row[1]) for row in rows]


def sources(database: Database) -> dict[str, int]:
    """Source -> pictures that came from it."""
    rows = database.read("SELECT source, count(DISTINCT image_number) FROM artworks GROUP BY source ORDER BY source")
    return {row[0]: row[1] for row in rows}


def excluded_reasons(database: Database) -> list[tuple[str, int]]:
    """(reason, pictures), the most frequent first."""
    return [
        (row[0], row[1])
        for row in database.read(
            """
            SELECT x.reason, count(*) FROM exclusions x SEMI JOIN images i ON i.number = x.image_number
            GROUP BY x.reason ORDER BY count(*) DESC, x.reason
            """
        )
    ]


def refusals(database: Database, collection: str | None, *, limit: int) -> list[Refusal]:
    """What could not be kept, the newest first."""
    return [
        Refusal(*row)
        for row in database.read(
            """
            SELECT collection, source, source_id, reason, detail, refused_at FROM refusals
            WHERE ? IS NULL OR collection = ? ORDER BY refused_at DESC, collection, source_id LIMIT ?
            """,
            [collection, collection, limit],
        )
    ]


def refusal_counts(database: Database, collection: str | None) -> list[tuple[str, int]]:
    """(reason, items) of what could not be kept, the most frequent first."""
    return [
        (row[0], row[1])
        for row in database.read(
            """
            SELECT reason, count(*) FROM refusals WHERE ? IS NULL OR collection = ?
            GROUP BY reason ORDER BY count(*) DESC, reason
            """,
            [collection, collection],
        )
    ]


def summary(database: Database) -> Summary:
    (excluded,) = database.read(
        "SELECT count(*) FROM exclusions x SEMI JOIN images i ON i.number = x.image_number WHERE x.image_number > 0"
    )[0]
    pictures, *others = database.remembered("summary told", lambda: _told_of_all(database), curated=False)
    return Summary(pictures, excluded, *others)


def _told_of_all(database: Database) -> tuple[Any, ...]:
    """All but what people decided."""
    return database.read(
        """
        SELECT (SELECT count(*) FROM images),
               (SELECT count(*) FROM artworks),
               (SELECT count(DISTINCT artist) FROM artworks WHERE artist <> ''),
               (SELECT count(*) FROM collections),
               (SELECT count(*) FROM refusals),
               (SELECT count(DISTINCT image_number) FROM artworks WHERE synthetic),
               (SELECT coalesce(sum(bytes), 0)::BIGINT FROM images)
        """
    )[0]


def _among(numbers: Sequence[int]) -> tuple[str, list[Any]]:
    """What follows IN, and its values. DuckDB looks a short list of constants up in an index, anything else it joins
    with all rows: 5 against 100 ms at a million."""
    if len(numbers) > _MOST_LOOKED_UP:
        return "(SELECT unnest(?::BIGINT[]))", [list(numbers)]
    return f"({', '.join('?' * len(numbers))})", list(numbers)


def _artwork_where(selection: Selection) -> tuple[str, Sequence[Any]]:
    conditions, values = selection.artwork_conditions()
    return " AND ".join(conditions) or "true", values


def _artworks(database: Database, image_number: int) -> tuple[ArtworkRecord, ...]:
    rows = database.read(
        """
        SELECT number, id, source, source_id, title, artist, date, style, genre, tags, licence, page_url, image_url,
               metadata, synthetic
        FROM artworks WHERE image_number = ? ORDER BY number
        """,
        [image_number],
    )
    joined = database.read(
        """
        SELECT artwork_number, collection, job_id, added_at FROM memberships
        WHERE artwork_number IN (SELECT unnest(?::BIGINT[])) ORDER BY added_at, collection
        """,
        [[row[0] for row in rows]],
    )
    return tuple(
        ArtworkRecord(
            id=row[1],
            source=row[2],
            source_id=row[3],
            title=row[4],
            artist=row[5],
            date=row[6],
            style=row[7],
            genre=row[8],
            tags=tuple(row[9]),
            licence=row[10],
            page_url=row[11],
            image_url=row[12],
            metadata=json.loads(row[13]),
            synthetic=row[14],
            memberships=tuple(Membership(*entry[1:]) for entry in joined if entry[0] == row[0]),
        )
        for row in rows
    )
