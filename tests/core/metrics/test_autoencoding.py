import numpy as np
import pytest
import torch
from torch import Tensor

from core.metrics import autoencoding
from core.metrics.errors import MetricError
from core.models.autoencoder import Autoencoder
from tests.core.training.packs import stripes


class Eye(Autoencoder):
    """Its latent: the mean of each colour over the picture, and zeros; what it paints: sheets of that colour."""

    def parameters_of(self, images: Tensor, terms: Tensor | None) -> Tensor:
        mean = torch.zeros(len(images), self.latent_dim)
        mean[:, :3] = images.mean(dim=(2, 3))
        return torch.cat([mean, torch.zeros_like(mean)], dim=1)

    def decode(self, z: Tensor, terms: Tensor | None = None) -> Tensor:
        return z[:, :3, None, None].expand(-1, 3, 32, 32)


def sheets(count, seed=0):
    return np.broadcast_to(np.random.default_rng(seed).integers(0, 256, (count, 1, 1, 3), np.uint8), (count, 32, 32, 3))


def test_what_comes_back_unchanged_has_no_error():
    found = autoencoding.reconstruction(Eye(8), (sheets(10), None), (sheets(10, 1), None))
    assert found.value == pytest.approx(0, abs=0.01)
    assert found.details["ms_ssim"] == pytest.approx(1, abs=1e-3)


def test_the_error_is_the_root_mean_square_in_8_bit_steps():
    pictures = np.zeros((4, 32, 32, 3), np.uint8)
    pictures[:, :16] = 100  # comes back as 50 everywhere: off by 50
    found = autoencoding.reconstruction(Eye(8), (pictures, None), (sheets(4), None))
    assert found.value == pytest.approx(50, abs=0.5)
    assert found.low == pytest.approx(found.value)
    assert found.details["trained"] == pytest.approx(0, abs=0.01)
    assert found.details["psnr"] == pytest.approx(20 * np.log10(255 / 50), abs=0.1)


def test_the_mean_picture_is_what_a_model_answers_that_has_learned_nothing():
    trained = np.stack([np.full((32, 32, 3), 0, np.uint8), np.full((32, 32, 3), 100, np.uint8)])
    assert autoencoding.mean_picture_error(trained, trained) == pytest.approx(50)


def test_only_numbers_that_vary_with_the_picture_are_active():
    found = autoencoding.active_units(Eye(8), sheets(40), None)
    assert found.value == 3
    assert (found.low, found.high) == (3, 3)
    assert found.details == {"latent_dim": 8}
    assert autoencoding.active_units(Eye(8), np.repeat(sheets(1), 5, axis=0), None).value == 0
    with pytest.raises(MetricError, match="at least two"):
        autoencoding.active_units(Eye(8), stripes(1, 32), None)
