import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.image_formats import FORMATS
from core.images import REASONS, ImageError, ImageLimits, inspect, read_bytes, read_image
from tests.core.pictures import corners, encoded, noise

USUAL = ImageLimits()


def reason(data: bytes, limits: ImageLimits = USUAL) -> str:
    """Why a picture is refused; both doors must agree, and say so in a sentence."""
    with pytest.raises(ImageError) as by_reading:
        read_image(data, limits)
    with pytest.raises(ImageError) as by_inspecting:
        inspect(data, limits)
    assert by_reading.value.reason == by_inspecting.value.reason
    assert by_reading.value.reason in REASONS
    assert str(by_reading.value).endswith(".")
    return by_reading.value.reason


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_an_empty_file_is_refused():
    assert reason(b"") == "empty"


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_off_file_is_refused(image_format, share):
    data = encoded(noise(300, 200), image_format)
    assert reason(data[: int(len(data) * share)]) in ("truncated", "damaged")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_decoded_at_a_reduced_scale_is_still_found_to_be_cut_off(options):
    data = encoded(noise(2400, 1600), "JPEG", quality=60, **options)
    assert reason(data[: int(len(data) * 0.97)]) == "truncated"


def test_a_web_page_called_jpg_is_refused_as_what_it_is():
    with pytest.raises(ImageError, match="web page") as caught:
        read_image(b"\n<!DOCTYPE html><html><body>Not found</body></html>")
    assert caught.value.reason == "not_a_picture"


@pytest.mark.parametrize(
    ("beginning", "words"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b'<svg xmlns="http://www.w3.org/2000/svg">', "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"version https://git-lfs.github.com/spec/v1\n", "LFS"),
    ],
)
def test_other_formats_are_refused_by_name(beginning, words):
    with pytest.raises(ImageError, match=words):
        inspect(beginning + bytes(100))


def test_a_format_that_pillow_knows_and_we_do_not_is_never_handed_to_it():
    assert reason(encoded(corners(), "PPM")) == "not_a_picture"
    assert reason(encoded(corners(), "ICO", sizes=[(64, 64)])) == "not_a_picture"


@pytest.mark.parametrize("size", [(13_000, 13_000), (60_000, 60_000), (9_000, 8_000)])
def test_a_bomb_is_refused_by_its_header(size):
    assert reason(png_header(*size)) == "too_many_pixels"


def test_a_bombs_size_is_told():
    with pytest.raises(ImageError, match="3,600 million pixels"):
        read_image(png_header(60_000, 60_000))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(10_000_000_000)
    with pytest.raises(ImageError) as caught:
        read_bytes(path)
    assert caught.value.reason == "too_many_bytes"


def test_very_long_pictures_are_refused():
    assert reason(encoded(corners(800, 40))) == "too_elongated"
    assert read_image(encoded(corners(480, 40))).size == (480, 40)


def test_tiny_pictures_are_refused():
    assert reason(encoded(corners(15, 15))) == "too_small"


def test_limits_can_be_chosen():
    data = encoded(corners(100, 100))
    assert reason(data, ImageLimits(min_side=101)) == "too_small"
    assert reason(data, ImageLimits(max_pixels=9_999)) == "too_many_pixels"
    assert reason(data, ImageLimits(max_bytes=10)) == "too_many_bytes"


def test_a_pipe_is_not_waited_for(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "picture.jpg")
    with pytest.raises(ImageError, match="not a regular file"):
        read_image(tmp_path / "picture.jpg")


def test_a_missing_file_is_refused_as_unreadable(tmp_path):
    with pytest.raises(ImageError) as caught:
        read_image(tmp_path / "none.jpg")
    assert caught.value.reason == "unreadable"


def test_a_text_chunk_that_unpacks_to_gigabytes_is_refused():
    body = b"Comment\0\0" + zlib.compress(bytes(100_000_000))
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    data = encoded(corners())
    assert reason(data[:33] + chunk + data[33:]) == "damaged"


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_random_damage_gives_a_picture_or_a_reason_and_nothing_else(image_format):
    """Bytes changed at random anywhere, headers above all: Pillow may raise whatever it likes, we only ImageError."""
    generator = np.random.default_rng(list(FORMATS).index(image_format))
    whole = encoded(noise(64, 48), image_format)
    reasons = set()
    for _ in range(150):
        data = bytearray(whole)
        reach = min(len(data), 200) if generator.random() < 0.7 else len(data)
        for place in generator.integers(0, reach, generator.integers(1, 8)):
            data[place] = generator.integers(0, 256)
        try:
            facts, thumbnail = inspect(bytes(data))
        except ImageError as error:
            reasons.add(error.reason)
        else:
            assert Image.open(io.BytesIO(thumbnail)).size[0] <= 256
            assert facts.width * facts.height <= ImageLimits().max_pixels
    assert reasons <= set(REASONS)
