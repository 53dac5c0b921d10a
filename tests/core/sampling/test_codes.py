import numpy as np
import pytest
import torch

from core.errors import ConfigError
from core.models.zoo import build_models
from core.sampling.codes import category_columns, code_sweep, pictures_with
from core.sampling.sampler import Sampler

SMALL = {"resolution": 32, "width": 4, "max_width": 8}


@pytest.fixture
def sampler():
    torch.manual_seed(0)
    generator = build_models("met-infogan", {**SMALL, "categories": 3, "continuous": 2})["generator"].eval()
    return Sampler(generator.requires_grad_(False), {"architecture": "met-infogan"}, torch.device("cpu"))


def test_columns_show_the_same_noise_in_every_category(sampler):
    pictures = category_columns(sampler, rows=2, seed=1).reshape(2, 3, 32, 32, 3)
    own = pictures_with(sampler, 2, seed=1)
    assert pictures.dtype == np.uint8
    for row in range(2):
        nearest = [np.abs(picture.astype(int) - own[row]).max() for picture in pictures[row]]
        assert sorted(distance <= 1 for distance in nearest) == [False, False, True]  # one is that of the sample itself


def test_a_sweep_goes_from_one_end_of_a_slider_to_the_other(sampler):
    pictures = code_sweep(sampler, 1, steps=5, rows=2, seed=3).reshape(2, 5, 32, 32, 3)
    for column, value in ((0, -1.0), (2, 0.0), (4, 1.0)):
        expected = pictures_with(sampler, 2, seed=3, sliders={1: value})
        assert np.abs(pictures[:, column].astype(int) - expected).max() <= 1
    assert (pictures[:, 0] != pictures[:, 4]).any()


def test_a_slider_that_there_is_not_is_refused(sampler):
    with pytest.raises(ConfigError, match="slider must lie between 0 and 1"):
        code_sweep(sampler, 2)


def test_a_network_without_codes_is_refused_in_words():
    generator = build_models("quick-gan", SMALL)["generator"].eval()
    with pytest.raises(ConfigError, match="Train the preset met-infogan"):
        category_columns(Sampler(generator, {"architecture": "atelier-gan"}, torch.device("cpu")))
