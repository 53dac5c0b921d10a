import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ConfigError
from core.pictures.chosen import ChosenPicture
from core.sampling.points import Between, Given, Mixed, Move, Point, Seed, seed_points
from core.sampling.walks import between, morph, slerp, storyboard, vary

WAVE = ChosenPicture(path="/home/someone/wave.jpg", sha256="a" * 64, label="wave.jpg")


def a_point(number=0, **settings):
    return Point("run-1", 4, Seed(3, number), **settings)


def everything():
    encoded = Point("run-1", 4, Given.of_numbers(np.arange(4.0), "encoded", WAVE), terms=(("style", "Op Art"),))
    form = a_point(1, truncation=0.7, moves=(Move("principal-1", 1.5),), sliders=((0, -0.5),), category=2)
    mixed = Point("run-1", 4, Mixed(form, encoded), words="blue", guidance=3.0, steps=8)
    return Point("run-1", 4, Between(mixed, a_point(2), 0.25), temperature=0.9, moves=(Move("learned-1", -2.0),))


def test_a_point_survives_json_whole():
    point = everything()
    assert Point.from_json(json.loads(json.dumps(point.to_json()))) == point


def test_a_point_names_the_pictures_and_directions_of_all_its_parts():
    assert [picture.label for picture in everything().pictures()] == ["wave.jpg"]
    assert everything().directions() == ("learned-1", "principal-1")


def test_no_place_on_this_machine_goes_into_a_point():
    assert "someone" not in json.dumps(everything().to_json())


def test_numbers_of_a_latent_come_back_to_the_last_bit():
    latent = np.random.default_rng(0).standard_normal(40).astype(np.float32)
    assert (Given.of_numbers(latent).numbers() == latent).all()


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"run": "run-1"},
        {"run": "run-1", "epoch": True, "seed": 1},
        {"run": "run-1", "epoch": 1},
        {"run": "run-1", "epoch": 1, "seed": -1},
        {"run": "run-1", "epoch": 1, "seed": 1, "later": 2},
        {"run": "run-1", "epoch": 1, "seed": 1, "temperature": float("nan")},
        {"run": "run-1", "epoch": 1, "seed": 1, "moves": [["x"]]},
        {"run": "run-1", "epoch": 1, "seed": 1, "moves": [[1, 2]]},
        {"run": "run-1", "epoch": 1, "seed": 1, "sliders": [[0, 2.0]]},
        {"run": "run-1", "epoch": 1, "seed": 1, "words": "a", "terms": [["style", "b"]]},
        {"run": "run-1", "epoch": 1, "latent": "AAA"},
        {"run": "run-1", "epoch": 1, "latent": "AADAfw=="},  # a NaN
        {"run": "run-1", "epoch": 1, "a": {"seed": 1}, "share": 0.5},
    ],
)
def test_a_damaged_point_is_refused(value):
    with pytest.raises(ConfigError):
        Point.from_json(value)


def test_points_within_points_without_end_are_refused():
    value = {"seed": 1}
    for _ in range(50):
        value = {"a": value, "b": {"seed": 2}, "share": 0.5}
    with pytest.raises(ConfigError, match="deep"):
        Point.from_json({"run": "run-1", "epoch": 1, **value})


def test_points_of_two_epochs_have_nothing_between_them():
    with pytest.raises(ConfigError, match="epoch 5"):
        between(a_point(), replace(a_point(1), epoch=5), 0.5)


def test_a_move_takes_the_place_of_the_one_before_along_the_same_direction():
    point = a_point().moved("principal-1", 2).moved("principal-2", 1).moved("principal-1", -1)
    assert point.amount("principal-1") == -1
    assert point.moved("principal-1", 0).moves == (Move("principal-2", 1),)


def test_a_point_goes_with_all_its_parts_to_another_epoch():
    there = everything().at("run-2", 9)
    assert {(part.run, part.epoch) for part in there.walk()} == {("run-2", 9)}
    assert there.at("run-1", 4) == everything()


def test_a_point_tells_people_what_it_is():
    told = a_point(17, truncation=0.7).moved("principal-1", 1.5).in_words({"principal-1": "warmer"})
    assert told == "seed 3, picture 17, truncation 0.7, warmer +1.5"


def test_slerp_keeps_the_length_that_latents_have():
    a, b = np.random.default_rng(1).standard_normal((2, 512))
    lengths = [np.linalg.norm(slerp(a, b, share)) for share in np.linspace(0, 1, 9)]
    assert np.allclose(lengths, np.linspace(lengths[0], lengths[-1], 9), rtol=1e-5)


def test_slerp_turns_evenly():
    a, b = np.eye(2)
    for share in (0.0, 0.25, 0.5, 1.0):
        angle = share * np.pi / 2
        assert np.allclose(slerp(a, b, share), [np.cos(angle), np.sin(angle)], atol=1e-6)


@pytest.mark.parametrize("end", [[2.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
def test_slerp_between_points_in_one_line_goes_straight(end):
    assert np.allclose(slerp(np.array([1.0, 0.0]), np.array(end), 0.25), [0.75 + 0.25 * end[0], 0])


def test_a_storyboard_passes_by_all_its_points():
    points = seed_points("run-1", 4, 0, 3)
    walk = storyboard(points, 5)
    assert len(walk) == 11
    assert [walk[0], walk[5], walk[10]] == points
    assert walk[6] == between(points[1], points[2], 0.2)


def test_a_closed_walk_begins_again_without_showing_a_picture_twice():
    points = seed_points("run-1", 4, 0, 3)
    walk = storyboard(points, 5, closed=True, hold=2)
    assert len(walk) == 3 * 7
    assert walk[-1] == between(points[2], points[0], 0.8)
    assert walk[:3] == [points[0]] * 3


def test_an_eased_walk_is_slow_at_its_ends():
    walk = storyboard(seed_points("run-1", 4, 0, 2), 10, easing="smooth")
    shares = [point.base.share for point in walk[1:-1]]
    assert shares[0] < 0.05
    assert shares[-1] > 0.95


def test_a_walk_of_one_point_is_refused():
    with pytest.raises(ConfigError, match="two points"):
        storyboard([a_point()], 3)


def test_a_morph_has_both_ends_in_it():
    found = morph(a_point(0), a_point(1), 5)
    assert len(found) == 5
    assert (found[0], found[-1]) == (a_point(0), a_point(1))


def test_variations_are_further_points_that_keep_what_was_asked_for():
    point = a_point(words="blue", category=1)
    found = vary(point, 3, 0.3, seed=3)
    assert len(set(found)) == 3
    assert all(one.base.b.words == "blue" and one.base.b.category == 1 for one in found)
    assert vary(point, 2, 0.0) == [point, point]
