"""Where two pictures differ, as a picture and in numbers."""

import numpy as np
import pytest
from PIL import Image

from core.duplicates.difference import MOST_PIXELS, difference


def test_equal_pictures_differ_nowhere() -> None:
    one = Image.new("RGB", (8, 6), (10, 200, 30))
    found = difference(one, one.copy())
    assert found.is_equal
    assert (found.share, found.largest, np.asarray(found.image).max()) == (0.0, 0, 0)


def test_a_small_difference_is_enlarged_until_it_is_seen_and_stands_where_it_is() -> None:
    one = Image.new("RGB", (8, 6), (100, 100, 100))
    other = one.copy()
    other.putpixel((3, 2), (100, 110, 100))
    found = difference(one, other)
    assert (found.largest, found.share, found.scaled) == (10, pytest.approx(1 / 48), False)
    shown = np.asarray(found.image)
    assert shown[2, 3].tolist() == [0, 235, 0]
    assert np.count_nonzero(shown) == 1


def test_pictures_of_other_sizes_are_compared_at_the_smaller_and_large_ones_smaller_still() -> None:
    found = difference(Image.new("RGB", (40, 30)), Image.new("RGB", (80, 60), (255, 255, 255)))
    assert (found.image.size, found.scaled, found.largest, found.share) == ((40, 30), True, 255, 1.0)
    large = Image.new("RGB", (4000, 1500))
    assert difference(large, large).image.width * difference(large, large).image.height <= MOST_PIXELS * 1.01
