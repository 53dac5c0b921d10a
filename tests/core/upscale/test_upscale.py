"""One request from picture to larger picture, and the file it leaves."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.errors import ConfigError, NotFoundError
from core.images import read_image_with_alpha
from core.pictures.carried import NoRequestError
from core.pictures.chosen import ChosenPicture
from core.upscale.errors import StoppedError, UpscaleError
from core.upscale.methods import METHODS
from core.upscale.output import REQUEST_KEY, encode_png, read_request
from core.upscale.report import Report
from core.upscale.request import UpscaleRequest
from core.upscale.upscale import check_size, preview_of, upscale
from tests.core.pictures import close, corner_colours, corners, encoded, noise

REQUEST = UpscaleRequest(ChosenPicture(path="/home/ada/secret/bridge.png"))
FREE = [name for name, method in METHODS.items() if not method.needs_model]


def asked(method: str, scale: int = 4, **options: Any) -> UpscaleRequest:
    return UpscaleRequest(ChosenPicture(label="bridge"), scale, method, **options)


@pytest.mark.parametrize("method", FREE)
@pytest.mark.parametrize("scale", [2, 4])
def test_every_method_without_a_network_says_that_it_invents_nothing(method: str, scale: int) -> None:
    made = upscale(asked(method, scale), corners(24, 16))
    assert made.image.size == (24 * scale, 16 * scale)
    assert made.image.mode == "RGB"
    assert "no detail invented" in made.label
    assert all(map(close, corner_colours(made.image), corner_colours(corners(24, 16))))


def test_transparency_is_kept_and_hidden_colours_do_not_seep_into_the_edge() -> None:
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    image.paste((240, 200, 40, 255), (8, 8, 24, 24))
    made = upscale(asked("lanczos"), image)
    assert made.image.mode == "RGBA"
    pixels = np.asarray(made.image)
    seen = pixels[pixels[:, :, 3] > 16]
    assert np.abs(seen[:, :3].astype(int) - (240, 200, 40)).max() <= 2
    assert pixels[0, 0, 3] == 0
    assert pixels[64, 64, 3] == 255


def test_a_picture_made_by_sixteen_bits_tells_more_than_256_shades() -> None:
    ramp = Image.fromarray(np.tile(np.arange(16, dtype=np.uint8)[None, :, None] + 100, (16, 1, 3)))
    made = upscale(asked("bicubic"), ramp)
    data = encode_png(made.picture, bits=16, request=REQUEST)
    assert data[24] == 16  # the bit depth in the PNG's header
    assert len(np.unique(np.rint(made.picture * 65535))) > 30


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_png_gives_back_its_pixels(mode: str) -> None:
    image = noise(40, 30).convert(mode)
    if mode == "RGBA":
        image.putalpha(noise(40, 30, seed=1).convert("L"))
    picture = np.asarray(image, np.float32) / 255
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(picture)))), np.asarray(image))


def test_a_picture_gives_back_the_request_that_made_it_without_any_path() -> None:
    request = UpscaleRequest(
        ChosenPicture(path="/home/ada/secret/bridge.png"), 2, "model", "C:\\models\\sharp.pth", sharpen=60, tile=192
    )
    png = encode_png(np.zeros((16, 16, 3), np.float32), request=request, label="model: sharp")
    assert b"secret" not in png
    assert b"C:" not in png
    found = read_request(png)
    assert found == request.for_file()
    assert found.model == "sharp.pth"
    assert found.picture == ChosenPicture(label="bridge.png")


def test_a_request_is_the_same_after_its_way_through_json() -> None:
    request = asked("own", 2, model="rivers", sharpen=40.0, tile=0, overlap=12)
    assert UpscaleRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@pytest.mark.parametrize(
    "change",
    [
        {"scale": 3},
        {"scale": "4"},
        {"method": "magic"},
        {"method": "own"},
        {"model": "rivers"},
        {"sharpen": 1e9},
        {"passes": 0},
        {"tile": 5},
        {"overlap": -1},
        {"later": 1},
        {"picture": {}},
    ],
)
def test_a_request_that_cannot_be_done_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((ConfigError, NotFoundError)):
        UpscaleRequest.from_json(asked("lanczos").to_json() | change)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"picture": 3}', '{"picture": {"label": "a"}, "scale": 9}'])
def test_a_damaged_request_in_a_picture_is_refused(text: str) -> None:
    facts = PngImagePlugin.PngInfo()
    facts.add_itxt(REQUEST_KEY, text)
    with pytest.raises((NoRequestError, ConfigError)):
        read_request(encoded(corners(), "PNG", pnginfo=facts))


def test_a_picture_without_a_request_says_so() -> None:
    for data in (encoded(corners()), encoded(corners(), "JPEG"), b"\x89PNG\r\n\x1a\nnothing"):
        with pytest.raises(NoRequestError):
            read_request(data)


def test_a_result_that_would_not_fit_into_memory_is_refused_before_any_work() -> None:
    with pytest.raises(UpscaleError, match="would become 40,000 x 40,000"):
        check_size(10_000, 10_000, 4)


def test_a_stop_between_passes_keeps_nothing_of_the_picture() -> None:
    seen: list[tuple[int, int, str]] = []
    report = Report(progress=lambda *told: seen.append(told), stop_requested=lambda: len(seen) == 3)
    with pytest.raises(StoppedError):
        upscale(asked("backprojection", passes=9), corners(), report=report)
    assert seen[-1] == (3, 9, "passes")


def test_sharpening_is_told_in_the_label() -> None:
    assert upscale(asked("bicubic", sharpen=70), corners()).label.endswith("sharpened by 70 %")


def test_a_preview_is_never_longer_than_512_pixels() -> None:
    assert preview_of(np.zeros((3000, 1500, 3), np.float32)).shape == (512, 256, 3)
    assert preview_of(np.zeros((30, 15, 3), np.float32)).shape == (30, 15, 3)


def test_a_picture_read_with_its_transparency_keeps_it_and_an_opaque_one_is_plain() -> None:
    image = corners().convert("RGBA")
    assert read_image_with_alpha(encoded(image)).mode == "RGB"
    image.putpixel((0, 0), (10, 20, 30, 0))
    found = read_image_with_alpha(encoded(image))
    assert found.mode == "RGBA"
    assert found.getpixel((0, 0))[3] == 0
