"""Rate: what a rater sees who opens the link of a study. Nothing here may say which picture is which."""

import streamlit as st

from core.errors import AtelierError
from core.studies import links, voting
from core.studies.errors import JournalError, LinkError
from core.studies.journal import VoteJournal
from core.studies.study import Study
from ui import lab
from ui.rating import CardEvent, journal_at, rating_card, remembered_rater, study_at

_SECONDS_PER_PICTURE = 4  # for the estimate on the first screen
_REFUSAL = "rate-refusal"


def main() -> None:
    token = st.query_params.get("link", "")
    try:
        study = study_at(links.study_of_link(lab.workspace(), token).path)
        is_open = links.access(study).is_open
    except LinkError as error:
        _notice("This link opens nothing", str(error))
        return
    journal = journal_at(study.path)
    rater_id = st.query_params.get("rater") or st.session_state.get(f"rater-{study.id}", "")
    try:
        known = voting.is_rater(journal, rater_id)
    except JournalError as error:
        _notice(study.title, str(error))
        return
    if not is_open:
        _notice(
            study.title,
            "This study is closed: it takes no more answers. Everything answered before counts. Thank you.",
        )
        if known:
            _own_result(study, journal, rater_id)
    elif not known:
        _welcome(study, journal, unknown_rater=bool(rater_id))
    else:
        if st.query_params.get("rater") != rater_id:
            st.query_params["rater"] = rater_id
        _rate(study, journal, rater_id)


def _welcome(study: Study, journal: VoteJournal, *, unknown_rater: bool) -> None:
    with _narrow():
        st.title(study.title, anchor=False)
        st.markdown(f"You will see **{study.total_per_rater} pictures**, one at a time, and answer one question:")
        st.markdown(f"> {_plain(study.design.question)}")
        lowest, highest = study.design.scale.labels[0], study.design.scale.labels[-1]
        answers = study.design.scale.answers
        st.markdown(
            f"Answer from **{answers[0]}** ({lowest.lower()}) to **{answers[-1]}** ({highest.lower()}), by tapping or "
            f"with the keys {answers[0]} to {answers[-1]}. ← takes the last answer back. "
            f"{_plain(study.design.instructions)}"
        )
        st.caption(
            f"About {_minutes(study.total_per_rater)}. Your answers are kept under a random number, with the time each "
            "took; nothing else about you is asked or stored. You can stop at any time and go on later in this browser."
        )
        if unknown_rater:
            st.info("This address was cut off or belongs to another study, so you start afresh here.")
        before = remembered_rater(study, key="rate-memory")
        if before and voting.is_rater(journal, before):
            done = voting.ballot(study, journal, before).done
            st.button(
                f"Go on ({done} of {study.total_per_rater} answered)",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_go_on_as,
                args=(study, before),
            )
            st.button("Start as somebody else", type="tertiary", on_click=_start, args=(study, journal))
        else:
            st.button(
                "Start",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_start,
                args=(study, journal),
                key="start",
            )
        if refusal := st.session_state.pop(_REFUSAL, ""):
            st.error(refusal)


def _go_on_as(study: Study, rater_id: str) -> None:
    # In the session too: a rerun that the browser asked for before it learnt of the new URL brings the old one back.
    st.session_state[f"rater-{study.id}"] = st.query_params["rater"] = rater_id


def _start(study: Study, journal: VoteJournal) -> None:
    try:
        _go_on_as(study, voting.join(study, journal))
    except AtelierError as error:
        st.session_state[_REFUSAL] = str(error)


@st.fragment
def _rate(study: Study, journal: VoteJournal, rater_id: str) -> None:
    last = f"ballot-{rater_id}"
    try:
        ballot = st.session_state[last] = voting.ballot(study, journal, rater_id)
    except AtelierError as error:
        if last not in st.session_state:
            st.error(str(error))
            st.button("Try again")
            return
        ballot = st.session_state[last]  # the picture stays on screen, and its answer can be given again
        st.session_state.setdefault(_REFUSAL, str(error))
    if ballot.current is None:
        _finished(study, journal, rater_id, ballot.done)
        return

    def act(event: CardEvent) -> None:
        try:
            if event.kind == "vote":
                voting.cast(
                    study,
                    journal,
                    rater_id,
                    str(event.values.get("presentation")),
                    event.values.get("answer"),
                    response_ms=event.values.get("response_ms"),
                    shown_at=str(event.values.get("shown_at")),
                )
            elif event.values.get("presentation") == ballot.current.presentation:
                voting.undo(study, journal, rater_id)
        except AtelierError as error:
            st.session_state[_REFUSAL] = str(error)

    rating_card(
        study, ballot, rater_id, refusal=st.session_state.pop(_REFUSAL, ""), on_event=act, key=f"card-{rater_id}"
    )


def _finished(study: Study, journal: VoteJournal, rater_id: str, done: int) -> None:
    with _narrow():
        st.title("Thank you", anchor=False)
        st.markdown(f"You answered all {done} pictures. Your answers are saved.")
        revealed = f"revealed-{rater_id}"
        if st.session_state.get(revealed):
            _own_result(study, journal, rater_id)
            return
        # The result tells which pictures were which, so from then on nothing is taken back.
        st.button(
            "See how you rated",
            type="primary",
            icon=":material/visibility:",
            on_click=lambda: st.session_state.update({revealed: True}),
        )
        st.button("Undo last", icon=":material/undo:", on_click=_undo, args=(study, journal, rater_id))
        if refusal := st.session_state.pop(_REFUSAL, ""):
            st.error(refusal)


def _undo(study: Study, journal: VoteJournal, rater_id: str) -> None:
    try:
        voting.undo(study, journal, rater_id)
    except AtelierError as error:
        st.session_state[_REFUSAL] = str(error)


def _own_result(study: Study, journal: VoteJournal, rater_id: str) -> None:
    result = voting.own_result(study, journal, rater_id)
    if not result.means:
        return
    with _narrow():
        names = {"generated": "Generated pictures", "real": "Originals"}
        for column, (kind, mean) in zip(st.columns(len(result.means)), result.means.items(), strict=True):
            column.metric(names[kind], f"{mean:.1f}", help=f"Mean of your {result.counts[kind]} answers")
        if len(result.means) == 2:
            st.markdown(_verdict(result.means["real"] - result.means["generated"]))


def _verdict(gap: float) -> str:
    if gap > 0.75:
        return "You told them apart well: the originals convinced you clearly more."
    if gap > 0.25:
        return "The originals convinced you somewhat more than the generated pictures."
    if gap >= -0.25:
        return "The generated pictures convinced you as much as the originals."
    return "The generated pictures convinced you more than the originals."


def _minutes(pictures: int) -> str:
    minutes = max(1, round(pictures * _SECONDS_PER_PICTURE / 60))
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _notice(title: str, text: str) -> None:
    with _narrow():
        st.title(title, anchor=False)
        st.markdown(text)


def _narrow():
    """A column of reading width in the middle, on a page that is wide for everybody else."""
    return st.container(horizontal_alignment="center").container(width=640)


def _plain(text: str) -> str:
    """Text that people wrote, as it stands: no markdown."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()#+-.!|<>~$:" else letter for letter in text)


main()
