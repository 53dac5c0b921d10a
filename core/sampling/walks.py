"""Walks from point to point: along arcs, as latents lie. No torch here."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.models.configs import check_range
from core.sampling.points import Between, Point, Seed

_STRAIGHT = 1e-3  # of the sine of the angle: nearer to parallel than this, an arc is a line
_APART = 1_000_000  # numbers of a seed that nobody looks at: a point is not varied towards itself
MOST_POINTS = 10_000  # of one storyboard


def slerp(a: NDArray[np.floating], b: NDArray[np.floating], share: float) -> NDArray[np.float32]:
    """The point a share of the way from a to b along the arc between them (Shoemake, 1985; for latents White, 2016,
    arXiv:1609.04468).

    Normal numbers in many dimensions all lie about as far from the middle, sqrt(dimensions), at right angles to one
    another. Half-way along a straight line they would be 0.7 times as far from it, where a model has hardly been
    trained. Along the arc the distance goes evenly from that of a to that of b.

    Where a and b lie in one line the arc is not defined: in the same direction it is the line, and in opposite ones
    the line through the middle as well.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    lengths = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    if share in (0.0, 1.0) or min(lengths) == 0:
        return ((1 - share) * first + share * second).astype(np.float32)
    ahead, aside = first / lengths[0], second / lengths[1]
    cosine = float(np.clip(ahead @ aside, -1, 1))
    angle = math.acos(cosine)
    sine = math.sin(angle)
    if sine < _STRAIGHT:
        return ((1 - share) * first + share * second).astype(np.float32)
    arc = (math.sin((1 - share) * angle) * ahead + math.sin(share * angle) * aside) / sine
    return (((1 - share) * lengths[0] + share * lengths[1]) * arc).astype(np.float32)


def between(a: Point, b: Point, share: float) -> Point:
    """On the way from a to b. At its ends it is a and b themselves."""
    check_range("share", share, 0, 1)
    if share in (0.0, 1.0):
        return b if share else a
    return Point(a.run, a.epoch, Between(a, b, share), guidance=a.guidance, steps=a.steps)


def storyboard(
    points: Sequence[Point], steps: int, *, closed: bool = False, hold: int = 0, easing: str = "even"
) -> list[Point]:
    """All points of a walk by way of these, each of them in it.

    Args:
        steps: from one point to the next, at least 1.
        closed: go back to the first at the end, without showing it twice, so that a film can begin again.
        hold: how many more times each of `points` is shown.
        easing: "even", or "smooth": slowly away and slowly there.
    """
    check_range("steps", steps, 1, 10_000)
    check_range("hold", hold, 0, 10_000)
    if easing not in EASINGS:
        raise ConfigError(f"easing must be one of {', '.join(EASINGS)}; got {easing!r}.")
    if len(points) < 2:
        raise ConfigError(f"A walk needs two points or more; got {len(points)}. Choose further favourites.")
    ends = [*points[1:], points[0]] if closed else list(points[1:])
    if (count := len(ends) * (steps + hold) + 1) > MOST_POINTS:
        raise ConfigError(
            f"A walk has up to {MOST_POINTS:,} pictures; this one would have {count:,}. Take fewer steps."
        )
    walk: list[Point] = []
    for start, end in zip(points, ends, strict=False):
        walk += [start] * (1 + hold)
        walk += [between(start, end, EASINGS[easing](step / steps)) for step in range(1, steps)]
    return walk if closed else [*walk, *[points[-1]] * (1 + hold)]


def morph(a: Point, b: Point, count: int) -> list[Point]:
    """`count` points, evenly apart, from a to b, both among them."""
    check_range("count", count, 2, MOST_POINTS)
    return storyboard([a, b], count - 1)


def vary(point: Point, count: int, amount: float, seed: int = 0) -> list[Point]:
    """Points around one: each on the way from it to another of a seed, so just as likely as any.

    Args:
        amount: 0 the point itself to 1, which has nothing of it any more.
    """
    check_range("count", count, 1, 10_000)
    check_range("amount", amount, 0, 1)
    others = (replace(point, base=Seed(seed, _APART + number)) for number in range(count))
    return [between(point, other, amount) for other in others]


def _even(share: float) -> float:
    return share


def _smooth(share: float) -> float:
    """Speed 0 at both ends: 3 s^2 - 2 s^3."""
    return share * share * (3 - 2 * share)


EASINGS = {"even": _even, "smooth": _smooth}
