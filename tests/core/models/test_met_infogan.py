import pytest
import torch

from core.errors import ConfigError
from core.models.codes import CodeLayout
from core.models.infogan_config import InfoGANConfig
from core.models.met_infogan import MetInfoGANDiscriminator, MetInfoGANGenerator

LAYOUT = CodeLayout(noise=5, categories=4, continuous=2)


def latents(count, seed=0):
    return torch.randn(count, LAYOUT.latent_dim, generator=torch.Generator().manual_seed(seed))


def test_codes_of_normal_latents_are_spread_evenly():
    codes = LAYOUT.split(latents(8000))
    shares = torch.bincount(codes.category, minlength=4) / 8000
    assert shares.tolist() == pytest.approx([0.25] * 4, abs=0.02)
    quarters = torch.histc(codes.continuous, 4, -1, 1) / 16000
    assert quarters.tolist() == pytest.approx([0.25] * 4, abs=0.02)


@pytest.mark.parametrize("category", range(4))
def test_a_category_that_was_set_is_read_back_and_nothing_else_has_changed(category):
    before = latents(50)
    after = LAYOUT.latents_with(before, category=category)
    assert LAYOUT.split(after).category.tolist() == [category] * 50
    assert torch.equal(LAYOUT.split(after).noise, LAYOUT.split(before).noise)
    assert torch.equal(LAYOUT.split(after).continuous, LAYOUT.split(before).continuous)
    assert torch.equal(after.sort(dim=1).values, before.sort(dim=1).values)  # as likely as it was
    assert torch.equal(LAYOUT.latents_with(after, category=category), after)


@pytest.mark.parametrize("value", [-1.0, -0.3, 0.0, 0.999, 1.0])
def test_a_slider_that_was_set_is_read_back_and_nothing_else_has_changed(value):
    before = latents(3)
    after = LAYOUT.latents_with(before, continuous={1: value})
    assert LAYOUT.split(after).continuous[:, 1].tolist() == pytest.approx([value] * 3, abs=1e-5)
    assert torch.equal(after[:, :-1], before[:, :-1])
    assert after.isfinite().all()


def test_latents_that_are_given_are_left_as_they_were():
    before = latents(4)
    kept = before.clone()
    LAYOUT.latents_with(before, category=2, continuous={0: 0.5})
    assert torch.equal(before, kept)


def test_codes_that_there_are_not_are_refused_in_words():
    with pytest.raises(ConfigError, match="category must lie between 0 and 3"):
        LAYOUT.latents_with(latents(1), category=4)
    with pytest.raises(ConfigError, match="slider must lie between 0 and 1"):
        LAYOUT.latents_with(latents(1), continuous={2: 0.0})
    with pytest.raises(ConfigError, match="value of a slider"):
        LAYOUT.latents_with(latents(1), continuous={0: 1.5})


def test_a_generator_is_given_zeros_and_a_one_for_the_category():
    z = LAYOUT.latents_with(latents(2), category=3)
    assert LAYOUT.given(z)[:, 5:9].tolist() == [[0, 0, 0, 1]] * 2


def test_pictures_depend_on_codes_and_reading_has_an_answer_for_each():
    torch.manual_seed(0)
    config = InfoGANConfig(resolution=32, noise=5, categories=4, continuous=2, width=8, max_width=16)
    generator, discriminator = MetInfoGANGenerator(config).eval(), MetInfoGANDiscriminator(config).eval()
    z = latents(3)
    pictures = generator(z)
    assert pictures.shape == (3, 3, 32, 32)
    loser = LAYOUT.latents_with(z, category=0)
    loser[:, 6:9] -= 1  # the contest is decided: by how much does not matter
    assert torch.equal(generator(loser), generator(LAYOUT.latents_with(z, category=0)))
    assert not torch.allclose(generator(loser), generator(LAYOUT.latents_with(z, category=1)), atol=1e-3)
    reading = discriminator.read(pictures)
    assert (reading.category_logits.shape, reading.continuous.shape) == ((3, 4), (3, 2))
    assert discriminator(pictures).shape == (3,)


def test_there_can_be_categories_alone():
    config = InfoGANConfig(resolution=32, continuous=0, width=4, max_width=8)
    generator = MetInfoGANGenerator(config).eval()
    assert generator(torch.randn(2, generator.latent_dim)).shape == (2, 3, 32, 32)
    assert generator.latent_dim == 70
