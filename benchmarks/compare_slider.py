"""How soon the epoch slider of Compare answers: four runs of 500 kept epochs, 64 samples each, in a real browser.

    python benchmarks/compare_slider.py [--epochs 500] [--resolution 32] [--steps 60] [--folder FOLDER]

The peer is what one would write first: st.slider and four st.image of the same files in a fragment, a round trip to the
server for every step. The clock runs in the browser, from the event of the slider until all four grids of the wanted
epoch are decoded and a frame has been painted. Kinds of step: near (the next epoch, about six a second), far (a random
epoch that was never fetched), back (a random epoch among those that were). Milliseconds.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import write_results
from core.files import JsonLines, write_bytes, write_json
from core.training.grids import make_grid, save_png
from core.training.run_folder import RunFolder
from core.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
COLUMNS, SAMPLES, EPOCH_IMAGES = 4, 64, 1_000
_PAUSE_MS = 120
_QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")

# Both resolve with the milliseconds from the event to the frame that shows the wanted pictures.
_ATELIER_STEP = """index => new Promise((done, fail) => {
  const roots = [...document.querySelectorAll("*")].map(node => node.shadowRoot).filter(Boolean)
  const viewer = roots.map(root => root.querySelector("#viewer")).find(Boolean)
  const slider = viewer.querySelector("input[type=range]")
  const begun = performance.now()
  slider.value = index
  slider.dispatchEvent(new Event("input"))
  const wanted = ", " + slider.getAttribute("aria-valuetext")
  const look = async () => {
    if (performance.now() - begun > 20000) return fail("not there after 20 seconds")
    const sheets = [...viewer.querySelectorAll(".columns .sheet")]
    const images = sheets.map(sheet => sheet.querySelector("img"))
    const waiting = sheets.some(sheet => sheet.classList.contains("waiting"))
    if (waiting || images.some(image => !image.alt.endsWith(wanted))) return requestAnimationFrame(look)
    await Promise.all(images.map(image => image.decode().catch(() => null)))
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)))
  }
  look()
})"""
_PEER_WAIT = """wanted => new Promise((done, fail) => {
  const begun = window.stepBegun
  const look = async () => {
    if (performance.now() - begun > 20000) return fail("not there after 20 seconds")
    const images = [...document.querySelectorAll("[data-testid=stImage] img")]
    const isReady = image => image.alt.endsWith(wanted) && image.complete && image.naturalWidth
    if (images.length !== 4 || !images.every(isReady)) return requestAnimationFrame(look)
    await Promise.all(images.map(image => image.decode().catch(() => null)))
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)))
  }
  look()
})"""
_PEER = """
from pathlib import Path
import streamlit as st
st.set_page_config(layout="wide")
RUNS = {runs!r}
@st.fragment
def grids():
    epoch = st.slider("Epoch", 0, {last}, {last})
    for column, run in zip(st.columns(4), RUNS):
        path = Path(run) / "samples" / f"epoch-{{epoch:04d}}.png"
        column.image(path.read_bytes(), output_format="PNG", alt=f"{{run}}, Epoch {{epoch}}", width="content")
