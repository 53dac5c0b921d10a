"""Augment's bar: begin with a preset or a saved recipe, save this one, share it, go back a step."""

import json
from urllib.parse import urlsplit

import streamlit as st

from core.datasets.recipe import Recipe
from core.datasets.recipe_book import (
    PRESETS,
    broken_recipes,
    delete_recipe,
    save_recipe,
    saved_recipes,
)
from core.datasets.recipe_code import recipe_code
from core.datasets.recipe_links import recipe_to_link
from core.errors import AtelierError
from core.workspace import Workspace
from ui import access, lab
from ui.augment_state import PARAMETER, Editor, editor
from ui.jobs import plain
from ui.markup import harmless

_NAME = "recipe_name"
_START, _SAVE, _SHARE = "recipe-start", "recipe-save", "recipe-share"  # whether each stands open
_PROBLEM = "augment-book-problem"  # what went wrong with the last press, until the next
_DONE = "augment-book-done"
_LONGEST_NAME = 80
_MOST_FILE_BYTES = 256_000  # of a recipe as JSON: far more than any has


def show_bar(workspace: Workspace) -> None:
    """What the recipe is called, and all that can be done with it as a whole."""
    state = editor()
    problem, done = st.session_state.pop(_PROBLEM, ""), st.session_state.pop(_DONE, "")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="recipe-bar"):
        st.markdown(_called(workspace, state), width="content")
        start = st.popover("Start from", icon=":material/menu_book:", key=_START, on_change="rerun")
        save = st.popover("Save", icon=":material/bookmark_add:", key=_SAVE, on_change="rerun")
        share = st.popover("Share", icon=":material/share:", key=_SHARE, on_change="rerun")
        _step_button("back", "undo", "Undo: the recipe before the last change", disabled=not state.can_go_back)
        _step_button("forward", "redo", "Redo what was undone", disabled=not state.can_go_forward)
    if start.open:
        with start:
            _start(workspace)
    if save.open:
        with save:
            _save_form(workspace, state.recipe)
    if share.open:
        with share:
            _share(state.recipe)
    if state.problem:
        st.error(harmless(f"{state.problem} What was here before is shown instead."), icon=":material/link_off:")
    if problem:
        st.error(harmless(problem), icon=":material/error:")
    if done:
        st.toast(plain(done), icon=":material/check:")


def _called(workspace: Workspace, state: Editor) -> str:
    recipe = state.recipe
    known = {preset.title: preset.recipe for preset in PRESETS.values()} | _saved(workspace)
    name = next((name for name, same in known.items() if same == recipe), "")
    if name:
        return f"Recipe: **{plain(name)}**"
    if state.began is None:
        return "Recipe: your own, not saved"
    return f"Recipe: **{plain(state.name)}**{'' if recipe == state.began else ', changed'}"


def _saved(workspace: Workspace) -> dict[str, Recipe]:
    return {saved.name: saved.recipe for saved in saved_recipes(workspace)}


def _step_button(act: str, icon: str, words: str, *, disabled: bool) -> None:
    st.button(
        f":material/{icon}:",
        type="tertiary",
        key=f"recipe-{act}",
        help=words,
        disabled=disabled,
        on_click=_go,
        args=(act,),
    )


@access.owner_action
def _go(act: str) -> None:
    if act == "back":
        editor().back()
    else:
        editor().forward()


# ---- begin with


def _start(workspace: Workspace) -> None:
    saved = _saved(workspace)
    for problem in broken_recipes(workspace):
        st.error(harmless(problem), icon=":material/broken_image:")
    if saved:
        st.markdown("**Saved here**")
    for place, (name, recipe) in enumerate(saved.items()):
        with st.container(horizontal=True, vertical_alignment="center", gap=None, key=f"saved-recipe-{place}"):
            with st.container(gap=None, width="stretch"):
                _open_button(name, recipe, key=f"open-saved-{place}")
                st.caption(plain(recipe.in_words()))
            st.button(
                ":material/delete:",
                type="tertiary",
                key=f"delete-saved-{place}",
                help=f"Forget {plain(name)}. Datasets made with it stay.",
                on_click=_delete,
                args=(name,),
            )
    st.markdown("**Presets**")
    for key, preset in PRESETS.items():
        with st.container(gap=None):
            _open_button(preset.title, preset.recipe, key=f"open-preset-{key}")
            st.caption(preset.about)


