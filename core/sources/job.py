"""The collect job: take every picture of a source into the lab and write down what became of it.

The job's folder gets `ledger.jsonl`, one line per item, from which the catalog learns, and `source.json`, what the
source as a whole looked like. A line in the ledger is a promise: the picture is on disk ("stored"), was refused for
good ("refused"), or was tried as often as makes sense ("failed"). Failed items are tried again only when a person asks
for it: a line of state "retry" opens all failed ones before it.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import psutil

from core.errors import ConfigError
from core.files import JsonLines, write_json
from core.images import ImageError
from core.jobs.folder import JobError, JobFolder
from core.pictures.store import PictureStore
from core.sources import licences
from core.sources.artwork import Fetched, Item, ItemError
from core.sources.gathering import Gathering, Row, in_order
from core.sources.museums.registry import WEB_SOURCES
from core.sources.opening import list_source, open_labels, open_source
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob
    from core.sources.collection import WebCollection

LEDGER = "ledger.jsonl"
SOURCE_REPORT = "source.json"
MAX_COLLECTION_NAME = 80  # characters

_BATCH = 64  # items to one wait for the disk
_AHEAD = 4 * _BATCH  # items under way
_BATCH_SECONDS = 1.0  # and at most so long until an item shows in the ledger


def check_collection(name: Any) -> str:
    """A collection's name, trimmed. Raises: ConfigError if it is empty or too long."""
    text = " ".join(str(name or "").split())
    if not text or len(text) > MAX_COLLECTION_NAME or not text.isprintable():
        raise ConfigError(f"A collection needs a name of 1 to {MAX_COLLECTION_NAME} characters; got {text!r}.")
    return text


def run(job: "RunningJob") -> str:
    """Collect; returns the closing message. Items that are final in the ledger already are not done again.

    Raises: SourceError, LabelsError, ConfigError when there is nothing to begin with; HostClosedError when a server
    refuses us for good. One bad picture is no error: it stands in the ledger with its reason.
    """
    check_collection(job.settings.get("collection"))
    ledger = Ledger(job)
    if job.settings.get("source") not in WEB_SOURCES:
        return _collect_files(job, ledger)
    from core.sources.collection import WebCollection  # here: files need no network

    created = JobFolder(job.folder).created
    with WebCollection(
        job.workspace, job.settings, fresh_since=created - 3600, stop_requested=job.stop_requested
    ) as source:  # an hour: what the plan has just asked for is not asked again
        return _collect_web(job, ledger, source)


def retry_failed(workspace: Workspace, job: JobFolder) -> int:
    """Open the failed items of a collection that has ended, and let it go on; returns how many.

    Raises: JobError if it is still at work, nothing failed, or its limit is reached without them.
    """
    from core.jobs import control
    from core.sources.outcome import read_outcome

    if job.is_active:
        raise JobError(f"{job.title} is still at work. Wait until it has ended, or stop it first.")
    outcome = read_outcome(job.path)
    failed, limit = len(outcome.failed), job.settings.get("limit")
    if not failed:
        raise JobError(f"Nothing failed in {job.title}, so there is nothing to try again.")
    if limit and outcome.stored >= limit:  # opened, they would never be asked for, and their reasons be lost
        raise JobError(
            f"The {limit:,} pictures wanted for {job.title} are there without the {failed:,} that failed. Collect once "
            "more with a higher limit to have those too."
        )
    JsonLines(job.path / LEDGER).append({"state": "retry", "at": _now()}, durable=True)
    control.resume(workspace, job, again=True)
    return failed


