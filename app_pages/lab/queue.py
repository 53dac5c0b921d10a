"""Queue: everything that works, waits or has ended, and what can be done about it."""

import streamlit as st

from core.jobs import devices, queue
from core.jobs.folder import JobFolder, State, list_jobs
from ui import access, lab
from ui.jobs import job_cards, kind_word, plain
from ui.runs import STATE_WORDS

access.require_owner()

PER_PAGE = 8


def choose(jobs: list[JobFolder], states: dict[str, State]) -> list[JobFolder]:
    """The jobs that pass the filters, which live in the URL."""
    known_kinds = sorted({job.kind for job in jobs}, key=kind_word)
    known_states = [state for state in State if state in states.values()]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        kinds = st.pills(
            "Kind", known_kinds, selection_mode="multi", format_func=kind_word, key="kind", bind="query-params"
        )
        wanted = st.pills(
            "State",
            [str(state) for state in known_states],
            selection_mode="multi",
            format_func=lambda value: STATE_WORDS[State(value)][0],
            key="state",
            bind="query-params",
        )
    return [job for job in jobs if (not kinds or job.kind in kinds) and (not wanted or states[job.id] in wanted)]


def show_slots(jobs: list[JobFolder], states: dict[str, State]) -> None:
    """Who has which device."""
    at_work = {
        slot: job
        for job in jobs
        if states[job.id] in (State.RUNNING, State.HUNG) and (status := job.status()) is not None
        for slot in status.device_slots
    }
    names = [*dict.fromkeys([*devices.device_slots(), *(slot for slot in at_work if not slot.startswith("io:"))])]
    for name in names:
        holder = at_work.get(name)
        st.markdown(
            f":material/memory: **{name or 'starting'}** · {plain(holder.title) if holder else ':gray[free]'}",
            help="One training at a time has it. Collecting and building datasets do not wait for it.",
        )


st.title("Queue")
workspace = lab.workspace()
jobs = list_jobs(workspace)
if not jobs:
    st.info(
        "Nothing has been started yet. Collecting, building a dataset and training run here in the background: "
        "they go on when you close this tab, and you find them again on this page.",
        icon=":material/pending_actions:",
    )
    with st.container(horizontal=True):
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")
        st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
    st.stop()

states = {job.id: job.state() for job in jobs}
show_slots(jobs, states)
chosen = choose(jobs, states)
if not chosen:
    st.info("No job passes these filters. Take one away to see more.", icon=":material/filter_alt_off:")
    st.stop()

working = [job for job in chosen if states[job.id] in (State.RUNNING, State.HUNG)]
waiting = [job for job in chosen if states[job.id] is State.QUEUED]
waiting.sort(key=lambda job: ticket.number if (ticket := queue.ticket_of(job)) else 0)
ended = [job for job in chosen if not states[job.id].is_active]
if working or waiting:
    st.subheader(f"Under way ({len(working) + len(waiting)})")
    job_cards(working + waiting)
if ended:
    st.subheader(f"Ended ({len(ended)})")
    pages = -(-len(ended) // PER_PAGE)
    place = st.container()
    number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    with place:
        job_cards(ended[(number - 1) * PER_PAGE : number * PER_PAGE])
