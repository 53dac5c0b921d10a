"""Explore: walk through what a trained model can paint, with its pictures under one's hands."""

import streamlit as st

from ui import (
    access,
    explore_again,
    explore_choice,
    explore_favourites,
    explore_learn,
    explore_mixing,
    explore_pictures,
    explore_search,
    explore_seeds,
    explore_state,
    explore_words,
    explore_work,
    lab,
)

access.require_owner()

workspace = lab.workspace()
explore_again.take_from_address(workspace)
explore_pictures.take_from_address()

st.title("Explore")
st.caption("Walk through what a model can paint.")
explore_state.show_notice()
chosen = explore_choice.choose(workspace)
if chosen is None:
    explore_again.ask_file(workspace)
    st.stop()
run, epoch = chosen
point = explore_state.begin(run, epoch)
explore_state.show_notice()
explore_words.ask(run, point)
work, choice = st.columns([2, 1], gap="medium")
with work:
    explore_work.show(run, epoch)
    explore_search.show(run, epoch)
with choice:
    explore_seeds.show(run, epoch)

storyboard, pictures, mixing, learn, again = st.tabs(explore_state.TASKS, key=explore_state.TASK, on_change="rerun")
for tab, show in (
    (storyboard, explore_favourites.show),
    (pictures, explore_pictures.show),
    (mixing, explore_mixing.show),
    (learn, explore_learn.show),
):
    if tab.open:
        with tab:
            show(run, epoch)
if again.open:
    with again:
        explore_again.ask_file(workspace)
