"""How smoothly the Map page moves with many pictures, and how long a lasso takes to become a gallery.

    python benchmarks/map_page.py [--pictures 100000] [--folder FOLDER] [--chromium PATH]

The lab is made by `catalog_rows.py`, with invented descriptors of 300 bunches, and kept in FOLDER for the next time. A
real server is asked by a headless Chromium without a graphics card, 1440 x 900: frames are those that the browser shows
(requestAnimationFrame) while the map is dragged, and while the wheel turns; drawing is what the map itself takes of
each. Milliseconds; medians and 95th percentiles.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.catalog_rows import make
from benchmarks.results_file import write_results
from core.catalog.catalog import Catalog
from core.catalog.mapped import map_scope
from core.catalog.selection import Selection
from core.features.choices import open_store, store_folder
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.maps import MOST_PICTURES, arranged, keep_map
from core.features.store import FeatureWriter
from core.workspace import Workspace

_QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
_SECONDS = 4.0
_FRAMES = """(milliseconds) => {
  const roots = [...document.querySelectorAll("*")].map(node => node.shadowRoot).filter(Boolean)
  const map = roots.map(root => root.querySelector("#map")).find(Boolean) || document.querySelector("#map")
  window.frames_shown = new Promise(done => {
    const between = [], drawing = []
    let last = performance.now()
    const end = last + milliseconds
    const step = now => {
      between.push(now - last)
      drawing.push(Number(map.dataset.drawMs))
      last = now
      now < end ? requestAnimationFrame(step) : done({ between, drawing })
    }
    requestAnimationFrame(step)
  })
}"""


def lab(folder: Path, pictures: int) -> Workspace:
    """A catalog with a descriptor for each picture, and its map."""
    workspace = make(folder, pictures)
    generator = np.random.default_rng(0)
    with Catalog(workspace.catalog) as catalog:
        if not store_folder(workspace).exists():
            names = [row[0] for row in catalog.read("SELECT sha256 FROM images ORDER BY number")]
            length = COLOUR_AND_TEXTURE.length
            middles = generator.normal(0, 0.08, (300, length)).astype(np.float32)
            with FeatureWriter(store_folder(workspace), COLOUR_AND_TEXTURE) as writer:
                for begin in range(0, len(names), 20_000):
                    part = names[begin : begin + 20_000]
                    noise = generator.normal(0, 0.02, (len(part), length)).astype(np.float32)
                    writer.append(part, middles[generator.integers(0, 300, len(part))] + noise)
        store = open_store(workspace)
        scope = map_scope(catalog, store, Selection(), most=MOST_PICTURES)
    begun = time.perf_counter()
    found = arranged(store, scope.rows, "components", made=time.time())
    print(f"{len(found):,} pictures arranged by components in {time.perf_counter() - begun:.1f} s")
    keep_map(workspace, found, f"{scope.key}\ncomponents\n{store.descriptor.name}")
    return workspace


def measure(page: Page, url: str) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    begun = time.perf_counter()
    page.goto(f"{url}/map?method=Components&colouring=Style")
    page.wait_for_selector(".legend button", timeout=120_000)
    figures["page opens, seconds"] = round(time.perf_counter() - begun, 2)
    status = page.locator(".status")
    status.filter(has_text=re.compile("in sight")).wait_for()
    figures["in sight"] = status.inner_text()
    box = page.locator(".stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.move(x, y)
    page.mouse.down()
    figures["dragged"] = moving(page, lambda k: page.mouse.move(x + 100 * (k % 40) / 40, y + 60 * (k % 20) / 20))
    page.mouse.up()
    figures["wheel"] = moving(page, lambda k: page.mouse.wheel(0, -60 if k // 30 % 2 == 0 else 60))
    page.keyboard.press("0")
    page.keyboard.press("s")
    page.mouse.move(x - 250, y - 200)
    page.mouse.down()
    for across, down in ((250, -200), (250, 200), (0, 80), (-250, 200)):
        page.mouse.move(x + across, y + down, steps=12)
    begun = time.perf_counter()
    page.mouse.up()
    page.get_by_role("heading", name=re.compile("pictures chosen")).wait_for(timeout=60_000)
    figures["lasso to gallery, seconds"] = round(time.perf_counter() - begun, 2)
    figures["chosen"] = page.get_by_role("heading", name=re.compile("pictures chosen")).inner_text()
    return figures


def moving(page: Page, move: Callable[[int], None]) -> dict[str, float]:
    page.evaluate(_FRAMES, 1000 * _SECONDS)
    begun, k = time.monotonic(), 0
    while time.monotonic() - begun < _SECONDS - 0.1:
        k += 1
        move(k)
        time.sleep(0.008)
    found = page.evaluate("() => window.frames_shown")
    between, drawing = np.array(found["between"]), np.array(found["drawing"])
    return {
        "frames a second": round(len(between) / _SECONDS, 1),
        "frame p50": round(float(np.median(between)), 1),
        "frame p95": round(float(np.percentile(between, 95)), 1),
        "drawing p50": round(float(np.median(drawing)), 1),
        "drawing p95": round(float(np.percentile(drawing, 95)), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "atelier-map-rows")
    parser.add_argument("--chromium", default=os.environ.get("ATELIER_CHROMIUM") or shutil.which("chromium"))
    options = parser.parse_args()
    workspace = lab(options.folder, options.pictures)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
            *(f"--server.port={port}", "--server.headless=true", "--server.fileWatcherType=none"),
        ],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "ATELIER_HOME": str(workspace.data.parent), "ATELIER_MODE": "local"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                if server.poll() is not None:
                    raise SystemExit("The app did not start.") from None
                time.sleep(0.2)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.chromium, args=list(_QUIET))
            figures = measure(browser.new_page(viewport={"width": 1440, "height": 900}), url)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    for name, value in figures.items():
        print(f"{name}: {value}")
    print(write_results("map-page", {"pictures": options.pictures, **figures}, torch.device("cpu")))


if __name__ == "__main__":
    main()
