"""Large selections: pictures that nobody has looked at yet are many minutes of decoding, so people are asked first."""

import json
from collections.abc import Sequence

import streamlit as st

from core.catalog.picture import PictureRef
from core.catalog.selection import Selection
from core.datasets.recipe import Recipe
from core.workspace import Workspace
from ui import access
from ui.augment_build import start_build, suggested_name
from ui.augment_data import unseen
from ui.jobs import plain

MOST_PICTURES = 100_000  # that this page plans for: more take too long at every move of a limit
MOST_AT_ONCE = 3_000  # that are looked at without asking
_LOOKED = "augment-look"  # session state: for what it was answered that they be looked at


def refuse_too_many(found: int) -> bool:
    """Say so, and True, where a selection has more pictures than the page can plan for."""
    if found <= MOST_PICTURES:
        return False
    st.info(
        f"These are {found:,} pictures, and this page plans for {MOST_PICTURES:,} at most. Choose a collection, narrow "
        "down, or build from the command line, which has no such limit: `python -m core dataset build --help`.",
        icon=":material/photo_library:",
    )
    return True


def may_look(workspace: Workspace, pictures: Sequence[PictureRef], selection: Selection, recipe: Recipe) -> bool:
    """False, with the question on the page, where so many are new that looking at them is worth a question."""
    new = unseen(workspace, pictures, recipe.aspect)
    asked = f"{json.dumps(selection.to_json(), sort_keys=True)} {recipe.aspect}"
    if new <= MOST_AT_ONCE or st.session_state.get(_LOOKED) == asked:
        return True
    with st.container(border=True, key="augment-unseen"):
        st.markdown(
            f"**{new:,} of these {len(pictures):,} pictures have not been looked at yet.** Their shapes and colours "
            "decide which are left out and which belong together. Looking takes some minutes, once; if you leave "
            "before the end, it goes on from there."
        )
        name = suggested_name(workspace, selection, recipe)
        with st.container(horizontal=True):
            st.button(
                "Look at them now",
                type="primary",
                icon=":material/visibility:",
                key="augment-look-now",
                on_click=_look,
                args=(asked,),
            )
            build = st.button(
                "Build without looking",
                icon=":material/dataset:",
                key="augment-build-unseen",
                help=f"As {plain(name)}, in the background, by this recipe. The same pictures are left out.",
            )
        if build:
            start_build(workspace, pictures, recipe, name, selection)
    return False


@access.owner_action
def _look(asked: str) -> None:
    st.session_state[_LOOKED] = asked
