"""One number for each condition, with its intervals: what a study is about."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.studies.kinds import REAL
from core.studies.results.judgements import Judgements
from core.studies.statistics.detection import hype_time
from core.studies.statistics.intervals import Interval, RaterBootstrap, mean_interval, wilson
from core.studies.statistics.pairwise import Ranking, rank, tally
from core.studies.study import Condition, Study

_TITLES = {"generated": "Generated", "preset": "Preset", "real": "Real", "restyled": "Restyled", "noise": "Noise"}
_RUN_ID = re.compile(r"\d{8}-\d{6}-(.+)-[0-9a-f]{4}")  # a moment, a name, and what tells two of one moment apart


@dataclass(frozen=True)
class Measure:
    """What the number is."""

    name: str  # "mean", "fool_rate", "exposure_ms", "elo": also in exports
    title: str
    is_share: bool = False
    decimals: int = 2

    def text(self, value: float | None) -> str:
        """As people read it: 3.42, 27.6 %, 363 ms."""
        if value is None:
            return "–"
        if self.is_share:
            return f"{100 * value:.1f} %"
        unit = " ms" if self.name == "exposure_ms" else ""
        return f"{value:.{self.decimals}f}{unit}"


MEAN = Measure("mean", "Mean answer")
FOOL_RATE = Measure("fool_rate", "Taken for real", is_share=True)
EXPOSURE = Measure("exposure_ms", "Exposure needed (HYPE time)", decimals=0)
ELO = Measure("elo", "Bradley-Terry score (Elo points)", decimals=0)


@dataclass(frozen=True)
class Score:
    condition: Condition
    judgements: int
    raters: int
    value: float | None
    interval: Interval | None  # every judgement taken as independent
    rater_interval: Interval | None  # raters resampled; None for fewer than two raters

    @property
    def best_interval(self) -> Interval | None:
        """The one to show: by raters where there is one, since judgements of one person go together."""
        return self.rater_interval or self.interval


@dataclass(frozen=True)
class Scores:
    measure: Measure
    each: tuple[Score, ...]  # in the order of study.conditions
    replicates: NDArray[np.float64]  # (rounds, conditions): the value in each round of the bootstrap over raters
    bootstrap: RaterBootstrap
    ranking: Ranking | None = None  # of preferences


def measure_of(study: Study) -> Measure:
    """Which number a study is about."""
    if study.design.exposure == "staircase":
        return EXPOSURE
    return {"rating": MEAN, "detection": FOOL_RATE, "preference": ELO}[study.design.scale.measure]


def score(judgements: Judgements) -> Scores:
    """The number of each condition, by the kind of study."""
    measure = measure_of(judgements.study)
    if measure is ELO:
        return _preferences(judgements)
    if measure is EXPOSURE:
        return _exposures(judgements)
    values = judgements.answers if measure is MEAN else (judgements.answers == REAL).astype(float)
    return _averages(judgements, measure, values)


def taken_for_real(judgements: Judgements) -> Scores:
    """Shares called real, also where the study is about exposures."""
    return _averages(judgements, FOOL_RATE, (judgements.answers == REAL).astype(float))


def _averages(judgements: Judgements, measure: Measure, values: NDArray[np.float64]) -> Scores:
    sums, counts = judgements.sums(values), judgements.sums()
    replicates = judgements.bootstrap.ratios(sums, counts)
    each = []
    for index, condition in enumerate(judgements.study.conditions):
        own = values[judgements.conditions == index]
        interval = wilson(own.sum(), len(own)) if measure.is_share else mean_interval(own)
        each.append(
            Score(
                condition=condition,
                judgements=len(own),
                raters=int((counts[:, index] > 0).sum()),
                value=float(own.mean()) if len(own) else None,
                interval=interval,
                rater_interval=judgements.bootstrap.interval(replicates[:, index]) if len(own) else None,
            )
        )
    return Scores(measure, tuple(each), replicates, judgements.bootstrap)


def _exposures(judgements: Judgements) -> Scores:
    """HYPE_time: the mean over a model's raters of where their exposure settled."""
    table = settled_exposures(judgements)
    raters = (~np.isnan(table)).astype(float)
    replicates = judgements.bootstrap.ratios(np.nan_to_num(table), raters)
    counts = judgements.sums()
    each = []
    for index, condition in enumerate(judgements.study.conditions):
        own = table[raters[:, index] > 0, index]
        each.append(
            Score(
                condition=condition,
                judgements=int(counts[:, index].sum()),
                raters=int((counts[:, index] > 0).sum()),
                value=float(own.mean()) if len(own) else None,
                interval=mean_interval(own),  # over raters already: each gives one number
                rater_interval=judgements.bootstrap.interval(replicates[:, index]) if len(own) else None,
            )
        )
    return Scores(EXPOSURE, tuple(each), replicates, judgements.bootstrap)


