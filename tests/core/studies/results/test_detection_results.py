"""Real or generated: fool rate, sensitivity, timed exposure, and intervals that cover a known truth."""

import numpy as np
import pytest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.results.detection import detect
from core.studies.results.judgements import Judgements
from core.studies.results.study_results import results
from core.studies.statistics.detection import sensitivity
from core.studies.voting import is_correct
from tests.core.studies.conftest import DrawnPictures

from .simulated import by_condition, drawn_votes, rate


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


def test_a_known_fool_rate_lies_within_the_raters_interval_about_as_often_as_it_says(detection):
    """200 studies of 25 raters who lean by 1.5 log odds, 8 judgements of each kind of picture."""
    study = detection(each=8)
    truth = _share(-1.0, 1.5)
    covered = by_judgements = 0
    for seed in range(200):
        chances = {"generated-1": 1 / (1 + np.e), "real-1": 0.8}
        votes = drawn_votes(study, chances, raters=25, spread=1.5, seed=seed)
        (model,) = detect(Judgements(study, tuple(votes))).models
        covered += model.fool_rater_interval.holds(truth)
        by_judgements += model.fool_interval.holds(truth)
    # A binomial of 200 at 0.93, a percentile bootstrap of 25 raters being a little narrow, lies within 175 and 195.
    assert 175 <= covered <= 195
    assert by_judgements < 165  # what ignores raters is plainly too narrow


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
    assert found.differences == ()
    assert all(is_correct(study, vote) for vote in journal.votes())


def test_models_with_timed_exposure_are_compared_by_where_raters_settled(workspace):
    sources = [DrawnPictures("generated", 12, seed=1), DrawnPictures("generated", 12, seed=3)]
    sources.append(DrawnPictures("real", 12, seed=2))
    design = StudyDesign(kind="real-or-generated", exposure="staircase", enlargement="pixels")
    study = create_study(workspace, "A glance", design, sources)
    journal = VoteJournal(study.path)

    def answer(study, showing):  # "generated-1" is always told; who judges "generated-2" is wrong every second time
        condition = study.condition_of(showing.items[0])
        if condition.id == "generated-2":
            return 1
        return int(condition.is_real)

    for _ in range(8):
        rate(study, journal, answer)
    found = results(study, journal)
    first, second, _ = found.scores
    assert (first.raters, second.raters) == (4, 4)
    # every real picture is told by everybody, and counts for the model that its rater judged, not for both
    assert [model.hype for model in found.detection.models] == [0, 0.5]
    assert found.detection.models[0].d_prime == sensitivity(48, 48, 0, 48).d_prime
    assert first.value == 430  # 24 right answers: three each at 500 to 430 ms; of those as frequent, the shortest
    assert second.value > 430
    (difference,) = found.differences
    assert (difference.effect_name, difference.effect) == ("Cliff's delta", -1)
    assert difference.test.test == "Mann-Whitney"
    assert difference.rater_interval.high < 0


def _share(log_odds, spread):
    """The mean chance over raters who lean normally by `spread`."""
    leans = np.linspace(-6, 6, 2001) * spread
    weights = np.exp(-0.5 * (leans / spread) ** 2)
    return float((weights / (1 + np.exp(-(log_odds + leans)))).sum() / weights.sum())
