"""Runs for tests of pages, as real files in the format of a run folder: nothing is trained, nothing mocked."""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image, PngImagePlugin
from streamlit.testing.v1 import AppTest

from core.files import JsonLines, write_bytes, write_json
from core.jobs import control, identity, locks, queue
from core.jobs.devices import device_slots
from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from core.workspace import Workspace

EPOCH_IMAGES = 100  # training pictures of every run made here
_GAP = 2


def grid_pixels(epoch: int, *, resolution: int = 32, count: int = 16, hue: int = 0) -> np.ndarray:
    """A sample grid, (H, W, 3) uint8: each cell a colour of its own that changes with the epochs."""
    across = math.ceil(math.sqrt(count))
    rows = math.ceil(count / across)
    side = resolution + _GAP
    pixels = np.full((rows * side - _GAP, across * side - _GAP, 3), (22, 22, 24), np.uint8)
    ramp = np.linspace(0, 60, resolution).astype(int)
    for number in range(count):
        top, left = number // across * side, number % across * side
        colour = np.array([(hue + 40 * number) % 256, (90 + 3 * epoch) % 256, (200 - 9 * number) % 256])
        pixels[top : top + resolution, left : left + resolution] = np.clip(colour + ramp[:, None, None] - 30, 0, 255)
    return pixels


