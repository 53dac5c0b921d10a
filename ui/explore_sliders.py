"""Which sliders a model has: how far it may go, its own directions, learned ones, an InfoGAN's codes, a flow's road."""

from pathlib import Path

import streamlit as st

from core.sampling.directions import Direction, kept_directions
from core.sampling.points import Point
from core.training.run_folder import RunFolder
from ui import explore_draw, explore_search, explore_state
from ui.explore_desk import Group, Slider

_OPEN_AT_ONCE = 5  # of the model's own directions
_FURTHEST = 4.0  # standard deviations
_OWN_WORDS = "The strongest ways in which its pictures differ, the first one most; named by what was measured of them."


def groups_of(run: RunFolder, epoch: int, point: Point) -> list[Group]:
    """Raises: AtelierError for weights that cannot be read."""
    abilities = explore_draw.abilities(run, epoch)
    groups = [Group("How far", [explore_state.TRUNCATION, explore_state.TEMPERATURE])]
    if abilities.categories or abilities.sliders:
        groups.append(_codes(run, epoch, point, abilities.categories))
    own, learned = directions(run, epoch)
    if learned:
        groups.append(Group("Learned directions", learned))
    if own:
        groups.append(Group("Its own directions", own[:_OPEN_AT_ONCE], note=_OWN_WORDS))
        if own[_OPEN_AT_ONCE:]:
            groups.append(Group("More of its own", own[_OPEN_AT_ONCE:], open=False))
    if abilities.family == "flow":
        groups.append(_road(abilities.steps, abilities.guidance))
    return groups


def titles_of(run: RunFolder, epoch: int) -> dict[str, str]:
    """Id of a direction -> what people call it, no two the same."""
    titles: dict[str, str] = {}
    for direction in known_directions(run, epoch):
        title, count = _short(direction), 2
        while title in titles.values():
            title, count = f"{_short(direction)} ({count})", count + 1
        titles[direction.id] = title
    return titles


def _short(direction: Direction) -> str:
    """Of the model's own, what they do without their number: "lighter, greyer"."""
    if direction.origin != "principal":
        return direction.title
    number, _, effect = direction.title.partition(": ")
    return effect or f"direction {number}"


def unknown_directions(run: RunFolder, epoch: int, point: Point) -> list[str]:
    """Ids of those that the point was moved along and this epoch does not have."""
    known = titles_of(run, epoch)
    return [name for name in point.directions() if name not in known]


def without_unknown(run: RunFolder, epoch: int, point: Point) -> Point:
    """Without the last moves along directions that are not known here."""
    for name in unknown_directions(run, epoch, point):
        point = point.moved(name, 0.0)
    return point


def directions(run: RunFolder, epoch: int) -> tuple[list[Slider], list[Slider]]:
    """(the model's own, learned ones)."""
    titles, found = titles_of(run, epoch), known_directions(run, epoch)
    own, learned = (
        [_along(one, titles[one.id]) for one in found if one.origin == origin] for origin in ("principal", "learned")
    )
    return own, learned


def known_directions(run: RunFolder, epoch: int) -> list[Direction]:
    """The model's own at this epoch, as far as they are found yet, and all that were learned."""
    own_known = explore_search.begin(run, epoch) is None
    kept = _kept(str(run.path), epoch, explore_draw.directions_version(run), own_known)
    dimensions = explore_draw.abilities(run, epoch).latent_dim
    return [direction for direction in kept if len(direction.vector) == dimensions]


@st.cache_resource(max_entries=32, show_spinner=False)
def _kept(path: str, epoch: int, version: int, own_known: bool) -> list[Direction]:
    found = kept_directions(RunFolder(Path(path)), epoch)
    return [direction for direction in found if own_known or direction.origin != "principal"]


def _along(direction: Direction, title: str) -> Slider:
    return Slider(
        f"move-{direction.id}",
        title[:1].upper() + title[1:],
        -_FURTHEST,
        _FURTHEST,
        0.1,
        0.0,
        f"{title}, in {direction.unit} of the latents",
        signed=True,
    )


def _codes(run: RunFolder, epoch: int, point: Point, categories: int) -> Group:
    """At first each stands where the latent has it that the point begins with."""
    own_category, own = _own_codes(run, epoch, Point(run.id, epoch, point.base))
    sliders = [
        Slider(
            "category",
            "Kind",
            0,
            categories,
            1,
            0,
            "The category that the model found by itself. Far left: the latent's own.",
            digits=0,
            words={"0": f"own ({own_category + 1})"},
        )
    ]
    sliders += [
        Slider(
            f"code-{number}", f"Slider {number + 1}", -1.0, 1.0, 0.01, value, "A way to differ", digits=2, signed=True
        )
        for number, value in enumerate(own)
    ]
    return Group("What it found by itself", sliders)


def _own_codes(run: RunFolder, epoch: int, point: Point) -> tuple[int, list[float]]:
    """The category and slider values that a latent has of its own."""
    import torch

    with explore_draw.explorer_of(run, epoch) as explorer:
        assert explorer.codes is not None
        codes = explorer.codes.split(torch.from_numpy(explorer.latents([point])))
    return int(codes.category[0]), [round(float(value), 2) for value in codes.continuous[0]]


def _road(steps: int | None, guidance: float | None) -> Group:
    """Of a flow: how finely it goes from noise to picture, and how strictly it keeps to what was asked for."""
    trained = steps or 1
    sliders = [
        Slider(
            "steps",
            "Steps",
            2,
            max(64, 2 * trained),
            1,
            trained,
            "From noise to picture: fewer are quicker, more are finer.",
            digits=0,
        )
    ]
    if guidance is not None:
        sliders.append(
            Slider("guidance", "Guidance", 0.0, 8.0, 0.1, guidance, "How strictly it keeps to what was asked for.")
        )
    return Group("The way from noise", sliders)
