"""A request survives its journey through JSON and through the picture it made, without telling where files lay."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, PngImagePlugin

from core.errors import ConfigError
from core.images import read_image
from core.pictures.carried import NoRequestError
from core.pictures.chosen import ChosenPicture
from core.style.output import REQUEST_KEY, SETTINGS_KEY, encode_png, read_request, write_png
from core.style.request import StylePicture, StyleRequest

DIGEST = "0123456789abcdef" * 4
REQUEST = StyleRequest(
    content=ChosenPicture(path="/home/ada/secret/bridge.jpg"),
    styles=(
        StylePicture(ChosenPicture(sha256=DIGEST, label="Wave"), 2.0, ChosenPicture(path="C:\\masks\\left.png")),
        StylePicture(ChosenPicture(run="run-1", epoch=3, seed=0, index=7)),
    ),
    engine="palette",
    strength=62.5,
    size=320,
    keep_colours="exact",
    mask=ChosenPicture(path="whole.png"),
    seed=5,
    overrides={"method": "coral", "max_gain": 4.0},
)


def picture(height: int = 70, width: int = 33) -> torch.Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(0))


def png_with(text: str) -> bytes:
    facts = PngImagePlugin.PngInfo()
    facts.add_itxt(REQUEST_KEY, text)
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "PNG", pnginfo=facts)
    return buffer.getvalue()


def test_a_request_is_the_same_after_its_way_through_json() -> None:
    assert StyleRequest.from_json(json.loads(json.dumps(REQUEST.to_json()))) == REQUEST


def test_a_picture_gives_back_the_request_that_made_it_without_any_path() -> None:
    png = encode_png(picture(), request=REQUEST, label="palette: colours")
    assert b"secret" not in png
    assert b"C:" not in png
    found = read_request(png)
    assert found == REQUEST.for_file()
    assert found.content == ChosenPicture(label="bridge.jpg")
    assert found.styles[0].mask == ChosenPicture(label="left.png")


def test_where_weights_lie_stays_at_home_and_is_taken_from_nobody() -> None:
    request = replace(REQUEST, overrides={"weights_file": "/home/ada/vgg19.pth", "steps": 3})
    png = encode_png(picture(), request=request, settings={"weights_file": "/home/ada/vgg19.pth", "steps": 3})
    assert b"ada" not in png
    assert read_request(png).overrides == {"steps": 3}
    assert read_request(png_with(json.dumps(request.to_json()))).overrides == {"steps": 3}
    with Image.open(io.BytesIO(png)) as image:
        assert json.loads(image.info[SETTINGS_KEY]) == {"steps": 3}


def test_a_path_in_a_picture_from_elsewhere_is_dropped() -> None:
    value = REQUEST.to_json()
    value["content"]["path"] = "/etc/passwd"
    assert read_request(png_with(json.dumps(value))).content.path == ""


@pytest.mark.parametrize("bits", [8, 16])
def test_a_png_holds_the_pixels_to_the_last_bit(bits: int, tmp_path: Path) -> None:
    wanted = picture()
    white = 2**bits - 1
    write_png(tmp_path / "out.png", wanted, bits=bits, request=REQUEST)
    with Image.open(tmp_path / "out.png") as image:
        image.verify()
    if bits == 8:
        found = np.asarray(Image.open(tmp_path / "out.png"))
        assert np.array_equal(found, (wanted * white).round().byte().permute(1, 2, 0).numpy())
    else:
        assert np.array_equal(raw_values(tmp_path / "out.png"), (wanted * white).round().permute(1, 2, 0).numpy())


def raw_values(path: Path) -> np.ndarray:
    """16-bit colour, undone by the plain recurrences of the PNG specification: Pillow reads only the upper 8 bits."""
    import struct
    import zlib

    data, position, packed = path.read_bytes(), 8, b""
    width = height = 0
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        if kind == b"IHDR":
            width, height = struct.unpack(">II", data[position + 8 : position + 16])
        if kind == b"IDAT":
            packed += data[position + 8 : position + 8 + length]
        position += 12 + length
    stride, step = width * 6, 6
    stream, above, rows, kinds = zlib.decompress(packed), bytearray(stride), [], set()
    for row in range(height):
        kind, line = stream[row * (stride + 1)], bytearray(stream[row * (stride + 1) + 1 : (row + 1) * (stride + 1)])
        kinds.add(kind)
        for i in range(stride):
            left, up = line[i - step] if i >= step else 0, above[i]
            corner = above[i - step] if i >= step else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda value: abs(guess - value))
            line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[kind]) & 255
        above = line
        rows.append(bytes(line))
    return np.frombuffer(b"".join(rows), ">u2").reshape(height, width, 3).astype(np.float32)


def test_smooth_pictures_are_packed_by_filters() -> None:
    smooth = torch.linspace(0, 1, 256).expand(3, 256, 256) * torch.linspace(0.5, 1, 256)[:, None]
    assert len(encode_png(smooth)) < 256 * 256 * 3 / 5


def test_the_file_says_that_its_colours_are_srgb() -> None:
    with Image.open(io.BytesIO(encode_png(picture()))) as image:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert ImageCms.getProfileDescription(profile).lower().startswith("srgb")


def test_what_was_written_comes_in_again_unchanged() -> None:
    again = np.asarray(read_image(encode_png(picture())))
    assert np.array_equal(again, (picture() * 255).round().byte().permute(1, 2, 0).numpy())


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[" * 100_000, "[]", '"text"', '{"styles": 3}', json.dumps(REQUEST.to_json() | {"evil": 1})],
)
def test_damaged_and_hostile_requests_are_refused_in_words(text: str) -> None:
    with pytest.raises((NoRequestError, ConfigError)):
        read_request(png_with(text))


def test_a_picture_without_request_and_a_file_that_is_none_are_told_apart_from_defects() -> None:
    for data in (encode_png(picture()), b"no picture at all", b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(NoRequestError):
            read_request(data)


@pytest.mark.parametrize(
    "change",
    [
        {"strength": 101.0},
        {"strength": -1.0},
        {"strength": float("nan")},
        {"size": 3},
        {"size": 10**9},
        {"styles": ()},
        {"keep_colours": "maybe"},
        {"seed": -1},
    ],
)
def test_values_that_cannot_work_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        replace(REQUEST, **change)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_must_be_a_number_above_nothing(weight: float) -> None:
    with pytest.raises(ConfigError):
        StylePicture(ChosenPicture(label="x"), weight)
