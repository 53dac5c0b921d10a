"""Preparing: what answers are made from is made in the background of a running lab, before anybody asks."""

import threading
from typing import TYPE_CHECKING

from core.catalog import facets
from core.catalog.errors import CatalogError
from core.catalog.selection import Selection

if TYPE_CHECKING:
    from core.catalog.database import Database

FROM_PICTURES = 20_000  # fewer are answered from the tables quickly enough, and memory is left to others
_FIRST_SECONDS = 1.0  # the page that opened the catalog comes first
_QUIET_SECONDS = 10.0  # without anything coming in: while a collection is at work, all would be made again and again


class Preparing:
    """Of one open catalog; one thread at a time, which ends when all is there."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._prepared_of = -1  # revision of the pictures
        self._has_begun = False

    def begin(self) -> None:
        """Begin, where there is something to prepare and nobody is at it. To be called at every rerun of a page."""
        if self._prepared_of == self._database.pictures_revision or self._pictures() < FROM_PICTURES:
            return
        with self._lock:
            if self._stopping.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._run, name="catalog preparing", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End after the step at hand, for good."""
        with self._lock:
            self._stopping.set()
            thread = self._thread
        if thread is not None:
            thread.join()

    def now(self) -> bool:
        """Prepare everything in this thread. Returns whether all is there: not where something came in meanwhile."""
        revision = self._database.pictures_revision
        if not self._database.shelf.prepare(lambda: not self._stopping.is_set()):
            return False
        facets.facets(self._database, Selection(excluded="all"))
        self._prepared_of = revision
        return self._database.pictures_revision == revision

    def _run(self) -> None:
        if self._stopping.wait(_QUIET_SECONDS if self._has_begun else _FIRST_SECONDS):
            return
        self._has_begun = True
        try:
            while not self.now():
                seen = self._database.pictures_revision
                if self._stopping.wait(_QUIET_SECONDS):
                    return
                while seen != self._database.pictures_revision:
                    seen = self._database.pictures_revision
                    if self._stopping.wait(_QUIET_SECONDS):
                        return
        except CatalogError:
            return  # the disk failed: whoever asks next is told, and the next page begins again

    def _pictures(self) -> int:
        rows = self._database.remembered(
            "pictures", lambda: self._database.read("SELECT count(*) FROM images"), curated=False
        )
        return int(rows[0][0])
