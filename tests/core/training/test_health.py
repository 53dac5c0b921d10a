import numpy as np
import pytest

from core.training.health import Health, TrainingDivergedError, Variety, variety
from tests.core.training.packs import stripes

REAL = Variety(deviation=40.0, distance=90.0)


def codes(health):
    return [finding.code for finding in health.findings()]


def test_collapse_to_one_colour_is_told_after_four_grids_in_a_row():
    health, plain = Health(REAL), variety(np.full((8, 32, 32, 3), 120, np.uint8))
    for _ in range(3):
        health.see_samples(plain)
    assert "one-colour" not in codes(health)
    health.see_samples(plain)
    assert "one-colour" in codes(health)
    health.see_samples(variety(stripes(8, 32)))
    assert codes(health) == []


def test_plain_paintings_are_no_collapse_when_the_real_ones_are_plain_too():
    health = Health(Variety(deviation=6.0, distance=90.0))
    for _ in range(4):
        health.see_samples(Variety(deviation=5.0, distance=80.0))
    assert codes(health) == []


def test_samples_that_resemble_one_another_are_told():
    health, same = Health(variety(stripes(32, 32))), variety(np.repeat(stripes(1, 32), 16, axis=0))
    for _ in range(4):
        health.see_samples(same)
    assert codes(health) == ["sameness"]


def test_a_number_that_is_not_finite_ends_the_training():
    with pytest.raises(TrainingDivergedError, match="loss_generator"):
        Health(REAL).see_measurements({"loss_generator": float("nan"), "loss_discriminator": 1.0})


def test_a_discriminator_that_tells_all_apart_is_told():
    health = Health(REAL)
    for _ in range(4):
        health.see_measurements({"sign_real": 0.99, "sign_fake": -1.0})
    assert codes(health) == ["discriminator-wins"]
    health.see_measurements({"sign_real": 0.6, "sign_fake": -0.5})
    assert codes(health) == []


def test_scores_beyond_all_measure_are_told_at_once():
    health = Health(REAL)
    health.see_measurements({"score_real": 700.0, "score_fake": -900.0})
    assert codes(health) == []
    health.see_measurements({"score_real": 4e12, "score_fake": 2e12})
    assert codes(health) == ["running-away"]
    assert "4,000,000,000,000" in health.findings()[0].message


def see_scores(health: Health, *, train: float, held_out: float, fake: float, times: int = 4) -> None:
    for _ in range(times):
        health.see_measurements({"score_train": train, "score_held_out": held_out, "score_fake": fake})


def test_overfitting_shows_in_pictures_never_seen():
    health = Health(REAL)
    see_scores(health, train=2.0, held_out=1.5, fake=-2.0)
    assert codes(health) == []
    see_scores(health, train=2.0, held_out=-1.0, fake=-2.0)
    assert codes(health) == ["overfitting"]


def test_one_odd_measurement_is_no_overfitting():
    health = Health(REAL)
    see_scores(health, train=2.0, held_out=-1.0, fake=-2.0, times=3)
    assert codes(health) == []


def test_a_discriminator_that_has_learned_nothing_yet_is_not_accused_of_overfitting():
    health = Health(REAL)
    see_scores(health, train=0.1, held_out=-0.3, fake=0.0)
    assert codes(health) == []


def test_variety_measures_pictures_inside_and_between():
    half = np.zeros((2, 32, 32, 3), np.uint8)
    half[0, :16] = 200
    measured = variety(half)
    assert measured.deviation == pytest.approx(50.0, abs=0.01)  # (100 + 0) / 2
    assert measured.distance == pytest.approx(200 / np.sqrt(2), rel=1e-5)  # half the pixels differ by 200


def test_variety_of_other_shapes_is_that_of_squares():
    halves = np.zeros((2, 32, 40, 3), np.uint8)
    halves[0, :, :20] = 200
    for pictures in (halves, np.ascontiguousarray(halves.transpose(0, 2, 1, 3))):
        measured = variety(pictures)
        assert measured.deviation == pytest.approx(50.0, abs=0.01)
        assert measured.distance == pytest.approx(200 / np.sqrt(2), rel=1e-5)


def scored(*values):
    health = Health(REAL)
    for value in values:
        health.see_score({"value": value})
    return health


def test_a_run_whose_samples_come_no_closer_has_learned_nothing():
    assert codes(scored(300, 290, 310, 285)) == []  # too early to tell
    health = scored(300, 290, 310, 285, 295)
    assert codes(health) == ["nothing-learned"]
    assert "285 at best" in health.findings()[0].message
    health.see_score({"value": 200})
    assert codes(health) == []


def test_a_model_that_errs_twice_as_much_on_pictures_never_seen_knows_the_others_by_heart():
    health = Health(REAL)
    for _ in range(4):
        health.see_measurements({"error_train": 0.01, "error_held_out": 0.03})
    assert codes(health) == ["overfitting"]
    assert "3.0 times" in health.findings()[0].message


def test_a_posterior_that_tells_nothing_is_told_with_the_count():
    health = Health(REAL)
    health.see_measurements({"active_latents": 1.0})
    assert codes(health) == ["latents-unused"]
    assert "1 latent numbers are in use" in health.findings()[0].message


def test_a_run_that_had_to_go_back_says_how_often_and_at_what_rate_it_goes_on():
    (finding,) = Health(REAL, went_back=2).findings()
    assert finding.code == "went-back"
    assert "2 times" in finding.message
    assert "0.25 of what was planned" in finding.message
