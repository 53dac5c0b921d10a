"""scores.jsonl of a run: what was measured of its epochs. Two kinds of row, from two processes at once.

A training writes one quick row for each saved epoch:
    {"epoch", "images_seen", "metric": "swd", "value", "floor", "alike", "count", "against": "held-out" | "training"}
An evaluation, which may be at work while the run still trains, writes one for each epoch and metric:
    {"by": "evaluation", "epoch", "images_seen", "metric", "value", "low", "high", "floor", "ceiling", "count",
     "against": "test" | "train" | "folder", "against_name", "against_hash", "weights", "seed", "job", "at", "details"}
low and high bound the value (95 %); floor is what real pictures give among themselves, ceiling what the worst gives;
weights is the beginning of the SHA-256 of the file of weights that was measured.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import AtelierError
from core.files import JsonLines, replacing

BY_EVALUATION = "evaluation"
_PATIENCE_SECONDS = 30.0  # a row is written within milliseconds; longer means that something hangs


class ScoresBusyError(AtelierError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"Another process has held {path} for {_PATIENCE_SECONDS:g} seconds. End it and try again.")


def is_evaluation(row: dict[str, Any]) -> bool:
    return row.get("by") == BY_EVALUATION


class ScoreSheet:
    """Appends and forgets rows, one process at a time. Reading needs no lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = JsonLines(path)

    def rows(self) -> list[dict[str, Any]]:
        return self._lines.rows()

    def append(self, *rows: dict[str, Any]) -> None:
        if rows:
            with self._alone():
                self._lines.append(*rows)

    def rewind(self, images_seen: int, *, undone: bool = False) -> None:
        """Forget the training's rows of later epochs: they are trained, and measured, again.

        Args:
            undone: those epochs will come out otherwise, so an evaluation's rows of them go too. Else they stay: a
                training that was cut off does again exactly what it did.
        """
        with self._alone():
            rows = self._lines.rows()
            kept = [row for row in rows if row["images_seen"] <= images_seen or (is_evaluation(row) and not undone)]
            if len(kept) < len(rows):
                with replacing(self.path) as beside:
                    beside.touch()
                    JsonLines(beside).append(*kept)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        from core.jobs.locks import take  # a machine that only trains lacks what locks need until something is written

        lock = take(self.path.with_name("scores.lock"), timeout_seconds=_PATIENCE_SECONDS)
        if lock is None:
            raise ScoresBusyError(self.path)
        try:
            yield
        finally:
            lock.release()
