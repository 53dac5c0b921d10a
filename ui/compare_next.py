"""Where to go from the epochs in sight: ask people about them."""

from collections.abc import Sequence

import streamlit as st

from core.training.run_folder import RunFolder
from ui.jobs import plain

STUDIES = "app_pages/judge/studies.py"


def show(folders: Sequence[RunFolder], names: Sequence[str], in_sight: Sequence[tuple[int, float]]) -> None:
    """in_sight: (number of the run, epoch) of what the columns show."""
    wanted = list(dict.fromkeys((run, round(at)) for run, at in in_sight))
    kept = [(run, epoch) for run, epoch in wanted if epoch in folders[run].weight_epochs()]
    lacking = [(run, epoch) for run, epoch in wanted if (run, epoch) not in kept]
    if not kept:
        return
    st.page_link(
        STUDIES,
        label=f"Ask people about these {len(kept)} epochs" if len(kept) > 1 else f"Ask people about epoch {kept[0][1]}",
        icon=":material/how_to_vote:",
        query_params=[("run", f"{folders[run].id}@{epoch}") for run, epoch in kept],
        help="A study in which people judge new pictures of these epochs without knowing which is which; what they say "
        "comes back to this page.",
        width="content",
    )
    if lacking:
        left_out = ", ".join(f"epoch {epoch} of {plain(names[run])}" for run, epoch in lacking)
        st.caption(f"Their weights were not kept, so they cannot be asked about: {left_out}.")
