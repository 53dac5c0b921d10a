"""Augment's right side: counts, the build, and the views of what becomes of the pictures."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.datasets.plan import REPEATED, UNREADABLE
from core.datasets.recipe import Recipe
from core.workspace import Workspace
from ui.augment_build import ask_build, show_builds, show_counts
from ui.augment_data import kept_landmarks, measured, planned
from ui.augment_effect import show_effect
from ui.augment_extremes import show_extremes
from ui.augment_leaks import show_leaks
from ui.augment_left_out import show_near_solid, show_others, show_too_narrow
from ui.augment_network import show_network
from ui.augment_sheet import show_sheet
from ui.augment_unseen import may_look, refuse_too_many


def show_answers(workspace: Workspace, catalog: Catalog, selection: Selection, recipe: Recipe) -> None:
    if refuse_too_many(catalog.count(selection)):
        return
    pictures = tuple(catalog.pictures_for(selection))
    if not may_look(workspace, pictures, selection, recipe):
        show_builds(workspace)
        return
    measurements = measured(workspace, pictures, recipe.aspect)
    plan = planned(pictures, recipe, measurements)
    show_counts(plan)
    effect = st.container()
    ask_build(workspace, plan, selection)
    show_builds(workspace)
    views = {
        "Contact sheet": lambda: show_sheet(workspace, plan),
        "Extremes": lambda: show_extremes(workspace, plan, kept_landmarks(pictures, recipe, measurements)),
        "What the network sees": lambda: show_network(workspace, plan),
        "Will it leak?": lambda: show_leaks(recipe),
        "Too narrow": lambda: show_too_narrow(workspace, plan),
        "Near-solid": lambda: show_near_solid(workspace, plan),
    }
    if plan.counts.dropped[REPEATED] or plan.counts.dropped[UNREADABLE]:
        views["Repeated or unreadable"] = lambda: show_others(workspace, plan)
    for tab, show in zip(st.tabs(list(views), on_change="rerun", key="view"), views.values(), strict=True):
        if tab.open:  # the others are not even computed
            with tab:
                show()
    with effect:
        show_effect(workspace, plan)
