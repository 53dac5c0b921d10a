"""Augment: choose pictures and a recipe, see what becomes of them, build a dataset."""

import streamlit as st

from ui import access, lab
from ui.augment_answers import show_answers
from ui.augment_book import show_bar
from ui.augment_latest import show_latest
from ui.augment_recipe import ask

access.require_owner()

st.title("Augment")
st.caption("Make a dataset: fit pictures into one shape, leave out what would not help, add copies and random changes.")
workspace, catalog = lab.workspace(), lab.catalog()
if catalog.summary().pictures:
    bar = st.container()  # drawn last: what it says of the recipe, the widgets below decide
    questions, answers = st.columns([1, 2], gap="large")
    with questions, st.container(key="augment-questions"):
        selection, recipe = ask(catalog)
    with bar:
        show_bar(workspace)
    with answers:
        if selection is None:
            st.info("Mend the filter on the left to see what it finds.", icon=":material/filter_alt:")
        else:
            show_answers(workspace, catalog, selection, recipe)
else:
    st.info("There are no pictures yet, and a dataset is made of pictures.", icon=":material/add_photo_alternate:")
    st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/arrow_forward:")
st.space("medium")
show_latest(workspace)
