import numpy as np
import pytest
from PIL import Image

from core.datasets.fit import apply_copy, centre_box, cut_share, deviation, fit_picture, fit_to, smart_box
from core.datasets.recipe import COPIES, FITS, Recipe


def columns(*colours: tuple[int, int, int], width: int, height: int) -> Image.Image:
    """Vertical bands of equal width."""
    pixels = np.empty((height, width, 3), np.uint8)
    for band, colour in zip(np.array_split(np.arange(width), len(colours)), colours, strict=True):
        pixels[:, band] = colour
    return Image.fromarray(pixels)


RED, GREEN, BLUE, GREY = (200, 0, 0), (0, 200, 0), (0, 0, 200), (100, 100, 100)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", [(90, 40), (40, 90), (33, 33), (300, 20)])
def test_every_fit_gives_a_square_of_the_asked_size(fit, size):
    pixels = fit_picture(Image.new("RGB", size, RED), Recipe(resolution=32, fit=fit))
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert (pixels == RED).all()  # the edge mean of a red picture is red too


def test_cut_share_is_what_the_centre_square_leaves_out():
    assert cut_share(100, 100) == 0
    assert cut_share(200, 100) == 0.5
    assert cut_share(100, 400) == 0.75


def test_a_centre_crop_of_a_wide_picture_keeps_its_middle_half():
    picture = columns(RED, GREEN, GREEN, BLUE, width=128, height=64)
    pixels = fit_to(picture, (32, 32), "crop")
    assert centre_box(128, 64) == (32, 0, 96, 64)
    assert (pixels == GREEN).all()


def test_squashing_a_two_to_one_gradient_keeps_both_ends():
    ramp = np.broadcast_to(np.arange(0, 128, 1, dtype=np.uint8)[None, :, None], (64, 128, 3))
    pixels = fit_to(Image.fromarray(np.ascontiguousarray(ramp)), (32, 32), "squash").astype(int)
    # Column x covers source columns 4x .. 4x+3, whose mean is 4x + 1.5; bicubic keeps a straight ramp straight.
    inner = pixels[16, 2:-2, 0]
    assert np.abs(inner - (4 * np.arange(32)[2:-2] + 1.5)).max() <= 1
    assert np.ptp(pixels[:, 16, 0]) == 0


def test_cropping_a_two_to_one_gradient_keeps_the_middle_of_it():
    ramp = np.broadcast_to(np.arange(0, 128, 1, dtype=np.uint8)[None, :, None], (64, 128, 3))
    pixels = fit_to(Image.fromarray(np.ascontiguousarray(ramp)), (32, 32), "crop").astype(int)
    # The box starts at 32; column x covers 32 + 2x and 33 + 2x, whose mean is 32.5 + 2x.
    assert np.abs(pixels[16, 2:-2, 0] - (32.5 + 2 * np.arange(32)[2:-2])).max() <= 1


def test_padding_shows_the_whole_picture_between_bars_of_the_chosen_colour():
    picture = columns(RED, BLUE, width=128, height=64)
    pixels = fit_to(picture, (32, 32), "pad", "white")
    assert (pixels[:8] == 255).all()
    assert (pixels[24:] == 255).all()
    assert (pixels[8:24, 2:13] == RED).all()
    assert (pixels[8:24, -13:-2] == BLUE).all()
    assert (fit_to(picture, (32, 32), "pad", "black")[:8] == 0).all()


def test_padding_with_the_edge_colour_takes_the_mean_of_the_edges_it_touches():
    tall = columns(RED, GREEN, BLUE, width=33, height=66)  # bars go left of red and right of blue
    pixels = fit_to(tall, (64, 64), "pad", "edge")
    assert (pixels[:, :16] == (100, 0, 100)).all()
    assert (pixels[:, -15:] == (100, 0, 100)).all()


def test_a_smart_crop_goes_where_the_picture_has_something_to_show():
    pixels = np.full((50, 200, 3), 240, np.uint8)
    pixels[10:40:4, 150:190] = (20, 60, 200)  # all there is to see lies right of the middle
    left, top, right, bottom = smart_box(Image.fromarray(pixels))
    assert left == pytest.approx(145, abs=6)
    assert (right - left, top, bottom) == (50, 0, 50)
    upright = smart_box(Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 0, 2))))
    assert upright == (0, left, 50, right)


def test_a_smart_crop_of_a_plain_or_even_picture_is_the_centre_crop():
    assert smart_box(Image.new("RGB", (100, 40), GREY)) == centre_box(100, 40)
    assert smart_box(Image.new("RGB", (40, 40), GREY)) == centre_box(40, 40)


def test_a_thin_line_is_averaged_in_rather_than_lost():
    pixels = np.full((256, 256, 3), 200, np.uint8)
    pixels[:, 101] = 0  # one column of 256; at 32 px each column stands for eight of them
    fitted = fit_to(Image.fromarray(pixels), (32, 32), "squash")[16, :, 0].astype(int)
    assert (200 - fitted).sum() == pytest.approx(200 / 8, abs=4)


def test_deviation_of_one_flat_colour_is_zero_however_saturated():
    assert deviation(np.full((8, 8, 3), (255, 0, 0), np.uint8)) == 0


def test_deviation_of_half_black_half_white_is_half_the_range():
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4] = 255
    assert deviation(pixels) == 127.5


def test_copies_move_pixels_and_change_none():
    square = np.array([[[1, 1, 1], [2, 2, 2]], [[3, 3, 3], [4, 4, 4]]], np.uint8)
    expected = {
        "flip-lr": [[2, 1], [4, 3]],
        "flip-tb": [[3, 4], [1, 2]],
        "rot90": [[2, 4], [1, 3]],  # counter-clockwise: the top right corner comes to the top left
        "rot180": [[4, 3], [2, 1]],
        "rot270": [[3, 1], [4, 2]],
    }
    assert set(expected) == set(COPIES)
    for copy, values in expected.items():
        assert apply_copy(square, copy)[..., 0].tolist() == values
        assert apply_copy(square[None], copy)[0, ..., 0].tolist() == values
