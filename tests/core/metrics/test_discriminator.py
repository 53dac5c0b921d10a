import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from core.metrics import discriminator
from core.metrics.errors import MetricError
from tests.core.training.packs import stripes
from tests.runs import make_run


def logits(mean, count=60, seed=0):
    return np.random.default_rng(seed).normal(mean, 1, count)


def test_the_share_of_pairs_is_that_of_mann_and_whitney():
    first, second = logits(0.5), np.round(logits(0, 40, 1), 1)
    first[:5] = second[:5]  # ties
    expected = mannwhitneyu(first, second).statistic / (60 * 40)
    assert discriminator.ahead(first, second) == pytest.approx(expected)


def test_a_discriminator_that_knows_its_pictures_by_heart_is_told_from_one_that_does_not():
    by_heart = discriminator.overfitting(logits(3), logits(-1, seed=1), logits(-1, seed=2), loss="hinge")
    fair = discriminator.overfitting(logits(1), logits(1, seed=1), logits(-1, seed=2), loss="hinge")
    assert by_heart.value > 0.95
    assert by_heart.details["r_v"] == pytest.approx(1, abs=0.1)
    assert fair.low < 0.5 < fair.high
    assert fair.details["r_v"] == pytest.approx(0, abs=0.15)
    assert by_heart.details["r_t"] > 0.9
    assert fair.details["accuracy_generated"] == pytest.approx(0.84, abs=0.1)


def test_where_the_loss_gives_zero_no_meaning_there_is_no_accuracy():
    relative = discriminator.overfitting(logits(3), logits(2, seed=1), logits(0, seed=2), loss="relativistic")
    assert not {"r_t", "accuracy_trained"} & set(relative.details)
    assert relative.details["trained_over_generated"] > 0.95


def test_without_a_gap_between_real_and_generated_nothing_lies_between_them():
    same = discriminator.overfitting(logits(0), logits(0, seed=1), logits(5, seed=2), loss="hinge")
    assert same.details["r_v"] is None


def test_a_kept_state_gives_back_the_discriminator_and_another_epoch_is_refused(workspace):
    run = make_run(workspace, epochs=(1, 2), states=True)
    network = discriminator.load_discriminator(run, 2)
    scores = discriminator.scores(network, stripes(5, 32), None)
    assert scores.shape == (5,)
    assert np.isfinite(scores).all()
    run.state_path(2).write_bytes(b"cut short")
    with pytest.raises(MetricError, match="damaged"):
        discriminator.load_discriminator(run, 2)
    with pytest.raises(MetricError, match="those kept are: 1, 2"):
        discriminator.load_discriminator(run, 3)
