"""The extremes strip: every parameter at its ends and in its middle, on the pictures at the ends of the set."""

import html
from functools import lru_cache

import streamlit as st

from core.datasets.plan import Plan, Verdict
from core.datasets.recipe import Recipe
from core.datasets.steps.drawing import apply
from core.datasets.steps.extremes import extremes
from core.datasets.steps.step import Step
from core.workspace import Workspace
from ui.augment_draws import getting_ready
from ui.augment_pictures import Looked, fit_only, fitted, lossless_url, of_verdict, readable
from ui.augment_sheet import STYLE, cell_width
from ui.markup import harmless


def show_extremes(workspace: Workspace, plan: Plan, found: dict[str, Verdict]) -> None:
    """found: the pictures at the ends of the set, see ui.augment_data.kept_landmarks."""
    recipe = plan.recipe
    if not recipe.enabled_steps:
        st.info("Add a step to see what it does at its ends.", icon=":material/add:")
        return
    pictures = {name: of_verdict(workspace, verdict) for name, verdict in found.items()}
    there, problems = readable(list(pictures.values()), recipe)
    for problem in problems:
        st.warning(harmless(problem), icon=":material/broken_image:")
    pictures = {name: picture for name, picture in pictures.items() if picture in there}
    if not pictures:
        st.info("No picture is kept with these settings.")
        return
    st.caption(
        "Each parameter at its lowest, middle and highest, the others in the middle: on the darkest, palest and "
        "most typical of the kept pictures. If these hold, so does all between them."
    )
    for step in recipe.enabled_steps:
        with getting_ready():
            st.html(_strip(tuple(pictures.items()), fit_only(recipe), step))


@lru_cache(maxsize=24)
def _strip(pictures: tuple[tuple[str, Looked], ...], recipe: Recipe, step: Step) -> str:
    width = cell_width(recipe)
    height = width * recipe.shape[0] // recipe.shape[1]
    rows = []
    for name, picture in pictures:
        original = fitted(picture.path, recipe)
        cells = [("Fitted", original), *((label, apply(drawn, original)) for label, drawn in extremes(step))]
        size = f"width='{width}' height='{height}'"
        figures = "".join(
            f"<figure><img class='true' src='{lossless_url(pixels)}' {size} alt='{html.escape(label, quote=True)}'>"
            f"<figcaption><span>{html.escape(label)}</span></figcaption></figure>"
            for label, pixels in cells
        )
        words = html.escape(f"{name.capitalize()}: {picture.name}")
        rows.append(f"<section><h5>{words}</h5><div class='cells'>{figures}</div></section>")
    title = html.escape(step.of.title)
    return f"{STYLE}<div class='sheet' style='--cell: {width}px'><h4>{title}</h4>{''.join(rows)}</div>"
