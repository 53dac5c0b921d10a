"""Augment's left side: pictures, shape, copies and steps, each behind a tab."""

from pathlib import Path

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.datasets.recipe import Recipe
from core.errors import ConfigError
from ui.augment_form import ask_copies, ask_fit, ask_hold_out, ask_limits
from ui.augment_selection import ask_selection
from ui.augment_state import editor
from ui.augment_steps import ask_steps
from ui.markup import harmless

_PANEL = Path(__file__).with_name("assets") / "augment.css"


def ask(catalog: Catalog) -> tuple[Selection | None, Recipe]:
    """Which pictures (None where the filter cannot be understood), and the recipe.

    Where the answers do not go together the page says why, the widgets keep them, and the recipe is the last that
    worked.
    """
    st.html(_PANEL)
    state = editor()
    state.begin()
    pictures, fit, copies, steps = st.tabs(["Pictures", "Fit", "Copies", "Steps"])
    with pictures:
        selection = ask_selection(catalog)
        held_out = ask_hold_out(state.recipe)
    with fit:
        fitted = ask_fit(state.recipe)
        limits = ask_limits(state.recipe, fitted["fit"])
    with copies:
        copied = ask_copies(fitted["aspect"])
    with steps:
        stepped = ask_steps(state)
    try:
        state.keep(Recipe(**fitted, **limits, **copied, **held_out, **stepped))
    except ConfigError as error:
        st.error(harmless(str(error)), icon=":material/error:")
    return selection, state.recipe
