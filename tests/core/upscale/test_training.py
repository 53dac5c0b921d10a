"""Training a small network: it begins at bicubic, learns, and goes on exactly where it was."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import signal

from core.errors import ConfigError
from core.pictures.chosen import ChosenPicture
from core.upscale.evaluate import compare, luminance, made_small, psnr, ssim
from core.upscale.layouts import CompactLayout
from core.upscale.networks import Compact
from core.upscale.resample import enlarged
from core.upscale.training import UpscalerTrainer, begin_as_bicubic
from core.upscale.training_pictures import TooFewPicturesError, Windows, collect
from core.upscale.training_settings import UpscalerSettings
from tests.core.upscale.test_resample import painting

SETTINGS = UpscalerSettings(scale=4, size="small", steps=30, batch_size=4, crop=64)
CPU = torch.device("cpu")


def blobs(seed: int, side: int = 160) -> Image.Image:
    """A drawing of hard edges, of which bicubic makes soft ones."""
    draw = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side]
    picture = np.full((side, side, 3), draw.random(3))
    for _ in range(24):
        y, x, radius = draw.integers(0, side, 2), draw.integers(0, side), draw.integers(6, 30)
        inside = (rows - y[0]) ** 2 + (columns - x) ** 2 < radius**2
        picture[inside] = draw.random(3)
    return Image.fromarray((picture * 255).astype(np.uint8))


def waves(seed: int, side: int = 128) -> Image.Image:
    """Fine waves, which bicubic makes fainter than they were."""
    draw = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side]
    total = np.zeros((side, side))
    for angle, pace, begin in draw.uniform((0, 0.25, 0), (6.3, 0.6, 6.3), (6, 3)):
        total += np.sin((rows * np.cos(angle) + columns * np.sin(angle)) * pace + begin)
    return Image.fromarray((np.stack([0.5 + total / 12] * 3, axis=2) * 255).astype(np.uint8))


def some(count: int, side: int = 160) -> tuple[list[ChosenPicture], dict[str, Image.Image]]:
    images = {str(index): blobs(index, side) for index in range(count)}
    return [ChosenPicture(label=name) for name in images], images


def windows(count: int = 4, *, scale: int = 4, crop: int = 64) -> Windows:
    chosen, images = some(count)
    found = collect(chosen, lambda picture: images[picture.label], scale=scale, crop=crop, seed=0)
    assert found is not None
    return found


# --- measures


def test_psnr_of_a_known_difference_is_what_the_formula_gives() -> None:
    assert psnr(np.full((20, 20), 0.5), np.full((20, 20), 0.6)) == pytest.approx(20.0)
    assert psnr(np.zeros((4, 4)), np.zeros((4, 4))) == 100.0


def test_ssim_agrees_with_the_definition_written_out() -> None:
    draw = np.random.default_rng(0)
    a = draw.random((40, 33))
    b = np.clip(a + draw.normal(0, 0.1, a.shape), 0, 1)
    places = np.arange(11) - 5
    window = np.exp(-(places[:, None] ** 2 + places[None] ** 2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(values: np.ndarray) -> np.ndarray:
        return signal.convolve2d(values, window, mode="valid")

    mu_a, mu_b = mean(a), mean(b)
    var_a, var_b, cov = mean(a * a) - mu_a**2, mean(b * b) - mu_b**2, mean(a * b) - mu_a * mu_b
    wanted = ((2 * mu_a * mu_b + 0.0001) * (2 * cov + 0.0009)) / (
        (mu_a**2 + mu_b**2 + 0.0001) * (var_a + var_b + 0.0009)
    )
    assert ssim(a, b) == pytest.approx(wanted.mean(), abs=1e-9)
    assert ssim(a, a) == pytest.approx(1.0)
    assert ssim(np.stack([a, b], axis=2), np.stack([a, a], axis=2)) == pytest.approx((1 + ssim(b, a)) / 2)


def test_luminance_goes_from_16_to_235() -> None:
    found = luminance(np.array([[[0, 0, 0], [1, 1, 1]]], np.float32)) * 255
    assert np.allclose(found, [[16, 235]], atol=1e-3)


def test_a_method_that_knows_the_original_scores_best() -> None:
    original = painting(64, 96)
    scores = compare([original], 4, {"cheat": lambda small: original})
    assert scores["cheat"].psnr_y == 100
    assert scores["bicubic"].psnr_y < 60
    assert scores["lanczos"].pictures == 1
    with pytest.raises(ValueError, match="large enough"):
        compare([original[:20, :20]], 4)


# --- pictures


def test_held_out_pictures_are_never_trained_on() -> None:
    images = {str(index): Image.new("RGB", (128, 128), (index * 20, 0, 0)) for index in range(12)}
    chosen = [ChosenPicture(label=name) for name in images]
    found = collect(chosen, lambda picture: images[picture.label], scale=2, crop=64, seed=3)
    assert found is not None
    trained = {int(window[0, 0, 0]) for window in found.large}
    held_out = {round(float(picture[0, 0, 0]) * 255) for picture in found.held_out}
    assert (len(held_out), len(trained), found.pictures) == (1, 11, 11)
    assert not trained & held_out


def test_small_and_large_crops_show_the_same_place_turned_alike() -> None:
    small, large = windows().batch(seed=1, step=5, size=16, crop=64, scale=4)
    assert (small.shape, large.shape) == ((16, 3, 16, 16), (16, 3, 64, 64))
    for one, other in zip(small, large, strict=True):
        again = made_small(other.transpose(1, 2, 0), 4).transpose(2, 0, 1)
        assert np.abs(again - one)[:, 1:-1, 1:-1].max() < 0.03


def test_the_same_step_gives_the_same_batch_and_another_another() -> None:
    found = windows()
    first, again, other = (found.batch(1, step, 4, 64, 4)[1] for step in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_pictures_that_cannot_be_used_are_named_and_too_few_refused() -> None:
    chosen, images = some(3)
    images["1"] = blobs(1, side=40)
    found = collect(chosen, lambda picture: images[picture.label], scale=4, crop=64, seed=0)
    assert found is not None
    assert found.left_out == ["1: 40 x 40 pixels; each side needs 64."]
    with pytest.raises(TooFewPicturesError, match="Found 1 usable"):
        collect(chosen[:2], lambda picture: images[picture.label], scale=4, crop=64, seed=0)


# --- training


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("size", ["small", "full"])
def test_a_network_begins_as_bicubic_interpolation(scale: int, size: str) -> None:
    trainer = UpscalerTrainer(UpscalerSettings(scale=scale, size=size), 10, CPU)
    small = made_small(painting(96, 128), 4)
    wanted = enlarged(small, scale, "bicubic")
    edge = 3 * scale
    found = trainer.enlarge(small)
    assert np.abs(found - wanted)[edge:-edge, edge:-edge].max() < 1e-4


def test_a_network_too_narrow_to_begin_as_bicubic_keeps_its_random_weights() -> None:
    torch.manual_seed(0)
    narrow = Compact(CompactLayout(2, 3, 8, 1))
    before = {name: tensor.clone() for name, tensor in narrow.state_dict().items()}
    begin_as_bicubic(narrow)
    assert all(torch.equal(tensor, before[name]) for name, tensor in narrow.state_dict().items())


def trained(steps: range, trainer: UpscalerTrainer, found: Windows) -> list[float]:
    return [trainer.step(step, *found.batch(0, step, 4, 64, 4)) for step in steps]


def test_training_brings_a_network_above_bicubic_on_a_picture_it_never_saw() -> None:
    images = {str(index): waves(index) for index in range(12)}
    chosen = [ChosenPicture(label=name) for name in images]
    found = collect(chosen, lambda picture: images[picture.label], scale=4, crop=64, seed=0)
    assert found is not None
    trainer = UpscalerTrainer(replace(SETTINGS, steps=80), 80, CPU)
    trained(range(80), trainer, found)
    scores = compare(found.held_out, 4, {"network": trainer.enlarge})
    assert scores["network"].psnr_y > scores["bicubic"].psnr_y + 3
    assert scores["network"].ssim_y > scores["bicubic"].ssim_y


def test_a_training_that_goes_on_equals_one_that_was_never_interrupted() -> None:
    found = windows()
    unbroken = UpscalerTrainer(SETTINGS, 6, CPU)
    trained(range(6), unbroken, found)
    first = UpscalerTrainer(SETTINGS, 6, CPU)
    trained(range(3), first, found)
    second = UpscalerTrainer(SETTINGS, 6, CPU)
    second.load_state(first.state())
    trained(range(3, 6), second, found)
    for name, tensor in unbroken.average.state_dict().items():
        assert torch.equal(tensor, second.average.state_dict()[name])


def test_the_learning_rate_rises_and_then_falls_to_nothing() -> None:
    trainer = UpscalerTrainer(SETTINGS, 1000, CPU)
    rates = [trainer.learning_rate(number) for number in (0, 149, 500, 999)]
    assert rates[0] < rates[1]
    assert rates[1] == pytest.approx(SETTINGS.learning_rate, rel=0.06)
    assert rates[2] == pytest.approx(SETTINGS.learning_rate / 2)
    assert rates[3] < 1e-7


@pytest.mark.parametrize(
    "change",
    [{"scale": 3}, {"size": "huge"}, {"minutes": 0}, {"crop": 50}, {"batch_size": 0}, {"more": 1}, {"seed": -1}],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        UpscalerSettings.from_json(SETTINGS.to_json() | change)
    assert UpscalerSettings.from_json(SETTINGS.to_json()) == SETTINGS
