"""How many judgements, and so how many raters, a study needs. Two-sided 5 %, 80 % power.

Judgements of one rater go together, so n of them are worth n / (1 + (m - 1) * rho), where m is how many one rater gives
about one condition and rho how alike they are (Kish's design effect). Sample sizes are multiplied by it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import ConfigError
from core.studies.statistics.intervals import LEVEL, wilson

POWER = 0.8
RATER_CORRELATION = 0.05  # rho where nothing is known yet: 50 judgements each are then worth 50 / 3.45
ELO_PER_NAT = 400 / math.log(10)
_MOST_JUDGEMENTS = 1_000_000  # above it a goal is refused as out of reach


@dataclass(frozen=True)
class FoolRateWidth:
    """Know one condition's fool rate to within ± half_width (a share), whatever it is."""

    half_width: float = 0.069

    @property
    def words(self) -> str:
        return f"a fool rate known to within ±{100 * self.half_width:.3g} points"

    def judgements(self) -> int:
        _between("half-width", self.half_width, 0.005, 0.4)
        return _fewest(lambda n: _wilson_half_width(n) <= self.half_width)


@dataclass(frozen=True)
class RateDifference:
    """Tell two conditions apart whose fool rates are `first` and `second`."""

    first: float = 0.19
    second: float = 0.276

    @property
    def words(self) -> str:
        return f"telling fool rates of {100 * self.first:.3g} % and {100 * self.second:.3g} % apart"

    def judgements(self) -> int:
        """Per condition, by the normal approximation with the pooled rate (Fleiss, Levin, Paik 2003, formula 4.14)."""
        _between("first rate", self.first, 0.001, 0.999)
        _between("second rate", self.second, 0.001, 0.999)
        if abs(self.first - self.second) < 0.005:
            raise ConfigError("The two rates must differ by half a point at least: nothing tells equal rates apart.")
        pooled = (self.first + self.second) / 2
        spread = _z_level() * math.sqrt(2 * pooled * (1 - pooled))
        spread += _z_power() * math.sqrt(self.first * (1 - self.first) + self.second * (1 - self.second))
        return _up((spread / (self.first - self.second)) ** 2)


@dataclass(frozen=True)
class RateAgainstChance:
    """Tell one condition's fool rate from 50 %, from guessing, if it is `rate`."""

    rate: float = 0.4

    @property
    def words(self) -> str:
        return f"telling a fool rate of {100 * self.rate:.3g} % from guessing"

    def judgements(self) -> int:
        _between("rate", self.rate, 0.001, 0.999)
        if abs(self.rate - 0.5) < 0.005:
            raise ConfigError("The rate must be half a point from 50 % at least: nothing tells 50 % from guessing.")
        spread = _z_level() * 0.5 + _z_power() * math.sqrt(self.rate * (1 - self.rate))
        return _up((spread / (self.rate - 0.5)) ** 2)


@dataclass(frozen=True)
class MeanWidth:
    """Know one condition's mean answer to within ± half_width (steps of the scale)."""

    half_width: float = 0.2
    deviation: float = 1.0  # standard deviation of the answers: about 1 on a scale of 5, 2 on one of 10

    @property
    def words(self) -> str:
        return f"a mean answer known to within ±{self.half_width:.3g} (at a standard deviation of {self.deviation:.3g})"

    def judgements(self) -> int:
        _between("half-width", self.half_width, 0.02, 5)
        _between("standard deviation", self.deviation, 0.05, 10)
        return _fewest(lambda n: n >= 2 and _t_half_width(n, self.deviation) <= self.half_width)


@dataclass(frozen=True)
class MeanDifference:
    """Tell two conditions apart whose mean answers differ by `difference`."""

    difference: float = 0.5
    deviation: float = 1.0

    @property
    def words(self) -> str:
        return f"telling mean answers {self.difference:.3g} apart from one another"

    def judgements(self) -> int:
        """Per condition, by the normal approximation: 2 (z + z')² s² / d²."""
        _between("difference", self.difference, 0.02, 9)
        _between("standard deviation", self.deviation, 0.05, 10)
        return _up(2 * ((_z_level() + _z_power()) * self.deviation / self.difference) ** 2)


@dataclass(frozen=True)
class RankingError:
    """Know differences of Bradley-Terry scores to within a standard error, in Elo points."""

    standard_error: float = 31.0

    @property
    def words(self) -> str:
        return f"differences of Elo scores with a standard error of {self.standard_error:.3g}"

    def votes(self, conditions: int) -> int:
        """In all: SE = 400/ln 10 * sqrt(4 (K - 1) / N) for balanced pairs of conditions about as strong."""
        _between("standard error", self.standard_error, 1, 400)
        if conditions < 2:
            raise ConfigError(f"A ranking needs at least 2 conditions; there are {conditions}.")
        return _up(4 * (conditions - 1) * (ELO_PER_NAT / self.standard_error) ** 2)