def settled_exposures(judgements: Judgements) -> NDArray[np.float64]:
    """(raters, conditions): where each rater's exposure settled, in milliseconds, at the model that they judged; NaN
    elsewhere. The real pictures among a model's are part of its exposures and have none of their own."""
    made = [index for index, condition in enumerate(judgements.study.conditions) if not condition.is_real]
    table = np.full(judgements.shape, np.nan)
    counts = judgements.sums()
    exposures: list[list[int]] = [[] for _ in judgements.rater_ids]
    for rater, vote in zip(judgements.raters.tolist(), judgements.votes, strict=True):
        if vote.exposure_ms is not None:
            exposures[rater].append(vote.exposure_ms)
    for rater, own in enumerate(exposures):
        if own and made:
            table[rater, max(made, key=lambda index: counts[rater, index])] = hype_time([own])[0]
    return table


def _preferences(judgements: Judgements) -> Scores:
    raters, conditions = judgements.shape
    tallies = tally(
        judgements.conditions,
        judgements.opponents,
        judgements.left_won,
        judgements.raters,
        conditions=conditions,
        number_of_raters=raters,
    )
    ranking = rank(tallies, judgements.bootstrap, ties=int((judgements.left_won == 0.5).sum()))
    met = tallies.sum((1, 3)) + tallies.sum((1, 2))  # (raters, conditions)
    each = tuple(
        Score(
            condition=condition,
            judgements=ranked.comparisons,
            raters=int((met[:, index] > 0).sum()),
            value=ranked.elo if ranked.comparisons else None,
            interval=None,
            rater_interval=ranked.interval if ranked.comparisons else None,
        )
        for index, (condition, ranked) in enumerate(zip(judgements.study.conditions, ranking.conditions, strict=True))
    )
    return Scores(ELO, each, ranking.replicates, judgements.bootstrap, ranking)


def rater_means(judgements: Judgements) -> NDArray[np.float64]:
    """(raters, conditions): what each rater said of each condition on average; NaN where they judged none of it.

    Of preferences, the share of its comparisons that a condition won with this rater, ties as half; of timed exposure,
    where it settled.
    """
    measure = judgements.study.design.scale.measure
    if measure_of(judgements.study) is EXPOSURE:
        return settled_exposures(judgements)
    if measure == "preference":
        raters, conditions = judgements.shape
        tallies = tally(
            judgements.conditions,
            judgements.opponents,
            judgements.left_won,
            judgements.raters,
            conditions=conditions,
            number_of_raters=raters,
        )
        won = tallies[:, 0].sum(2) + tallies[:, 1].sum(1)
        met = tallies.sum((1, 3)) + tallies.sum((1, 2))
        return _shares(won, met)
    values = judgements.answers if measure == "rating" else (judgements.answers == REAL).astype(float)
    return _shares(judgements.sums(values), judgements.sums())


def condition_names(conditions: Sequence[Condition]) -> dict[str, str]:
    """A short name for each condition, by its id: what tells it from the others.

    Epochs of one run are "Epoch 40", of several "quick-gan, ep. 40"; a preset is called by its name, a folder by its.
    """
    runs = {str(c.source["run_id"]) for c in conditions if _is_epoch(c)}
    kinds = [condition.kind for condition in conditions]
    names = {}
    for condition in conditions:
        title = _TITLES.get(condition.kind, condition.kind)
        if _is_epoch(condition):
            epoch = condition.source["epoch"]
            run = _RUN_ID.sub(r"\1", str(condition.source["run_id"]))
            names[condition.id] = f"Epoch {epoch}" if len(runs) == 1 else f"{run}, ep. {epoch}"
        elif condition.kind == "preset":
            names[condition.id] = str(condition.source.get("preset", condition.label))
        elif condition.kind == "restyled":
            names[condition.id] = condition.label
        elif kinds.count(condition.kind) > 1:
            names[condition.id] = f"{title} {condition.id.rpartition('-')[2]}"
        else:
            names[condition.id] = title
    taken = Counter(names.values())  # two runs of one preset, two seeds of one epoch, two folders of one name
    return {
        condition.id: f"{names[condition.id]} (no. {number})" if taken[names[condition.id]] > 1 else names[condition.id]
        for number, condition in enumerate(conditions, start=1)
    }


def _is_epoch(condition: Condition) -> bool:
    return condition.kind == "generated" and {"run_id", "epoch"} <= condition.source.keys()


def _shares(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
