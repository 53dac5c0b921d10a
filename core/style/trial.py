"""How long a piece of work takes on a device, tried: what estimates start from.

Trying needs torch, and telling does not. A process that has torch loaded tries once and writes down what it found, and
every other one reads that; where nothing was tried yet, a usual value serves.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from core.files import read_json, write_json
from core.workspace import Workspace


def threads() -> int:
    """How many threads torch has, or would have, for work on the processor."""
    if torch := sys.modules.get("torch"):
        return int(torch.get_num_threads())
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    import psutil

    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or available, available))


def speed(name: str, device: str, usual: Mapping[str, float], trial: str) -> float:
    """Seconds for a unit of work on a device.

    Args:
        name: of the work; what was tried is kept under it.
        usual: "cpu" (of one core) and "gpu", where nothing was tried on this machine yet.
        trial: "module:function" that tries it, given the device.
    """
    if "torch" in sys.modules:
        return _tried(name, device, trial)
    kept = _kept().get(_key(name, device))
    if isinstance(kept, int | float) and kept > 0:
        return float(kept)
    return usual["cpu"] / threads() if device.startswith("cpu") else usual["gpu"]


def seconds_of(work: Callable[[], object], device: str, *, times: int = 5) -> float:
    """The least of some trials. On a processor that is its own time, so that what else runs there counts little.

    Args:
        work: ends only when the device has finished, as anything does that gives a plain number.
    """
    import torch

    on_processor = device.startswith("cpu")
    best = float("inf")
    for _ in range(times):
        began = time.process_time() if on_processor else time.perf_counter()
        work()
        ended = time.process_time() if on_processor else time.perf_counter()
        best = min(best, ended - began)
    return best / (torch.get_num_threads() if on_processor else 1)


@lru_cache(maxsize=16)
def _tried(name: str, device: str, trial: str) -> float:
    module, _, function = trial.partition(":")
    seconds = float(getattr(import_module(module), function)(device))
    kept = _kept() | {_key(name, device): seconds}
    with contextlib.suppress(OSError):  # only a memory: where nothing can be written, it is tried again
        write_json(_path(), kept, durable=False)
    return seconds


def _key(name: str, device: str) -> str:
    return f"{name} on {device}, {threads()} threads" if device.startswith("cpu") else f"{name} on {device}"


def _kept() -> dict[str, object]:
    try:
        value = read_json(_path())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _path() -> Path:
    return Workspace().data / "style-speed.json"
