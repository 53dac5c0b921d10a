"""What is shown as a network's view is what a training gives it."""

import numpy as np

from core.training.network_view import network_view

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), np.uint8)


def test_without_flip_and_changes_the_numbers_are_the_pixels_from_minus_one_to_one():
    view = network_view(PIXELS, flip=False)
    np.testing.assert_allclose(view.given, PIXELS.transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(view.judged, view.given)
    assert not view.mirrored.any()
    assert not view.changed.any()


def test_the_flip_mirrors_some_and_says_which():
    view = network_view(PIXELS, flip=True)
    plain = network_view(PIXELS, flip=False).given
    assert 0 < view.mirrored.sum() < len(PIXELS)
    for number, mirrored in enumerate(view.mirrored):
        np.testing.assert_array_equal(view.given[number], plain[number][:, :, ::-1] if mirrored else plain[number])


def test_diffaugment_changes_what_is_judged_and_not_what_is_given():
    view = network_view(PIXELS, flip=False, changes=("cutout",), seed=1)
    assert view.changed.all()
    assert all((view.judged[n] == 0).all(axis=0).sum() >= 4 for n in range(len(PIXELS)))
    np.testing.assert_array_equal(view.given, network_view(PIXELS, flip=False).given)


def test_a_chance_of_zero_changes_nothing_and_one_between_changes_some():
    none, some = (network_view(PIXELS, flip=False, changes=("color",), chance=p) for p in (0.0, 0.5))
    assert not none.changed.any()
    np.testing.assert_array_equal(none.judged, none.given)
    assert 0 < some.changed.sum() < len(PIXELS)
    moved = (some.judged != some.given).any(axis=(1, 2, 3))
    np.testing.assert_array_equal(moved, some.changed)


def test_the_same_seed_shows_the_same_batch():
    one, again, other = (network_view(PIXELS, flip=True, changes=("color",), seed=s) for s in (3, 3, 4))
    np.testing.assert_array_equal(one.judged, again.judged)
    assert (one.judged != other.judged).any()
