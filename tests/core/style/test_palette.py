"""The palette engine from request to picture, and through the command line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from core.cli import main
from core.errors import ConfigError, NotFoundError
from core.pictures.chosen import ChosenPicture
from core.pretrained import hash_of
from core.style import colour
from core.style.cost import cost_of
from core.style.engines import estimate, find_engine, settings_for
from core.style.output import read_request
from core.style.regions import regions
from core.style.request import StylePicture, StyleRequest
from core.style.restyle import restyle, to_image, to_tensor
from tests.core.pictures import corners, noise
from tests.core.style.test_colour import assert_moments, picture

PICTURES = {"content": to_image(picture(3)), "style": to_image(picture(4)), "other": to_image(picture(6))}
REQUEST = StyleRequest(
    ChosenPicture(label="content"), (StylePicture(ChosenPicture(label="style")),), engine="palette", strength=100
)


def opened(reference: ChosenPicture) -> Image.Image:
    return PICTURES[reference.label]


def tensor(label: str) -> torch.Tensor:
    return to_tensor(PICTURES[label])


def with_mask(left: int, monkeypatch: pytest.MonkeyPatch) -> ChosenPicture:
    mask = Image.new("L", (60, 40), 0)
    mask.paste(255, (0, 0, left, 40))
    monkeypatch.setitem(PICTURES, "mask", mask)
    return ChosenPicture(label="mask")


def test_at_full_strength_the_picture_has_the_colours_of_the_style() -> None:
    found = restyle(REQUEST, opened)
    assert_moments(colour.moments(found.picture), colour.moments(tensor("style")), 2e-3)  # some pixels are clamped
    assert not found.stopped
    assert found.label.startswith("palette:")


def test_at_no_strength_the_picture_stays_itself() -> None:
    assert torch.allclose(restyle(replace(REQUEST, strength=0), opened).picture, tensor("content"), atol=1e-6)


def test_more_strength_goes_further() -> None:
    away = [
        (restyle(replace(REQUEST, strength=strength), opened).picture - tensor("content")).square().mean().item()
        for strength in (0, 10, 25, 50, 75, 100)
    ]
    assert away == sorted(set(away))


@pytest.mark.parametrize("method", ["mkl", "coral", "reinhard"])
def test_a_picture_restyled_by_itself_stays_itself(method: str) -> None:
    request = replace(REQUEST, styles=(StylePicture(ChosenPicture(label="content")),), overrides={"method": method})
    assert torch.allclose(restyle(request, opened).picture, tensor("content"), atol=2e-3)


def test_several_styles_mix_by_weight() -> None:
    styles = (StylePicture(ChosenPicture(label="style"), 3.0), StylePicture(ChosenPicture(label="other"), 1.0))
    found = colour.moments(restyle(replace(REQUEST, styles=styles), opened).picture)
    wanted = colour.mixed([colour.moments(tensor("style")), colour.moments(tensor("other"))], [3.0, 1.0])
    assert_moments(found, wanted, 3e-3)


def test_a_style_with_a_mask_paints_only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = with_mask(30, monkeypatch)
    two_halves = torch.cat([picture(3)[:, :, :30], picture(6)[:, :, 30:]], dim=2)  # of different colours
    monkeypatch.setitem(PICTURES, "content", to_image(two_halves))
    styles = (StylePicture(ChosenPicture(label="style"), mask=mask),)
    found = restyle(replace(REQUEST, styles=styles), opened).picture
    assert torch.equal(found[:, :, 30:], tensor("content")[:, :, 30:])
    painted = colour.moments(found[:, :, :30].contiguous())
    assert_moments(painted, colour.moments(tensor("style")), 3e-3)


def test_outside_the_whole_mask_the_content_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    found = restyle(replace(REQUEST, mask=with_mask(20, monkeypatch)), opened).picture
    assert torch.equal(found[:, :, 20:], tensor("content")[:, :, 20:])
    assert (found[:, :, :20] - tensor("content")[:, :, :20]).abs().mean() > 0.02


def test_masks_share_pixels_by_weight_and_need_something_white() -> None:
    half = torch.zeros(2, 4)
    half[:, :2] = 1
    found = regions([half, None], [3.0, 1.0], 2, 4)
    assert found.shares[0, 0].tolist() == [0.75, 0.75, 0, 0]
    assert torch.equal(found.coverage, torch.ones(2, 4))
    with pytest.raises(ConfigError, match="black everywhere"):
        regions([torch.zeros(2, 4)], [1.0], 2, 4)


def test_kept_colours_leave_chroma_alone() -> None:
    found = restyle(replace(REQUEST, keep_colours="exact"), opened).picture
    plain = restyle(REQUEST, opened).picture
    assert torch.allclose(colour.luminance(found), colour.luminance(plain), atol=1e-4)
    redness, redness_before = (p[0] - colour.luminance(p) for p in (found, tensor("content")))
    assert torch.allclose(redness, redness_before, atol=1e-4)
    with pytest.raises(ConfigError, match="nothing but colours"):
        restyle(replace(REQUEST, keep_colours="strokes"), opened)


def test_kept_luminance_leaves_light_and_dark_alone() -> None:
    found = restyle(replace(REQUEST, overrides={"keep_luminance": True}), opened).picture
    assert torch.allclose(colour.luminance(found), colour.luminance(tensor("content")), atol=1e-4)


def test_the_result_has_the_size_that_was_asked_for() -> None:
    assert restyle(replace(REQUEST, size=48), opened).picture.shape == (3, 32, 48)


def test_settings_that_do_not_exist_or_cannot_work_are_refused() -> None:
    with pytest.raises(NotFoundError, match="palette"):
        find_engine("pallete")
    with pytest.raises(ConfigError, match="no setting brushes"):
        settings_for("palette", 50, {"brushes": 1})
    with pytest.raises(ConfigError, match="of the kind"):
        settings_for("palette", 50, {"amount": "all"})
    with pytest.raises(ConfigError, match="0 to 1"):
        settings_for("palette", 50, {"amount": 2})


def test_more_pixels_are_said_to_cost_more() -> None:
    small, large = (estimate("palette", settings_for("palette", 50), side, side) for side in (100, 4000))
    assert small.seconds < large.seconds
    assert small.bytes < large.bytes
    assert cost_of(REQUEST, 4000, 4000) == large


def test_the_command_writes_a_picture_that_can_be_asked_how_it_was_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corners(96, 64).save(tmp_path / "content.png")
    noise(40, 40).save(tmp_path / "style.png")
    out = tmp_path / "out.png"
    arguments = ["style", "--content", str(tmp_path / "content.png"), "--style", str(tmp_path / "style.png")]
    arguments += ["--engine", "palette", "--strength", "strong", "--size", "48", "--out", str(out), "--json"]
    assert main(arguments) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["engine"], facts["width"], facts["height"]) == ("palette", 48, 32)
    request = read_request(out)
    content = ChosenPicture(sha256=hash_of(tmp_path / "content.png"), label="content.png")
    assert (request.strength, request.size, request.content) == (75, 48, content)
    assert Image.open(out).size == (48, 32)


def test_the_command_refuses_what_cannot_work_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corners(96, 64).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no picture")
    base = ["style", "--engine", "palette", "--content", str(tmp_path / "a.png"), "--style"]
    for rest, words in (
        ([str(tmp_path / "a.png"), "--out", str(tmp_path / "x.jpg")], "PNG"),
        ([str(tmp_path / "b.png"), "--out", str(tmp_path / "x.png")], "b.png"),
        ([str(tmp_path / "a.png"), "--weights", "1,2", "--out", str(tmp_path / "x.png")], "1 styles, 2 weights"),
        ([str(tmp_path / "a.png"), "--set", "brushes=2", "--out", str(tmp_path / "x.png")], "no setting brushes"),
    ):
        assert main([*base, *rest]) == 1
        assert words in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()
