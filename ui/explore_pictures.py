"""Real pictures in a model: reconstructed, morphed one into the other, varied; or the nearest point searched for."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import AtelierError
from core.pictures.chosen import ChosenPicture, open_chosen
from core.sampling.favourites import Favourites
from core.sampling.points import Point, Seed
from core.sampling.walks import morph
from core.training.run_folder import RunFolder
from ui import access, explore_draw, explore_project, explore_seeds, explore_state, lab, picture_picker
from ui.explore_wall import Cell, wall
from ui.jobs import plain
from ui.markup import harmless
from ui.picture_picker import choose_many
from ui.run_conditions import version_of

PICTURES = "explore-pictures"
_TAKEN = "explore-picture-taken"
_SIDE, _SIDE_OF_TWO = 160, 128
_MORPHS = 7  # with the middle among them


def take_from_address() -> None:
    """?picture=<sha256>, as other pages link here; twice for a morph. Before anything of the page is drawn."""
    named = st.query_params.get_all("picture")
    if named and st.session_state.get(_TAKEN) != named:
        st.session_state[_TAKEN] = named
        st.session_state[explore_state.TASK] = explore_state.TASKS[1]
    for key in (PICTURES, explore_project.PICTURE):
        picture_picker.take_from_address(key)


def show(run: RunFolder, epoch: int) -> None:
    abilities = explore_draw.abilities(run, epoch)
    if not abilities.encodes:
        explore_project.show(run, epoch, _vary)
        return
    asking, answer = st.columns([2, 3], gap="large")
    with asking:
        chosen = choose_many(
            "Pictures", key=PICTURES, most=2, hint="One is reconstructed and can be varied; two are morphed."
        )
    with answer:
        if not chosen:
            st.caption(
                ":material/info: This model can encode: a picture becomes a point, and the point is drawn again. "
                "What comes back is what the model has words for. Choose one picture, or two to go from one to the "
                "other."
            )
            return
        try:
            with st.spinner("Encoding"):
                points = [_encode(run, epoch, one) for one in chosen]
                fitted = np.stack([_fitted(run, epoch, one) for one in chosen])
                pictures = explore_draw.drawn(run, epoch, points)
        except AtelierError as error:
            st.error(harmless(str(error)), icon=":material/error:")
            return
        _show_pairs(run, epoch, chosen, points, fitted, pictures)
        if len(points) == 2:
            _show_morph(run, epoch, points)


def _show_pairs(
    run: RunFolder,
    epoch: int,
    chosen: list[ChosenPicture],
    points: list[Point],
    fitted: NDArray[np.uint8],
    drawn: NDArray[np.uint8],
) -> None:
    """Each picture as the model gets it, and what it makes of it."""
    cells, of_cell = [], []
    for place, one in enumerate(chosen):
        cells += [
            Cell(2 * place, f"{one.name}, as the model gets it", "As it gets it"),
            Cell(2 * place + 1, f"{one.name}, reconstructed", "Reconstructed"),
        ]
        of_cell += [points[place]] * 2
    laid = np.stack([fitted, drawn], axis=1).reshape(-1, *drawn.shape[1:])
    picked = wall(
        laid,
        cells,
        key="explore-reconstructed",
        label="Pictures, and what the model makes of them",
        of=" ".join(one.sha256 for one in chosen) + f" {run.id} {epoch}",
        strip=True,
        side=_SIDE if len(points) == 1 else _SIDE_OF_TWO,
    )
    errors = np.sqrt(np.square(fitted.astype(np.float32) - drawn).mean(axis=(1, 2, 3)))
    told = "; ".join(f"{one.name}: {error:.0f}" for one, error in zip(chosen, errors, strict=True))
    st.caption(
        f"Mean error of a pixel, of 255: {plain(told)}. The picture is {_fitting_words(run, epoch)}.",
        help="The root of the mean squared difference.",
    )
    with st.container(horizontal=True, gap="xsmall", key="explore-encoded-acts"):
        for place, one in enumerate(chosen):
            name = f" {place + 1}" if len(chosen) > 1 else ""
            st.button(
                f"Put{name or ' it'} to work",
                icon=":material/brush:",
                key=f"explore-encoded-{place}",
                on_click=access.owner_action(explore_state.take),
                args=(run, points[place]),
                help=plain(one.name),
            )
        if len(points) == 1:
            st.button(
                "Vary it",
                icon=":material/blur_on:",
                key="explore-encoded-vary",
                on_click=access.owner_action(_vary),
                args=(run, points[0]),
                help="Pictures around it, in place of the seeds.",
            )
        st.button(
            "As favourites" if len(points) > 1 else "As a favourite",
            icon=":material/favorite:",
            key="explore-encoded-favourites",
            on_click=access.owner_action(Favourites(run).add),
            args=(points,),
        )
    if picked is not None:
        explore_state.take(run, of_cell[picked])
        st.rerun()


def _show_morph(run: RunFolder, epoch: int, points: list[Point]) -> None:
    count = int(st.slider("Pictures from one to the other", 3, 24, _MORPHS, key="explore-morph-count", width=260))
    walk = morph(points[0], points[1], count)
    try:
        with st.spinner("Drawing"):
            pictures = explore_draw.drawn(run, epoch, walk)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return
    picked = wall(
        pictures,
        [Cell(place, f"{place / (count - 1):.0%} of the way", f"{place / (count - 1):.0%}") for place in range(count)],
        key="explore-morph",
        label="From the first picture to the second",
        of=f"{points[0].base} {points[1].base} {count}",
        side=80,
    )
    st.caption("Click one to put it to work.")
    if picked is not None:
        explore_state.take(run, walk[picked])
        st.rerun()


def _vary(run: RunFolder, point: Point) -> None:
    explore_state.take(run, point)
    st.session_state["explore-kind"] = explore_seeds.VARIATIONS


def _encode(run: RunFolder, epoch: int, chosen: ChosenPicture) -> Point:
    """With what the picture at work was asked for: a conditioned model encodes better when it is told."""
    like = explore_state.at_work()
    asked = Point(run.id, epoch, Seed(0))
    if like is not None:
        asked = replace(asked, words=like.words, terms=like.terms)
    value = _encoded(
        str(run.path), epoch, version_of(run, epoch), json.dumps(asked.to_json()), json.dumps(chosen.to_json())
    )
    return Point.from_json(value)


@st.cache_data(max_entries=64, show_spinner=False)
def _encoded(path: str, epoch: int, version: int, asked: str, chosen: str) -> object:
    picture = ChosenPicture.from_json(json.loads(chosen))
    like = Point.from_json(json.loads(asked))
    with explore_draw.explorer_of(RunFolder(Path(path)), epoch) as explorer:
        point = explorer.encode(open_chosen(lab.workspace(), picture), picture, like=like)
    return point.to_json()


@st.cache_data(max_entries=64, show_spinner=False)
def _fitted_pixels(path: str, epoch: int, version: int, chosen: str) -> NDArray[np.uint8]:
    picture = ChosenPicture.from_json(json.loads(chosen))
    with explore_draw.explorer_of(RunFolder(Path(path)), epoch) as explorer:
        return explorer.fit(open_chosen(lab.workspace(), picture))


def _fitted(run: RunFolder, epoch: int, chosen: ChosenPicture) -> NDArray[np.uint8]:
    return _fitted_pixels(str(run.path), epoch, version_of(run, epoch), json.dumps(chosen.to_json()))


def _fitting_words(run: RunFolder, epoch: int) -> str:
    words = explore_draw.easel_of(run, epoch).explorer.fitting.words
    return words[:1].lower() + words[1:]
