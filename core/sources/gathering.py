"""Collecting many items at once: files in their order, items from the web as they arrive."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from core.sources.artwork import Item, StoppedError

Row = dict[str, Any]
Collect = Callable[[Item], Row]  # called in a pool

_LOOK_EVERY_SECONDS = 0.2


def in_order(
    items: Iterable[Item], collect: Collect, *, workers: int, ahead: int, stop_requested: Callable[[], bool]
) -> Iterator[Row]:
    """A row per item, in the items' order, until a stop is asked for; what was begun by then is finished.

    Threads, not processes: Pillow works outside Python's lock, nothing is copied between processes, and a script
    that calls this need not guard its main module against being imported again.

    Args:
        ahead: items under way, so that the cores are busy while a batch waits for the disk.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="picture") as pool:
        waiting: deque[Future[Row]] = deque()
        try:
            for item in items:
                if stop_requested():
                    break
                waiting.append(pool.submit(collect, item))
                while len(waiting) >= ahead or (waiting and waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                if stop_requested():
                    waiting = deque(future for future in waiting if not future.cancel())
                if waiting:
                    yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class Gathering:
    """Items that are listed and fetched over the network at the same time, and come back in the order of arrival.

    The listing runs in a thread of its own, a few items ahead, so that a museum that pauses between two pages of its
    list holds up neither the pictures under way nor what is written down about them.

    Args:
        limit: pictures wanted; more are begun only as far as begun ones turn out to be none.
        enough: set when nothing more is wanted; the client's waiting ends then, as it does for a stop.
    """

    def __init__(
        self,
        items: Iterator[Item],
        collect: Collect,
        *,
        workers: int,
        limit: int | None,
        stored: int,
        stop_requested: Callable[[], bool],
        enough: threading.Event,
    ) -> None:
        self._items = items
        self._collect = collect
        self._workers = workers
        self._limit = limit
        self._stored = stored
        self._stop_requested = stop_requested
        self._enough = enough
        self._events: queue.SimpleQueue[Item | Row | Exception | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(4 * workers)  # items listed and not finished

    def rows(self) -> Iterator[Row | None]:
        """A row per finished item; None when a moment has passed without one, so that the caller can look around.

        Raises: the first error that ends the whole (SourceError of the listing, HostClosedError, a defect), once
        everything that was under way has been handed out.
        """
        lister = threading.Thread(target=self._list, name="listing", daemon=True)
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="picture")
        listed: deque[Item] = deque()
        under_way = 0
        listing = True
        fatal: Exception | None = None
        lister.start()
        try:
            while listing or listed or under_way:
                if self._is_over(fatal):
                    self._enough.set()
                    listed.clear()
                while listed and self._may_begin(under_way):
                    pool.submit(self._fetch, listed.popleft())
                    under_way += 1
                if self._limit is not None and self._stored >= self._limit:
                    self._enough.set()
                    listed.clear()
                if not (listing or listed or under_way):
                    break
                try:
                    event = self._events.get(timeout=_LOOK_EVERY_SECONDS)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(event, Item):
                    listed.append(event)
                elif event is None:
                    listing = False
                elif isinstance(event, _ListingError):
                    listing = False
                    fatal = fatal or event.error
                else:
                    under_way -= 1
                    self._room.release()
                    if isinstance(event, dict):
                        self._stored += event["state"] == "stored"
                        yield event
                    elif not isinstance(event, StoppedError):
                        fatal = fatal or event
        finally:
            self._enough.set()
            pool.shutdown(wait=True, cancel_futures=True)
            lister.join()
        if fatal is not None and not isinstance(fatal, StoppedError):
            raise fatal

    def _is_over(self, fatal: Exception | None) -> bool:
        return fatal is not None or self._stop_requested()

    def _may_begin(self, under_way: int) -> bool:
        return self._limit is None or self._stored + under_way < self._limit

    def _list(self) -> None:
        try:
            for item in self._items:
                while not self._room.acquire(timeout=_LOOK_EVERY_SECONDS):
                    if self._enough.is_set():
                        break
                if self._enough.is_set():
                    break
                self._events.put(item)
        except Exception as error:  # noqa: BLE001, raised again by rows() in the caller's thread
            self._events.put(_ListingError(error))
        else:
            self._events.put(None)

    def _fetch(self, item: Item) -> None:
        try:
            row: Row | Exception = self._collect(item)
        except Exception as error:  # noqa: BLE001, raised again by rows() in the caller's thread
            row = error
        self._events.put(row)


class _ListingError(Exception):
    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error
