"""Searching for look-alikes in a thread of its own: the page stays usable, shows how far it is, and can give it up."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import streamlit as st

from core.catalog.look_alikes.searching import ExactFound, SimilarFound
from core.duplicates.hashes import Progress
from core.errors import AtelierError
from ui import access

Found = ExactFound | SimilarFound
Work = Callable[[Progress], Found]
MOST_KEPT = 6  # searches of the server: of 100,000 pictures some 20 MB each
_SOON_SECONDS = 0.6  # a search that is done by then shows no progress
_TICK_SECONDS = 0.5


class _GivenUpError(Exception):
    """Whoever asked does not want to wait any longer."""


class Searching:
    """A search at work, or what came of it."""

    def __init__(self, work: Work, state: Hashable) -> None:
        """state: what was known when it began; another one means that it is out of date."""
        self.state = state
        self.began = time.time()
        self.seconds = 0.0
        self.found: Found | None = None
        self.refusal = ""  # in words for the person
        self.mistake: BaseException | None = None  # ours: the page shows it as any other
        self.done, self.total = 0, 0
        self._work = work
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="duplicates", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        self._thread.join(seconds)

    def give_up(self) -> None:
        self._given_up.set()

    def _run(self) -> None:
        try:
            self.found = self._work(self._progress)
        except _GivenUpError:
            self.refusal = "The search was given up."
        except AtelierError as error:
            self.refusal = str(error)
        except Exception as error:  # noqa: BLE001  in a thread it would be lost; the page raises it
            self.mistake = error
        self.seconds = time.time() - self.began

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._given_up.is_set():
            raise _GivenUpError


@dataclass
class _Kept:
    searches: "OrderedDict[Hashable, Searching]"
    lock: threading.Lock


@st.cache_resource(show_spinner=False)
def _kept() -> _Kept:
    return _Kept(OrderedDict(), threading.Lock())


def searched(key: Hashable) -> Searching | None:
    """The last search of this kind and scope, whichever session asked for it."""
    kept = _kept()
    with kept.lock:
        return kept.searches.get(key)


def search(key: Hashable, work: Work, state: Hashable) -> Searching:
    """Begin one, unless the same is at work."""
    kept = _kept()
    with kept.lock:
        running = kept.searches.get(key)
        if running is not None and running.is_running:
            return running
        begun = kept.searches[key] = Searching(work, state)
        kept.searches.move_to_end(key)
        while len(kept.searches) > MOST_KEPT:
            kept.searches.popitem(last=False)[1].give_up()
    begun.wait(_SOON_SECONDS)
    return begun


def progress(searching: Searching, words: str) -> None:
    """How far it is, once or twice a second; the page runs again when it is done."""

    @access.owner_fragment(run_every=_TICK_SECONDS)
    def follow() -> None:
        if not searching.is_running:
            st.rerun()
        seconds = time.time() - searching.began
        share = searching.done / searching.total if searching.total else 0.0
        left = f" · about {seconds / share - seconds:.0f} s left" if share > 0.05 else ""
        with st.container(border=True, key="duplicates-progress"):
            st.progress(min(share, 1.0), text=f"{words} · {seconds:.0f} s{left}")
            st.button("Give up", icon=":material/stop:", on_click=access.owner_action(searching.give_up))

    follow()