class Ledger:
    """What became of the items so far, and the one place that adds to it."""

    def __init__(self, job: "RunningJob") -> None:
        self._job = job
        self._lines = JsonLines(job.folder / LEDGER)
        self._store = PictureStore(job.workspace)
        self._batch: list[Row] = []
        self._written = time.monotonic()
        last = _last_words(row for row, _ in self._lines.follow())
        self.done = set(last)
        self.outcomes = Counter(last.values())

    @property
    def stored(self) -> int:
        return self.outcomes["new"] + self.outcomes["known"]

    def collect(self, item: Item) -> Row:
        """Fetch and keep one item; safe to call from several threads. The row has yet to be added."""
        fetched = None
        try:
            got = item.read()
            fetched = got if isinstance(got, Fetched) else Fetched(got)
            artwork = fetched.artwork or item.artwork
            kept = self._store.keep(fetched.data)
        except (ImageError, ItemError) as error:
            known = fetched.artwork if fetched else getattr(error, "artwork", None)
            return _row(
                replace(item, artwork=known or item.artwork),
                error=error,
                attempts=fetched.attempts if fetched else getattr(error, "attempts", 1),
            )
        if fetched.on_kept is not None:
            fetched.on_kept(kept.facts.sha256)
        facts = kept.facts.to_json()
        sha256 = facts.pop("sha256")
        return _row(
            replace(item, artwork=item.identified(artwork, sha256)),
            attempts=fetched.attempts,
            facts=facts,
            sha256=sha256,
            known=kept.known,
        )

    def add(self, row: Row) -> bool:
        """Add a row; returns whether the batch was full, or old enough, and is on disk now."""
        self._batch.append(row)
        return len(self._batch) >= _BATCH and self.flush()

    def flush_if_due(self) -> bool:
        return time.monotonic() - self._written >= _BATCH_SECONDS and self.flush()

    def flush(self) -> bool:
        """Settle a batch: first the pictures, then the lines that promise them. Returns whether there was anything."""
        self._written = time.monotonic()
        if not self._batch:
            return False
        self._store.sync()
        self._lines.append(*self._batch, durable=True)
        for row in self._batch:
            self.outcomes[_outcome(row)] += 1
            self.done.add(row["key"])
            if row["state"] != "stored":
                self._job.log(f"{row['state'].capitalize()}: {row['key']}: {row['detail']}")
        self._batch.clear()
        return True

    def told(self) -> str:
        words = [f"{self.stored:,} {'picture' if self.stored == 1 else 'pictures'} stored"]
        if known := self.outcomes["known"]:
            words.append(f"{known:,} of them known already")
        words += [f"{self.outcomes[word]:,} {word}" for word in ("refused", "failed") if self.outcomes[word]]
        return ", ".join(words)


def _last_words(rows: Iterable[Row]) -> dict[str, str]:
    """Key -> what became of it last, without failed items that were opened again since."""
    last: dict[str, str] = {}
    for row in rows:
        if row["state"] == "retry":
            last = {key: outcome for key, outcome in last.items() if outcome != "failed"}
        else:
            last[row["key"]] = _outcome(row)
    return last


def _collect_files(job: "RunningJob", ledger: Ledger) -> str:
    with ExitStack() as stack:
        source = open_source(job.settings, job.folder, scratch=job.workspace.data / "unpacked", workspace=job.workspace)
        if (close := getattr(source, "close", None)) is not None:
            stack.callback(close)
        job.progress(0, source.total() or 0, unit="pictures", message="Looking through the source")
        listing = list_source(source, open_labels(source, job.settings.get("labels")))
        write_json(job.folder / SOURCE_REPORT, listing.report())
        for kind, count in listing.left_aside.items():
            job.log(f"Left aside: {count} ({kind})")
        done = set(ledger.done)
        # A file that was done and has gone since still counts: it is in the ledger and in the lab.
        gone = len(done - {item.key for item in listing.items}) if isinstance(listing.items, list) else 0
        total = listing.found + gone
        _tell_before(job, len(done), total)
        todo = (item for item in listing.items if item.key not in done)
        cores = _cores()
        for row in in_order(todo, ledger.collect, workers=cores, ahead=_AHEAD, stop_requested=job.stop_requested):
            if ledger.add(row) or ledger.flush_if_due():
                job.progress(len(ledger.done), total, unit="pictures", message=ledger.told())
        ledger.flush()
    finished = len(ledger.done)
    job.progress(finished, total, unit="pictures", message=ledger.told())
    return ledger.told() + ("." if finished == total else f"; {total - finished:,} are left for when it goes on.")


