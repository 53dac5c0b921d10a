"""Augment: choose pictures and a recipe, see what becomes of them, build a dataset."""

import streamlit as st

from core.datasets.plan import REPEATED, UNREADABLE, Plan
from ui import access, lab
from ui.augment_build import ask_build, show_builds, show_counts
from ui.augment_data import measured, planned
from ui.augment_form import ask_recipe, ask_selection
from ui.augment_left_out import show_near_solid, show_others, show_too_narrow
from ui.augment_preview import show_handful
from ui.dataset_list import show_datasets

access.require_owner()


def show_views(plan: Plan) -> None:
    workspace = lab.workspace()
    views = {
        "Before and after": show_handful,
        "Too narrow": show_too_narrow,
        "Near-solid": show_near_solid,
    }
    if plan.counts.dropped[REPEATED] or plan.counts.dropped[UNREADABLE]:
        views["Repeated or unreadable"] = show_others
    for tab, show in zip(st.tabs(list(views), on_change="rerun", key="view"), views.values(), strict=True):
        if tab.open:  # the others are not even computed
            with tab:
                show(workspace, plan)


st.title("Augment")
st.caption("Make a dataset: fit pictures into one shape, leave out what would not help, add turned copies.")
workspace, catalog = lab.workspace(), lab.catalog()
if catalog.summary().pictures:
    questions, answers = st.columns([5, 12], gap="large")
    with questions:
        selection = ask_selection(catalog)
        recipe = ask_recipe()
    with answers:
        pictures = tuple(catalog.pictures_for(selection))
        plan = planned(pictures, recipe, measured(workspace, pictures, recipe.aspect))
        show_counts(plan)
        ask_build(workspace, plan, selection)
        show_builds(workspace)
        show_views(plan)
else:
    st.info("There are no pictures yet, and a dataset is made of pictures.", icon=":material/add_photo_alternate:")
    st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/arrow_forward:")
st.space("medium")
show_datasets(workspace)
