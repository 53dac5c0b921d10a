"""Extremes, drift and repeats: what is looked at before a recipe is trusted."""

import numpy as np
import pytest

from core.datasets.steps.drawing import apply, draw
from core.datasets.steps.drift import drift
from core.datasets.steps.extremes import extremes
from core.datasets.steps.kinds import KINDS
from core.datasets.steps.repeats import repeats
from core.datasets.steps.step import Step
from tests.core.datasets.steps.test_drawing import picture


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_extremes_that_can_be_applied(kind):
    found = extremes(Step(kind=kind))
    assert len({label for label, _ in found}) == len(found) >= 1
    for _, drawn in found:
        assert apply(drawn, picture()).shape == (32, 32, 3)


def test_extremes_are_those_of_what_the_step_draws():
    one = extremes(Step(kind="rotate", values={"angle": (-20, 40)}))
    assert [(label, drawn.values["angle"]) for label, drawn in one] == [
        ("Angle −20°", -20),
        ("Angle 10°", 10),
        ("Angle 40°", 40),
    ]
    several = extremes(Step(kind="affine", values={"scale": (0.5, 2), "shear": (3, 3)}))
    assert [drawn.values["scale"] for _, drawn in several] == [1, 1, 1, 1, 1, 0.5, 2]
    assert len(extremes(Step(kind="quarter-turn"))) == 3
    assert [drawn.values["bits"] for _, drawn in extremes(Step(kind="posterise"))] == [4, 5, 6]


def test_a_picture_has_not_drifted_from_itself():
    found = drift(picture(), picture())
    assert (found.colour, found.likeness, found.too_far) == (0, 1, False)


def test_moving_changes_no_colours_and_turning_the_hue_does():
    mirrored = drift(picture(), np.ascontiguousarray(picture()[:, ::-1]))
    assert mirrored.colour == pytest.approx(0, abs=1e-6)
    assert mirrored.likeness == pytest.approx(1)  # it is no other picture, either
    lengthened = apply(draw([Step(kind="resized-crop", values={"area": (30, 30)})], 1, (32, 32)), picture())
    assert drift(picture(), lengthened).likeness < 0.9
    step = Step(kind="hue", values={"angle": (120, 120)})
    hue = drift(picture(), apply(draw([step], 1, (32, 32)), picture()))
    assert hue.too_far
    assert "other colours" in hue.words


def test_copies_of_a_symmetrical_picture_are_told_as_repeats():
    flat = np.full((32, 32, 3), 90, np.uint8)
    nearly = flat.copy()
    nearly[0, 0] = 120
    other = picture()
    found = repeats([flat, other, flat[:, ::-1], nearly, other])
    assert [(one.place, one.of, one.equal) for one in found] == [(2, 0, True), (3, 0, False), (4, 1, True)]
    assert repeats([]) == ()
