"""What else could explain the answers of a study whose truth is known."""

import random

import pytest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.kinds import LEFT, RIGHT
from core.studies.results.explanations import covariates, mixed_model
from core.studies.results.study_results import results
from tests.core.studies.conftest import DrawnPictures

from .simulated import by_condition, rate


@pytest.fixture
def make(workspace):
    def make(kind):
        sources = [DrawnPictures("generated", 6, seed=1), DrawnPictures("real", 6, seed=2)]
        return create_study(workspace, "Any", StudyDesign(kind=kind, enlargement="pixels"), sources)

    return make


def test_ratings_are_explained_by_conditions_and_measures_together(make):
    study = make("rate-1-to-5")
    journal = VoteJournal(study.path)
    for rater in range(8):
        rate(study, journal, by_chance(rater, lambda chance, real: 1 + int(3 * chance) + 2 * real))
    report = covariates(results(study, journal))
    assert (report.reference, report.outcome, report.raters, report.answers) == ("real-1", "mean", 8, 96)
    assert {effect.name for effect in report.measures} == {"brightness", "contrast", "sharpness", "colourfulness"}
    assert report.unadjusted[0].name == "generated-1"
    assert report.unadjusted[0].interval.holds(-2)
    assert report.unadjusted[0].interval.high < 0


def test_detection_has_a_mixed_model_against_the_real_pictures(make):
    study = make("real-or-generated")
    journal = VoteJournal(study.path)
    for rater in range(10):
        rate(study, journal, by_chance(rater, lambda chance, real: int(chance < (0.8 if real else 0.2))))
    found = results(study, journal)
    model = mixed_model(found)
    assert study.conditions[model.reference].is_real
    assert [effect.name for effect in model.effects] == ["generated-1"]
    assert model.effects[0].interval.holds((0.2 / 0.8) / (0.8 / 0.2))
    assert covariates(found).outcome == "odds"


def test_preferences_have_a_side(make):
    """Which side a picture is on is left to chance, so what is asserted lies five standard errors away."""
    study = make("better-of-two")
    journal = VoteJournal(study.path)
    for rater in range(40):
        rate(study, journal, by_chance(rater, lambda chance, real: LEFT if chance < 0.8 else RIGHT))
    report = covariates(results(study, journal))
    assert report.side.interval.low > 0
    assert abs(report.conditions[0].value) < 1


def test_a_small_study_and_one_that_nobody_answered_have_no_explanation(make):
    study = make("rate-1-to-5")
    journal = VoteJournal(study.path)
    assert covariates(results(study, journal)) is None
    rate(study, journal, by_condition({"generated-1": [2, 3], "real-1": [4]}))
    assert covariates(results(study, journal)) is None
    assert mixed_model(results(study, journal)) is None


def by_chance(rater, answer_to):
    """A rater who answers by a number from 0 to 1 and by whether the (left) picture is real.

    The number is the same for a rater and a picture in whatever order they are shown, so that nothing else decides.
    """

    def answer(study, showing):
        item = study.items[min(showing.items, key=lambda i: study.items[i].condition)]
        chance = random.Random(f"{rater} {item.condition} {item.provenance['index']}").random()
        return answer_to(chance, study.condition_of(showing.items[0]).is_real)

    return answer
