import io

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from core.image_formats import sniff
from core.images import ImageFacts, inspect, read_image, sprite_sheet
from tests.core.pictures import BLUE, GREEN, RED, WHITE, close, corner_colours, corners, encoded, noise

ALL_FOUR = [RED, GREEN, BLUE, WHITE]


def same_corners(image: Image.Image, wanted: list[tuple[int, int, int]], tolerance: int = 8) -> bool:
    return all(close(found, colour, tolerance) for found, colour in zip(corner_colours(image), wanted, strict=True))


@pytest.mark.parametrize(
    ("image_format", "suffix"),
    [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif"), ("TIFF", "tif"), ("BMP", "bmp")],
)
def test_every_accepted_format_is_read_and_named_by_its_content(image_format, suffix):
    data = encoded(corners(), image_format)
    facts, thumbnail = inspect(data)
    assert same_corners(read_image(data), ALL_FOUR)
    assert (facts.format, facts.suffix, facts.width, facts.height, facts.bytes) == (
        image_format,
        suffix,
        96,
        64,
        len(data),
    )
    assert same_corners(Image.open(io.BytesIO(thumbnail)).convert("RGB"), ALL_FOUR)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_compressed_tiffs_are_read(compression):
    assert same_corners(read_image(encoded(corners(), "TIFF", compression=compression)), ALL_FOUR)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stored_on_its_side_comes_out_upright(image_format, orientation):
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # stored so that turning it by 270 degrees makes it upright
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = corners() if undo is None else corners().transpose(undo)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = encoded(stored, image_format, exif=exif)

    facts, thumbnail = inspect(data)
    assert same_corners(read_image(data), ALL_FOUR)
    assert (facts.width, facts.height) == (96, 64)
    assert same_corners(Image.open(io.BytesIO(thumbnail)).convert("RGB"), ALL_FOUR)


def test_a_wide_colour_profile_is_converted_to_srgb():
    # Adobe RGB's green, seen in sRGB, is out of its gamut: what was (60, 200, 60) becomes a stronger green
    profile = wide_gamut_profile()
    data = encoded(Image.new("RGB", (40, 40), (60, 200, 60)), "PNG", icc_profile=profile)
    red, green, _blue = read_image(data).getpixel((20, 20))
    assert red < 30
    assert green > 195


def test_neither_profile_nor_orientation_outlives_its_use():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    data = encoded(corners(), "JPEG", icc_profile=wide_gamut_profile(), exif=exif)
    assert read_image(data).info == {}
    thumbnail = Image.open(io.BytesIO(inspect(data).thumbnail))
    assert not thumbnail.info.get("icc_profile")
    assert not thumbnail.getexif()


def test_a_damaged_profile_is_told_and_the_picture_kept():
    data = encoded(Image.new("RGB", (40, 40), RED), "PNG", icc_profile=b"no profile at all")
    assert close(read_image(data).getpixel((5, 5)), RED)
    assert "profile" in inspect(data).facts.notes[0]


def test_cmyk_is_converted_and_the_missing_profile_told():
    data = encoded(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG")
    assert close(read_image(data).getpixel((5, 5)), (255, 0, 0))
    assert "CMYK" in inspect(data).facts.notes[0]


def test_grey_stays_grey():
    assert read_image(encoded(Image.new("L", (40, 40), 77))).getpixel((5, 5)) == (77, 77, 77)


@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(image_format):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None, :].repeat(40, axis=0)
    image = read_image(encoded(Image.fromarray(ramp), image_format))
    assert [image.getpixel((x, 0))[0] for x in (0, 64, 128, 255)] == [0, 64, 128, 255]


def test_a_floating_point_tiff_from_nought_to_one_is_read():
    values = np.full((40, 40), 0.5, dtype=np.float32)
    assert read_image(encoded(Image.fromarray(values), "TIFF")).getpixel((5, 5)) == (128, 128, 128)


def test_values_beyond_the_usual_are_stretched_and_told():
    values = np.linspace(-3, 5, 1600, dtype=np.float32).reshape(40, 40)
    data = encoded(Image.fromarray(values), "TIFF")
    assert (read_image(data).getpixel((0, 0)), read_image(data).getpixel((39, 39))) == ((0, 0, 0), (255, 255, 255))
    assert "stretched" in inspect(data).facts.notes[0]


def test_one_bit_pictures_are_read():
    assert read_image(encoded(Image.new("1", (40, 40), 1))).getpixel((5, 5)) == WHITE


def test_transparency_lies_over_white():
    half_red = Image.new("RGBA", (40, 40), (255, 0, 0, 128))
    assert close(read_image(encoded(half_red)).getpixel((5, 5)), (255, 127, 127), 2)


def test_a_palette_with_a_transparent_colour_lies_over_white():
    palette = corners().quantize(4)
    transparent = palette.getpixel((10, 10))  # the red corner
    data = encoded(palette, "PNG", transparency=transparent)
    assert same_corners(read_image(data), [WHITE, GREEN, BLUE, WHITE])


def test_grey_with_a_transparent_value_lies_over_white():
    data = encoded(Image.new("L", (40, 40), 0), "PNG", transparency=0)
    assert read_image(data).getpixel((5, 5)) == WHITE


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.new("RGB", (40, 40), colour) for colour in (BLUE, RED, GREEN)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    assert close(read_image(data).getpixel((5, 5)), BLUE)


def test_data_after_the_picture_neither_harms_nor_names_it():
    data = encoded(corners(), "JPEG") + b"<html><script>alert(1)</script></html>"
    facts, thumbnail = inspect(data)
    assert facts.suffix == "jpg"
    assert b"script" not in thumbnail


def test_a_phones_two_picture_file_is_a_jpeg():
    data = encoded(corners(), "MPO", save_all=True, append_images=[corners()])
    assert inspect(data).facts.suffix == "jpg"
    assert same_corners(read_image(data), ALL_FOUR)


def test_a_thumbnail_has_256_pixels_at_most_and_is_never_enlarged():
    assert thumbnail_size(corners(1000, 500)) == (256, 128)
    assert thumbnail_size(corners(120, 80)) == (120, 80)


def test_a_jpeg_is_not_decoded_at_too_small_a_scale_for_its_thumbnail():
    thumbnail = inspect(encoded(corners(1100, 800), "JPEG")).thumbnail
    assert Image.open(io.BytesIO(thumbnail)).size == (256, 186)


def test_facts_of_a_reduced_decode_are_those_of_the_whole_picture():
    large = noise(12, 8).resize((2400, 1600), Image.Resampling.BICUBIC)
    facts = inspect(encoded(large, "JPEG", quality=95)).facts
    small = inspect(encoded(large.resize((240, 160), Image.Resampling.BOX), "PNG")).facts
    assert (facts.width, facts.height) == (2400, 1600)
    assert (int(facts.phash, 16) ^ int(small.phash, 16)).bit_count() <= 2
    for name in ("brightness", "contrast", "deviation", "colourfulness"):
        assert facts.measures[name] == pytest.approx(small.measures[name], rel=0.03)


def test_facts_survive_json():
    facts = inspect(encoded(noise())).facts
    assert ImageFacts.from_json(facts.to_json()) == facts


def test_a_sheet_has_a_cell_for_every_thumbnail_and_leaves_lost_ones_empty(tmp_path):
    for name, colour in (("a", RED), ("c", BLUE)):
        (tmp_path / f"{name}.webp").write_bytes(inspect(encoded(Image.new("RGB", (120, 60), colour))).thumbnail)
    sheet = Image.open(io.BytesIO(sprite_sheet([tmp_path / f"{name}.webp" for name in "abc"], cell=50, columns=2)))
    assert sheet.size == (100, 100)
    assert close(sheet.getpixel((25, 25)), (*RED, 255))
    assert sheet.getpixel((25, 5))[3] == 0  # above a landscape picture
    assert sheet.getpixel((75, 25))[3] == 0  # the lost one
    assert close(sheet.getpixel((25, 75)), (*BLUE, 255))


def test_a_page_text_is_not_taken_for_a_bitmap():
    assert sniff(b"BM is how this text begins, by chance") is None


def thumbnail_size(image: Image.Image) -> tuple[int, int]:
    return Image.open(io.BytesIO(inspect(encoded(image)).thumbnail)).size


def wide_gamut_profile() -> bytes:
    """A matrix profile with a green far outside sRGB, made from Pillow's sRGB profile by changing its primaries."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(data[128:132], "big")
    tags = {
        bytes(data[132 + 12 * index : 136 + 12 * index]): int.from_bytes(
            data[136 + 12 * index : 140 + 12 * index], "big"
        )
        for index in range(count)
    }
    # Adobe RGB (1998), adapted to D50, as 15.16 fixed point
    for tag, values in (
        (b"rXYZ", (0.60974, 0.31111, 0.01947)),
        (b"gXYZ", (0.20528, 0.62567, 0.06087)),
        (b"bXYZ", (0.14919, 0.06322, 0.74457)),
    ):
        start = tags[tag] + 8
        for place, value in enumerate(values):
            data[start + 4 * place : start + 4 * place + 4] = round(value * 65536).to_bytes(4, "big", signed=True)
    description = data.find("sRGB".encode("utf-16-be"))
    if description >= 0:
        data[description : description + 8] = "WIDE".encode("utf-16-be")
    return bytes(data)
