"""The collect job: take every picture of a source into the lab and write down what became of it.

The job's folder gets `ledger.jsonl`, one line per item, from which the catalog learns, and `source.json`, what the
source as a whole looked like. A line in the ledger is a promise: the picture is on disk, or was refused for good.
"""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psutil

from core.errors import ConfigError
from core.files import JsonLines, write_json
from core.images import ImageError
from core.sources.artwork import Item
from core.sources.opening import list_source, open_labels, open_source
from core.sources.store import Kept, PictureStore

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

LEDGER = "ledger.jsonl"
SOURCE_REPORT = "source.json"
MAX_COLLECTION_NAME = 80  # characters

_BATCH = 64  # items to one wait for the disk
_AHEAD = 4 * _BATCH  # items under way, so that the cores are busy while a batch waits for the disk
_BATCH_SECONDS = 1.0  # and at most so long until an item shows in the ledger


def check_collection(name: Any) -> str:
    """A collection's name, trimmed. Raises: ConfigError if it is empty or too long."""
    text = " ".join(str(name or "").split())
    if not text or len(text) > MAX_COLLECTION_NAME or not text.isprintable():
        raise ConfigError(f"A collection needs a name of 1 to {MAX_COLLECTION_NAME} characters; got {text!r}.")
    return text


def run(job: "RunningJob") -> str:
    """Collect; returns the closing message. Items that stand in the ledger already are not done again.

    Raises: SourceError, LabelsError, ConfigError when there is nothing to begin with. One bad picture is no error:
    it stands in the ledger as refused, with its reason.
    """
    check_collection(job.settings.get("collection"))
    source = open_source(job.settings, job.folder)
    job.progress(0, source.total() or 0, unit="pictures", message="Looking through the source")
    listing = list_source(source, open_labels(source, job.settings.get("labels")))
    write_json(job.folder / SOURCE_REPORT, listing.report())
    for kind, count in listing.left_aside.items():
        job.log(f"Left aside: {count} ({kind})")

    ledger = JsonLines(job.folder / LEDGER)
    before = ledger.rows()
    outcomes = Counter(_outcome(row) for row in before)
    done = {row["key"] for row in before}
    todo = (item for item in listing.items if item.key not in done)
    # A file that was done and has gone since still counts: it is in the ledger and in the lab.
    gone = len(done - {item.key for item in listing.items}) if isinstance(listing.items, list) else 0
    total = listing.found + gone
    if before:
        job.log(f"{len(before)} of {total} were done before; going on from there.")

    store = PictureStore(job.workspace)
    batch: list[dict[str, Any]] = []
    written = time.monotonic()
    finished = len(done)
    for row in _collected(todo, store, job):
        batch.append(row)
        if len(batch) >= _BATCH or time.monotonic() - written >= _BATCH_SECONDS:
            finished += _write(batch, store, ledger, job, outcomes)
            written = time.monotonic()
            job.progress(finished, total, unit="pictures", message=_told(outcomes))
    finished += _write(batch, store, ledger, job, outcomes)
    job.progress(finished, total, unit="pictures", message=_told(outcomes))
    return _told(outcomes) + ("." if finished == total else f"; {total - finished:,} are left for when it goes on.")


def _collected(items: Iterable[Item], store: PictureStore, job: "RunningJob") -> Iterator[dict[str, Any]]:
    """A ledger row per item, in the items' order, until a stop is asked for; what was begun by then is finished.

    Threads, not processes: Pillow works outside Python's lock, nothing is copied between processes, and a script
    that calls this need not guard its main module against being imported again.
    """
    with ThreadPoolExecutor(_cores(), thread_name_prefix="picture") as pool:
        waiting: deque[Future[dict[str, Any]]] = deque()
        try:
            for item in items:
                if job.stop_requested():
                    break
                waiting.append(pool.submit(_collect, item, store))
                while len(waiting) >= _AHEAD or (waiting and waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                if job.stop_requested():
                    waiting = deque(future for future in waiting if not future.cancel())
                if waiting:
                    yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _collect(item: Item, store: PictureStore) -> dict[str, Any]:
    try:
        kept = store.keep(item.read())
    except ImageError as error:
        return _row(item, None, error)
    return _row(item, kept, None)


def _row(item: Item, kept: Kept | None, error: ImageError | None) -> dict[str, Any]:
    artwork = item.identified(kept.facts.sha256) if kept else item.artwork
    facts = kept.facts.to_json() if kept else None
    sha256 = facts.pop("sha256") if facts else None
    return {
        "key": item.key,
        "source": artwork.source,
        "source_id": artwork.source_id or item.key,
        "state": "stored" if kept else "refused",
        "known": bool(kept and kept.known),
        "reason": error.reason if error else "",
        "detail": str(error) if error else "",
        "sha256": sha256,
        "artwork": artwork.to_json(),
        "facts": facts,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _write(
    batch: list[dict[str, Any]], store: PictureStore, ledger: JsonLines, job: "RunningJob", outcomes: Counter[str]
) -> int:
    """Settle a batch: first the pictures, then the lines that promise them. Returns how many; empties the batch."""
    store.sync()
    ledger.append(*batch, durable=True)
    for row in batch:
        outcomes[_outcome(row)] += 1
        if row["state"] == "refused":
            job.log(f"Refused: {row['key']}: {row['detail']}")
    count = len(batch)
    batch.clear()
    return count


def _outcome(row: dict[str, Any]) -> str:
    if row["state"] == "refused":
        return "refused"
    return "known" if row["known"] else "new"


def _told(outcomes: Counter[str]) -> str:
    stored = outcomes["new"] + outcomes["known"]
    words = [f"{stored:,} {'picture' if stored == 1 else 'pictures'} stored"]
    if outcomes["known"]:
        words.append(f"{outcomes['known']:,} of them known already")
    if outcomes["refused"]:
        words.append(f"{outcomes['refused']:,} refused")
    return ", ".join(words)


def _cores() -> int:
    """Cores this process may use; containers are often given fewer than the machine has."""
    try:
        return max(1, len(psutil.Process().cpu_affinity()))
    except AttributeError:  # macOS knows no affinity
        return psutil.cpu_count() or 1
