"""The System page's section on asking others for pictures: who asks, where it may go, and whose wishes are kept."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from core.errors import AtelierError
from core.sources.web.addresses import host_entry
from core.sources.web.settings import (
    CONTACT_VARIABLE,
    LONGEST_CONTACT,
    SHORTEST_REASON,
    HostSettings,
    WebSettings,
    read_web_settings,
    user_agent,
    write_web_settings,
)
from core.workspace import Workspace
from ui import access
from ui.jobs import plain

_NUMBERS = {
    "requests_per_second": "Requests a second",
    "concurrency": "At the same time",
    "pause_seconds": "First pause (s)",
}
_SAVED = "web-settings-saved"


def web_settings_section(workspace: Workspace) -> None:
    st.subheader("Collecting from the web")
    try:
        settings = read_web_settings(workspace)
        told = user_agent(settings)
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.caption("Holds for everything that this lab asks others for. Kept in data/web.json.")
    _who(workspace, settings, told)
    _hosts(workspace, settings)
    if said := st.session_state.pop(_SAVED, ""):
        st.toast(said, icon=":material/check:")


def _who(workspace: Workspace, settings: WebSettings, told: str) -> None:
    with st.form("web-who", border=True):
        contact = st.text_input(
            "Contact",
            value=settings.contact,
            max_chars=LONGEST_CONTACT,
            placeholder="you@example.org, or https://example.org/about",
            help="A mail address or a page. Museums see it with every request and can write to you instead of "
            f"shutting you out. Where it is empty, the environment variable {CONTACT_VARIABLE} is used.",
            width=480,
        )
        honoured = st.toggle(
            "Leave out pictures whose servers opt out of machine use",
            value=settings.honour_opt_out,
            help="X-Robots-Tag with noai, noimageai, noindex, noimageindex or none, and TDM reservations. Each one is "
            "listed among what did not arrive.",
        )
        st.caption(f"Servers are told: {plain(told)}")
        if st.form_submit_button("Save", icon=":material/save:"):
            _save(workspace, lambda: replace(settings, contact=contact.strip(), honour_opt_out=honoured), "Saved.")


def _hosts(workspace: Workspace, settings: WebSettings) -> None:
    if settings.hosts:
        st.markdown("**Single servers** · choose one to change it")
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "Server": name,
                        "Own network": host.allowed,
                        "robots.txt is not followed because": host.robots_override,
                        **{label: getattr(host, field) for field, label in _NUMBERS.items()},
                    }
                    for name, host in sorted(settings.hosts.items())
                ]
            ),
            hide_index=True,
            width="stretch",
            key="web-hosts",
            on_select=access.owner_action(partial(_take_chosen, sorted(settings.hosts))),
            selection_mode="single-row",
            alt="What holds for single servers",
        )
    with st.expander("Say something about a server", icon=":material/dns:"):
        entered = st.text_input(
            "Server",
            key="web-host",
            placeholder="museum.example, or 127.0.0.1:9000",
            help="A name, with a port where it is not the usual one. It holds for that name alone, not for names "
            "below it.",
            width=480,
        )
        if entered.strip():
            _one_host(workspace, settings, entered.strip())


def _take_chosen(names: list[str]) -> None:
    for row in st.session_state["web-hosts"].selection.rows[:1]:
        st.session_state["web-host"] = names[row]


def _one_host(workspace: Workspace, settings: WebSettings, entered: str) -> None:
    try:
        name = host_entry(entered)
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    known = settings.hosts.get(name)
    host = known or HostSettings()
    with st.form(f"web-host-{name}", border=False):
        allowed = st.checkbox(
            "It may lie on this computer or in my own network",
            value=host.allowed,
            help="Otherwise only public addresses are asked, whatever a page, a redirect or a name server says.",
        )
        override = st.checkbox("Do not follow its robots.txt", value=bool(host.robots_override))
        reason = st.text_input(
            "Why robots.txt need not be followed there",
            value=host.robots_override,
            placeholder="The museum allowed it by mail on 3 November",
            help=f"Needed to set robots.txt aside, at least {SHORTEST_REASON} characters; it is written to each log.",
        ).strip()
        columns = st.columns(len(_NUMBERS))
        numbers = {
            field: column.number_input(label, value=getattr(host, field), placeholder="as usual", min_value=0)
            if field == "concurrency"
            else column.number_input(
                label, value=_real(getattr(host, field)), placeholder="as usual", min_value=0.0, step=0.5
            )
            for column, (field, label) in zip(columns, _NUMBERS.items(), strict=True)
        }
        st.caption("Empty: as each museum's own pace says. 0 requests a second is no limit: only for your own servers.")
        with st.container(horizontal=True):
            save = st.form_submit_button("Save", icon=":material/save:", key="web-host-save")
            forget = st.form_submit_button(
                "Forget this server", icon=":material/delete:", disabled=known is None, key="web-host-forget"
            )
    if save:
        if override and not reason:
            st.error("robots.txt is set aside only with a written reason. Say why.", icon=":material/error:")
            return
        said = {"allowed": allowed, "robots_override": reason if override else "", **numbers}
        _save(
            workspace,
            lambda: replace(settings, hosts=settings.hosts | {name: replace(host, **said)}),
            f"Saved for {name}.",
        )
    if forget:
        others = {entry: said for entry, said in settings.hosts.items() if entry != name}
        _save(workspace, lambda: replace(settings, hosts=others), f"{name} is treated as usual again.")


def _real(number: float | None) -> float | None:
    return None if number is None else float(number)


def _save(workspace: Workspace, changed: Callable[[], WebSettings], told: str) -> None:
    try:
        write_web_settings(workspace, changed())
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.session_state[_SAVED] = told
    st.rerun()
