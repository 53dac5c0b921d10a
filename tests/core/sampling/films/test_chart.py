"""Curves in a film: what of them is in sight at an epoch, read from the pixels."""

import numpy as np
import pytest
from PIL import ImageColor

from core.sampling.films.chart import Chart, ChartLine
from core.sampling.films.grounds import GROUNDS
from core.sampling.films.ticks import short, tick_label, ticks

GROUND = GROUNDS["dark"]
COLOUR = "#00ff00"


def chart(layout: str, **options: object) -> Chart:
    x = np.arange(0, 101.0)
    line = ChartLine("Loss", COLOUR, x, 1 + 0.5 * np.sin(x / 9))
    settings = {"size": (400, 300), "type_size": 12, "ground": GROUND, "first": 0.0, "last": 100.0}
    return Chart([line], layout=layout, **{**settings, **options})  # type: ignore[arg-type]


def coloured(drawn: Chart, at: float, colour: str = COLOUR) -> np.ndarray:
    """Columns of the plot in which the colour is; without the legend above it."""
    pixels = np.asarray(drawn.draw(at)).astype(int)[40:]
    near = np.abs(pixels - np.array(ImageColor.getrgb(colour))).sum(axis=2) < 60
    return np.flatnonzero(near.any(axis=0))


def test_a_growing_curve_ends_where_the_film_is_and_gives_nothing_away() -> None:
    drawn = chart("expanding")
    quarter, half, whole = (coloured(drawn, at) for at in (25, 50, 100))
    assert quarter.min() == half.min() == whole.min()
    assert quarter.max() < half.max() < whole.max()
    width = whole.max() - whole.min()
    assert half.max() - half.min() == pytest.approx(width / 2, abs=8)  # half of it, and the dot


def test_a_standing_curve_is_whole_and_its_line_moves_evenly() -> None:
    drawn = chart("static")
    assert len(coloured(drawn, 5)) > 300
    places = [column_of_line(drawn, at) for at in (20, 40, 60, 80)]
    assert np.ptp(np.diff(places)) <= 1
    assert np.diff(places).min() > 40


def column_of_line(drawn: Chart, at: float) -> int:
    """Where the upright line stands: the column with most of the ink's colour."""
    pixels = np.asarray(drawn.draw(at)).astype(int)[60:230]
    near = np.abs(pixels - np.array(ImageColor.getrgb(GROUND.ink))).sum(axis=2) < 60
    return int(near.sum(axis=0).argmax())


def test_a_rolling_window_shows_the_last_epochs_alone_over_its_whole_width() -> None:
    x = np.arange(0, 101.0)
    early = ChartLine("Loss", COLOUR, x, np.where(x < 50, 3.0, 1.0 + 0.1 * np.sin(x)))
    settings = {"size": (400, 300), "type_size": 12, "ground": GROUND, "first": 0.0, "last": 100.0}
    drawn = Chart([early], layout="rolling", span=5.0, **settings)  # type: ignore[arg-type]
    seen = coloured(drawn, 80)
    assert seen.max() - seen.min() > 300
    rows = np.flatnonzero((np.asarray(drawn.draw(80))[40:, :, 1] > 200).any(axis=1))
    assert np.ptp(rows) > 100  # the axis is that of what is in sight: not of the fall from 3 to 1 long ago


def test_a_frame_is_the_same_however_the_film_came_there() -> None:
    drawn = chart("expanding")
    first = np.asarray(drawn.draw(40))
    drawn.draw(90)
    assert np.array_equal(first, np.asarray(drawn.draw(40)))


def test_a_logarithmic_axis_leaves_out_what_is_not_above_zero() -> None:
    x = np.arange(0, 11.0)
    line = ChartLine("Loss", COLOUR, x, np.array([0.0, -1, 10, 1, 0.1, 0.01, 0.1, 1, 10, 100, 1]))
    drawn = Chart([line], size=(400, 300), type_size=12, ground=GROUND, layout="static", log=True, last=10.0)
    assert len(coloured(drawn, 10)) > 200


def test_one_point_alone_makes_a_chart() -> None:
    line = ChartLine("Loss", COLOUR, np.array([3.0]), np.array([2.0]))
    for layout in ("expanding", "rolling", "static"):
        Chart([line], size=(300, 200), type_size=12, ground=GROUND, layout=layout, first=3, last=3, span=5).draw(3)


def test_ticks_are_round_numbers_told_apart() -> None:
    assert ticks(0.03, 0.97, 5) == [0.2, 0.4, 0.6, 0.8]
    assert ticks(-12, 31, 5) == [-10, 0, 10, 20, 30]
    assert tick_label(0.4, [0.2, 0.4]) == "0.4"
    assert tick_label(12000, [10000, 12000]) == "12,000"
    assert [short(value) for value in (0.0, 69.013, 0.5999, 1234.0, 1e-7)] == [
        "0.00",
        "69.0",
        "0.600",
        "1,234",
        "1.00e-07",
    ]


def test_a_rolling_window_knows_nothing_of_what_comes_later() -> None:
    x = np.arange(0, 101.0)
    settings = {"size": (400, 300), "type_size": 12, "ground": GROUND, "first": 0.0, "last": 100.0, "span": 20.0}
    drawn = []
    for later in (1.0, 1.4):
        line = ChartLine("Loss", COLOUR, x, np.where(x <= 80, 1 + 0.5 * np.sin(x / 9), later))
        drawn.append(np.asarray(Chart([line], layout="rolling", **settings).draw(80)))  # type: ignore[arg-type]
    assert np.array_equal(*drawn)
