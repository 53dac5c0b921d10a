"""Collections from the web on the Collect page: planned on request, looked at, and only then begun."""

import threading
import time
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from core.catalog.catalog import Catalog
from core.errors import AtelierError
from core.jobs import control
from core.sources import licences
from core.sources.artwork import StoppedError
from core.sources.collection import MAX_LIMIT
from core.sources.job import MAX_COLLECTION_NAME, check_collection
from core.sources.museums.registry import MUSEUMS
from core.sources.planning import CollectPlan, plan
from core.sources.web.settings import read_web_settings, user_agent
from core.workspace import Workspace
from ui import access, lab
from ui.collect_figures import Figure, show_figures
from ui.jobs import plain
from ui.runs import duration

LONGEST_PLAN_SECONDS = 180.0  # a host that makes us wait longer than that for a handful of requests
USUAL_LIMIT = 200
_TICK_SECONDS = 0.5
_HOSTS_NAMED = 3

NOT_STATED = "licence not stated"


class Planning:
    """A dry run in a thread of its own, so that the page stays usable and it can be given up."""

    def __init__(self, workspace: Workspace, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.found: CollectPlan | None = None
        self.refusal = ""  # why there is no plan, in words for the person
        self.mistake: BaseException | None = None  # ours: the page shows it as any other
        self._workspace = workspace
        self._began = time.monotonic()
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="plan", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def give_up(self) -> None:
        self._given_up.set()

    def _run(self) -> None:
        try:
            self.found = plan(self._workspace, self.settings, stop_requested=self._is_enough)
        except StoppedError:
            self.refusal = (
                "The plan was given up."
                if self._given_up.is_set()
                else f"There was no plan after {duration(LONGEST_PLAN_SECONDS)}: the server makes us wait. Try later."
            )
        except AtelierError as error:
            self.refusal = str(error)
        except Exception as error:  # noqa: BLE001  in a thread it would be lost; the page raises it
            self.mistake = error

    def _is_enough(self) -> bool:
        return self._given_up.is_set() or self.seconds > LONGEST_PLAN_SECONDS


def ask_licences(source: str) -> str:
    """Which licences are taken: one of core.sources.licences.CHOICES."""
    entry = MUSEUMS.get(source)
    others = st.checkbox(
        "Also take works that are not free to use",
        key=f"any-licence-{source}",
        persist_state="session",
        help="Works in copyright, under licences with conditions, and works whose rights nobody states. Whether you "
        "may use them depends on your country and your purpose.",
    )
    if others:
        st.caption(
            ":material/copyright: Any licence is taken. Each picture keeps its own, is labelled with it in the "
            "catalog and can be filtered by it."
        )
        return licences.ANY
    words = ":material/lock_open: Only public domain and CC0 are taken, which anyone may use for anything."
    if entry is not None:
        words += f" {entry.title}: {plain(entry.usual_licence)}."
        if entry.rights_on_page:
            words += " So each work takes one more request, for its page."
    st.caption(words)
    return licences.FREE_ONLY


def ask_limit(source: str) -> int | None:
    limit = st.number_input(
        "Pictures at most",
        min_value=1,
        max_value=MAX_LIMIT,
        value=USUAL_LIMIT,
        step=100,
        key=f"limit-{source}",
        persist_state="session",
        placeholder="all there are",
        help="Leave it empty to take all there are. Works that are refused do not count.",
    )
    return int(limit) if limit is not None else None


def ask_server(source: str) -> str:
    """Another server in place of the museum's own; usually none."""
    chosen = str(st.session_state.get(f"server-{source}") or "").strip()
    label = f"Another server: {plain(urlsplit(chosen).netloc or chosen)}" if chosen else "Another server"
    with st.expander(label, icon=":material/dns:", type="compact", key=f"another-server-{source}"):
        return st.text_input(
            "Address",
            key=f"server-{source}",
            persist_state="session",
            placeholder="https://mirror.example",
            help="A mirror, or a stand-in to try things with, that answers as the museum does. Naming it here allows "
            "it, also on this computer or in your own network. Empty: the museum itself.",
        ).strip()


def plan_and_start(settings: dict[str, Any], *, suggested_name: str, catalog: Catalog, missing: str = "") -> str | None:
    """From a query to its plan to a job; returns the id of the job in the run in which it was begun.

    Args:
        settings: of the collect job, without its collection.
        missing: what the person has yet to say before there is anything to plan.
    """
    key = f"planning-{settings['source']}"
    planning: Planning | None = st.session_state.get(key)
    running = planning is not None and planning.is_running

    def begin_plan() -> None:
        st.session_state[key] = Planning(lab.workspace(), settings)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Plan again" if planning is not None and not running else "Plan",
            icon=":material/calculate:",
            type="secondary" if planning is not None and planning.settings == settings else "primary",
            key=f"plan-{settings['source']}",
            on_click=access.owner_action(begin_plan),
            disabled=running or bool(missing),
        )
        if missing:
            st.caption(missing)
        elif planning is None:
            st.caption("Asks with a handful of requests what there is and what it takes. Nothing is collected yet.")
    if planning is None:
        return None
    if running:
        _wait_for(planning)
        return None
    if planning.mistake is not None:
        raise planning.mistake
    stale = planning.settings != settings
    if planning.found is None:
        if not stale:
            st.error(plain(planning.refusal), icon=":material/error:")
        return None
    with st.container(border=True, key="plan"):
        show_plan(planning.found, catalog, stale=stale)
        if stale or planning.found.wanted == 0:
            return None
        return _start(planning, suggested_name, catalog)


