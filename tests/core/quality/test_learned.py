"""What is learned from exclusions: an order of pictures, and honest figures of what it is worth."""

import numpy as np
import pytest

from core.errors import ConfigError
from core.quality.learned import TooFewExclusionsError, average_precision, learn, sample


def pictures(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """200 pictures of three measures and eight numbers; the 12 excluded ones are darker and redder."""
    generator = np.random.default_rng(seed)
    excluded = np.zeros(200, bool)
    excluded[::17] = True
    values, vectors = generator.normal(size=(200, 3)), generator.normal(size=(200, 8))
    values[excluded, 1] -= 2.0
    vectors[excluded, 4] += 2.0
    return values, vectors, excluded


def test_pictures_like_the_excluded_ones_come_first() -> None:
    values, vectors, excluded = pictures()
    ranker = learn(values, vectors, excluded)
    order = excluded[np.argsort(-ranker.held_out)]
    assert order[:20].sum() >= 8
    check = ranker.check
    assert (check.pictures, check.excluded, set(check.hits)) == (200, 12, {20, 50, 100})
    assert check.average_precision > 5 * check.chance
    assert check.precision(20) == check.hits[20] / 20
    assert check.recall(50) == check.hits[50] / 12
    newcomers = np.array([[0.0, -2.0, 0.0], [0.0, 2.0, 0.0]])
    red = np.zeros((2, 8))
    red[0, 4], red[1, 4] = 2.0, -2.0
    like, unlike = ranker.score(newcomers, red)
    assert like > unlike
    assert ranker.shares(newcomers, red)[0].argmax() in (1, 3)  # its darkness, or its colours


def test_what_is_excluded_at_random_is_not_claimed_to_be_foreseen() -> None:
    """The figures come from pictures that the models had not seen: else they would be next to perfect here."""
    generator = np.random.default_rng(0)
    excluded = generator.permutation(np.arange(200) < 12)
    check = learn(generator.normal(size=(200, 3)), generator.normal(size=(200, 60)), excluded).check
    assert check.average_precision < 0.25
    assert check.chance == pytest.approx(0.06)


def test_the_same_exclusions_give_the_same_order() -> None:
    one, other = learn(*pictures()), learn(*pictures())
    assert np.array_equal(one.held_out, other.held_out)


def test_measures_that_are_missing_or_all_the_same_tell_nothing() -> None:
    values, vectors, excluded = pictures()
    values[:, 0], values[::3, 2] = np.nan, np.nan
    vectors[:, 7] = 1.0
    ranker = learn(values, vectors, excluded)
    assert np.isfinite(ranker.held_out).all()
    assert np.all(ranker.shares(values, vectors)[:, 0] == 0)


def test_too_few_exclusions_are_refused_with_how_many_there_are() -> None:
    values, vectors, excluded = pictures()
    excluded[np.flatnonzero(excluded)[4:]] = False
    with pytest.raises(TooFewExclusionsError, match=r"needs 5 excluded and 20 kept .* there are 4 and 196"):
        learn(values, vectors, excluded)
    with pytest.raises(ConfigError):
        learn(values, vectors[:3], excluded)


def test_of_many_pictures_a_sample_is_learned_from() -> None:
    excluded = np.zeros(20_000, bool)
    excluded[:5000] = True
    rows = sample(excluded)
    assert (excluded[rows].sum(), (~excluded[rows]).sum()) == (2500, 5000)
    assert np.array_equal(rows, np.unique(rows))


def test_average_precision_as_worked_by_hand() -> None:
    assert average_precision(np.array([True, False, True, False])) == pytest.approx((1 + 2 / 3) / 2)
