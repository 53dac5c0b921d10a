import numpy as np
import pytest
import torch
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as by_torchmetrics

from core.metrics import ms_ssim
from core.metrics.errors import MetricError
from tests.core.training.packs import stripes


def test_it_agrees_with_torchmetrics_where_that_can_measure():
    """torchmetrics needs 161 pixels a side and pads; ours does neither, which is all that sets them apart."""
    random = torch.Generator().manual_seed(0)
    first = torch.nn.functional.interpolate(torch.rand(2, 3, 24, 24, generator=random), size=192, mode="bicubic") * 255
    second = (first + 40 * torch.randn(first.shape, generator=random)).clamp(0, 255)
    expected = by_torchmetrics(second, first, data_range=255.0, reduction="none")
    assert ms_ssim.ms_ssim(first, second).numpy() == pytest.approx(expected.numpy(), abs=0.02)


def test_equal_pictures_are_alike_and_noise_is_not():
    noise = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    assert ms_ssim.pairwise(noise, noise) == pytest.approx(np.ones(8), abs=1e-4)
    assert ms_ssim.alikeness(noise, pairs=50).value < 0.1


def test_a_set_that_repeats_one_picture_has_no_variety_and_no_doubt():
    one = np.repeat(stripes(1, 32), 6, axis=0)
    measured = ms_ssim.alikeness(one, pairs=20)
    assert measured.value == pytest.approx(1, abs=1e-4)
    assert measured.high - measured.low < 1e-3


def test_the_interval_comes_from_pictures_and_not_from_pairs():
    few = ms_ssim.alikeness(stripes(10, 32), pairs=40)
    more_pairs = ms_ssim.alikeness(stripes(10, 32), pairs=400)
    assert few.low + 0.005 < few.value < few.high - 0.005
    assert more_pairs.high - more_pairs.low > 0.3 * (few.high - few.low)  # ten pictures stay ten pictures


def test_pictures_that_cannot_be_compared_are_refused():
    with pytest.raises(MetricError, match="two or more"):
        ms_ssim.alikeness(stripes(1, 32))
    with pytest.raises(MetricError, match="16 pixels"):
        ms_ssim.ms_ssim(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8))
