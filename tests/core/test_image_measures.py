import math

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from core.image_measures import measure, palette, perceptual_hash
from tests.core.pictures import BLUE, RED, close, corners, noise


def hamming(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def soft_shapes(seed: int, width: int = 240, height: int = 180) -> Image.Image:
    return noise(12, 9, seed).resize((width, height), Image.Resampling.BICUBIC)


def test_a_solid_colour_has_no_deviation_contrast_or_information():
    measures = measure(Image.new("RGB", (100, 100), (90, 90, 90)))
    assert measures["deviation"] == 0
    assert measures["contrast"] == pytest.approx(0, abs=1e-5)
    assert measures["colourfulness"] == 0
    assert measures["brightness"] == pytest.approx(90 / 255, abs=1e-3)
    assert measures["entropy"] == pytest.approx(math.log2(3), abs=1e-5)  # one value in each of three channels


def test_deviation_is_in_steps_of_eight_bits():
    image = Image.new("RGB", (100, 100), "black")
    image.paste("white", (0, 0, 50, 100))
    assert measure(image)["deviation"] == pytest.approx(127.5)


def test_brightness_weighs_the_channels_as_the_eye_does():
    pure = [Image.new("RGB", (32, 32), colour) for colour in ("#f00", "#0f0", "#00f")]
    assert [measure(image)["brightness"] for image in pure] == pytest.approx(
        [0.241**0.5, 0.691**0.5, 0.068**0.5], abs=1e-3
    )


def test_percentiles_tell_dark_and_light_pictures():
    ramp = np.linspace(0, 255, 101).round().astype(np.uint8)
    image = Image.fromarray(np.stack([ramp[None, :].repeat(101, axis=0)] * 3, axis=-1))
    measures = measure(image)
    found = [measures[f"brightness_p{percent}"] for percent in (1, 5, 95, 99)]
    assert found == pytest.approx([0.01, 0.05, 0.95, 0.99], abs=0.012)


def test_a_vivid_picture_is_more_colourful_than_a_faded_one():
    vivid = corners()
    faded = ImageEnhance.Color(vivid).enhance(0.3)
    assert measure(vivid)["colourfulness"] > 2 * measure(faded)["colourfulness"] > 0


def test_a_blurred_picture_is_less_sharp():
    sharp = soft_shapes(1).filter(ImageFilter.SHARPEN)
    assert measure(sharp)["sharpness"] > measure(sharp.filter(ImageFilter.GaussianBlur(9)))["sharpness"]


def test_the_hash_survives_another_size_and_quality_and_tells_pictures_apart():
    original = soft_shapes(2)
    smaller = original.resize((120, 90)).filter(ImageFilter.GaussianBlur(1))
    assert hamming(perceptual_hash(original), perceptual_hash(smaller)) <= 4
    assert hamming(perceptual_hash(original), perceptual_hash(soft_shapes(3))) > 16


def test_the_hash_is_64_bits_in_hexadecimal():
    value = perceptual_hash(soft_shapes(4))
    assert len(value) == 16
    assert 24 <= int(value, 16).bit_count() <= 40  # about half lie above the median


def test_the_palette_begins_with_the_most_frequent_colour():
    image = Image.new("RGB", (100, 100), RED)
    image.paste(BLUE, (0, 0, 100, 20))
    colours = [tuple(bytes.fromhex(colour[1:])) for colour in palette(image)]
    assert close(colours[0], RED)
    assert close(colours[1], BLUE)


def test_fine_stripes_keep_their_colours_in_the_palette():
    image = Image.new("RGB", (240, 240), RED)
    for left in range(0, 240, 4):
        image.paste(BLUE, (left, 0, left + 2, 240))
    colours = [tuple(bytes.fromhex(colour[1:])) for colour in palette(image)]
    assert any(close(colour, RED) for colour in colours)
    assert any(close(colour, BLUE) for colour in colours)
