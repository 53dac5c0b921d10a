"""How a study reaches people: the open link and its QR code, invitations, a poster, a frame for another page."""

import csv
import io
from datetime import UTC, datetime
from urllib.parse import urlsplit

import streamlit as st

from core.errors import ConfigError
from core.studies import links
from core.studies.clock import seconds_of
from core.studies.journal import VoteJournal
from core.studies.languages import TEXTS
from core.studies.poster import embedding, poster, qr_png
from core.studies.study import Study
from core.studies.voting import stop_reached
from ui.access import owner_action
from ui.markup import harmless

_MOST_AT_ONCE = 500


def show(study: Study, journal: VoteJournal) -> None:
    """The card above the results: what state the study is in, and every way to it."""
    given = links.access(study)
    try:
        page = links.raters_page(st.context.url or "http://localhost:8501/")
    except ConfigError as error:
        st.error(harmless(str(error)))
        return
    url = links.rating_url(page, given.token) if given.token else ""
    with st.container(border=True):
        head, code = st.columns([4, 1], vertical_alignment="center")
        with head:
            st.markdown(f"**{state(study, journal)}.** " + ("Whoever has this link can rate:" if url else ""))
            if url:
                st.code(url, language=None)
            else:
                st.caption("There is no open link: only invitations lead to this study.")
            _actions(study, given, url)
            if (urlsplit(page).hostname or "") in ("localhost", "127.0.0.1", "::1"):
                st.caption(
                    "The lab listens on this computer only, so links work only here. docs/deployment.md shows how to "
                    "share it."
                )
        if url:
            code.image(_qr_code(url), width=150, alt="QR code of the link")
        poster_tab, invitation_tab, embed_tab, end_tab = st.tabs(["Poster", "Invitations", "Embed", "Ending"])
        with poster_tab:
            _poster(study, url)
        with invitation_tab:
            _invitations(study, journal, given, page)
        with embed_tab:
            _embed(study, given, page)
        with end_tab:
            _ending(study, given)


def state(study: Study, journal: VoteJournal) -> str:
    """In a word or a few."""
    given = links.access(study)
    if not given.is_open:
        return "Closed"
    if not given.takes_votes():
        return f"Expired on {given.expires[:10]}"
    with journal.locked() as writer:
        if stop_reached(study, writer.tallies):
            return "Full: the stop rule is reached, and who is in the middle may finish"
    return "Open"


def _actions(study: Study, given: links.Access, url: str) -> None:
    with st.container(horizontal=True):
        if url:
            st.link_button("Open in a new tab", url, icon=":material/open_in_new:")
        if given.is_open:
            st.button(
                "Close the study", icon=":material/lock:", on_click=owner_action(links.close_study), args=(study,)
            )
        else:
            st.button(
                "Open it again", icon=":material/lock_open:", on_click=owner_action(links.reopen_study), args=(study,)
            )
        with st.popover("Replace the link", icon=":material/link_off:"):
            st.markdown("The present link stops working, also for raters in the middle. Votes stay.")
            st.button("Make a new link", type="primary", on_click=owner_action(links.replace_link), args=(study,))
            if given.token:
                st.button("Invitations only", on_click=owner_action(links.remove_open_link), args=(study,))


def _poster(study: Study, url: str) -> None:
    st.caption("A page to print for a gallery or a class: the title, the question, the QR code.")
    if not url:
        st.caption("A poster needs the open link.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        offered = study.design.languages
        language = offered[0]
        if len(offered) > 1:
            language = st.selectbox(
                "Language", offered, format_func=lambda code: TEXTS[code].name, key="poster-language", width=200
            )
        st.download_button(
            "Poster (HTML)",
            poster(study, url, language),
            file_name=f"{study.id}-poster.html",
            mime="text/html",
            icon=":material/print:",
            on_click="ignore",
        )
        st.download_button(
            "QR code (PNG)",
            _qr_code(url),
            file_name=f"{study.id}-link.png",
            mime="image/png",
            icon=":material/qr_code_2:",
            on_click="ignore",
        )


def _invitations(study: Study, journal: VoteJournal, given: links.Access, page: str) -> None:
    st.caption(
        "A link for one person each: it can be opened again and again, and is always the same rater. Who got which is "
        "nowhere written but in your own list."
    )
    with st.form("invite", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("New invitations", 1, _MOST_AT_ONCE, 10, key="invite-count", width=200)
        st.form_submit_button("Make them", icon=":material/mail:", on_click=_invite, args=(study,))
    if not given.invitations:
        return
    came = {state.via: state for state in journal.snapshot().raters.values()}
    rows = []
    for invitation in given.invitations:
        rater = came.get(f"invitation:{invitation.id}")
        rows.append(
            {
                "Number": int(invitation.id),
                "Link": links.rating_url(page, invitation.token),
                "Answered": len(rater.votes) if rater else 0,
                "State": "not opened"
                if rater is None
                else "finished"
                if len(rater.votes) >= study.total_shown
                else "in the middle",
            }
        )
    st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 250))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            "List (CSV)",
            _csv(rows),
            file_name=f"{study.id}-invitations.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        with st.popover("Revoke one", icon=":material/link_off:"):
            st.selectbox("Number", [invitation.id for invitation in given.invitations], key="revoke-number")
            st.button("It stops working; votes stay", on_click=_revoke, args=(study,))


@owner_action
def _invite(study: Study) -> None:
    links.invite(study, int(st.session_state["invite-count"]))


@owner_action
def _revoke(study: Study) -> None:
    links.revoke(study, st.session_state["revoke-number"])


def _embed(study: Study, given: links.Access, page: str) -> None:
    if not given.token:
        st.caption("A frame needs the open link.")
        return
    st.caption(
        "Put this into a page of yours to ask people there. Their browser may keep a frame from remembering them; then "
        "a reload begins anew."
    )
    st.code(embedding(study, links.rating_url(page, given.token, embed=True)), language="html", wrap_lines=True)


def _ending(study: Study, given: links.Access) -> None:
    st.markdown(f"The study ends **{study.design.stop.in_words()}**, as fixed when it opened.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = datetime.fromtimestamp(seconds_of(given.expires), UTC).date() if given.expires else None
        st.date_input("Links expire at the end of (UTC)", day, key="study-expiry", width=260)
        st.button("Set", on_click=_expire, args=(study,))
        if given.expires:
            st.button("Never", on_click=owner_action(links.set_expiry), args=(study, ""))


@owner_action
def _expire(study: Study) -> None:
    day = st.session_state.get("study-expiry")
    if day is not None:
        links.set_expiry(study, f"{day.isoformat()}T23:59:59+00:00")


@st.cache_data(show_spinner=False, max_entries=50)
def _qr_code(url: str) -> bytes:
    return qr_png(url)


def _csv(rows: list[dict[str, object]]) -> str:
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return buffer.getvalue()
