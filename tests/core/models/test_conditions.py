"""Networks that are told something of a picture."""

import pytest
import torch

from core.models.zoo import build_networks

SMALL = {"resolution": 32, "width": 8, "max_width": 16, "latent_dim": 8, "terms": 3}


@pytest.fixture
def networks():
    torch.manual_seed(0)
    return build_networks("atelier-gan", SMALL)


def test_the_same_latents_paint_other_pictures_for_other_terms(networks):
    generator, z = networks["generator"].eval(), torch.randn(2, 8)
    red, blue = torch.tensor([[1.0, 0, 0]] * 2), torch.tensor([[0, 0, 1.0]] * 2)
    assert generator(z, red).shape == (2, 3, 32, 32)
    assert not torch.equal(generator(z, red), generator(z, blue))


def test_no_terms_mean_anything_and_are_the_same_as_zeros(networks):
    generator, z = networks["generator"].eval(), torch.randn(2, 8)
    assert torch.equal(generator(z), generator(z, torch.zeros(2, 3)))


def test_the_discriminator_judges_whether_the_terms_fit(networks):
    images = torch.rand(4, 3, 32, 32) * 2 - 1
    given = torch.eye(3)[[0, 1, 2, 0]]
    with_terms, without = networks["discriminator"](images, given), networks["discriminator"](images)
    assert with_terms.shape == (4,)
    assert not torch.equal(with_terms, without)
    assert torch.allclose(networks["discriminator"](images, torch.zeros(4, 3)), without)


def test_several_terms_at_once_are_as_long_as_one(networks):
    condition = networks["generator"].condition
    both, first, second = condition(torch.tensor([[1.0, 1, 0], [1, 0, 0], [0, 1, 0]]))
    assert torch.allclose(both, (first + second) / 2)


def test_far_levels_are_joined_from_128_pixels_on():
    def joined(resolution, **more):
        with torch.device("meta"):
            settings = {"resolution": resolution, "width": 8, "max_width": 16, **more}
            return sorted(build_networks("atelier-gan", settings)["generator"].excite)

    assert joined(64) == []
    assert joined(128) == ["4", "5"]  # 4 -> 64 and 8 -> 128 pixels
    assert joined(256) == ["4", "5", "6"]
    assert joined(128, skip_excitation=False) == []


def test_a_joined_level_is_gated_by_the_coarse_map():
    torch.manual_seed(0)
    generator = build_networks("atelier-gan", {"resolution": 128, "width": 8, "max_width": 16})["generator"].eval()
    z = torch.randn(1, 128)
    before = generator(z)
    torch.nn.init.constant_(generator.excite["5"].gate.bias, -30.0)  # closed: the finest level sees nothing
    assert not torch.equal(generator(z), before)
