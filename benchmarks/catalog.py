"""How fast the catalog answers with a million pictures: pages, counts, facets, search, groups, curating.

    python benchmarks/catalog.py [--pictures 1000000] [--folder FOLDER] [--filters 120]

The catalog is made by `catalog_rows.py` and kept in FOLDER for the next time. Medians and 95th percentiles in
milliseconds, by the clock and of processor time (both cores together), in one process. A first look is at a filter
that nobody asked before: made by chance, in an order and at a page made by chance. The peer, taking turns with ours, is
what a plain program would do: SELECT ... WHERE ... ORDER BY ... LIMIT ... OFFSET over one wide table.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.catalog_rows import make
from benchmarks.results_file import write_results
from core.catalog.arrays.shelf import SORTS
from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.catalog.sql.console import Console

PAGE_BUDGET_MS = 50
PER_PAGE = 60
PEER_ORDERS = {"newest": "number DESC", "artist": "lower(artist), number", "darkest": "brightness, number"}
_LOOKED_FOR = (
    *("river", "mountain", "evening", "bridge", "garden", "portrait", "moon", "market"),
    *("forest", "dancer", "king", "yellow", "17", "204", "lad", "win"),
)
_STYLES = ("Realism", "Cubism", "Baroque", "Impressionism", "Ukiyo-e", "Pop Art")


@dataclass(frozen=True)
class Asked:
    """A filter in our language, and over the wide table."""

    where: str
    peer: str


def by_chance(chance: random.Random) -> Asked:
    """A filter as people ask: fields, numbers, tags, one to three words."""
    word, style = chance.choice(_LOOKED_FOR), chance.choice(_STYLES)
    year, side = chance.randrange(1500, 2000), chance.randrange(260, 3000)
    low = chance.randrange(90) / 100
    words = chance.sample(_LOOKED_FOR, chance.randrange(1, 4))
    return chance.choice(
        [
            Asked(f"width > {side}", f"width > {side}"),
            Asked(f"artist ~ {word}", f"contains(lower(artist), '{word}')"),
            Asked(f"title ~ {word}", f"contains(lower(title), '{word}')"),
            Asked(f'style = "{style}" and year > {year}', f"style = '{style}' and year > {year}"),
            Asked(
                f'collection = "ukiyo-e" and height < {side}',
                f"list_contains(collections, 'ukiyo-e') and height < {side}",
            ),
            Asked(f"not tag = {word} and licence = CC0", f"not list_contains(tags, '{word}') and licence = 'CC0'"),
            Asked(
                f"brightness between {low} and {low + 0.1:.2f} or bytes > {side}kb",
                f"brightness between {low} and {low + 0.1:.2f} or bytes > {side}e3",
            ),
            Asked(
                f"decade = {year // 10 * 10} and genre != abstract",
                f"year // 10 = {year // 10} and genre <> 'abstract'",
            ),
            Asked(" ".join(words), " and ".join(f"contains(search, '{part}')" for part in words)),
            Asked(" ".join(words), " and ".join(f"contains(search, '{part}')" for part in words)),
        ]
    )


_WIDE = """
    CREATE TABLE {table} AS
    SELECT i.*, a.* EXCLUDE (number, id, image_number, added_at), a.id AS artwork_id, m.collections,
           try_cast(regexp_extract(a.date, '[0-9]{{4}}') AS INTEGER) AS year,
           i.number IN (SELECT image_number FROM exclusions) AS excluded
    FROM images i JOIN artworks a ON a.image_number = i.number AND a.number = i.number
    JOIN (SELECT artwork_number, list(collection) AS collections FROM memberships GROUP BY ALL) m
    ON m.artwork_number = a.number