def _open_button(name: str, recipe: Recipe, *, key: str) -> None:
    st.button(plain(name), icon=":material/menu_book:", type="tertiary", key=key, on_click=_open, args=(recipe, name))


@access.owner_action
def _open(recipe: Recipe, name: str) -> None:
    editor().show(recipe, name=name)
    st.session_state[_START] = False


@access.owner_action
def _delete(name: str) -> None:
    try:
        delete_recipe(lab.workspace(), name)
    except AtelierError as error:
        st.session_state[_PROBLEM] = str(error)
    else:
        st.session_state[_DONE] = f"{name} is forgotten. It is still open here."


# ---- save


def _save_form(workspace: Workspace, recipe: Recipe) -> None:
    name = " ".join(st.text_input("Name", key=_NAME, max_chars=_LONGEST_NAME).split())
    taken = name in _saved(workspace)
    st.button(
        "Replace" if taken else "Save recipe",
        type="primary",
        key="recipe-save-it",
        disabled=not name,
        on_click=_save,
        args=(recipe, taken),
        help="A recipe of this name is there: this one takes its place." if taken else None,
    )


@access.owner_action
def _save(recipe: Recipe, taken: bool) -> None:
    name = " ".join(st.session_state[_NAME].split())
    try:
        save_recipe(lab.workspace(), name, recipe, replace=taken)
    except AtelierError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    editor().name, editor().began = name, recipe
    st.session_state[_NAME] = ""
    st.session_state[_SAVE] = False
    st.session_state[_DONE] = f"Saved as {name}."


# ---- share


def _share(recipe: Recipe) -> None:
    st.markdown("**Link**")
    st.code(_link(recipe), language=None, wrap_lines=True)
    st.caption("Opens this recipe in any Atelier. The page's own address says the same, with your choice of pictures.")
    st.markdown("**File**")
    st.download_button(
        "Download JSON",
        json.dumps(recipe.to_json(), indent=2, ensure_ascii=False) + "\n",
        file_name="recipe.json",
        mime="application/json",
        icon=":material/download:",
        key="recipe-download",
        on_click="ignore",
    )
    uploaded = st.file_uploader(
        "Open a recipe file", type=["json"], key="recipe-upload", on_change=_upload, max_upload_size=1
    )
    if uploaded is None:
        st.caption("`python -m core dataset build --recipe recipe.json` takes the same file.")
    st.markdown("**Python**")

    with st.container(height=260, border=False):
        st.code(recipe_code(recipe), language="python")


def _link(recipe: Recipe) -> str:
    address = urlsplit(st.context.url or "")
    page = f"{address.scheme}://{address.netloc}{address.path}" if address.netloc else ""
    return f"{page}?{PARAMETER}={recipe_to_link(recipe)}"


@access.owner_action
def _upload() -> None:
    uploaded = st.session_state.get("recipe-upload")
    if uploaded is None:
        return
    try:
        if uploaded.size > _MOST_FILE_BYTES:
            raise ValueError(f"it has {uploaded.size:,} bytes, more than any recipe")
        recipe = Recipe.from_json(json.loads(uploaded.getvalue()))
    except (ValueError, AtelierError) as error:  # not JSON, not UTF-8, or not a recipe
        st.session_state[_PROBLEM] = f"{uploaded.name} holds no recipe that can be read: {error}"
        return
    editor().show(recipe, name=uploaded.name.removesuffix(".json"))
    st.session_state[_SHARE] = False
