"""People pick the better of two trials' sample grids. Which trials they are is not shown before the vote."""

import streamlit as st

from core.errors import AtelierError
from core.sweeps import votes
from core.sweeps.sweep import Sweep
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import access, samples
from ui.jobs import plain
from ui.samples import Column, Frame, View

_REFUSED = "sweep-vote-refused"


def show(workspace: Workspace, sweep: Sweep) -> None:
    """The next pair, and what the votes say so far."""
    trials, cast = sweep.trials, sweep.votes
    pair = votes.next_pair(trials, cast, seed=sweep.spec.seed)
    if pair is None:
        st.caption("Two trials with pictures are needed before they can be compared.")
        return
    runs = [sweep.run_of(workspace, trials[number]) for number in pair]
    missing = votes.votes_missing(sweep.spec, trials, cast)
    said = f"{len(cast)} vote{'' if len(cast) == 1 else 's'} so far."
    if missing:
        said += f" The search waits for {missing} more before it takes its next step."
    elif sweep.spec.by_people and sweep.job.is_active:
        said += " The search does not wait; further votes make it surer."
    st.caption(said)
    if runs[0] is None or runs[1] is None:
        st.warning("The run of one of these trials is no longer here.", icon=":material/broken_image:")
        return
    epochs = [trials[number].epoch or 0 for number in pair]
    shown = f"sweep-vote-{sweep.id}"
    samples.show(
        [
            _column(title, run, epoch)
            for title, run, epoch in zip(("Left", "Right"), runs, epochs, strict=True)
            if run is not None
        ],
        key=shown,
        view=View(),
        of=f"{pair}-{len(cast)}",
        prefetch=False,
    )
    with st.container(horizontal=True, horizontal_alignment="center", key="sweep-vote-buttons"):
        for words, icon, better, shortcut in (
            ("Left is better", "arrow_back", pair[0], "1"),
            ("No difference", "drag_handle", None, "2"),
            ("Right is better", "arrow_forward", pair[1], "3"),
        ):
            st.button(
                words,
                icon=f":material/{icon}:",
                key=f"sweep-vote-{icon}",
                shortcut=shortcut,
                on_click=access.owner_action(_vote),
                args=(sweep, pair, better),
            )
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(plain(refused))


def _vote(sweep: Sweep, pair: tuple[int, int], better: int | None) -> None:
    try:
        votes.VoteFile(sweep.job.path).add(*pair, better)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)


def _column(title: str, run: RunFolder, epoch: int) -> Column:
    height, width = run.shape
    # every frame at the same place: the epoch would tell which trial it is
    return Column([Frame(1, run.grid(epoch), "")], cell=width, tall=height, title=title, alt=f"{title}: samples")
