"""The distance of saved epochs."""

import numpy as np
import pytest

from core.training.run_folder import RunFolder
from core.training.runs import create_run
from core.training.scoring import Scorer, can_score
from tests.core.training.hosts import go_on, train
from tests.core.training.packs import stripes, write_pack

REAL = stripes(128, 32)
NOISE = np.random.default_rng(0).integers(0, 256, (32, 32, 32, 3), np.uint8)


def test_real_pictures_are_as_close_as_the_floor_and_noise_is_far():
    scorer = Scorer(REAL[:64], REAL[64:], 32, seed=0)
    assert scorer.against == "held-out"
    assert scorer.score(REAL[:32]).distance < 1.5 * scorer.floor
    assert scorer.score(NOISE).distance > 2 * scorer.floor


def test_the_same_grid_has_the_same_score():
    scores = [Scorer(REAL[:64], REAL[64:], 32, seed=0).score(NOISE) for _ in range(2)]
    assert scores[0] == scores[1]


def test_few_held_out_pictures_are_replaced_by_training_pictures_and_it_says_so():
    scorer = Scorer(REAL[:64], REAL[64:72], 64, seed=0)
    assert scorer.against == "training"
    assert scorer.count == 32  # two halves: no picture is compared with itself
    assert scorer.score(NOISE).row()["against"] == "training"


def test_samples_that_are_all_one_picture_are_more_alike_than_real_ones():
    same = np.repeat(REAL[:1], 32, axis=0)
    assert Scorer(REAL[:64], REAL[64:], 32, seed=0).score(same).alike > 1


@pytest.mark.parametrize(
    ("shape", "count", "expected"),
    [((32, 32), 9, True), ((32, 24), 90, False), ((48, 48), 90, False), ((32, 32), 2, False)],
)
def test_only_squares_of_a_power_of_two_can_be_scored(shape, count, expected):
    assert can_score(shape, count, grid_size=16) is expected


def test_a_run_scores_each_saved_epoch_and_knows_its_best(workspace, small):
    run = train(workspace, small, epochs=3)
    assert [row["epoch"] for row in run.scores()] == [0, 1, 2, 3]
    values = {row["epoch"]: row["value"] for row in run.scores() if row["epoch"]}
    assert values[run.best_epoch()] == min(values.values())


def test_a_run_can_do_without_scores(workspace, small):
    assert train(workspace, small | {"score_saves": False}, epochs=1).scores() == []


def test_a_run_on_pictures_that_are_no_squares_says_that_it_is_not_measured(workspace):
    write_pack(workspace.dataset("tall"), stripes(8, 32)[:, :, :24])
    small = {"batch_size": 4, "grid_size": 4, "filters": 4, "latent_dim": 4}
    run = RunFolder(workspace.run(create_run(workspace, "met-gan", "tall", 1, small)))
    host = go_on(workspace, run)
    assert run.scores() == []
    assert any("not measured: that needs square pictures" in text for text in host.logged)