grids()
"""


def make_lab(folder: Path, epochs: int, resolution: int) -> Workspace:
    """Four runs with a grid for every epoch: waves that grow finer as training goes on, with a little grain."""
    workspace = Workspace(folder).create()
    down, across = np.mgrid[0:resolution, 0:resolution].astype(np.float32) / resolution
    for number in range(COLUMNS):
        run = RunFolder(workspace.run(f"20261101-00000{number}-slider-{number}000"))
        if len(run.epochs()) == epochs + 1:
            continue
        draw = np.random.default_rng(number)
        way, phase = draw.uniform(-6, 6, (SAMPLES, 3, 3, 2)), draw.uniform(0, 6.3, (SAMPLES, 3, 3))
        write_json(run.path / "run.json", _request(number, epochs, resolution))
        write_json(run.path / "end.json", {"state": "done", "message": "", "seconds": 1.0, "ended": 1.0})
        rows = []
        for epoch in range(epochs + 1):
            share = epoch / epochs
            moved = way[..., None, None] * (0.3 + share)  # (N, 3, waves, 2, 1, 1)
            angle = moved[:, :, :, 0] * down + moved[:, :, :, 1] * across
            waves = np.sin(angle * 3 + phase[..., None, None] + share).mean(axis=2)  # (N, 3, H, W)
            grain = draw.normal(0, 6, waves.shape)
            pixels = np.clip(128 + 150 * waves + grain, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
            save_png(make_grid(pixels), run.grid(epoch))
            write_bytes(run.weights_path(epoch), b"not read here")
            row = {
                "epoch": epoch,
                "images_seen": epoch * EPOCH_IMAGES,
                "metric": "swd",
                "floor": 60.0,
                "against": "held-out",
            }
            rows.append({**row, "value": round(60 + 150 * float(np.exp(-4 * share)) + float(draw.normal(0, 2)), 2)})
        JsonLines(run.scores_file).append(*rows)
        JsonLines(run.metrics_file).append(
            *(
                {"images_seen": i * 100, "epoch": i / 10, "loss_generator": 1.0 + 1 / (i + 1), "health": []}
                for i in range(1, epochs * 10)
            )
        )
    return workspace


def _request(number: int, epochs: int, resolution: int) -> dict[str, Any]:
    training = {
        "seed": 0,
        "batch_size": 32,
        "grid_size": SAMPLES,
        "ema_half_life_images": 2000.0,
        "learning_rate": 1e-3 / (number + 1),
    }
    settings = {
        "preset": "quick-gan",
        "family": "gan",
        "architecture": "atelier-gan",
        "network": {"resolution": resolution, "latent_dim": 64},
        "training": training,
        "dataset_id": "none",
        "dataset_name": "waves",
        "dataset_hash": "",
        "epochs": epochs,
        "train_count": EPOCH_IMAGES,
    }
    return {"kind": "train", "title": f"Run {number + 1}", "created": 1_790_000_000.0 + number, "settings": settings}


@contextmanager
def served(script: Path, home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", "--server.headless=true"]
    server = subprocess.Popen(
        [*command, "--server.address=127.0.0.1", "--server.fileWatcherType=none"],
        cwd=ROOT,
        env={**os.environ, "ATELIER_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                if urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).read() == b"ok":
                    break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(10)


def atelier(browser: Browser, url: str, workspace: Workspace, epochs: int, steps: int) -> dict[str, Any]:
    page = browser.new_page(viewport={"width": 1680, "height": 1000})
    runs = sorted(path.name for path in workspace.checkpoints.iterdir())
    begun = time.perf_counter()
    page.goto(f"{url}/compare?{'&'.join(f'run={run}' for run in runs)}")
    page.get_by_role("img", name=f"Epoch {epochs}").nth(COLUMNS - 1).wait_for(timeout=60_000)
    figures: dict[str, Any] = {"page opens, seconds": round(time.perf_counter() - begun, 2)}
    draw = np.random.default_rng(1)
    seen = [int(place) for place in draw.integers(0, epochs, steps)]
    figures["far"] = _summary([page.evaluate(_ATELIER_STEP, place) for place in seen])
    page.wait_for_timeout(3000)
    middle = epochs // 2
    page.evaluate(_ATELIER_STEP, middle)
    page.wait_for_timeout(1500)
    figures["near"] = _summary([_paced(page, middle + step) for step in range(1, steps + 1)])
    figures["back"] = _summary([page.evaluate(_ATELIER_STEP, int(draw.choice(seen))) for _ in range(steps)])
    page.close()
    return figures


def _paced(page: Page, place: int) -> float:
    """As somebody steps who looks at each."""
    taken = page.evaluate(_ATELIER_STEP, place)
    page.wait_for_timeout(_PAUSE_MS)
    return float(taken)


def peer(browser: Browser, workspace: Workspace, epochs: int, steps: int) -> dict[str, Any]:
    runs = sorted(str(path) for path in workspace.checkpoints.iterdir())
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "peer.py"
        script.write_text(_PEER.format(runs=runs, last=epochs))
        with served(script, workspace.root) as url:
            page = browser.new_page(viewport={"width": 1680, "height": 1000})
            page.goto(url)
            page.get_by_role("img", name=f"Epoch {epochs}").nth(COLUMNS - 1).wait_for(timeout=60_000)
            slider = page.get_by_role("slider")
            slider.focus()
            page.evaluate("document.addEventListener('keydown', () => { window.stepBegun = performance.now() }, true)")
            taken = []
            for step in range(1, steps + 1):
                page.keyboard.press("ArrowLeft")
                taken.append(float(page.evaluate(_PEER_WAIT, f"Epoch {epochs - step}")))
                page.wait_for_timeout(_PAUSE_MS)
            page.close()
    return {"near": _summary(taken)}


def _summary(taken: list[float]) -> dict[str, float]:
    values = np.array(taken)
    return {
        "p50": round(float(np.median(values)), 1),
        "p95": round(float(np.percentile(values, 95)), 1),
        "worst": round(float(values.max()), 1),
        "under 150 ms, share": round(float((values < 150).mean()), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=500)
    parser.add_argument("--resolution", type=int, default=32)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument(
        "--chromium",
        default=os.environ.get("ATELIER_CHROMIUM")
        or shutil.which("chromium-headless-shell")
        or shutil.which("chromium"),
    )
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.gettempdir()) / f"atelier-slider-{options.resolution}-{options.epochs}"
    workspace = make_lab(folder, options.epochs, options.resolution)
    grids = [path.stat().st_size for path in workspace.root.glob("checkpoints/*/samples/epoch-*.png")]
    figures: dict[str, Any] = {
        "columns": COLUMNS,
        "samples": SAMPLES,
        "epochs": options.epochs,
        "resolution": options.resolution,
        "kilobytes a grid": round(sum(grids) / len(grids) / 1000),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=list(_QUIET))
        with served(ROOT / "streamlit_app.py", workspace.root) as url:
            figures["Compare"] = atelier(browser, url, workspace, options.epochs, options.steps)
        figures["st.slider and st.image"] = peer(browser, workspace, options.epochs, options.steps)
        browser.close()
    ratio = figures["st.slider and st.image"]["near"]["p50"] / figures["Compare"]["near"]["p50"]
    figures["times as fast, near, p50"] = round(ratio, 1)
    print(json.dumps(figures, indent=1))
    print(f"Written to {write_results(f'compare-slider-{options.resolution}px', figures, torch.device('cpu'))}")


if __name__ == "__main__":
    main()
