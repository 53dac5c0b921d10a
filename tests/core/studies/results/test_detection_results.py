"""Real or generated: fool rate, sensitivity, timed exposure, and intervals that cover a known truth."""

import numpy as np
import pytest

from core.studies.journal import VoteJournal
from core.studies.results.study_results import results
from core.studies.voting import is_correct

from .simulated import by_condition, rate, write_votes


@pytest.fixture
def detection(make_study):
    return lambda **design: make_study(kind="real-or-generated", **design)


def test_fool_rate_hype_and_sensitivity_are_those_of_the_votes(detection):
    study = detection()
    journal = VoteJournal(study.path)
    # of six generated pictures two are taken for real, of six real ones one is taken for generated; twice
    for _ in range(2):
        rate(study, journal, by_condition({"generated-1": [1, 0, 0], "real-1": [0, 1, 1, 1, 1, 1]}))
    found = results(study, journal)
    (model,) = found.detection.models
    assert (model.fooled, model.judgements, model.fool_rate) == (4, 12, pytest.approx(1 / 3))
    assert (found.detection.mistaken, found.detection.real_judgements, found.detection.correct) == (2, 12, 18)
    assert model.hype == pytest.approx(6 / 24)
    # hits 8 of 12, false alarms 2 of 12: z(8.5 / 13) - z(2.5 / 13) = .3956 + .8694
    assert model.d_prime == pytest.approx(1.265, abs=2e-3)
    assert model.bias == pytest.approx(0.237, abs=2e-3)
    assert found.scores[0].value == pytest.approx(1 / 3)
    assert found.measure.text(found.scores[0].value) == "33.3 %"
    assert found.differences[0].effect_name == "odds ratio"


def test_a_known_fool_rate_lies_within_the_raters_interval_about_as_often_as_it_says(detection, workspace):
    """200 studies of 15 raters who lean by 0.7 log odds; the same pictures, so one study folder serves all."""
    study = detection()
    truth = _share(-1.0, 0.7)
    covered = by_judgements = 0
    for seed in range(200):
        journal = VoteJournal(study.path)
        journal.path.unlink(missing_ok=True)
        write_votes(study, {"generated-1": 1 / (1 + np.e), "real-1": 0.8}, raters=15, spread=0.7, seed=seed)
        (model,) = _detect(study, VoteJournal(study.path)).models
        covered += model.fool_rater_interval.holds(truth)
        by_judgements += model.fool_interval.holds(truth)
    assert 176 <= covered <= 197
    assert by_judgements < covered


def test_timed_exposure_gives_each_model_the_mean_of_its_raters(make_study):
    study = make_study(kind="real-or-generated", exposure="staircase", each=8)
    journal = VoteJournal(study.path)
    right = lambda study, showing: int(study.condition_of(showing.items[0]).is_real)  # noqa: E731
    rate(study, journal, right)
    found = results(study, journal)
    assert found.measure.name == "exposure_ms"
    # 16 right answers: three each at 500, 490, 480, 470 and 460 ms; of those as frequent, the shortest
    assert found.scores[0].value == 460
    assert found.scores[1].value is None  # real pictures have no exposure of their own
    assert found.detection.models[0].fool_rate == 0
    assert all(is_correct(study, vote) for vote in journal.votes())


def _detect(study, journal):
    from core.studies.results.detection import detect
    from core.studies.results.judgements import Judgements

    return detect(Judgements(study, tuple(journal.votes())))


def _share(log_odds, spread):
    """The mean chance over raters who lean normally by `spread`."""
    leans = np.linspace(-6, 6, 2001) * spread
    weights = np.exp(-0.5 * (leans / spread) ** 2)
    return float((weights / (1 + np.exp(-(log_odds + leans)))).sum() / weights.sum())
