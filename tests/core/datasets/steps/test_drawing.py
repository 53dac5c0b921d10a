import json

import numpy as np
import pytest

from core.datasets.steps.drawing import Drawn, apply, draw, draw_batch, seed_for
from core.datasets.steps.kinds import FAMILIES, GROUPS, KINDS
from core.datasets.steps.numbers import GAMMA, mixed, seeds_of, uniforms
from core.datasets.steps.step import Step
from core.errors import ConfigError

SHAPES = [(32, 32), (32, 24)]


def picture(shape=(32, 32), seed=0):
    """Soft fields of colour with a hard bar, so that edges, tones and detail can all go wrong."""
    height, width = shape
    down, across = np.mgrid[0:height, 0:width]
    pixels = np.stack([across * 255 / width, down * 255 / height, (across + down) * 100 / (width + height) + 60], 2)
    pixels[height // 4 : height // 3] = (200, 40, 30 + seed)
    return pixels.astype(np.uint8)


def usual(kind, shape=(32, 32), **changes):
    values = {"turns": "half"} if kind == "quarter-turn" and shape[0] != shape[1] else {}
    return Step(kind=kind, values={**values, **changes})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_step_keeps_the_shape_and_can_be_done_again(kind, shape):
    before = picture(shape)
    drawn = draw([usual(kind, shape)], 7, shape)
    changed = apply(drawn, before)
    assert changed.shape == before.shape
    assert changed.dtype == np.uint8
    again = [Drawn(**json.loads(json.dumps(one.to_json()))) for one in drawn]
    assert np.array_equal(apply(again, before), changed)
    assert np.array_equal(before, picture(shape))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_notes_for_all_families_words_and_a_group(kind):
    assert set(KINDS[kind].leak) == set(FAMILIES)
    assert KINDS[kind].group in GROUPS
    assert draw([usual(kind)], 1, (32, 32))[0].words()
    assert usual(kind).in_words()


def test_the_same_seed_draws_the_same_and_another_one_something_else():
    steps = [Step(kind="rotate"), Step(kind="hue")]
    assert draw(steps, 3, (32, 32)) == draw(steps, 3, (32, 32))
    assert draw(steps, 3, (32, 32)) != draw(steps, 4, (32, 32))


def test_a_batch_draws_what_its_pictures_draw_alone():
    steps = [Step(kind="affine"), Step(kind="erase", chance=0.5)]
    seeds = seeds_of(11, 6)
    batches = draw_batch(steps, seeds, (32, 32))
    for place, seed in enumerate(seeds):
        assert tuple(batch.of(place) for batch in batches) == draw(steps, int(seed), (32, 32))


def test_a_step_draws_the_same_whatever_stands_before_it():
    hue = Step(kind="hue")
    alone = draw([hue], 5, (32, 32))[0]
    assert draw([Step(kind="rotate"), hue], 5, (32, 32))[1] == alone
    assert draw([Step(kind="rotate", enabled=False), hue], 5, (32, 32)) == (alone,)
    assert draw([hue, hue], 5, (32, 32))[1] != alone


def test_numbers_stay_between_and_reach_all_of_the_range():
    step = Step(kind="jpeg", values={"quality": [30, 34]})
    found = draw_batch([step], seeds_of(1, 500), (32, 32))[0].numbers["quality"]
    assert set(found) == {30, 31, 32, 33, 34}
    scale = draw_batch([Step(kind="affine", values={"scale": [0.5, 2]})], seeds_of(1, 2000), (32, 32))[0]
    assert abs(np.median(scale.numbers["scale"]) - 1) < 0.05  # evenly by ratio
    chance = draw_batch([Step(kind="hue", chance=0.25)], seeds_of(2, 2000), (32, 32))[0].applied
    assert abs(chance.mean() - 0.25) < 0.04


def test_numbers_of_a_seed_are_the_same_for_ever():
    # drawn copies of a dataset that was built before must come out the same
    assert seed_for(3, "ab" * 32, 1) == 7033596774403808269
    assert uniforms(np.array([1], np.uint64), "rotate/0", 2).tolist() == [[0.05299099320213152, 0.6890316500189186]]
    published = mixed(np.uint64(1234567) + np.arange(1, 3, dtype=np.uint64) * np.uint64(GAMMA))
    assert published.tolist() == [6457827717110365317, 3203168211198807973]  # SplitMix64's own, for this seed


def test_a_step_that_does_not_happen_leaves_the_picture():
    drawn = draw([Step(kind="rotate", chance=0)], 1, (32, 32))[0]
    assert not drawn.applied
    assert drawn.words() == "left as it is"
    assert np.array_equal(apply(drawn, picture()), picture())


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"kind": "rotat"}, "rotate"),
        ({"kind": "rotate", "speed": 3}, "no part speed"),
        ({"kind": "rotate", "values": {"angel": [0, 1]}}, "no value angel.*angle"),
        ({"kind": "rotate", "values": {"angle": [5, -5]}}, "first of the pair"),
        ({"kind": "rotate", "values": {"angle": [0, 400]}}, "from -180 to 180"),
        ({"kind": "rotate", "values": {"angle": [0, float("nan")]}}, "angle"),
        ({"kind": "rotate", "values": {"edges": "pink"}}, "reflect"),
        ({"kind": "posterise", "values": {"bits": [2.5, 3]}}, "whole"),
        ({"kind": "hue", "chance": 2}, "chance"),
        ({"kind": "hue", "enabled": 1}, "enabled"),
        ({}, "needs a kind"),
        ([], "JSON object"),
    ],
)
def test_a_step_that_cannot_work_is_refused_by_name(value, words):
    with pytest.raises(ConfigError, match=words):
        Step.from_json(value)


def test_values_that_no_step_draws_are_refused():
    with pytest.raises(ConfigError, match="angle"):
        apply(Drawn("rotate", {"angle": 3.0}), picture())


def test_a_step_reads_as_a_part_of_a_sentence():
    assert Step(kind="rotate", chance=0.5).in_words() == "rotate -10 to 10° for 50% of the pictures"
    assert Step(kind="jpeg", values={"quality": 60}).in_words() == "JPEG compression 60"
    assert Step(kind="elastic").in_words() == "elastic (strength 1 to 3%, smoothness 8%)"
    assert Step.usual("mirror-lr").in_words() == "mirror left to right for 50% of the pictures"
