"""How fast the catalog answers with a million pictures: pages, counts, facets, search, curating.

    python benchmarks/catalog.py [--pictures 1000000] [--folder FOLDER] [--pages 12]

The catalog is made by `catalog_rows.py` and kept in FOLDER for the next time. Times are medians and 95th percentiles in
milliseconds, in one process. The peer, in the same run, is what a plain program would do: one wide table of everything
a tile shows, SELECT ... WHERE ... ORDER BY ... LIMIT ... OFFSET.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.catalog_rows import make
from benchmarks.results_file import write_results
from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.catalog.shelf import SORTS

PAGE_BUDGET_MS = 50
PER_PAGE = 60
# filter in our language -> the same over the wide table
FILTERS = {
    "": "true",
    "width > 1000": "width > 1000",
    "artist ~ king": "contains(lower(artist), 'king')",
    "style = Realism and year > 1800": "style = 'Realism' and year > 1800",
    'collection = "ukiyo-e"': "list_contains(collections, 'ukiyo-e')",
    "not tag = river and licence = CC0": "not list_contains(tags, 'river') and licence = 'CC0'",
    "brightness between 0.1 and 0.2 or bytes > 1mb": "brightness between 0.1 and 0.2 or bytes > 1e6",
    "river": "contains(search, 'river')",
    "mountain evening 17": "contains(search, 'mountain') and contains(search, 'evening') and contains(search, '17')",
}
_WIDE = """
    CREATE TABLE {table} AS
    SELECT i.*, a.* EXCLUDE (number, id, image_number, added_at), a.id AS artwork_id, m.collections,
           try_cast(regexp_extract(a.date, '[0-9]{{4}}') AS INTEGER) AS year,
           i.number IN (SELECT image_number FROM exclusions) AS excluded
    FROM images i JOIN artworks a ON a.image_number = i.number AND a.number = i.number
    JOIN (SELECT artwork_number, list(collection) AS collections FROM memberships GROUP BY ALL) m
    ON m.artwork_number = a.number
"""


def timed(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - start)


def told(name: str, times: list[float], figures: dict[str, Any]) -> None:
    ordered = sorted(times)
    middle, late = statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    figures[name] = {"p50_ms": round(middle, 2), "p95_ms": round(late, 2), "times": len(ordered)}
    print(f"{name:<64} {middle:9.1f} {late:9.1f}   of {len(ordered)}", flush=True)


def pages(catalog: Catalog, count: int, figures: dict[str, Any]) -> None:
    chance = random.Random(0)
    told("orders: first page of a sort after an ingest", [page(catalog, "", sort, 0) for sort in SORTS], figures)
    every: list[float] = []
    for where in FILTERS:
        if where:
            told(f"first page of a new filter: {where}", [page(catalog, where, "newest", 0)], figures)
        found = catalog.count(Selection(where=where))
        later = []
        for sort in SORTS:
            offsets = [0, found // 2, max(0, found - PER_PAGE), *(chance.randrange(found) for _ in range(count - 3))]
            later += [page(catalog, where, sort, offset) for offset in offsets]
        every += later
        told(f"any page, any sort: {where or 'no filter'} ({found:,})", later, figures)
    told("any page, any sort, any filter", every, figures)


def page(catalog: Catalog, where: str, sort: str, offset: int) -> float:
    selection = Selection(where=where)
    return timed(lambda: catalog.page(selection, sort=sort, offset=offset, limit=PER_PAGE))


def peer_pages(catalog: Catalog, table: str, figures: dict[str, Any]) -> None:
    orders = {"newest": "number DESC", "artist": "lower(artist), number", "darkest": "brightness, number"}
    every: list[float] = []
    for condition in FILTERS.values():
        where = f"({condition}) AND NOT excluded"
        found = catalog.read(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]
        for order in orders.values():
            for offset in (0, found // 2, max(0, found - PER_PAGE)):
                sql = f"""SELECT sha256, suffix, width, height, artwork_id, title, artist, date, synthetic, licence,
                      image_url, tint FROM {table} WHERE {where} ORDER BY {order} LIMIT {PER_PAGE} OFFSET {offset}"""
                every.append(timed(lambda sql=sql: catalog.read(sql)))  # type: ignore[misc]
    told("peer: any page, three sorts, any filter", every, figures)


def counting(catalog: Catalog, figures: dict[str, Any]) -> None:
    told("counts of all facets, the first time after an ingest", [timed(catalog.facets)], figures)
    told("histogram of brightness, the first time", [timed(lambda: catalog.histogram("brightness"))], figures)
    again, bars = [], []
    for where in FILTERS:
        selection = Selection(where=where, orientation="portrait")
        catalog.count(selection)
        again.append(timed(lambda s=selection: catalog.facets(s)))  # type: ignore[misc]
        bars.append(timed(lambda s=selection: catalog.histogram("brightness", s)))  # type: ignore[misc]
    told("counts of all facets within a new filter", again, figures)
    told("histogram of brightness within a new filter", bars, figures)


def curating(catalog: Catalog, figures: dict[str, Any]) -> None:
    excluding, undoing, after = [], [], []
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
        undoing.append(timed(lambda a=acts: catalog.undo(a[0].number)))  # type: ignore[misc]
    told("exclude 10,000 pictures", excluding, figures)
    told("page right after an exclusion", after, figures)
    told("undo that", undoing, figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "atelier-catalog-rows")
    parser.add_argument("--pages", type=int, default=6, help="of every sort and filter, at least 3 (default 6)")
    parser.add_argument("--out", type=Path, help="where the results go; by default benchmarks/results")
    options = parser.parse_args()
    begun = time.perf_counter()
    workspace = make(options.folder, options.pictures)
    print(f"{options.pictures:,} pictures ready in {time.perf_counter() - begun:.0f} s; load {os.getloadavg()[0]:.1f}")
    figures: dict[str, Any] = {"pictures": options.pictures}
    print(f"{'milliseconds':<64} {'p50':>9} {'p95':>9}")
    with Catalog(workspace.catalog) as catalog:
        pages(catalog, options.pages, figures)
        selections = [Selection(where=where, excluded="all") for where in FILTERS]
        told("count of a filter looked at before", [timed(lambda s=s: catalog.count(s)) for s in selections], figures)  # type: ignore[misc]
        counting(catalog, figures)
        curating(catalog, figures)
        table = "wide_peer"
        try:
            with catalog.transaction() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
                cursor.execute(_WIDE.format(table=table))
            peer_pages(catalog, table, figures)
        finally:
            with catalog.transaction() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
    figures["load_at_the_end"] = os.getloadavg()[0]
    print(f"load {os.getloadavg()[0]:.1f}; aim: any page under {PAGE_BUDGET_MS} ms")
    arguments = (options.out,) if options.out else ()
    print(write_results("catalog", figures, torch.device("cpu"), *arguments))


if __name__ == "__main__":
    main()
