"""When a film shows what: stops one after another, and the ways between them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from core.sampling.films.easing import EASINGS

_STEADY_FRAMES_PER_SECOND = 10  # at least, where nothing moves between stops: players stumble over slower MP4s


@dataclass(frozen=True)
class Moment:
    stop: int  # the one that is shown, or left
    way: float = 0.0  # share of the way to the next one, eased: from 0 to below 1


@dataclass(frozen=True)
class Timeline:
    """
    Args:
        stops: how many there are.
        seconds: from one stop to the next.
        moving: share of that time in which the next one is on its way; what comes before stands still.
        loop: after the last stop comes the way back to the first.
        ends_at_once: the last stop takes one frame rather than `seconds`, as the end of a way does.
    """

    stops: int
    seconds: float
    moving: float = 0.0
    easing: str = "smooth"
    frames_per_second: float = 25.0
    loop: bool = False
    ends_at_once: bool = False

    @property
    def rate(self) -> float:
        """Frames a second of the film: a whole number of frames from stop to stop."""
        if self.moving and self.stops > 1:
            return self._each / self.seconds
        return math.ceil(_STEADY_FRAMES_PER_SECOND * self.seconds) / self.seconds

    @property
    def _each(self) -> int:
        """Frames from stop to stop."""
        if self.moving and self.stops > 1:
            return max(1, round(self.seconds * self.frames_per_second))
        return math.ceil(_STEADY_FRAMES_PER_SECOND * self.seconds)

    @property
    def count(self) -> int:
        """Frames in all."""
        ways = self.stops if self.loop else self.stops - 1
        last = 0 if self.loop else 1 if self.ends_at_once else self._each
        return ways * self._each + last

    def moments(self) -> Iterator[Moment]:
        """One for each frame. Frames that show the same are the same moment."""
        ease, each = EASINGS[self.easing], self._each
        still = each - round(each * self.moving) if self.moving else each
        for frame in range(self.count):
            stop, within = divmod(frame, each)
            is_last = stop == self.stops - 1 and not self.loop
            if is_last or within < still or each == still:
                yield Moment(stop)
            else:
                yield Moment(stop, ease((within - still) / (each - still)))