def _wait_for(planning: Planning) -> None:
    @access.owner_fragment(run_every=_TICK_SECONDS)
    def follow() -> None:
        if not planning.is_running:
            st.rerun()
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/travel_explore: Asking what there is … {planning.seconds:.0f} s", width="content")
            st.space("stretch")
            st.button("Give up", icon=":material/close:", key="give-up", on_click=access.owner_action(planning.give_up))

    follow()


def show_plan(found: CollectPlan, catalog: Catalog, *, stale: bool) -> None:
    """How many, what it takes, and three of them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(f"Plan: {found.title}"), anchor=False, width="content")
        if stale:
            st.badge("Out of date", icon=":material/update:", color="orange")
    if stale:
        st.warning("The query has changed since this plan was made. Plan again to start.", icon=":material/update:")
    figures = {
        "Artworks found": _found_words(found),
        "Wanted": _count(found.wanted),
        "Requests": _count(found.requests, most=True),
        "Time": "unknown" if found.seconds is None else f"about {duration(found.seconds)}",
        "To download": "unknown" if found.bytes is None else f"about {_size(found.bytes)}",
        "In the lab already": f"{catalog.sources().get(found.source, 0):,}",
    }
    helps = {
        "Artworks found": None if found.exact else "Some of these may turn out to have no picture, or not to match.",
        "Requests": f"To {_listed(found.hosts, len(found.hosts))}.",
        "Time": "At the pace that these servers are asked at. A server that asks us to slow down makes it longer.",
        "To download": None if found.bytes_known else "A guess: the server did not tell how large its pictures are.",
        "In the lab already": f"Pictures from {found.title} in all collections. What is there is not fetched again.",
    }
    with st.container(horizontal=True, gap="medium"):
        for label, value in figures.items():
            st.metric(label, value, help=helps.get(label), width="content")
    if found.examples:
        show_figures(
            [
                Figure(
                    title=example.title or "Untitled",
                    lines=(
                        ", ".join(filter(None, (example.artist or "Unknown artist", example.date))),
                        example.licence or NOT_STATED.capitalize(),
                    ),
                    thumbnail=example.thumbnail,
                    refusal=example.refusal,
                    link=example.page_url,
                )
                for example in found.examples
            ]
        )
    notes = list(found.notes)
    if found.hosts:
        notes.append(f"Asks {_listed(found.hosts, _HOSTS_NAMED)}.")
    with st.container(gap="xxsmall"):
        for note in notes:
            st.caption(f":material/info: {plain(note)}")
        _who_asks()


def _who_asks() -> None:
    try:
        settings = read_web_settings(lab.workspace())
        told = user_agent(settings)
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if "(+" in told:
        st.caption(f":material/badge: The servers are told who asks: {plain(told)}")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(
            ":material/badge: The servers are not told how to reach you. It is polite to say so:", width="content"
        )
        st.page_link("app_pages/lab/system.py", label="Set a contact")


def _start(planning: Planning, suggested_name: str, catalog: Catalog) -> str | None:
    source = planning.settings["source"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = collection_name(suggested_name, key=source, catalog=catalog)
        wanted = planning.found.wanted if planning.found is not None else None
        label = "Start collecting" if wanted is None else f"Start collecting {_pictures(wanted)}"
        clicked = st.button(label, type="primary", icon=":material/play_arrow:", key="start")
    collection_note(name, catalog)
    if not clicked:
        return None
    try:
        settings = planning.settings | {"collection": check_collection(name)}
        job = control.submit(lab.workspace(), "collect", settings, title=settings["collection"])
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    st.session_state.pop(f"planning-{source}", None)
    return job.id


def collection_name(suggested: str, *, key: str, catalog: Catalog) -> str:
    return st.text_input(
        "Collection",
        value=suggested,
        key=f"collection-{key}-{suggested}",  # another query, another suggestion
        max_chars=MAX_COLLECTION_NAME,
        width=480,
    )


def collection_note(name: str, catalog: Catalog) -> None:
    """That pictures go into a collection that exists."""
    existing = {info.name: info for info in catalog.collections()}.get(" ".join(name.split()))
    if existing is not None:
        st.info(
            f"The collection {plain(existing.name)} exists and holds {_pictures(existing.pictures)}. "
            "These are added to it; a picture that it has already is not doubled.",
            icon=":material/info:",
        )


def short_name(words: list[str], fallback: str) -> str:
    """A collection's name from the words of its query."""
    name = ", ".join(words[:2])
    if len(words) > 2:
        name += f" and {len(words) - 2} more"
    return name[:MAX_COLLECTION_NAME].strip() or fallback


def _found_words(found: CollectPlan) -> str:
    if found.artworks is None:
        return "unknown"
    return f"{found.artworks:,}" if found.exact else f"up to {found.artworks:,}"


def _count(number: int | None, *, most: bool = False) -> str:
    if number is None:
        return "unknown"
    return f"up to {number:,}" if most else f"{number:,}"


def _pictures(number: int) -> str:
    return "1 picture" if number == 1 else f"{number:,} pictures"


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6)):,} MB"


def _listed(hosts: tuple[str, ...], most: int) -> str:
    words = ", ".join(hosts[:most])
    return f"{words} and {len(hosts) - most} others" if len(hosts) > most else words