Goal = FoolRateWidth | RateDifference | RateAgainstChance | MeanWidth | MeanDifference | RankingError


@dataclass(frozen=True)
class PowerPlan:
    """What a goal takes, and what the raters at hand give."""

    goal: Goal
    conditions: int
    per_rater: int  # judgements of one rater, about all conditions together
    raters: int  # at hand; 0: not known
    correlation: float
    design_effect: float
    needed_independent: int  # judgements about one condition, if each came from another person
    needed: int  # judgements about one condition, as they will be given
    given: int  # judgements about one condition that the raters at hand give
    needed_raters: int

    @property
    def is_enough(self) -> bool:
        return self.given >= self.needed

    @property
    def share(self) -> float:
        """How much of what is needed the raters at hand give; may be above 1."""
        return self.given / self.needed

    @property
    def words(self) -> str:
        """'Needs 379 judgements per condition; your 12 raters × 60 give 360: 95 %. 13 raters would do.'"""
        each = "in which each condition takes part" if isinstance(self.goal, RankingError) else "per condition"
        said = f"Needs {self.needed:,} judgements {each} for {self.goal.words}"
        if self.design_effect > 1.005:
            said += f" ({self.needed_independent:,} from as many people; one rater's judgements go together)"
        if not self.raters:
            return f"{said}: {_count(self.needed_raters, 'rater')} with {self.per_rater} judgements each."
        said += f"; your {_count(self.raters, 'rater')} × {self.per_rater} give {self.given:,}"
        if self.is_enough:
            return f"{said}: enough."
        return f"{said}: {math.floor(100 * self.share)} %. {_count(self.needed_raters, 'rater')} would do."


def design_effect(judgements_per_rater: float, correlation: float = RATER_CORRELATION) -> float:
    """1 + (m - 1) rho: by how much fewer judgements are worth because they come from the same people."""
    return 1 + max(0.0, judgements_per_rater - 1) * correlation


def plan(
    goal: Goal, *, conditions: int, per_rater: int, raters: int = 0, correlation: float = RATER_CORRELATION
) -> PowerPlan:
    """What a goal takes.

    Args:
        conditions: how many compete.
        per_rater: judgements one rater gives, about all conditions together.
        raters: how many are at hand; 0 where that is not known.
        correlation: of two judgements of one rater about one condition, beyond what the condition explains.
    Raises: ConfigError for a goal out of reach.
    """
    if conditions < 1 or per_rater < 1 or raters < 0:
        raise ConfigError(
            f"A plan needs at least 1 condition and 1 judgement per rater, and no negative number of raters; got "
            f"{conditions}, {per_rater} and {raters}."
        )
    _between("correlation", correlation, 0, 1)
    taking_part = 2 if isinstance(goal, RankingError) else 1  # conditions that one judgement is about
    about_one = per_rater * taking_part / conditions
    if isinstance(goal, RankingError):
        independent = _up(goal.votes(conditions) * taking_part / conditions)
    else:
        independent = goal.judgements()
    effect = design_effect(about_one, correlation)
    needed = _up(independent * effect)
    if needed > _MOST_JUDGEMENTS:
        raise ConfigError(f"{goal.words[0].upper()}{goal.words[1:]} would need {needed:,} judgements. Ask for less.")
    return PowerPlan(
        goal=goal,
        conditions=conditions,
        per_rater=per_rater,
        raters=raters,
        correlation=correlation,
        design_effect=effect,
        needed_independent=independent,
        needed=needed,
        given=math.floor(raters * about_one + 1e-9),
        needed_raters=_up(needed / about_one),
    )


def ranking_error(conditions: int, votes: int) -> float:
    """Standard error of a difference of Elo scores after so many votes over balanced pairs."""
    return ELO_PER_NAT * math.sqrt(4 * (conditions - 1) / votes)


def _wilson_half_width(judgements: int) -> float:
    interval = wilson(judgements / 2, judgements)
    assert interval is not None
    return interval.half_width


def _t_half_width(judgements: int, deviation: float) -> float:
    from scipy import stats

    return float(stats.t.ppf((1 + LEVEL) / 2, judgements - 1)) * deviation / math.sqrt(judgements)


def _fewest(is_enough: Callable[[int], bool]) -> int:
    """The smallest n that is enough, where everything above it is."""
    high = 1
    while not is_enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _z_level() -> float:
    from scipy import stats

    return float(stats.norm.ppf((1 + LEVEL) / 2))


def _z_power() -> float:
    from scipy import stats

    return float(stats.norm.ppf(POWER))


def _up(value: float) -> int:
    """Rounded up, but not for a remainder that comes from arithmetic alone."""
    return max(1, math.ceil(value - 1e-9))


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"The {name} is {value:g}, but must lie between {low:g} and {high:g}.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
