"""Steps do what torchvision.transforms.v2.functional does with the same numbers, so a recipe can be taken elsewhere."""

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from core.datasets.steps.drawing import Drawn, apply
from tests.core.datasets.steps.test_drawing import picture

BILINEAR = InterpolationMode.BILINEAR
SHAPE = (32, 24)


def ours(kind, pixels=None, **values):
    return apply(Drawn(kind, values), picture(SHAPE) if pixels is None else pixels).astype(int)


def theirs(function, *args, pixels=None, **named):
    image = torch.from_numpy(picture(SHAPE) if pixels is None else pixels).permute(2, 0, 1)
    return function(image, *args, **named).permute(1, 2, 0).numpy().astype(int)


def soft(shape=SHAPE):
    """Without hard edges, so that ways of resampling agree."""
    height, width = shape
    down, across = np.mgrid[0:height, 0:width]
    waves = [np.sin(across / 5), np.cos(down / 6), np.sin((across + down) / 7)]
    return (127 + 90 * np.stack(waves, axis=2)).astype(np.uint8)


@pytest.mark.parametrize(
    ("kind", "values", "function", "named", "within"),
    [
        ("mirror-lr", {}, "hflip", {}, 0),
        ("mirror-tb", {}, "vflip", {}, 0),
        ("brightness", {"factor": 0.7}, "adjust_brightness", {"brightness_factor": 0.7}, 1),
        ("brightness", {"factor": 1.6}, "adjust_brightness", {"brightness_factor": 1.6}, 1),
        ("contrast", {"factor": 0.4}, "adjust_contrast", {"contrast_factor": 0.4}, 1),
        ("contrast", {"factor": 1.7}, "adjust_contrast", {"contrast_factor": 1.7}, 1),
        ("saturation", {"factor": 0.3}, "adjust_saturation", {"saturation_factor": 0.3}, 2),
        ("saturation", {"factor": 2.5}, "adjust_saturation", {"saturation_factor": 2.5}, 2),
        ("hue", {"angle": 100.0}, "adjust_hue", {"hue_factor": 100 / 360}, 1),
        ("hue", {"angle": -37.0}, "adjust_hue", {"hue_factor": -37 / 360}, 1),
        ("hue", {"angle": 180.0}, "adjust_hue", {"hue_factor": 0.5}, 1),
        ("gamma", {"gamma": 2.2}, "adjust_gamma", {"gamma": 2.2}, 1),
        ("greyscale", {}, "rgb_to_grayscale", {"num_output_channels": 3}, 1),
        ("autocontrast", {}, "autocontrast", {}, 1),
        ("equalise", {}, "equalize", {}, 0),
        ("posterise", {"bits": 3.0}, "posterize", {"bits": 3}, 0),
        ("solarise", {"threshold": 140.0}, "solarize", {"threshold": 140}, 0),
        ("sharpness", {"factor": 0.0}, "adjust_sharpness", {"sharpness_factor": 0.0}, 1),
        ("sharpness", {"factor": 3.0}, "adjust_sharpness", {"sharpness_factor": 3.0}, 2),
        ("gaussian-blur", {"sigma": 1.3}, "gaussian_blur", {"kernel_size": [11, 11], "sigma": [1.3, 1.3]}, 1),
    ],
)
def test_colours_and_blur_agree(kind, values, function, named, within):
    expected = theirs(getattr(functional, function), **named)
    assert np.abs(ours(kind, **values) - expected).max() <= within


@pytest.mark.parametrize(
    ("kind", "values", "named"),
    [
        ("rotate", {"angle": 25.0}, {"angle": 25}),
        ("rotate", {"angle": -90.0}, {"angle": -90}),
        ("affine", {"right": 25.0, "down": -12.5, "scale": 1.0, "shear": 0.0}, {"translate": [6, -4]}),
        ("affine", {"right": 0.0, "down": 0.0, "scale": 1.4, "shear": 20.0}, {"scale": 1.4, "shear": [20, 0]}),
    ],
)
def test_moved_pictures_agree_within(kind, values, named):
    named = {"angle": 0, "translate": [0, 0], "scale": 1.0, "shear": [0, 0], **named}
    expected = theirs(
        functional.affine, pixels=soft(), interpolation=BILINEAR, fill=0, **named | {"angle": -named["angle"]}
    )
    found = ours(kind, soft(), edges="black", **values)
    both = (expected > 0).all(axis=2) & (found > 0).all(axis=2)
    assert both.mean() > 0.5
    assert np.abs(found - expected)[both].mean() < 2.5


def test_a_perspective_leads_the_corners_to_the_same_places():
    places = dict.fromkeys(("left_1", "top_1"), 1.0)
    places |= dict.fromkeys(("right_2", "top_2", "right_3", "bottom_3", "left_4", "bottom_4"), 0.0)
    found = ours("perspective", soft((32, 32)), distance=50.0, edges="black", **places)
    corners = [[0, 0], [31, 0], [31, 31], [0, 31]]
    expected = theirs(functional.perspective, corners, [[8, 8], *corners[1:]], pixels=soft((32, 32)), fill=0)
    both = (expected > 0).all(axis=2) & (found > 0).all(axis=2)
    assert both.mean() > 0.7
    assert np.abs(found - expected)[both].mean() < 5  # theirs counts from the middles of the corner pixels


def test_a_crop_is_the_same_part_enlarged():
    found = ours("resized-crop", soft(), area=25.0, aspect=1.0, across=0.5, down=1.0)
    expected = theirs(functional.resized_crop, 16, 6, 16, 12, list(SHAPE), pixels=soft(), interpolation=BILINEAR)
    assert np.abs(found - expected)[:-2].mean() < 2.5


@pytest.mark.filterwarnings("ignore:The image decoding")
@pytest.mark.parametrize("quality", [5, 30, 75, 95])
def test_jpeg_loses_what_a_file_loses(quality):
    for pixels in (soft(), picture((32, 40)), picture((24, 24))):
        found = ours("jpeg", pixels, quality=float(quality))
        assert np.abs(found - theirs(functional.jpeg, quality, pixels=pixels)).mean() < 1.5
