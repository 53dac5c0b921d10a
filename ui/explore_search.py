"""Finding a model's own directions, in a thread of the server: the page can be used meanwhile.

It has the network opened a second time, so that nobody who moves a slider has to wait for it.
"""

import threading
from dataclasses import dataclass

import streamlit as st

from core.errors import AtelierError
from core.sampling.directions import principal_of
from core.sampling.weights_hash import hash_weights
from core.training.run_folder import RunFolder
from ui import access, explore_draw, lab
from ui.markup import harmless
from ui.run_conditions import version_of

COUNT = 12
_TICK_SECONDS = 1.0


@dataclass
class Search:
    """How far it is. Written by the thread, read by pages."""

    done: int = 0
    total: int = 0
    why_not: str = ""  # it failed
    is_over: bool = False


@st.cache_resource(show_spinner=False)
def _searches() -> dict[tuple[str, int, int], Search]:
    """By run, epoch and version of its weights; as long as the server lives."""
    return {}


def begin(run: RunFolder, epoch: int) -> Search | None:
    """The search that is at work or failed for these weights, begun now if need be; None where they are known."""
    searches, name = _searches(), (run.id, epoch, version_of(run, epoch))
    if name not in searches and _are_kept(run, epoch):
        searches[name] = Search(is_over=True)
    elif name not in searches:
        search = searches[name] = Search()
        threading.Thread(target=_find, args=(search, run.id, epoch), daemon=True, name=f"directions-{run.id}").start()
    search = searches[name]
    return None if search.is_over and not search.why_not else search


def _are_kept(run: RunFolder, epoch: int) -> bool:
    """Whether they were found before, for the weights that there are."""
    try:
        return bool(principal_of(run, epoch, hash_weights(run.weights_path(epoch))))
    except (OSError, ValueError):  # what is wrong with the file, drawing says
        return False


def is_at_work(run: RunFolder, epoch: int) -> bool:
    search = begin(run, epoch)
    return search is not None and not search.is_over


def _find(search: Search, run_id: str, epoch: int) -> None:
    def progress(done: int, total: int) -> None:
        search.done, search.total = done, total

    try:
        from core.sampling.explorer import load_explorer
        from core.sampling.principal import principal_directions

        explorer = load_explorer(lab.workspace(), run_id, epoch)
        explore_draw.use_few_threads(explorer.folder)
        principal_directions(explorer, COUNT, progress=progress)
    except (AtelierError, OSError, RuntimeError) as error:  # RuntimeError: torch, for want of memory
        search.why_not = str(error)
    finally:
        search.is_over = True


def show(run: RunFolder, epoch: int) -> None:
    """A line while it is at work; the page runs anew when it is over."""
    search = begin(run, epoch)
    if search is None:
        return
    if search.is_over:
        st.caption(harmless(f":material/error: Its own directions could not be found. {search.why_not}"))
        return

    @access.owner_fragment(run_every=_TICK_SECONDS)
    def follow() -> None:
        if search.is_over:
            st.rerun()
        share = search.done / search.total if search.total else 0.0
        st.progress(min(1.0, share), text="Finding the model's own directions. Everything else works meanwhile.")

    follow()
