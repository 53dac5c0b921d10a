"""Exactly what the network sees: pictures after the fit, the steps and the training's flip, as the numbers that they
are; and what DiffAugment makes of them for a GAN's discriminator."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.fit import Pixels
from core.datasets.plan import Plan
from core.datasets.recipe import Recipe, size_words
from core.datasets.steps.numbers import seed_for
from core.workspace import Workspace
from ui import access
from ui.augment_draws import drawn_pixels, getting_ready
from ui.augment_pictures import Looked, fitted, handful, readable
from ui.augment_pixels import PixelPicture, show_pixels
from ui.markup import harmless

_CHANGES = {"color": "Colour", "translation": "Translation", "cutout": "Cutout"}
_USUAL = ("translation", "cutout")  # of Atelier's own GANs
_MOST_SEED = 9999


def show_network(workspace: Workspace, plan: Plan) -> None:
    recipe = plan.recipe
    if not plan.kept:
        st.info("No picture is kept with these settings.")
        return
    flip, changes, chance, seed = _ask()
    pictures, problems = readable(handful(workspace, plan, 3 if recipe.resolution <= 64 else 2), recipe)
    for problem in problems:
        st.warning(harmless(problem), icon=":material/broken_image:")
    if not pictures:
        return
    with getting_ready():
        rows, told = _rows(pictures, recipe, flip, changes, chance, seed)
    st.caption(told)
    show_pixels(rows, key="network-pixels")


def _ask() -> tuple[bool, list[str], float, int]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="network-questions"):
        changes = st.pills(
            "DiffAugment of a GAN",
            list(_CHANGES),
            format_func=_CHANGES.__getitem__,
            selection_mode="multi",
            default=list(_USUAL),
            key="network_changes",
            persist_state="session",
            help="Changes that real and painted pictures go through on their way to the discriminator. Atelier's own "
            "GANs use translation and cutout.",
        )
        chance = st.slider(
            "Probability p",
            0.0,
            1.0,
            1.0,
            0.05,
            key="network_chance",
            width=170,
            persist_state="session",
            help="Of each change to happen to a picture: the training's “diffaugment chance”, 1 by default. Below "
            "1 the discriminator also sees pictures without it, so that no change passes for what pictures are like. "
            "Adaptive augmentation (ADA) raises it from 0 as the discriminator learns by heart.",
        )
        flip = st.toggle(
            "Mirrored at random",
            True,
            key="network_flip",
            persist_state="session",
            help="The training's own setting “flip”, on unless switched off on the Train page.",
        )
        seed = st.number_input("Seed", 0, _MOST_SEED, key="network_seed", width=110, persist_state="session")
        st.button("Draw again", icon=":material/casino:", key="network-again", on_click=_draw_again)
    return flip, changes, chance, seed


@access.owner_action
def _draw_again() -> None:
    st.session_state["network_seed"] = (st.session_state.get("network_seed", 0) + 1) % (_MOST_SEED + 1)


def _rows(
    pictures: list[Looked], recipe: Recipe, flip: bool, changes: list[str], chance: float, seed: int
) -> tuple[list[tuple[str, list[PixelPicture]]], str]:
    from core.training.network_view import network_view  # brings torch, which nobody waits for who looks elsewhere

    batch, words = _batch(pictures, recipe, seed)
    view = network_view(batch, flip=flip, changes=changes, chance=chance, seed=seed)
    given = [
        PixelPicture(numbers, picture.name, _note([*told, *(["mirrored"] if mirrored else [])]))
        for numbers, picture, told, mirrored in zip(view.given, pictures, words, view.mirrored, strict=True)
    ]
    rows = [("Every network is given", given)]
    if changes:
        judged = [
            PixelPicture(numbers, picture.name, "changed" if changed else "let through as it is")
            for numbers, picture, changed in zip(view.judged, pictures, view.changed, strict=True)
        ]
        rows.append(("A GAN's discriminator judges", judged))
    return rows, _told(recipe, view.given, view.judged if changes else None)


def _batch(pictures: list[Looked], recipe: Recipe, seed: int) -> tuple[Pixels, list[tuple[str, ...]]]:
    """As a training reads them: the fitted pictures, after the steps where a training draws them."""
    originals = [fitted(picture.path, recipe) for picture in pictures]
    if not recipe.enabled_steps:
        return np.stack(originals), [()] * len(originals)
    seeds = [seed_for(seed, picture.sha256, 1) for picture in pictures]
    changed, words = drawn_pixels(originals, recipe, seeds)
    return np.stack(changed), words


def _note(told: list[str]) -> str:
    return "; ".join(told)


def _told(recipe: Recipe, given: NDArray[np.float32], judged: NDArray[np.float32] | None) -> str:
    height, width = recipe.shape
    mean = round(float(given.mean()), 2) + 0.0  # never "-0.00"
    words = (
        f"{size_words(recipe.shape)}, three numbers a pixel ({height * width * 3:,} in all) from −1 (black) to 1 (full "
        f"colour). In these pictures: from {given.min():.2f} to {given.max():.2f}, mean {mean:.2f}."
    )
    if judged is not None:
        outside = float((np.abs(judged) > 1).mean())
        words += " Grey fields are zeros." if outside < 0.0005 else f" After DiffAugment {outside:.0%} lie outside."
    return words.replace("-", "−")
