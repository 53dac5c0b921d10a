"""What "real or generated" tells beyond shares: whether people can tell at all, and which way they lean."""

from dataclasses import dataclass

import numpy as np

from core.studies.kinds import GENERATED, REAL
from core.studies.results.judgements import Judgements
from core.studies.statistics.detection import hype_infinity, sensitivities, sensitivity
from core.studies.statistics.intervals import Interval, wilson
from core.studies.study import Condition


@dataclass(frozen=True)
class DetectionScore:
    """One model against the real pictures of the study."""

    condition: Condition
    fooled: int  # generated pictures taken for real
    judgements: int
    fool_rate: float
    fool_interval: Interval | None  # Wilson
    fool_rater_interval: Interval | None
    hype: float | None  # HYPE∞: share of wrong judgements, half by generated and half by real ones; 0.5 is guessing
    hype_interval: Interval | None  # raters resampled
    d_prime: float | None
    d_prime_interval: Interval | None
    bias: float | None  # c; above 0: inclined to say "real"
    bias_interval: Interval | None


@dataclass(frozen=True)
class DetectionFindings:
    models: tuple[DetectionScore, ...]  # in the order of the study's conditions
    mistaken: int  # real pictures taken for generated
    real_judgements: int
    mistaken_interval: Interval | None  # Wilson
    correct: int  # right answers, of all judgements

    @property
    def mistaken_rate(self) -> float | None:
        return self.mistaken / self.real_judgements if self.real_judgements else None


def detect(judgements: Judgements) -> DetectionFindings:
    """Every condition that was made by a model against all real pictures together."""
    study = judgements.study
    is_real = np.array([condition.is_real for condition in study.conditions])
    said_real = (judgements.answers == REAL).astype(float)
    counts, real_answers = judgements.sums(), judgements.sums(said_real)
    real_counts = counts[:, is_real].sum(1)
    mistakes = real_counts - real_answers[:, is_real].sum(1)  # by rater
    mistaken, real = int(mistakes.sum()), int(real_counts.sum())
    bootstrap = judgements.bootstrap
    models = []
    for index, condition in enumerate(study.conditions):
        judged = int(counts[:, index].sum())
        if condition.is_real or not judged:
            continue
        fooled = int(real_answers[:, index].sum())
        # Only raters of this model enter with their real pictures: with timed exposure each judged one model alone.
        took_part = counts[:, index] > 0
        own_real, own_mistakes = real_counts * took_part, mistakes * took_part
        drawn = bootstrap.totals(np.stack([real_answers[:, index], counts[:, index], own_mistakes, own_real], axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            hypes = hype_infinity(drawn[:, 0], drawn[:, 1], drawn[:, 2], drawn[:, 3])
        d_primes, biases = sensitivities(drawn[:, 1] - drawn[:, 0], drawn[:, 1], drawn[:, 2], drawn[:, 3])
        told = sensitivity(judged - fooled, judged, own_mistakes.sum(), own_real.sum()) if own_real.sum() else None
        models.append(
            DetectionScore(
                condition=condition,
                fooled=fooled,
                judgements=judged,
                fool_rate=fooled / judged,
                fool_interval=wilson(fooled, judged),
                fool_rater_interval=bootstrap.interval(drawn[:, 0] / np.where(drawn[:, 1] > 0, drawn[:, 1], np.nan)),
                hype=float(
                    hype_infinity(float(fooled), float(judged), float(own_mistakes.sum()), float(own_real.sum()))
                )
                if told
                else None,
                hype_interval=bootstrap.interval(hypes) if told else None,
                d_prime=told.d_prime if told else None,
                d_prime_interval=bootstrap.interval(d_primes) if told else None,
                bias=told.bias if told else None,
                bias_interval=bootstrap.interval(biases) if told else None,
            )
        )
    right = np.where(is_real[judgements.conditions], judgements.answers == REAL, judgements.answers == GENERATED)
    return DetectionFindings(tuple(models), mistaken, real, wilson(mistaken, real), int(right.sum()))
