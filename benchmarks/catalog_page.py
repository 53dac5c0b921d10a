"""How fast the Catalog page answers with 1,000 and with 100,000 pictures.

    python benchmarks/catalog_page.py [--pictures 1000 100000] [--invented 1000000 --folder FOLDER]

Times on the server, medians in milliseconds: taking the ledger in, a look at ledgers without news, each query of the
page with nothing remembered, a whole rerun of the page through Streamlit's test runner with answers remembered
(choosing a tile) and forgotten (after a write). And a page's thumbnails: joined as files against drawn into a sprite
sheet. --invented: whole reruns alone, of a catalog made by `catalog_rows.py`, by the clock and of processor time.
"""

import argparse
import hashlib
import io
import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.catalog_rows import make
from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.catalog.selection import Selection
from core.files import JsonLines, write_json
from core.images import inspect, sprite_sheet
from core.workspace import Workspace

RERUN_BUDGET_MS = 200
PER_PAGE = 60


def milliseconds(act: Callable[[], Any], repeats: int = 9) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def write_ledger(workspace: Workspace, pictures: int) -> None:
    """One collect job of invented artworks; the newest page has real thumbnails."""
    generator = np.random.default_rng(0)
    folder = workspace.job("20261121-100000-invented-0000")
    write_json(folder / "job.json", {"kind": "collect", "settings": {"collection": "invented"}})
    rows = []
    for number in range(pictures):
        sha256 = hashlib.sha256(str(number).encode()).hexdigest()
        width, height = (int(side) for side in generator.integers(100, 3000, 2))
        rows.append(
            {
                "source": "folder",
                "source_id": f"painting {number}.jpg",
                "state": "stored",
                "sha256": sha256,
                "artwork": {
                    "title": f"Untitled number {number}",
                    "artist": f"Painter {number % 300}",
                    "date": str(1900 + number % 100),
                    "tags": ["colour", f"tag {number % 40}"],
                    "metadata": {"museum": f"Museum {number % 25}", "inventory": f"A-{number}"},
                },
                "facts": {
                    "suffix": "jpg",
                    "format": "JPEG",
                    "width": width,
                    "height": height,
                    "bytes": 80_000,
                    "phash": sha256[:16],
                    "measures": {"brightness": float(generator.random()), "deviation": 40.0},
                    "palette": ["#" + sha256[:6]],
                },
                "at": "2026-11-21T10:00:00+00:00",
            }
        )
        if number >= pictures - 2 * PER_PAGE:  # more than a page: some will be excluded
            noise = generator.integers(0, 256, (12, 16, 3), dtype=np.uint8)
            buffer = io.BytesIO()
            Image.fromarray(noise).resize((512, 384), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
            thumb = workspace.thumb(sha256)
            thumb.parent.mkdir(parents=True, exist_ok=True)
            thumb.write_bytes(inspect(buffer.getvalue()).thumbnail)
    JsonLines(folder / "ledger.jsonl").append(*rows)


def page_times(workspace: Workspace) -> tuple[float, float]:
    """(remembered, forgotten): a rerun of the page in an open session."""
    os.environ["ATELIER_HOME"] = str(workspace.root)
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    from ui import lab

    st.cache_resource.clear()
    page = AppTest.from_file(str(Path(__file__).parents[1] / "streamlit_app.py"), default_timeout=120).run()
    page.switch_page("app_pages/gather/catalog.py").run()
    if page.exception:
        raise RuntimeError(page.exception[0].message)
    page.run()
    remembered = milliseconds(page.run)
    opened, _ = lab._open_catalog()

    def forgotten() -> None:
        opened._database._forget(curated=True)
        page.run()

    result = remembered, milliseconds(forgotten)
    st.cache_resource.clear()
    return result


def measure(pictures: int) -> float:
    with tempfile.TemporaryDirectory() as home:
        workspace = Workspace(home).create()
        write_ledger(workspace, pictures)
        with Catalog(workspace.catalog) as catalog:
            start = time.perf_counter()
            ingest_pending(catalog, workspace)
            seconds = time.perf_counter() - start
            print(f"\n{pictures:,} pictures")
            print(f"  taken in                       {1000 * seconds:9.1f} ms   {pictures / seconds:,.0f} a second")
            print(
                f"  look without news              {milliseconds(lambda: ingest_pending(catalog, workspace)):9.2f} ms"
            )
            catalog.exclude(Selection(text="museum 7"), "invented")
            database = catalog._database
            queries: dict[str, Callable[[], Any]] = {
                "summary": catalog.summary,
                "collections": catalog.collections,
                "artists": catalog.artists,
                "count": catalog.count,
                "newest page": lambda: catalog.page(limit=PER_PAGE),
                "page in the middle": lambda: catalog.page(limit=PER_PAGE, offset=pictures // 2),
                "page by artist": lambda: catalog.page(sort="artist", limit=PER_PAGE),
                "page of a search": lambda: catalog.page(Selection(text="museum 11 painter"), limit=PER_PAGE),
                "page of an artist": lambda: catalog.page(Selection(artists=("Painter 7",)), limit=PER_PAGE),
                "everything, for a dataset": catalog.pictures_for,
            }
            for name, query in queries.items():

                def fresh(query: Callable[[], Any] = query) -> None:
                    database._forget(curated=True)
                    query()

                print(f"  {name:30s} {milliseconds(fresh):9.2f} ms")
            thumbs = [workspace.thumb(tile.sha256) for tile in catalog.page(limit=PER_PAGE)]
        joined = milliseconds(lambda: b"".join(path.read_bytes() for path in thumbs))
        sheet = milliseconds(lambda: sprite_sheet(thumbs, cell=256, columns=10), repeats=3)
        print(f"  {PER_PAGE} thumbnails joined          {joined:9.2f} ms")
        print(f"  {PER_PAGE} in a sprite sheet          {sheet:9.2f} ms   {sheet / joined:,.0f} times as long")
        remembered, forgotten = page_times(workspace)
        print(f"  rerun, answers remembered      {remembered:9.1f} ms")
        print(f"  rerun, nothing remembered      {forgotten:9.1f} ms")
        return forgotten


def measure_invented(folder: Path, pictures: int) -> None:
    """Reruns of the whole page, everything prepared."""
    workspace = make(folder, pictures)
    os.environ["ATELIER_HOME"] = str(workspace.root)
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    from ui import lab

    logging.disable(logging.WARNING)  # that the page runs without a server is no news here
    st.cache_resource.clear()
    page = AppTest.from_file(str(Path(__file__).parents[1] / "streamlit_app.py"), default_timeout=120).run()
    page.switch_page("app_pages/gather/catalog.py").run()
    if page.exception:
        raise RuntimeError(page.exception[0].message)
    opened, _ = lab._open_catalog()
    opened.prepare()
    chance = random.Random(0)

    def other_filter() -> None:
        page.session_state["where"] = f"year > {chance.randrange(1500, 1990)} and width > {chance.randrange(300, 2000)}"

    def written() -> None:
        opened._database._forget(curated=True)

    print(f"\n{pictures:,} invented pictures; milliseconds by the clock, and of the processor: median of 9")
    for facets in (False, True):
        page.session_state["facets"] = facets
        page.run()
        for name, before in {
            "answers remembered": lambda: None,
            "after something was excluded or tagged": written,
            "a filter that nobody asked before": other_filter,
        }.items():
            times = []
            for _ in range(9):
                before()
                start, used = time.perf_counter(), time.process_time()
                page.run()
                times.append((1000 * (time.perf_counter() - start), 1000 * (time.process_time() - used)))
            clock, processor = (statistics.median(column) for column in zip(*times, strict=True))
            print(f"  {'with facets' if facets else 'no facets':12} {name:42} {clock:9.1f} {processor:9.1f}")
    st.cache_resource.clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--invented", type=int, help="so many pictures, whose page is measured alone")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "atelier-catalog-rows")
    options = parser.parse_args()
    if options.invented:
        measure_invented(options.folder, options.invented)
        return
    slow = [number for number in options.pictures if measure(number) > RERUN_BUDGET_MS and number <= 1000]
    print(f"\nBudget: a rerun with 1,000 pictures under {RERUN_BUDGET_MS} ms: {'missed' if slow else 'kept'}.")
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
