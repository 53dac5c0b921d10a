"""What a worker says while it works: status.json, at most four times a second, and a sign of life every 5 seconds."""

import math
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

from core.files import write_json
from core.jobs.folder import Status
from core.jobs.identity import Identity

BEAT_SECONDS = 5.0
WRITE_EVERY_SECONDS = 0.25
_MEMORY_SECONDS = 30.0  # progress older than this hardly counts for the rate
_CARRIED_SECONDS = 10.0  # what the rate before a resume is worth, against what is measured since


class Rate:
    """Units per second, smoothed: each stretch of work counts by its length and fades with its age."""

    def __init__(self, before: float | None = None) -> None:
        """before: the rate when the job was last stopped."""
        self._units = before * _CARRIED_SECONDS if before else 0.0
        self._seconds = _CARRIED_SECONDS if before else 0.0
        self._last: tuple[int, float] | None = None

    def note(self, done: int, now: float) -> None:
        """now: time.monotonic()."""
        if self._last is not None and done < self._last[0]:
            self._units = self._seconds = 0.0  # another stage, which counts anew
        elif self._last is not None and now > self._last[1]:
            seconds = now - self._last[1]
            fade = math.exp(-seconds / _MEMORY_SECONDS)
            self._units = self._units * fade + (done - self._last[0])
            self._seconds = self._seconds * fade + seconds
        elif self._last is not None:
            return  # the clock has not moved: these units count at the next call
        self._last = (done, now)

    @property
    def per_second(self) -> float | None:
        """None until some work is done."""
        return self._units / self._seconds if self._units > 0 and self._seconds > 0 else None


class StatusWriter:
    """Writes status.json from a thread of its own, so that saying something costs the work no disk access."""

    def __init__(self, path: Path, identity: Identity, before: Status | None) -> None:
        """before: what the last worker of this job said, if there was one; the count and the rate go on from there."""
        self._path = path
        self._before = before
        self._rate = Rate(before.rate_per_second if before else None)
        self._status = Status(
            done=before.done if before else 0,
            total=before.total if before else 0,
            unit=before.unit if before else "",
            progressed=before.progressed if before else 0.0,
            started=time.time(),
            pid=identity.pid,
            boot_id=identity.boot_id,
            start_ticks=identity.start_ticks,
        )
        self._guard = threading.Lock()  # over _status and _rate
        self._writing = threading.Lock()  # one replacement at a time
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._trouble = ""
        self._thread = threading.Thread(target=self._beat, name="status", daemon=True)

    @property
    def status(self) -> Status:
        return self._status

    def open(self) -> None:
        """Say at once that this worker lives. Raises OSError if the folder cannot be written."""
        self._write()
        self._thread.start()

    def close(self) -> None:
        """The last words, on disk when this returns."""
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._write_if_possible()

    def progress(self, done: int, total: int, unit: str, message: str) -> None:
        now = time.monotonic()
        with self._guard:
            if unit != self._status.unit and self._status.unit:
                self._rate = Rate()  # pictures a second say nothing about files a second
            self._rate.note(done, now)
            rate = self._rate.per_second
            left = max(0, total - done)
            self._status = replace(
                self._status,
                done=done,
                total=total,
                unit=unit,
                message=message,
                rate_per_second=rate,
                eta_seconds=left / rate if rate and total > 0 else None,
                progressed=time.time(),
            )
        self._wake.set()

    def say(self, message: str, *, device_slot: str | None = None) -> None:
        """A message without progress."""
        with self._guard:
            slot = self._status.device_slot if device_slot is None else device_slot
            if (message, slot) == (self._status.message, self._status.device_slot):
                return
            self._status = replace(self._status, message=message, device_slot=slot)
        self._wake.set()

    def _beat(self) -> None:
        while not self._closing.is_set():  # close() writes the last words itself
            self._wake.wait(BEAT_SECONDS)
            self._wake.clear()
            if not self._closing.is_set():
                self._write_if_possible()
                self._closing.wait(WRITE_EVERY_SECONDS)

    def _write_if_possible(self) -> None:
        """A full disk must not end the work by way of its progress bar: what matters will run into it soon enough."""
        try:
            self._write()
        except OSError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                print(f"Cannot write {self._path.name}: {error}", file=sys.stderr, flush=True)

    def _write(self) -> None:
        with self._writing:
            with self._guard:
                self._status = replace(self._status, updated=time.time(), beat=time.monotonic())
                record = asdict(self._status)
            write_json(self._path, record, durable=False)
