import io

import numpy as np
import pytest
from PIL import Image

from core.features.descriptor import COLOUR_AND_TEXTURE, describe, describe_thumbnail
from core.images import inspect
from tests.core.pictures import noise


def shapes(seed: int, side: int = 256) -> Image.Image:
    return noise(10, 8, seed).resize((side, side * 3 // 4), Image.Resampling.BICUBIC)


def score(one: Image.Image, other: Image.Image) -> float:
    return float(COLOUR_AND_TEXTURE.score(np.linalg.norm(describe(one) - describe(other))))


def stripes(vertical: bool, width: int = 8) -> Image.Image:
    line = np.where(np.arange(128) // width % 2, 220, 40).astype(np.uint8)
    grey = np.broadcast_to(line[None, :] if vertical else line[:, None], (128, 128))
    return Image.fromarray(np.stack([grey] * 3, axis=-1))


def test_a_vector_has_the_length_that_is_stored_and_finite_numbers_for_any_picture():
    for picture in (shapes(1), Image.new("RGB", (16, 200)), Image.new("RGB", (300, 20), "white")):
        vector = describe(picture)
        assert (vector.shape, vector.dtype) == ((COLOUR_AND_TEXTURE.length,), np.float32)
        assert np.isfinite(vector).all()


def test_the_same_picture_smaller_or_compressed_is_nearly_the_same():
    picture = shapes(1)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=60)
    assert score(picture, picture) == 1
    assert score(picture, Image.open(buffer).convert("RGB")) > 0.85
    assert score(picture, picture.resize((128, 96))) > 0.9


def test_unrelated_pictures_score_far_lower():
    assert score(shapes(1), shapes(2)) < 0.7


def test_other_colours_and_other_directions_both_tell():
    red, blue = Image.new("RGB", (64, 64), "#cc2222"), Image.new("RGB", (64, 64), "#2222cc")
    assert score(red, Image.new("RGB", (64, 64), "#c02828")) > 0.7 > 0.3 > score(red, blue)
    assert score(stripes(True), stripes(True, width=9)) > score(stripes(True), stripes(False))


def test_where_a_colour_lies_tells():
    left = Image.new("RGB", (64, 64), "white")
    left.paste("black", (0, 0, 32, 64))
    assert score(left, left.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) < 0.7


def test_the_thumbnail_of_the_catalog_is_described_as_the_picture_is():
    picture = shapes(3, side=1000)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    from_thumbnail = describe_thumbnail(inspect(buffer.getvalue()).thumbnail, COLOUR_AND_TEXTURE)
    assert COLOUR_AND_TEXTURE.score(np.linalg.norm(from_thumbnail - describe(picture))) > 0.9
    with pytest.raises(OSError):
        describe_thumbnail(b"no picture", COLOUR_AND_TEXTURE)