def _collect_web(job: "RunningJob", ledger: Ledger, source: "WebCollection") -> str:
    job.progress(0, source.limit or 0, unit="pictures", message=f"Asking {source.museum.title}")
    extent = source.museum.extent(source.web, source.limit)
    write_json(
        job.folder / SOURCE_REPORT,
        {
            "found": extent.artworks,
            "exact": extent.exact,
            "notes": list(extent.notes),
            "left_aside": {},
            "labels": None,
        },
    )
    _tell_before(job, len(ledger.done), extent.artworks or 0)
    done = set(ledger.done)
    gathering = Gathering(
        _not_in(done, source.items()),
        ledger.collect,
        workers=source.workers,
        limit=source.limit,
        stored=ledger.stored,
        stop_requested=job.stop_requested,
        enough=source.enough,
    )
    tell = partial(_tell_web, job, ledger, source, extent.artworks)
    try:
        for row in gathering.rows():
            if row is not None:
                ledger.add(row)
            ledger.flush_if_due()
            tell()
    finally:
        ledger.flush()
        for note in source.web.notes:
            job.log(note)
        job.log(f"Requests: {dict(source.web.requests)}; {source.web.received_bytes / 1e6:,.1f} MB received.")
    if job.stop_requested():
        tell()
        return ledger.told() + "; the rest is left for when it goes on."
    tell(ended=True)
    return ledger.told() + "."


def _tell_web(
    job: "RunningJob", ledger: Ledger, source: "WebCollection", artworks: int | None, *, ended: bool = False
) -> None:
    """With a limit, progress counts the pictures wanted; without one, the artworks gone through."""
    done = ledger.stored if source.limit else len(ledger.done)
    total = min(source.limit or artworks or 0, artworks or source.limit or 0)
    if ended:
        done = total = max(done, 1)
    message = ledger.told()
    if waits := source.web.waiting():
        longest = max(waits, key=lambda wait: wait.seconds)
        message = f"{longest.host}: {longest.why}; going on in {longest.seconds:,.0f} s. {message}"
    job.progress(min(done, total) if total else done, total, unit="pictures", message=message)


def _not_in(done: set[str], items: Iterator[Item]) -> Iterator[Item]:
    return (item for item in items if item.key not in done)


def _tell_before(job: "RunningJob", before: int, total: int) -> None:
    if before:
        job.log(f"{before:,} of {total:,} were done before; going on from there.")


def _row(
    item: Item,
    *,
    attempts: int,
    error: ImageError | ItemError | None = None,
    facts: dict[str, Any] | None = None,
    sha256: str | None = None,
    known: bool = False,
) -> Row:
    artwork = replace(item.artwork, licence=licences.normal(item.artwork.licence))
    state = "stored" if error is None else "failed" if isinstance(error, ItemError) and not error.final else "refused"
    return {
        "key": item.key,
        "source": artwork.source,
        "source_id": artwork.source_id or item.key,
        "state": state,
        "known": known,
        "attempts": attempts,
        "reason": error.reason if error else "",
        "detail": str(error) if error else "",
        "sha256": sha256,
        "artwork": artwork.to_json(),
        "facts": facts,
        "at": _now(),
    }


def _outcome(row: Row) -> str:
    if row["state"] != "stored":
        return str(row["state"])
    return "known" if row["known"] else "new"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _cores() -> int:
    """Cores this process may use; containers are often given fewer than the machine has."""
    try:
        return max(1, len(psutil.Process().cpu_affinity()))
    except AttributeError:  # macOS knows no affinity
        return psutil.cpu_count() or 1