"""


Time = tuple[float, float]  # by the clock, of the processor; milliseconds


def timed(act: Callable[[], Any]) -> Time:
    start, used = time.perf_counter(), time.process_time()
    act()
    return 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - used)


def told(name: str, times: list[Time], figures: dict[str, Any]) -> None:
    def late(values: list[float]) -> tuple[float, float]:
        ordered = sorted(values)
        return statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]

    clock, processor = late([entry[0] for entry in times]), late([entry[1] for entry in times])
    figures[name] = {
        "p50_ms": round(clock[0], 2),
        "p95_ms": round(clock[1], 2),
        "p50_cpu_ms": round(processor[0], 2),
        "p95_cpu_ms": round(processor[1], 2),
        "times": len(times),
    }
    print(
        f"{name:<64} {clock[0]:9.1f} {clock[1]:9.1f} {processor[0]:9.1f} {processor[1]:9.1f}   of {len(times)}",
        flush=True,
    )


def preparing(catalog: Catalog, figures: dict[str, Any]) -> None:
    """First looks before anything is prepared, and preparing."""
    process, chance = psutil.Process(), random.Random(2)
    told("the first page at all", [page(catalog, "", "newest", 0)], figures)
    asked = [by_chance(chance).where for _ in range(12)]
    told("first look before anything is prepared", [page(catalog, where, "newest", 0) for where in asked], figures)
    before = process.memory_info().rss
    told("preparing, in the background", [timed(catalog.prepare)], figures)
    figures["prepared_megabytes"] = round((process.memory_info().rss - before) / 1e6)
    figures["arrays_megabytes"] = round(catalog._database.shelf.columns.nbytes / 1e6)
    print(
        f"preparing took {figures['prepared_megabytes']:,} MB, of which the arrays {figures['arrays_megabytes']:,} MB"
    )


def pages(catalog: Catalog, table: str, count: int, figures: dict[str, Any]) -> None:
    """First looks and later ones, and the peer's, in turns."""
    chance = random.Random(0)
    asked = list({found.where: found for found in (by_chance(chance) for _ in range(2 * count))}.values())[:count]
    times: dict[str, list[Time]] = {
        name: [] for name in ("words", "fields", "later", "peer", "counts", "bars", "facets")
    }
    for place, entry in enumerate(asked):
        sort, part = chance.choice(list(SORTS)), chance.choice((0, 0, 0.5, 1, chance.random()))
        selection = Selection(where=entry.where)
        looking = timed(lambda s=selection, o=sort, p=part: look(catalog, s, o, p))  # type: ignore[misc]
        times["fields" if any(mark in entry.where for mark in "=~><") else "words"].append(looking)
        times["counts"].append(timed(lambda s=selection: catalog.count(s)))  # type: ignore[misc]
        other = chance.choice(list(SORTS))
        times["later"].append(timed(lambda s=selection, o=other: look(catalog, s, o, chance.random())))  # type: ignore[misc]
        if place % 4 == 0:
            times["facets"].append(timed(lambda s=selection: catalog.facets(s)))  # type: ignore[misc]
            times["bars"].append(timed(lambda s=selection: catalog.histogram("brightness", s)))  # type: ignore[misc]
            order = PEER_ORDERS[chance.choice(list(PEER_ORDERS))]
            times["peer"].append(timed(lambda e=entry, o=order, p=part: peer_look(catalog, table, e.peer, o, p)))  # type: ignore[misc]
    told("first look: fields; any sort, any page", times["fields"], figures)
    told("first look: words anywhere; any sort, any page", times["words"], figures)
    told("first look: all of these", times["fields"] + times["words"], figures)
    told("looked at before: another sort, another page", times["later"], figures)
    told("count of a filter that was looked at", times["counts"], figures)
    told("counts of all facets within a new filter", times["facets"], figures)
    told("histogram of brightness within a new filter", times["bars"], figures)
    told("peer: count and page of a filter, three sorts", times["peer"], figures)


def look(catalog: Catalog, selection: Selection, sort: str, part: float) -> None:
    """What the page asks for: how many there are, and a page at this part of them."""
    found = catalog.count(selection)
    offset = min(max(0, found - 1), int(part * found)) // PER_PAGE * PER_PAGE
    catalog.page(selection, sort=sort, offset=offset, limit=PER_PAGE)


