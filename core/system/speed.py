"""How fast this machine is at what Atelier does most: a short test, on demand."""

import io
import os
import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.workspace import Workspace

_FSYNCS = 25
_WRITE_BYTES = 64 << 20
_SIDE = 1024  # pixels of the picture that is decoded
_MATRIX = 1024
_SLOW_FSYNC_MS = 30.0  # every vote waits for one
_SLOW_WRITE_MB = 40.0


@dataclass(frozen=True)
class Measure:
    """One figure. concern: what it will make slow and what to do; "" where it is good enough."""

    name: str
    value: float
    unit: str
    what: str  # what was timed
    concern: str = ""


def measure_speed(workspace: Workspace) -> list[Measure]:
    """Write, decode and multiply for about a second in all. Leaves no file behind.

    Raises: OSError if the workspace cannot be written.
    """
    return [_fsync(workspace), _write(workspace), _decode(), _matrix()]


def _fsync(workspace: Workspace) -> Measure:
    path = workspace.data / f".speed-{secrets.token_hex(4)}.tmp"
    path.parent.mkdir(parents=True, exist_ok=True)
    times = []
    try:
        with path.open("wb") as handle:
            for _ in range(_FSYNCS):
                start = time.perf_counter()
                handle.write(b"x" * 400)
                handle.flush()
                os.fsync(handle.fileno())
                times.append(1000 * (time.perf_counter() - start))
    finally:
        path.unlink(missing_ok=True)
    value = statistics.median(times)
    concern = ""
    if value > _SLOW_FSYNC_MS:
        concern = "Every vote waits for this: keep the workspace on a local disk rather than on a network share."
    return Measure("Disk, one vote made durable", value, "ms", "400 bytes written and synced, median of 25", concern)


def _write(workspace: Workspace) -> Measure:
    path = workspace.data / f".speed-{secrets.token_hex(4)}.tmp"
    block = secrets.token_bytes(1 << 20)
    try:
        start = time.perf_counter()
        with path.open("wb") as handle:
            for _ in range(_WRITE_BYTES >> 20):
                handle.write(block)
            handle.flush()
            os.fsync(handle.fileno())
        seconds = time.perf_counter() - start
    finally:
        path.unlink(missing_ok=True)
    value = _WRITE_BYTES / seconds / 1e6
    concern = "Saving an epoch will hold training up: choose another disk." if value < _SLOW_WRITE_MB else ""
    return Measure("Disk, large writes", value, "MB/s", "64 MB written and synced", concern)


def _decode() -> Measure:
    from PIL import Image

    from core.sources.sample import paint

    buffer = io.BytesIO()
    paint(0).resize((_SIDE, _SIDE)).save(buffer, "JPEG", quality=90)

    def decode() -> None:
        with Image.open(io.BytesIO(buffer.getvalue())) as picture:
            picture.convert("RGB").resize((64, 64), Image.Resampling.BICUBIC)

    per_second = 1 / _best(decode, 9)
    return Measure("Pictures decoded", per_second, "per second", f"JPEG of {_SIDE}×{_SIDE}, brought to 64×64, one core")


def _matrix() -> Measure:
    import numpy as np

    a = np.ones((_MATRIX, _MATRIX), np.float32)
    billions = 2 * _MATRIX**3 / _best(lambda: a @ a, 7) / 1e9
    return Measure("Arithmetic", billions, "GFLOP/s", f"product of two {_MATRIX}×{_MATRIX} float32 matrices, processor")


def _best(act: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest: what the machine can do when nothing else asks for it."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return min(times)
