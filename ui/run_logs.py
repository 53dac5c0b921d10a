"""The log points of runs, kept between the ticks of a page: a long log is read once, then only what is new."""

import threading
from pathlib import Path
from typing import Any

import streamlit as st

from core.files import JsonLines
from core.training.run_folder import RunFolder

_TAIL_BYTES = 256  # compared before going on: long enough to hold a speed, which no two workers measure alike


class LogReader:
    """Reads a metrics.jsonl that grows, and that a resumed worker may have cut back and written on differently."""

    def __init__(self, path: Path) -> None:
        self._file = JsonLines(path)
        self._rows: list[dict[str, Any]] = []
        self._offset = 0
        self._tail = b""
        self._lock = threading.Lock()  # several tabs may follow one run

    def rows(self) -> list[dict[str, Any]]:
        """All complete log points so far; the list is the caller's own."""
        with self._lock:
            if self._bytes_before(self._offset) != self._tail:
                self._rows, self._offset = [], 0
            new, self._offset = self._file.read(self._offset)
            self._rows.extend(new)
            self._tail = self._bytes_before(self._offset)
            return list(self._rows)

    def _bytes_before(self, offset: int) -> bytes:
        try:
            with self._file.path.open("rb") as handle:
                handle.seek(max(0, offset - _TAIL_BYTES))
                return handle.read(min(offset, _TAIL_BYTES))
        except FileNotFoundError:
            return b""


def rows_of(run: RunFolder) -> list[dict[str, Any]]:
    return _reader(str(run.metrics_file)).rows()


@st.cache_resource(max_entries=64, show_spinner=False)
def _reader(path: str) -> LogReader:
    return LogReader(Path(path))
