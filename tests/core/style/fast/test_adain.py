"""AdaIN and Johnson's networks: made weights in the published layouts load and do what their papers say."""

import pytest
import torch

from core.style.engines import Report
from core.style.errors import StyleError
from core.style.fast import adain, johnson
from core.style.fast.engine import run
from core.style.fast.settings import FastSettings, settings_at
from core.style.weights import WeightsError
from tests.core.style.neural.made import picture

CONTENT, STYLE = picture(41, 50, seed=1), picture(48, 40, seed=2)


def _adain_files(folder):
    """Made weights in the layout of vgg_normalised.pth (which goes on to relu5_4) and decoder.pth."""
    torch.manual_seed(0)
    encoder = adain.encoder().state_dict() | {"32.weight": torch.zeros(2, 2), "51.bias": torch.zeros(2)}
    torch.save(encoder, folder / "vgg_normalised.pth")
    torch.save(adain.decoder().state_dict(), folder / "decoder.pth")
    return {"encoder_file": str(folder / "vgg_normalised.pth"), "decoder_file": str(folder / "decoder.pth")}


def _run(settings, *, styles=None, weights=None, masks=None, content=CONTENT, report=Report()):  # noqa: B008
    styles = styles or [STYLE]
    return run(content, styles, weights or [1.0] * len(styles), settings, masks=masks, device="cpu", report=report)


@pytest.fixture(autouse=True)
def lab(tmp_path, monkeypatch):
    """A workspace and a cache without any weights."""
    monkeypatch.setenv("ATELIER_HOME", str(tmp_path / "lab"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def test_layers_have_the_places_that_the_published_files_give_them():
    encoder = {name: shape for name, shape in adain.shapes(adain.encoder()).items() if name.endswith("weight")}
    assert list(encoder) == [f"{place}.weight" for place in (0, 2, 5, 9, 12, 16, 19, 22, 25, 29)]
    assert encoder["0.weight"] == (3, 3, 1, 1)
    assert encoder["29.weight"] == (512, 256, 3, 3)
    decoder = {name: shape for name, shape in adain.shapes(adain.decoder()).items() if name.endswith("weight")}
    assert list(decoder) == [f"{place}.weight" for place in (1, 5, 8, 11, 14, 18, 21, 25, 28)]
    assert decoder["1.weight"] == (256, 512, 3, 3)
    assert decoder["28.weight"] == (3, 64, 3, 3)


def test_normalised_activations_have_the_styles_mean_and_deviation():
    content, style = torch.randn(1, 4, 9, 7), 3 * torch.randn(1, 4, 5, 6) + 2
    found = adain.normalised(content, style)
    torch.testing.assert_close(found.mean(dim=(2, 3)), style.mean(dim=(2, 3)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.std(dim=(2, 3)), style.std(dim=(2, 3)), rtol=1e-3, atol=1e-3)


def test_files_of_made_weights_restyle_a_picture_of_any_size(tmp_path):
    files, notes = _adain_files(tmp_path), []
    result = _run(FastSettings(**files), report=Report(note=notes.append))
    assert result.shape == CONTENT.shape
    assert 0 <= float(result.min()) <= float(result.max()) <= 1
    assert ["vgg_normalised.pth" in note or "decoder.pth" in note for note in notes] == [True, True]


def test_with_alpha_0_the_style_has_no_part(tmp_path):
    files = _adain_files(tmp_path)
    other = picture(48, 40, seed=3)
    assert torch.equal(_run(FastSettings(alpha=0.0, **files)), _run(FastSettings(alpha=0.0, **files), styles=[other]))
    assert not torch.equal(_run(FastSettings(**files)), _run(FastSettings(**files), styles=[other]))


def test_styles_are_mixed_by_weight(tmp_path):
    files = FastSettings(**_adain_files(tmp_path))
    other = picture(48, 40, seed=3)
    mixed = _run(files, styles=[STYLE, other], weights=[1.0, 1e-9])
    torch.testing.assert_close(mixed, _run(files), rtol=0, atol=1e-4)


def test_each_style_paints_within_its_mask_and_nothing_outside(tmp_path):
    settings = FastSettings(**_adain_files(tmp_path))
    mask = torch.zeros(41, 50)
    mask[:, :25] = 1
    result = _run(settings, masks=[mask])
    assert torch.equal(result[:, :, 25:], CONTENT[:, :, 25:])
    assert not torch.equal(result[:, :, :25], CONTENT[:, :, :25])


def test_torchvisions_weights_in_place_of_adains_are_refused(tmp_path):
    files = _adain_files(tmp_path)
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "vgg_normalised.pth")
    with pytest.raises(WeightsError, match=r"does not hold AdaIN's encoder: 0\.weight is missing"):
        _run(FastSettings(**files))


def test_missing_files_are_named_and_no_other_engine_steps_in():
    with pytest.raises(WeightsError, match=r"vgg_normalised\.pth \(AdaIN's encoder, 80 MB\), and it is not here"):
        _run(FastSettings())
    with pytest.raises(WeightsError, match=r"candy\.pth"):
        _run(FastSettings(network="johnson"))


def test_a_picture_too_small_for_the_network_is_refused_with_what_it_needs(tmp_path):
    with pytest.raises(StyleError, match="at least 16"):
        _run(FastSettings(**_adain_files(tmp_path)), content=picture(8, 50, seed=1))


def _johnson_file(path, *, old: bool = False):
    torch.manual_seed(0)
    tensors = johnson.TransformerNet().state_dict()
    if old:
        for name in [name for name in tensors if name.startswith("in") and name.endswith(".weight")]:
            for kind in ("running_mean", "running_var"):
                tensors[name.replace("weight", kind)] = torch.ones(tensors[name].shape)
    torch.save(tensors, path)
    return FastSettings(network="johnson", style_file=str(path))


def test_johnsons_network_has_the_size_and_names_of_the_published_ones():
    network = johnson.TransformerNet()
    assert sum(part.numel() for part in network.parameters()) == 1_679_235
    names = set(network.state_dict())
    assert {
        "conv1.conv2d.weight",
        "in3.bias",
        "res5.in2.weight",
        "deconv1.conv2d.bias",
        "deconv3.conv2d.weight",
    } <= names


def test_a_file_with_running_statistics_of_old_versions_gives_the_same_picture(tmp_path):
    new = _run(_johnson_file(tmp_path / "new.pth"))
    old = _run(_johnson_file(tmp_path / "old.pth", old=True))
    assert torch.equal(new, old)
    assert new.shape == CONTENT.shape


def test_johnsons_network_says_that_it_looks_at_no_style_picture(tmp_path):
    notes = []
    settings = _johnson_file(tmp_path / "candy.pth")
    one = _run(settings, report=Report(note=notes.append))
    assert torch.equal(one, _run(settings, styles=[picture(48, 40, seed=3)]))
    assert "the style pictures are not looked at" in notes[0]


def test_strength_decides_how_far_the_picture_goes():
    assert [settings_at(strength).alpha for strength in (0, 50, 100)] == [0, 0.8, 1]
