"""`streamlit run`, with a stopwatch on the parts that a vote passes through.

    python benchmarks/measured_server.py REPORT.json run streamlit_app.py [...]

The report, written at the end: for each part how often it ran, its wall time (with what it waited for), and the
processor time of its thread, both including the parts inside it. Timing costs some of the time it measures, so the
latencies of such a run are not the ones to publish.
"""

import atexit
import functools
import json
import os
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

_times: dict[str, list[tuple[float, float]]] = defaultdict(list)
_lock = threading.Lock()


def watch(owner: Any, name: str, part: str) -> None:
    """Time every call of `owner.name`."""
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    def timed(*arguments: Any, **options: Any) -> Any:
        wall, processor = time.perf_counter(), time.thread_time()
        try:
            return original(*arguments, **options)
        finally:
            spent = (time.perf_counter() - wall, time.thread_time() - processor)
            with _lock:
                _times[part].append(spent)

    setattr(owner, name, timed)


def watch_held(owner: Any, name: str, part: str) -> None:
    """Time a method that gives a context manager: how long it was waited for, and how long it was held."""
    original: Callable[..., Any] = getattr(owner, name)

    @contextmanager
    def timed(*arguments: Any, **options: Any) -> Iterator[Any]:
        asked = time.perf_counter()
        with original(*arguments, **options) as held:
            got, processor = time.perf_counter(), time.thread_time()
            try:
                yield held
            finally:
                spent = (time.perf_counter() - got, time.thread_time() - processor)
                with _lock:
                    _times[f"{part}: waited for"].append((got - asked, 0.0))
                    _times[f"{part}: held"].append(spent)

    setattr(owner, name, timed)


def write_report(path: Path) -> None:
    parts = {}
    for part, spent in _times.items():
        walls = sorted(1000 * wall for wall, _ in spent)
        parts[part] = {
            "calls": len(spent),
            "wall_ms_median": round(statistics.median(walls), 3),
            "wall_seconds": round(sum(walls) / 1000, 2),
            "wall_ms_p95": round(walls[int(0.95 * (len(walls) - 1))], 3),
            "cpu_ms_mean": round(1000 * sum(processor for _, processor in spent) / len(spent), 3),
            "cpu_seconds": round(sum(processor for _, processor in spent), 2),
        }
    path.write_text(json.dumps(parts, indent=1))


def watch_everything() -> None:
    from filelock import FileLock
    from streamlit.components.v2.bidi_component import main
    from streamlit.components.v2.bidi_component.main import BidiComponentMixin
    from streamlit.runtime import app_session
    from streamlit.runtime.scriptrunner import script_runner
    from streamlit.runtime.scriptrunner_utils import script_run_context
    from streamlit.web.server.starlette import starlette_websocket

    from core.studies import journal, links, study, voting

    watch(script_runner.ScriptRunner, "_run_script", "script rerun (all of it)")
    watch(app_session.AppSession, "flush_browser_queue", "queue: emptied for the browser")
    watch(starlette_websocket, "serialize_forward_msg", "protobuf: serialise")
    watch(script_run_context, "populate_hash_if_needed", "protobuf: hash for the message cache")
    watch(main, "serialize_mixed_data", "component: data to JSON")
    watch(BidiComponentMixin, "_build_bidi_identity_kwargs", "component: identity")
    watch(voting, "cast", "vote: cast")
    watch(voting, "ballot", "vote: ballot for the page")
    for name in ("access", "open_link", "study_of_link"):
        if hasattr(links, name):
            watch(links, name, f"link: {name}")
    watch(study.Study, "picture", "picture: read from disk")
    watch_held(journal.VoteJournal, "locked", "journal's lock")
    watch(journal.VoteJournal, "_append", "journal: write, fsync, take in")
    watch(FileLock, "acquire", "journal: wait for the file lock")
    watch(os, "fsync", "fsync")


if __name__ == "__main__":
    report = Path(sys.argv[1])
    sys.argv = ["streamlit", *sys.argv[2:]]
    watch_everything()
    atexit.register(write_report, report)
    from streamlit.web.cli import main

    main()
