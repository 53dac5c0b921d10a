"""When a film shows what: how many frames, how long, how it goes from stop to stop."""

import itertools

import pytest

from core.sampling.films.easing import EASINGS
from core.sampling.films.timeline import Timeline


@pytest.mark.parametrize("seconds", [0.04, 0.1, 0.5, 1.5, 0.37])
def test_cuts_show_every_stop_equally_long_and_keep_the_time(seconds: float) -> None:
    timeline = Timeline(7, seconds)
    shown = [(moment.stop, moment.way) for moment in timeline.moments()]
    lengths = {stop: len(list(group)) for stop, group in itertools.groupby(shown)}
    assert len(lengths) == 7
    assert len(set(lengths.values())) == 1
    assert len(shown) == timeline.count
    assert timeline.count / timeline.rate == pytest.approx(7 * seconds)


def test_a_fade_takes_its_share_at_the_end_of_each_stop() -> None:
    moments = list(Timeline(3, 1.0, moving=0.4, easing="linear", frames_per_second=10).moments())
    assert len(moments) == 30
    assert [moment.way for moment in moments[:6]] == [0.0] * 6
    assert [moment.way for moment in moments[6:10]] == pytest.approx([0.0, 0.25, 0.5, 0.75])
    assert {moment.way for moment in moments[20:]} == {0.0}  # after the last one comes nothing


def test_a_walk_ends_on_its_last_point_and_a_loop_before_its_first() -> None:
    way = {"seconds": 1.0, "moving": 1.0, "frames_per_second": 10.0, "ends_at_once": True}
    walk = list(Timeline(3, **way).moments())
    assert (len(walk), walk[-1].stop, walk[-1].way) == (21, 2, 0.0)
    loop = list(Timeline(3, loop=True, **way).moments())
    assert (len(loop), loop[-1].stop) == (30, 2)
    assert 0.9 < loop[-1].way < 1


@pytest.mark.parametrize("name", list(EASINGS))
def test_every_easing_goes_from_0_to_1_and_never_back(name: str) -> None:
    ease = EASINGS[name]
    values = [ease(step / 50) for step in range(51)]
    assert (values[0], values[-1]) == pytest.approx((0, 1))
    assert values == sorted(values)
