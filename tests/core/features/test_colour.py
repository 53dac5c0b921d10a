import numpy as np
import pytest

from core.errors import ConfigError
from core.features.colour import ciede2000, lab, palette_array, palette_distance, parse_colour

# Sharma, Wu and Dalal (2005), table 1: pairs chosen for the places where implementations go wrong.
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, 2.8361, -74.0200), (50.0, 0.0, -82.7485), 3.4412),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "published"), PUBLISHED)
def test_colour_differences_are_those_that_were_published(one, other, published):
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(published, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(published, abs=1e-4)


def test_lab_of_white_black_and_red():
    colours = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]], np.uint8)
    assert lab(colours) == pytest.approx(np.array([[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]]), abs=0.03)


@pytest.mark.parametrize(
    ("text", "colour"), [("#ff8000", (255, 128, 0)), (" #F80 ", (255, 136, 0)), ("Teal", (0, 128, 128))]
)
def test_colours_are_read_as_people_write_them(text, colour):
    assert parse_colour(text) == colour


@pytest.mark.parametrize("text", ["", "#12", "#12345g", "reddish", "rgb(1,2,3)", "#ff8000ff"])
def test_what_is_no_colour_is_refused_with_what_to_write(text):
    with pytest.raises(ConfigError, match="rrggbb"):
        parse_colour(text)


def test_pictures_that_are_mostly_of_the_colour_come_first():
    palettes = palette_array([["#0000ff", "#000000"], ["#ff0000", "#000000"], ["#000000", "#ff0000"], ["#fc0202"]])
    assert np.argsort(palette_distance(palettes, [parse_colour("red")])).tolist() == [1, 3, 2, 0]


def test_all_colours_that_were_asked_for_count():
    palettes = palette_array([["#ff0000", "#0000ff"], ["#ff0000", "#00ff00"], ["#ffffff"]])
    distance = palette_distance(palettes, [(255, 0, 0), (0, 0, 255)])
    assert np.argsort(distance).tolist() == [0, 1, 2]
    assert distance[0] == pytest.approx(1.0, abs=0.6)  # both there, one of them a place behind


def test_an_empty_palette_and_a_search_without_colour_are_refused():
    with pytest.raises(ConfigError):
        palette_array([[]])
    with pytest.raises(ConfigError):
        palette_distance(palette_array([["#ff0000"]]), [])
