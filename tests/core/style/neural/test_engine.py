"""The engine as a request reaches it: its weights, its estimate, its presets."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from core.errors import ConfigError, NotFoundError
from core.style.engines import Report, estimate, find_engine, settings_for
from core.style.neural.presets import PRESETS, TUTORIAL, WIKIART, compare, overrides_of, wikiart_row
from core.style.neural.settings import NeuralSettings
from core.style.neural.vgg import VGG19, random_tensors
from core.style.weights import WeightsError
from tests.core.style.neural.made import features, picture


@pytest.fixture(autouse=True)
def lab(tmp_path, monkeypatch):
    """A workspace and a cache without any weights."""
    monkeypatch.setenv("ATELIER_HOME", str(tmp_path / "lab"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def _run(settings, report=Report()):  # noqa: B008
    engine = find_engine("neural")
    return engine.run(picture(24, 32, seed=1), [picture(30, 30, seed=2)], [1.0], settings, report=report)


def test_without_its_weights_it_refuses_and_says_which_where_and_how_large():
    with pytest.raises(WeightsError, match=r"vgg19-dcbb9e9d\.pth \(VGG19, trained on ImageNet, 575 MB\)"):
        _run(settings_for("neural", 50))


def test_with_a_file_that_was_given_it_restyles_and_says_what_it_used(tmp_path):
    path = tmp_path / "drawn.safetensors"
    save_file(random_tensors(VGG19, "relu2_1", seed=0), path)
    choices = {
        "weights_file": str(path),
        "content_layers": ["relu2_1"],
        "style_layers": ["relu1_1", "relu2_1"],
        "style_layer_weights": [4, 1],
        "steps": 1,
    }
    notes = []
    result = _run(settings_for("neural", 50, choices), Report(note=notes.append))
    assert result.shape == (3, 24, 32)
    assert "drawn.safetensors" in notes[0]
    assert "no published hash" in notes[0]


def test_a_larger_picture_costs_more_and_tiles_keep_its_memory_small():
    settings = NeuralSettings(tile_side=0)
    small, large = (estimate("neural", settings, side, side) for side in (256, 512))
    assert 2 < large.seconds / small.seconds < 8
    whole, tiled = (estimate("neural", replace(settings, tile_side=side), 4096, 4096) for side in (0, 512))
    assert tiled.bytes < whole.bytes / 4
    assert tiled.seconds > whole.seconds


def test_the_default_takes_more_steps_on_a_gpu_than_on_a_processor():
    usual = NeuralSettings()
    assert usual.steps_on("cpu") == (150, 75)
    assert usual.steps_on("cuda:0") == (1000, 500)
    assert replace(usual, steps=10).steps_on("cpu") == (20, 10)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_given_as_overrides_is_the_preset(name):
    assert settings_for("neural", 50, overrides_of(name)) == PRESETS[name]


def test_a_preset_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(NotFoundError, match="wikiart-neural-trasnfer"):
        overrides_of("best")


def test_the_rows_of_the_wikiart_table_have_its_weights():
    """A sum over five layers is five times their mean."""
    assert [wikiart_row(row).loss_weights for row in range(3)] == [(5e6, 1.0), (5e5, 5.0), (5e6, 10.0)]
    assert WIKIART.steps_on("cpu") == (300, 300)


def test_the_wikiart_presets_style_loss_is_the_sum_over_layers_as_its_notebook_has_it():
    shallow = features(plan=VGG19, deepest="conv3_1", edges="zeros")
    content, style = picture(16, 16, seed=1), picture(16, 16, seed=2)
    notes = []
    one_step = replace(WIKIART, first_steps=1)
    compare({"judge": shallow, "one": shallow}, content, style, {"one": one_step}, Report(note=notes.append))
    expected = 0.0
    found = [shallow(shown[None], WIKIART.style_layers) for shown in (content, style)]
    for layer in WIKIART.style_layers:
        grams = [part[layer].flatten(1) @ part[layer].flatten(1).mT / part[layer].numel() for part in found]
        expected += 1e6 * float(torch.nn.functional.mse_loss(*grams))
    assert f"style {expected:.3f}"[:-1] in notes[0]


def test_the_wikiart_preset_removes_less_of_the_style_loss_than_the_tutorials_optimiser():
    shallow = features(plan=VGG19, deepest="conv3_1", edges="zeros")
    settings = {"preset": replace(WIKIART, first_steps=6), "tutorial": replace(TUTORIAL, first_steps=6)}
    networks = dict.fromkeys(["judge", *settings], shallow)
    preset, tutorial = compare(networks, picture(20, 20, seed=1), picture(20, 20, seed=2), settings, Report())
    assert 0 < preset.removed < 0.1 < tutorial.removed


def test_a_setting_the_engine_does_not_have_is_refused():
    with pytest.raises(ConfigError, match="no setting style_wait"):
        settings_for("neural", 50, {"style_wait": 3})
