"""Drawing for the Explore page: a few explorers stay open, each used by one visitor at a time.

This is the one page whose server draws: a slider that went through a job would answer in seconds. It draws on the
processor, or on a GPU that no training holds.
"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.jobs.devices import device_slots
from core.sampling.points import Point
from core.training.run_folder import RunFolder
from ui import lab, runs
from ui.run_conditions import version_of

if TYPE_CHECKING:
    from core.sampling.explorer import Abilities, Explorer

_OPEN = 3  # explorers that stay in memory
_ONE_THREAD = 128 * 128  # pixels
_LOOK_SECONDS = 5  # between looks at whether a training has the GPU


@dataclass
class Easel:
    """One epoch's network, and who may use it now."""

    explorer: "Explorer"
    device: str
    lock: threading.Lock = field(default_factory=threading.Lock)


def easel_of(run: RunFolder, epoch: int) -> Easel:
    """Raises: WeightsError for damaged weights, NotFoundError where they were removed."""
    return _easel(str(run.path), run.id, epoch, version_of(run, epoch), _device())


@contextmanager
def explorer_of(run: RunFolder, epoch: int) -> Iterator["Explorer"]:
    """The explorer, for as long as the block lasts for this visitor alone."""
    easel = easel_of(run, epoch)
    with easel.lock:
        use_few_threads(run)
        yield easel.explorer


def use_few_threads(run: RunFolder) -> None:
    """One thread for pictures of usual size: a second one hardly helps with a single picture, and on a processor that
    also trains the two mostly wait for each other (measured: 8 ms of processor time against 107).
    """
    import torch

    from core.training.device import physical_cores

    torch.set_num_threads(1 if run.shape[0] * run.shape[1] <= _ONE_THREAD else physical_cores())


def draw(run: RunFolder, epoch: int, points: Sequence[Point]) -> tuple[NDArray[np.uint8], float]:
    """(pictures (N, H, W, 3), seconds it took). Raises: AtelierError for points that this model cannot draw."""
    with explorer_of(run, epoch) as explorer:
        start = time.perf_counter()
        pictures = explorer.draw(points)
        return pictures, time.perf_counter() - start


def drawn(run: RunFolder, epoch: int, points: Sequence[Point]) -> NDArray[np.uint8]:
    """As `draw`, but remembered: for walls, which stay the same from run to run of the page."""
    if not points:
        return np.zeros((0, *run.shape, 3), np.uint8)
    written = json.dumps([point.to_json() for point in points], sort_keys=True)
    return _drawn(str(run.path), epoch, version_of(run, epoch), directions_version(run), written)


def device_words(run: RunFolder, epoch: int) -> str:
    return "the processor" if easel_of(run, epoch).device == "cpu" else "the GPU"


@st.cache_data(max_entries=96, show_spinner=False)
def _drawn(path: str, epoch: int, version: int, directions: int, written: str) -> NDArray[np.uint8]:
    points = [Point.from_json(value) for value in json.loads(written)]
    return draw(RunFolder(Path(path)), epoch, points)[0]


@st.cache_resource(max_entries=_OPEN, show_spinner="Opening the weights")
def _easel(path: str, run_id: str, epoch: int, version: int, device: str) -> Easel:
    from core.sampling.explorer import load_explorer  # brings torch, which no page loads before it draws

    return Easel(load_explorer(lab.workspace(), run_id, epoch, device), device)


def directions_version(run: RunFolder) -> int:
    """Changes with what was learned, so that a direction learned anew draws anew."""
    try:
        return (run.path / "directions").stat().st_mtime_ns
    except OSError:
        return 0


def abilities(run: RunFolder, epoch: int) -> "Abilities":
    return easel_of(run, epoch).explorer.abilities


@st.cache_data(ttl=_LOOK_SECONDS, show_spinner=False)
def _device() -> str:
    """A GPU that no training holds, else the processor."""
    slots = device_slots()
    if slots == ["cpu"] or any(job.is_active for job in runs.list_run_jobs(lab.workspace())):
        return "cpu"
    return slots[0]