def peer_look(catalog: Catalog, table: str, condition: str, order: str, part: float) -> None:
    where = f"({condition}) AND NOT excluded"
    found = catalog.read(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]
    offset = min(max(0, found - 1), int(part * found)) // PER_PAGE * PER_PAGE
    catalog.read(
        f"""SELECT sha256, suffix, width, height, artwork_id, title, artist, date, synthetic, licence, image_url, tint
        FROM {table} WHERE {where} ORDER BY {order} LIMIT {PER_PAGE} OFFSET {offset}"""
    )


def page(catalog: Catalog, where: str, sort: str, offset: int) -> Time:
    selection = Selection(where=where)
    return timed(lambda: catalog.page(selection, sort=sort, offset=offset, limit=PER_PAGE))


def grouping(catalog: Catalog, figures: dict[str, Any]) -> None:
    """A question in SQL, of a copy, in a process of its own: its start is part of it."""
    console = Console(catalog)
    told("copy of the catalog for questions in SQL", [timed(console.refresh)], figures)
    sql = """SELECT style, count(*), avg(brightness)
        FROM artworks a JOIN images i ON i.number = a.image_number GROUP BY style"""
    told(
        "question in SQL: pictures and brightness by style",
        [timed(lambda: console.ask(sql)) for _ in range(3)],
        figures,
    )
    console.close()


def curating(catalog: Catalog, figures: dict[str, Any]) -> None:
    excluding, undoing, after, tables = [], [], [], []
    for turn in range(3):
        hashes = [
            row[0]
            for row in catalog.read(
                "SELECT sha256 FROM images ANTI JOIN exclusions USING (sha256) ORDER BY hash(number + ?) LIMIT 10000",
                [turn],
            )
        ]
        acts = []
        excluding.append(timed(lambda h=hashes, a=acts: a.append(catalog.exclude(h, "benchmark"))))  # type: ignore[misc]
        after.append(page(catalog, "style = Realism and year > 1800", "artist", 6000))
        tables.append(timed(lambda: (catalog.summary(), catalog.collections(), catalog.artists(), catalog.licences())))
        undoing.append(timed(lambda a=acts: catalog.undo(a[0].number)))  # type: ignore[misc]
    told("exclude 10,000 pictures", excluding, figures)
    told("page right after an exclusion", after, figures)
    told("the rest of the Catalog page's answers after an exclusion", tables, figures)
    told("undo that", undoing, figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "atelier-catalog-rows")
    parser.add_argument("--filters", type=int, default=120, help="looked at for the first time (default 120)")
    parser.add_argument("--out", type=Path, help="where the results go; by default benchmarks/results")
    options = parser.parse_args()
    begun = time.perf_counter()
    workspace = make(options.folder, options.pictures)
    print(f"{options.pictures:,} pictures ready in {time.perf_counter() - begun:.0f} s; load {os.getloadavg()[0]:.1f}")
    figures: dict[str, Any] = {"pictures": options.pictures}
    print(f"{'milliseconds':<64} {'p50':>9} {'p95':>9} {'p50 cpu':>9} {'p95 cpu':>9}")
    with Catalog(workspace.catalog) as catalog:
        table = "wide_peer"
        try:
            with catalog.transaction() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
                cursor.execute(_WIDE.format(table=table))
            preparing(catalog, figures)
            pages(catalog, table, options.filters, figures)
            curating(catalog, figures)
        finally:
            with catalog.transaction() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
        grouping(catalog, figures)
    figures["load_at_the_end"] = os.getloadavg()[0]
    print(f"load {os.getloadavg()[0]:.1f}; aim: any page under {PAGE_BUDGET_MS} ms")
    arguments = (options.out,) if options.out else ()
    print(write_results("catalog", figures, torch.device("cpu"), *arguments))


if __name__ == "__main__":
    main()
