"""Which pictures stand for a set, told by what was measured of them."""

import numpy as np
from PIL import Image

from core.datasets.landmarks import DARKEST, PALEST, TYPICAL, landmarks
from core.datasets.measure import Measurement, measure


def _flat(*colour: int) -> Measurement:
    return measure(Image.new("RGB", (64, 64), colour))


def test_the_darkest_the_palest_and_the_most_typical_are_found_by_what_the_eye_sees():
    found = {
        "navy": _flat(0, 0, 60),
        "rose": _flat(240, 200, 205),
        "yellow": _flat(255, 255, 0),  # lighter than rose, but anything but pale
        "grey": _flat(120, 115, 110),
        "brown": _flat(140, 100, 80),
        "red": _flat(180, 20, 20),
    }
    assert landmarks(list(found), found) == {DARKEST: "navy", PALEST: "rose", TYPICAL: "brown"}


def test_no_picture_stands_for_two_things_and_unreadable_ones_for_none():
    found = {"broken": Measurement(error="cut short"), "a": _flat(10, 10, 10), "b": _flat(200, 200, 200)}
    assert landmarks(["broken", "a", "b"], found) == {DARKEST: "a", PALEST: "b"}
    assert landmarks(["broken"], found) == {}


def test_the_answer_does_not_depend_on_the_order():
    generator = np.random.default_rng(0)
    found = {str(n): measure(Image.fromarray(generator.integers(0, 256, (8, 8, 3), np.uint8))) for n in range(9)}
    assert landmarks(list(found), found) == landmarks(list(found)[::-1], found)
