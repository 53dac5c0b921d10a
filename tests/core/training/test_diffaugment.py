import pytest
import torch

from core.training.diffaugment import diffaugment
from core.training.parallel import Share


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures():
    return torch.rand(64, 3, 32, 32, generator=draw(9)) * 2 - 1


def test_color_moves_brightness_by_at_most_half():
    grey = torch.zeros(500, 3, 8, 8)  # saturation and contrast do nothing to a plain grey
    shift = diffaugment(grey, ("color",), draw()).mean(dim=(1, 2, 3))
    assert -0.5 <= shift.min() < -0.45
    assert 0.45 < shift.max() <= 0.5


def test_color_scales_saturation_from_none_to_double_and_contrast_by_half():
    red = torch.zeros(500, 3, 8, 8)
    red[:, 0, :, :4] = 0.9  # left half red, right half black
    changed = diffaugment(red, ("color",), draw())
    left = changed[:, :, 0, 0]
    saturation_times_contrast = (left[:, 0] - left[:, 1]) / 0.9
    contrast = (changed[:, :, 0, 0].mean(1) - changed[:, :, 0, 7].mean(1)) / 0.3
    assert 0.5 <= contrast.min() < 0.53
    assert 1.47 < contrast.max() <= 1.5
    saturation = saturation_times_contrast / contrast
    assert -1e-5 <= saturation.min() < 0.05
    assert 1.95 < saturation.max() <= 2.0001


def test_translation_moves_by_at_most_an_eighth_and_brings_in_zeros():
    pictures = torch.zeros(500, 1, 32, 32)
    pictures[:, :, 16, 16] = 1
    moved = diffaugment(pictures, ("translation",), draw())
    where = moved.flatten(1).argmax(1)
    down, right = where // 32 - 16, where % 32 - 16
    assert set(down.tolist()) == set(right.tolist()) == set(range(-4, 5))
    filled = diffaugment(torch.ones(500, 1, 32, 32), ("translation",), draw())
    assert filled.mean(dim=(1, 2, 3)).min() == pytest.approx((28 / 32) ** 2)
    assert set(filled.unique().tolist()) == {0.0, 1.0}


def test_cutout_blanks_one_square_of_half_the_side_that_may_stand_over_the_edge():
    cut = diffaugment(torch.ones(500, 1, 32, 32), ("cutout",), draw())
    blank = (cut == 0).sum(dim=(1, 2, 3))
    assert blank.max() == 16 * 16
    assert blank.min() >= 8 * 8
    assert (blank < 256).any()


def test_each_picture_is_changed_on_its_own(pictures):
    same = pictures[:1].repeat(16, 1, 1, 1)
    for name in ("color", "translation", "cutout"):
        changed = diffaugment(same, (name,), draw())
        assert len({tuple(picture.flatten().tolist()) for picture in changed}) > 12


def test_the_same_draw_gives_the_same_changes_and_none_gives_the_pictures(pictures):
    names = ("color", "translation", "cutout")
    assert torch.equal(diffaugment(pictures, names, draw()), diffaugment(pictures, names, draw()))
    assert not torch.equal(diffaugment(pictures, names, draw()), diffaugment(pictures, names, draw(1)))
    assert diffaugment(pictures, ()) is pictures


def test_gradients_reach_the_pictures(pictures):
    pictures.requires_grad_()
    diffaugment(pictures, ("color", "translation", "cutout"), draw()).square().sum().backward()
    assert (pictures.grad.abs().sum(dim=(1, 2, 3)) > 0).all()


def test_a_chance_of_one_draws_no_more_than_was_drawn_before_there_was_one():
    one, other = draw(3), draw(3)
    cut = diffaugment(torch.ones(4, 3, 16, 16), ("cutout",), one, chance=1.0)
    torch.rand(2, 4, 1, generator=other)  # where the four squares lie
    assert torch.equal(one.get_state(), other.get_state())
    assert (cut == 0).flatten(1).any(1).all()


def test_each_change_happens_to_a_picture_as_often_as_its_chance_says():
    images = torch.rand(600, 3, 8, 8) * 2 - 1
    changed = diffaugment(images, ("cutout",), torch.Generator().manual_seed(1), chance=0.25)
    touched = (changed != images).flatten(1).any(1)
    assert 0.2 < touched.float().mean() < 0.3
    assert torch.equal(diffaugment(images, ("color", "cutout"), torch.Generator(), chance=0.0), images)


def test_processes_that_share_a_batch_leave_out_the_same_pictures():
    images, names = torch.rand(8, 3, 16, 16), ("color", "translation", "cutout")
    whole = diffaugment(images, names, torch.Generator().manual_seed(2), chance=0.5)
    parts = [
        diffaugment(
            images[4 * rank : 4 * rank + 4], names, torch.Generator().manual_seed(2), Share(rank, 2), chance=0.5
        )
        for rank in range(2)
    ]
    assert torch.equal(torch.cat(parts), whole)
