"""What a restyling will take, told before it is begun and anew whenever a choice changes."""

import json

import streamlit as st

from core.errors import AtelierError
from core.jobs.devices import device_slots
from core.pictures.chosen import facts_of
from core.style.engines import Cost, find_engine
from core.style.request import StyleRequest, check_colours
from core.workspace import Workspace
from ui.markup import harmless
from ui.runs import duration

_LONG_SECONDS = 15 * 60
_HOLD_SECONDS = 900  # an estimate may look at how much memory is free


def device() -> str:
    """Where a job with the device "auto" will run."""
    return device_slots()[0]


def cost(request: StyleRequest, width: int, height: int, where: str = "auto") -> Cost:
    """Of a content of these pixels. Raises: AtelierError for a request that cannot be begun."""
    asked = {name: value for name, value in request.to_json().items() if name not in ("content", "styles", "mask")}
    return _cost(json.dumps(asked, sort_keys=True), width, height, device() if where == "auto" else where)


@st.cache_data(show_spinner=False, max_entries=500, ttl=_HOLD_SECONDS)
def _cost(asked: str, width: int, height: int, place: str) -> Cost:
    # Loads torch, the first time in a server's life: the page is drawn before.
    from core.pictures.chosen import ChosenPicture
    from core.style.cost import cost_of
    from core.style.request import StylePicture

    stand_in = ChosenPicture(label="any")  # neither the content nor the styles change what it takes
    request = StyleRequest(stand_in, (StylePicture(stand_in),), **json.loads(asked))
    return cost_of(request, width, height, place)


def size_words(request: StyleRequest, width: int, height: int) -> str:
    """'512 × 384 pixels', of the result."""
    longest = find_engine(request.engine).usual_size if request.size is None else request.size
    scale = 1.0 if longest is None else longest / max(width, height)
    return f"{max(1, round(width * scale))} × {max(1, round(height * scale))} pixels"


def words(found: Cost, *, times: int = 1) -> str:
    """'about 25 s and 0.9 GB of memory'. times: how many such pictures there will be, one after another."""
    seconds = found.seconds * times
    span = "about a second" if seconds < 1.5 else f"about {duration(seconds)}"
    return f"{span} and {found.bytes / 1e9:.1f} GB of memory"


def show(workspace: Workspace, request: StyleRequest, *, where: str = "auto", times: int = 1) -> bool:
    """One line; False, with the reason in its place, for a request that cannot be begun."""
    try:
        facts = facts_of(workspace, request.content)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/broken_image:")
        return False
    return show_for(request, facts.width, facts.height, where=where, times=times)


def show_for(request: StyleRequest, width: int, height: int, *, where: str = "auto", times: int = 1) -> bool:
    """The same for a content of these pixels. times: how many pictures there will be."""
    try:
        check_colours(request)
        found = cost(request, width, height, where)
        size = size_words(request, width, height)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return False
    many = f"{times:,} pictures of about {size}" if times > 1 else size
    st.markdown(f":material/timer: **{words(found, times=times)}** for {many}", help=_where_words(where))
    if found.seconds * times > _LONG_SECONDS:
        st.caption("That is long. A smaller size takes far less; it can be upscaled afterwards.")
    return True


def _where_words(where: str) -> str:
    place = device() if where == "auto" else where
    on = "the processor" if place == "cpu" else place
    return f"An estimate for {on}, if nothing else runs there. It waits for its turn while something does."
