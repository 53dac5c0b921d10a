"""Will it show in what a model paints? For each family of models, by step and for the recipe as a whole."""

import streamlit as st

from core.datasets.recipe import COPIES, Recipe
from core.datasets.steps.kinds import FAMILIES, KINDS, LeakNote

_LEVELS = {"none": ("does not leak", "green"), "mild": ("leaks a little", "orange"), "strong": ("leaks", "red")}
_ORDER = list(_LEVELS)
# An exact copy is a step that always happens to one more row: its notes are those of the step.
_AS_STEP = {
    "flip-lr": "mirror-lr",
    "flip-tb": "mirror-tb",
    "rot90": "quarter-turn",
    "rot180": "quarter-turn",
    "rot270": "quarter-turn",
}


def level_badge(level: str, family: str) -> str:
    """Markdown: 'GAN: leaks a little', in the colour of the level."""
    words, colour = _LEVELS[level]
    return f":{colour}-badge[{family}: {words}]"


def notes(recipe: Recipe, family: str) -> list[tuple[str, LeakNote]]:
    """(what, its note) of everything in a recipe that a model of the family may learn, the worst first."""
    copies = [(f"Copies {COPIES[copy]}", KINDS[_AS_STEP[copy]].leak[family]) for copy in recipe.copies]
    steps = [(step.of.title, step.of.leak[family]) for step in recipe.steps if step.enabled]
    return sorted(copies + steps, key=lambda entry: -_ORDER.index(entry[1].level))


def worst(recipe: Recipe, family: str) -> str:
    found = notes(recipe, family)
    return found[0][1].level if found else "none"


def show_leaks(recipe: Recipe) -> None:
    st.caption(
        "Copies and steps change real pictures only, so a model takes the changed pictures for the collection and "
        "paints them, too. How much that shows depends on the kind of model."
    )
    if not recipe.copies and not any(step.enabled for step in recipe.steps):
        st.success("Nothing can leak: this recipe changes no picture but by fitting it.", icon=":material/check:")
        return
    for family, title in FAMILIES.items():
        with st.container(border=True, gap="xsmall", key=f"leaks-{family}"):
            st.markdown(f"**{level_badge(worst(recipe, family), title)}**")
            for what, note in notes(recipe, family):
                st.markdown(f":{_LEVELS[note.level][1]}-badge[{_LEVELS[note.level][0]}] **{what}.** {note.words}")
    st.caption(
        "A GAN's **DiffAugment** is the way out: it makes the same changes to real and painted pictures, right before "
        "the discriminator judges them, so there is nothing for the generator to learn from them. It is a setting of "
        "the training; “What the network sees” shows it."
    )
