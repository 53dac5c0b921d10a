"""RunningJob: what the function that does the work sees of its job."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.jobs.folder import JobFolder, Status
from core.jobs.progress import WRITE_EVERY_SECONDS, StatusWriter
from core.workspace import Workspace

_LOOK_FOR_STOP_EVERY_SECONDS = 0.1


@dataclass
class RunningJob:
    """The work's side of a job: where it may write, how it reports, and whether it should end."""

    folder: Path
    settings: dict[str, Any]
    workspace: Workspace
    device_slot: str  # what the queue gave: "cpu", "cuda:1", "io:0"; several with commas between: "cuda:0,cuda:2"
    torch_devices: tuple[str, ...]  # what to hand to torch: "cpu" or "cuda:0", ...; a detached worker sees only its own
    writer: StatusWriter
    on_progress: Callable[[Status], None] | None = None
    signalled: bool = False  # set by a signal handler
    stop_seen: bool = field(default=False, init=False)
    _looked_for_stop: float = field(default=-1.0, init=False)
    _told: float = field(default=-1.0, init=False)

    @property
    def torch_device(self) -> str:
        """The first of its devices, for work that needs one."""
        return self.torch_devices[0] if self.torch_devices else "cpu"

    def progress(self, done: int, total: int, *, unit: str, message: str = "") -> None:
        """Report progress. Cheap enough for every step: the disk sees at most four reports a second.

        Args:
            done, total: counts in `unit`; total 0 when it is not known yet.
            unit: plural noun shown after the counts: "images", "files".
            message: what is going on now, in a few words.
        """
        self.writer.progress(done, total, unit, message)
        if self.on_progress is not None and time.monotonic() - self._told >= WRITE_EVERY_SECONDS:
            self._told = time.monotonic()
            self.on_progress(self.writer.status)

    def stop_requested(self) -> bool:
        """Whether to finish the current step, save and return. Cheap enough for every step."""
        if not self.stop_seen:
            now = time.monotonic()
            if self.signalled:
                self.stop_seen = True
            elif now - self._looked_for_stop >= _LOOK_FOR_STOP_EVERY_SECONDS:
                self._looked_for_stop = now
                self.stop_seen = JobFolder(self.folder).stop_path.exists()
        return self.stop_seen

    def log(self, text: str) -> None:
        """Add lines to log.txt, each with its time of day."""
        moment = time.strftime("%H:%M:%S")
        lines = "".join(f"{moment}  {line}\n" for line in text.splitlines() or [""])
        with JobFolder(self.folder).log_path.open("a", encoding="utf-8") as log:
            log.write(lines)

    @property
    def finished(self) -> bool:
        """Whether everything is done, going by the last progress."""
        status = self.writer.status
        return status.total > 0 and status.done >= status.total
