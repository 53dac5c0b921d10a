"""The effective size of a dataset: how many of its rows differ, estimated on a sample, and said so."""

from functools import lru_cache

import streamlit as st

from core.datasets.effect import Effect, estimate_effect
from core.datasets.plan import Plan
from core.datasets.recipe import Recipe
from core.workspace import Workspace
from ui.augment_draws import drawing
from ui.augment_pictures import Looked, fitted, handful, readable

_SAMPLE = 20  # pictures looked at


def show_effect(workspace: Workspace, plan: Plan) -> None:
    """A line under the counts. Decodes a few pictures at first: draw it last."""
    recipe = plan.recipe
    if not plan.kept or not (recipe.copies or recipe.enabled_steps):
        return
    sample, _ = readable(handful(workspace, plan, _SAMPLE, shuffle=0), recipe)
    if sample:
        st.caption(_words(plan, _effect(tuple(sample), drawing(recipe, seed=recipe.seed))))


@lru_cache(maxsize=64)
def _effect(sample: tuple[Looked, ...], recipe: Recipe) -> Effect:
    return estimate_effect({picture.sha256: fitted(picture.path, recipe) for picture in sample}, recipe)


def _words(plan: Plan, effect: Effect) -> str:
    recipe, told = plan.recipe, []
    if recipe.row_copies:
        rows = plan.counts.train * (1 + len(recipe.row_copies))
        different = effect.different_rows(plan.counts.train, recipe)
        if different < rows:
            told.append(f"**Effective size: about {different:,}** of {rows:,} rows to train on: the others repeat one.")
        else:
            told.append(f"**Effective size: all {rows:,} rows** to train on differ.")
    if recipe.training_steps:
        share = effect.drawn_share
        told.append(
            f"In training about {share:.0%} of the draws leave a picture as it is, or repeat another draw."
            if share >= 0.005
            else "In training each draw is a new picture."
        )
    return " ".join([*told, f"Estimated on {effect.pictures:,} pictures."])