def write_grid(path: Path, pixels: np.ndarray, **facts: object) -> None:
    """facts: become the text chunks of the PNG, as `images_seen` of a preview."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = PngImagePlugin.PngInfo()
    for name, value in facts.items():
        text.add_text(name, str(value))
    Image.fromarray(pixels).save(path, pnginfo=text)


def make_run(
    workspace: Workspace,
    run_id: str = "20261121-090000-quick-gan-aaaa",
    *,
    preset: str = "quick-gan",
    family: str = "gan",
    dataset_name: str = "sample 32",
    epochs: int = 10,
    kept: Sequence[int] = (0, 5, 10),
    logged_epochs: float | None = None,
    resolution: int = 32,
    cells: int = 16,
    hue: int = 0,
    created: float = 1_795_000_000.0,
    training: Mapping[str, Any] | None = None,
    health: Sequence[Mapping[str, str]] = (),
    end: Mapping[str, Any] | None = None,
    log: str = "",
) -> RunFolder:
    """A run folder with sample grids and weights at the `kept` epochs and a log point every tenth of an epoch.

    Args:
        logged_epochs: how far the log goes; by default to the last kept epoch.
        health: findings in the newest log point.
        end: fields of end.json that differ from a stopped run's; None writes no end.json, so the run counts as lost.
    """
    run = RunFolder(workspace.run(run_id))
    settings = {
        "preset": preset,
        "family": family,
        "architecture": "vae" if family == "vae" else "atelier-gan",
        "network": {"resolution": resolution, "latent_dim": 64, "width": 32},
        "training": {
            "seed": 0,
            "batch_size": 32,
            "learning_rate": 1e-3,
            "ema_half_life_images": 2000.0,
            **(training or {}),
        },
        "dataset_id": "sample-32-0123abcd",
        "dataset_name": dataset_name,
        "epochs": epochs,
        "train_count": EPOCH_IMAGES,
    }
    title = f"{preset} on {dataset_name}"
    write_json(run.path / "run.json", {"kind": "train", "title": title, "created": created, "settings": settings})
    last = max(kept, default=0) if logged_epochs is None else logged_epochs
    points = [_point(family, images) for images in range(0, int(last * EPOCH_IMAGES) + 1, EPOCH_IMAGES // 10)][1:]
    if points and health:
        points[-1]["health"] = list(health)
    JsonLines(run.metrics_file).append(*points)
    for epoch in kept:
        write_grid(run.grid(epoch), grid_pixels(epoch, resolution=resolution, count=cells, hue=hue))
        write_bytes(run.weights_path(epoch), b"no test of a page reads weights")
    write_status(run, done=int(last * EPOCH_IMAGES), total=epochs * EPOCH_IMAGES)
    if end is not None:
        write_end(run, **end)
    if log:
        write_bytes(run.path / "log.txt", log.encode())
    return run


def write_status(run: RunFolder, *, done: int, total: int, message: str = "", **changed: Any) -> None:
    """What the worker last said; by default this very process, just now."""
    own = identity.own_identity()
    record = {
        "done": done,
        "total": total,
        "unit": "images",
        "message": message,
        "rate_per_second": 250.0,
        "eta_seconds": (total - done) / 250,
        "updated": time.time(),
        "progressed": time.time(),
        "started": time.time() - 60,
        "device_slot": "cpu",
        "pid": own.pid,
        "boot_id": own.boot_id,
        "start_ticks": own.start_ticks,
        "beat": time.monotonic(),
    }
    write_json(run.path / "status.json", {**record, **changed})


def write_end(
    run: RunFolder, *, state: str = "stopped", message: str = "", reason: str = "", traceback: str = ""
) -> None:
    write_json(
        run.path / "end.json",
        {
            "state": state,
            "message": message,
            "traceback": traceback,
            "seconds": 61.0,
            "reason": reason,
            "ended": 1_795_000_061.0,
        },
    )


@contextmanager
def running(run: RunFolder) -> Iterator[None]:
    """While this lasts, the run counts as running: this process holds its lock."""
    lock = locks.take(run.path / "lock")
    assert lock is not None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def device_taken(workspace: Workspace) -> Iterator[None]:
    """While this lasts, whatever is started waits in the queue; afterwards its process is ended."""
    slots = [locks.take(queue.slot_lock_path(workspace, slot)) for slot in device_slots()]
    try:
        yield
    finally:
        for path in workspace.checkpoints.iterdir():
            if JobFolder(path).is_active:
                control.stop(workspace, JobFolder(path), force=True)
        for slot in slots:
            assert slot is not None
            slot.release()


def component_data(app: AppTest, key: str) -> dict[str, Any]:
    """What a page hands to the custom component `key`, which AppTest cannot draw."""
    return json.loads(_component(app, key).json)


def component_bytes(app: AppTest, key: str) -> bytes:
    """The same of a component that is handed bytes."""
    return bytes(_component(app, key).bytes)


def _component(app: AppTest, key: str) -> Any:
    found = [element.proto for element in app.get("bidi_component") if element.proto.id.endswith(f"-{key}")]
    assert len(found) == 1, f"{len(found)} components {key}"
    return found[0]


def charted(app: AppTest) -> pd.DataFrame:
    """The rows of the page's one chart, see ui.charts."""
    (chart,) = app.get("vega_lite_chart")
    return pa.ipc.open_stream(chart.proto.data.data).read_pandas()


def queue_up(workspace: Workspace, run: RunFolder) -> None:
    """Let the run wait for a device; its worker is this process."""
    (run.path / "status.json").unlink(missing_ok=True)
    queue.draw_ticket(workspace, JobFolder(run.path), identity.own_identity())


def _point(family: str, images: int) -> dict[str, Any]:
    time_constant = math.exp(-images / 400)
    point: dict[str, Any] = {
        "images_seen": images,
        "epoch": images / EPOCH_IMAGES,
        "images_per_second": 250.0,
        "memory_bytes": 5e8,
    }
    if family == "vae":
        measured = {"loss": 2 * time_constant, "loss_kl": 0.1, "loss_reconstruction": 1.9 * time_constant, "sigma": 0.3}
    else:
        measured = {
            "loss_generator": 0.7 + time_constant,
            "loss_discriminator": 0.7 - 0.2 * time_constant,
            "score_real": 0.5,
            "score_fake": -0.5,
            "sign_real": 0.4,
            "sign_fake": -0.4,
        }
    return {**point, **measured}
