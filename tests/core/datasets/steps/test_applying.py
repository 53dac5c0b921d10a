"""What steps do to pixels, where torchvision has no word for it."""

import numpy as np
import pytest
import torch

from core.datasets.steps.applying import apply_batch
from core.datasets.steps.drawing import Drawn, apply, draw, draw_batch
from core.datasets.steps.kinds import KINDS
from core.datasets.steps.numbers import seeds_of
from core.datasets.steps.step import Step
from tests.core.datasets.steps.test_drawing import SHAPES, picture, usual

GREEN = (30, 160, 60)


def plain(shape=(32, 32)):
    return np.full((*shape, 3), GREEN, np.uint8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_batch_becomes_what_its_pictures_become_alone(kind, shape):
    steps, seeds = [usual(kind, shape)], seeds_of(3, 4)
    pixels = np.stack([picture(shape, seed) for seed in range(4)])
    found = apply_batch(draw_batch(steps, seeds, shape), torch.from_numpy(pixels)).numpy()
    for place, seed in enumerate(seeds):
        alone = apply(draw(steps, int(seed), shape), pixels[place])
        assert np.abs(found[place].astype(int) - alone).max() <= 1


def test_only_pictures_to_which_it_happens_are_touched():
    batches = draw_batch([Step(kind="hue", values={"angle": (90, 90)}, chance=0.5)], seeds_of(1, 16), (32, 32))
    pixels = torch.from_numpy(np.stack([picture()] * 16))
    changed = (apply_batch(batches, pixels) != pixels).flatten(1).any(1).numpy()
    assert 0 < changed.sum() < 16
    assert np.array_equal(changed, batches[0].applied)


@pytest.mark.parametrize("edges", ["reflect", "mean", "enlarge"])
@pytest.mark.parametrize("kind", ["rotate", "affine", "perspective", "elastic", "shift-crop"])
def test_no_dark_edge_comes_into_a_plain_picture(kind, edges):
    if edges == "enlarge" and kind in ("elastic", "shift-crop"):
        pytest.skip("has no such choice")
    ends = {p.name: (p.lowest, p.highest) for p in KINDS[kind].parameters if p.kind == "range"}
    step = Step(kind=kind, values={**ends, "edges": edges})
    for seed in range(8):
        assert np.abs(apply(draw([step], seed, (32, 24)), plain((32, 24))).astype(int) - GREEN).max() <= 1


@pytest.mark.parametrize("kind", ["rotate", "affine", "perspective", "shift-crop"])
def test_what_comes_in_is_white_or_black_where_asked_for(kind):
    ends = {p.name: (p.highest / 4, p.highest / 4) for p in KINDS[kind].parameters if p.kind == "range"}
    for edges, value in (("white", 255), ("black", 0)):
        values = ends | ({"scale": (0.6, 0.6)} if kind == "affine" else {})
        changed = apply(draw([Step(kind=kind, values={**values, "edges": edges})], 1, (32, 32)), plain())
        assert (changed == value).all(axis=2).any()


def test_an_enlarged_picture_shows_nothing_but_itself():
    """A picture with a frame of another colour: turned and enlarged, no second frame comes in."""
    framed = plain((48, 48))
    framed[1:-1, 1:-1] = (200, 200, 200)
    for angle in (-45.0, 10.0, 90.0):
        values = {"angle": angle, "edges": "enlarge"}
        turned = apply(Drawn("rotate", values), framed)
        assert np.abs(turned[8:-8, 8:-8].astype(int) - 200).max() <= 3
    still = apply(Drawn("rotate", {"angle": 0.0, "edges": "enlarge"}), framed)
    assert np.array_equal(still, framed)


def test_whole_pixel_shifts_lose_nothing():
    drawn = Drawn("shift-crop", {"right": 25.0, "down": -12.5, "edges": "reflect"})
    moved = apply(drawn, picture())
    assert np.array_equal(moved[:-4, 8:], picture()[4:, :-8])
    assert np.array_equal(moved[-4:, 8:], picture()[:-5:-1, :-8])
    assert drawn.words() == "moved 25% right, 12.5% up"


def test_elastic_moves_pixels_as_far_as_it_says():
    ramp = np.repeat(np.arange(64, dtype=np.uint8)[None, :, None] * 2 + 60, 64, axis=0).repeat(3, axis=2)
    values = {"strength": 5.0, "smoothness": 10.0, "edges": "reflect", "grain": 7.0}
    moved = (apply(Drawn("elastic", values), ramp).astype(float) - ramp)[8:-8, 8:-8, 0] / 2  # pixels across
    assert np.sqrt(np.square(moved).mean()) == pytest.approx(3.2 / np.sqrt(2), rel=0.4)


def test_noise_is_normal_of_the_strength_it_says_and_its_own_in_every_picture():
    grey = np.full((64, 64, 3), 128, np.uint8)
    one, other = (
        apply(Drawn("gaussian-noise", {"strength": 4.0, "grain": grain}), grey).astype(float) - 128
        for grain in (1.0, 2.0)
    )
    assert one.std() == pytest.approx(10.2, rel=0.03)
    assert abs(one.mean()) < 0.3
    assert np.mean(np.abs(one) < 10.2) == pytest.approx(0.683, abs=0.03)
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.03
    assert abs(np.corrcoef(one[:, :-1].ravel(), one[:, 1:].ravel())[0, 1]) < 0.03


@pytest.mark.parametrize(("fill", "colour"), [("white", (255,) * 3), ("black", (0,) * 3), ("mean", GREEN)])
def test_an_erased_rectangle_has_its_area_and_lies_inside(fill, colour):
    values = {"area": 25.0, "aspect": 1.0, "fill": fill, "across": 0.999, "down": 0.0, "grain": 1.0}
    changed = apply(Drawn("erase", values), plain())
    assert (changed[:16, 16:] == colour).all()
    assert (changed[16:] == GREEN).all()


def test_a_quarter_turn_that_would_not_fit_is_refused():
    with pytest.raises(ValueError, match="turned by 90"):
        apply(Drawn("quarter-turn", {"turns": "any", "quarter": 0.0}), picture((32, 24)))


def test_steps_in_a_row_that_a_matrix_can_say_soften_a_picture_once_at_most():
    there, back = (Drawn("rotate", {"angle": angle, "edges": "reflect"}) for angle in (20.0, -20.0))
    assert np.array_equal(apply([there, back], picture()), picture())
    softer = apply(back, apply(there, picture()))
    assert np.abs(softer.astype(int) - picture()).max() > 20
    white_between = Drawn("rotate", {"angle": -20.0, "edges": "white"})
    assert not np.array_equal(apply([there, white_between], picture()), picture())


def test_steps_in_a_row_do_the_first_one_first():
    turn = Drawn("rotate", {"angle": 90.0, "edges": "reflect"})
    move = Drawn("affine", {"right": 25.0, "down": 0.0, "scale": 1.0, "shear": 0.0, "edges": "reflect"})
    assert np.array_equal(apply([turn, move], picture()), apply(move, apply(turn, picture())))
    assert not np.array_equal(apply([turn, move], picture()), apply([move, turn], picture()))


def test_in_a_row_each_step_happens_only_where_it_was_drawn():
    steps = [Step(kind="rotate", chance=0.5), Step(kind="resized-crop", chance=0.5)]
    pixels, seeds = np.stack([picture()] * 12), seeds_of(5, 12)
    found = apply_batch(draw_batch(steps, seeds, (32, 32)), torch.from_numpy(pixels)).numpy()
    for place, seed in enumerate(seeds):
        happened = [drawn for drawn in draw(steps, int(seed), (32, 32)) if drawn.applied]
        expected = apply(happened, picture()) if happened else picture()
        assert np.abs(found[place].astype(int) - expected).max() <= 1
