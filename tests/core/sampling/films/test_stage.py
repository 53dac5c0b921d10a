"""Where everything stands in a frame: within it, beside one another, and enlarged by whole numbers."""

import itertools

import pytest

from core.sampling.films.request import CAPTIONS, SHAPES
from core.sampling.films.stage import Box, Pictures, Stage, set_stage

GRID = Pictures((32, 32), 8, 8)
TALL = Pictures((24, 64), 3, 2)
ONE = Pictures((64, 64), 1, 1)


def boxes(stage: Stage) -> list[Box]:
    around = [stage.header, stage.footer, stage.chart, stage.strip]
    return [box for box in around if box] + [pane.box for pane in stage.panes]


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("caption", list(CAPTIONS))
def test_nothing_leaves_the_frame_or_covers_anything_else(shape: str, caption: str) -> None:
    shown = [[GRID], [ONE], [TALL, GRID], [GRID, ONE, TALL, GRID]]
    for pictures, chart, size in itertools.product(shown, (False, True), (480, 1280)):
        stage = set_stage(pictures, size=size, shape=shape, caption=caption, chart=chart, strip=not chart)
        width, height = stage.size
        assert max(width, height) <= size + 1
        assert width % 2 == height % 2 == 0
        for left, top, right, bottom in boxes(stage):
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
        assert not any(overlap(one, other) for one, other in itertools.combinations(boxes(stage), 2))
        assert all(
            pane.zoom == 0 or _size(pane.box) == one.size(pane.zoom)
            for pane, one in zip(stage.panes, pictures, strict=True)
        )


def test_pictures_are_enlarged_as_many_whole_times_as_they_fit() -> None:
    assert ONE.zoom((200, 300)) == 3
    assert GRID.zoom((269, 400)) == 0
    assert GRID.zoom((270, 400)) == 1
    assert GRID.zoom((8 * 64 + 7 * 4, 1000)) == 2


def test_a_frame_that_fits_is_no_larger_than_what_it_shows() -> None:
    stage = set_stage([ONE], size=700, shape="fit", caption="none")
    assert stage.size == (640, 640)
    assert stage.panes[0].zoom == 10


def test_panes_of_unlike_grids_come_out_as_large_as_there_is_room_for_and_alike() -> None:
    smaller = Pictures((32, 32), 6, 6)
    for chart, shape in ((True, "16:9"), (False, "fit"), (False, "16:9")):
        stage = set_stage([GRID, smaller, GRID, GRID], size=1920, shape=shape, caption="all", chart=chart)
        assert {pane.zoom for pane in stage.panes} == {2 if shape == "fit" else 1}, (chart, shape)


def test_a_chart_stands_beside_the_pictures_or_below_them_where_the_frame_is_upright() -> None:
    wide = set_stage([GRID], size=1280, shape="16:9", caption="all", chart=True)
    upright = set_stage([GRID], size=1280, shape="9:16", caption="all", chart=True)
    assert wide.chart
    assert upright.chart
    assert wide.chart[0] > wide.panes[0].box[2]
    assert upright.chart[1] > upright.panes[0].box[3]
    assert (wide.panes[0].zoom, upright.panes[0].zoom) == (2, 2)


def _size(box: Box) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]
