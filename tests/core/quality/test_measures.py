import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.quality.measures import MEASURES, frame, installation, margin_text, measure_quality, near_solid
from tests.core.pictures import noise


def painting(width: int = 200, height: int = 160, seed: int = 1) -> Image.Image:
    return noise(10, 8, seed).resize((width, height), Image.Resampling.BICUBIC)


def framed(inside: Image.Image, *colours: str, band: int = 10) -> Image.Image:
    """With one band around the other, the innermost first."""
    for colour in colours:
        around = Image.new("RGB", (inside.width + 2 * band, inside.height + 2 * band), colour)
        around.paste(inside, (band, band))
        inside = around
    return inside


def lit_from_one_side(width: int, height: int, darkest: int, lightest: int) -> Image.Image:
    line = np.linspace(darkest, lightest, width).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(line[None, :, None], (height, width, 3)).copy())


def room() -> Image.Image:
    """Coloured canvases on a wall that grows dark, over a floor."""
    view = lit_from_one_side(240, 180, 140, 250)
    view.paste("#181818", (0, 140, 240, 180))
    for place, colour in enumerate(["#c03030", "#3060c0", "#30a040", "#d0a020"]):
        view.paste(colour, (20 + 55 * place, 40 + 5 * place, 55 + 55 * place, 110 - 5 * place))
    return view


def test_one_colour_is_solid_with_canvas_grain_falling_light_and_a_frame():
    grain = np.random.default_rng(0).integers(-6, 7, (200, 160, 1)) + np.array([180, 90, 40])
    assert near_solid(Image.fromarray(grain.astype(np.uint8))) > 0.95
    assert near_solid(lit_from_one_side(200, 160, 190, 220)) > 0.95
    assert near_solid(framed(Image.new("RGB", (180, 140), "#e0d8c0"), "#101010")) > 0.95


def test_a_painting_and_a_white_middle_within_painted_edges_are_not_solid():
    painted_edges = painting()
    painted_edges.paste("white", (30, 24, 170, 136))
    assert near_solid(painting()) < 0.2
    assert near_solid(painted_edges) < 0.5


def test_a_line_across_a_field_makes_it_less_solid():
    field = Image.new("RGB", (200, 160), "#a02020")
    divided = field.copy()
    divided.paste("#f0e0d0", (90, 0, 115, 160))
    assert near_solid(divided) < 0.9 < near_solid(field)


@pytest.mark.parametrize("colours", [("white",), ("#202020",), ("#f8f4e8", "#402010")])
def test_a_frame_a_mat_or_a_margin_stands_out(colours):
    assert frame(framed(painting(), *colours)) > 0.2


def test_a_painting_that_reaches_its_border_has_no_frame():
    stripes = Image.fromarray(np.tile(np.repeat([[40], [220]], 10, axis=0), (12, 200)).astype(np.uint8)).convert("RGB")
    assert frame(painting()) < 0.1
    assert frame(stripes) < 0.1
    assert frame(Image.new("RGB", (200, 160), "#336699")) == 0


def test_a_margin_on_two_sides_is_not_yet_a_frame():
    picture = painting()
    picture.paste("white", (0, 0, 20, 160))
    picture.paste("white", (180, 0, 200, 160))
    assert frame(picture) < 0.1


def test_a_view_of_a_room_is_told_from_the_painting_and_from_paper():
    assert installation(room()) > 0.25
    assert installation(painting()) < 0.05
    assert installation(framed(painting(), "white", band=40)) < 0.05  # paper is even
    assert installation(Image.new("RGB", (200, 160), "#808080")) == 0


def test_a_caption_in_the_margin_is_found_and_a_clean_margin_is_not():
    sheet = framed(painting(160, 120), "white", band=40)
    assert margin_text(sheet) == 0
    ImageDraw.Draw(sheet).text(
        (60, 178), "Untitled, 1964. Oil on canvas", fill="#202020", font=ImageFont.load_default(10)
    )
    assert margin_text(sheet) > 0.05
    assert margin_text(sheet.transpose(Image.Transpose.ROTATE_180)) > 0.05


def test_a_colour_scale_in_the_margin_is_no_text():
    sheet = framed(painting(160, 120), "white", band=40)
    ramp = np.linspace(250, 0, 24).astype(np.uint8)
    sheet.paste(Image.fromarray(np.broadcast_to(ramp[None, :], (6, 24)).copy()).convert("RGB"), (60, 178))
    assert margin_text(sheet) == 0


def test_texture_up_to_the_border_is_no_text():
    assert margin_text(noise(200, 160, 3)) == 0
    assert margin_text(painting()) == 0


@pytest.mark.parametrize("size", [(16, 16), (16, 256), (256, 17), (512, 400)])
def test_every_measure_is_between_zero_and_one_for_any_shape(size):
    for picture in (Image.new("RGB", size, "#777777"), noise(*size, 5)):
        measures = measure_quality(picture)
        assert tuple(measures) == MEASURES
        assert all(0 <= value <= 1 for value in measures.values())
