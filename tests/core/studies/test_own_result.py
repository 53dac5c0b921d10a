"""What raters are told at the end."""

import pytest

from core.studies.design import StudyDesign
from core.studies.errors import LinkError
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.own_result import CROWD, OwnGroup, own_result
from core.studies.voting import join
from tests.core.studies.conftest import DrawnPictures
from tests.core.studies.test_schedule import answer_all


def test_the_share_of_right_answers_and_the_crowds_once_enough_have_finished(make_study):
    study = make_study(kind="real-or-generated", each=4, practice=2)
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    answer_all(study, journal, rater, lambda showing: int(study.condition_of(showing.items[0]).is_real))
    found = own_result(study, journal, rater)
    assert (found.correct, found.crowd_correct) == (1.0, None)
    assert found.by_kind == (OwnGroup("generated", 4, 0.0), OwnGroup("real", 4, 1.0))
    for _ in range(CROWD - 1):
        answer_all(study, journal, join(study, journal), lambda showing: 1)
    found = own_result(study, journal, rater)
    assert found.crowd_correct == pytest.approx((1 + 4 * 0.5) / 5)
    assert found.by_kind == (OwnGroup("generated", 4, 0.0, crowd=0.8), OwnGroup("real", 4, 1.0, crowd=1.0))


def test_the_condition_that_won_most_is_the_favourite(workspace):
    sources = [DrawnPictures("generated", 4, seed=number) for number in range(3)]
    study = create_study(workspace, "Pairs", StudyDesign(kind="better-of-two", enlargement="pixels"), sources)
    journal = VoteJournal(study.path)
    rater = join(study, journal)

    def choose(showing):
        names = [study.items[item].condition for item in showing.items]
        return 1 + names.index("generated-2") if "generated-2" in names else 1

    answer_all(study, journal, rater, choose)
    found = own_result(study, journal, rater)
    assert found.favourite == "generated of seed 1"
    assert found.by_kind[0].value == 0.5
    assert found.correct is None


def test_agreement_is_the_share_of_pairs_on_which_most_others_chose_the_same_picture(workspace):
    sources = [DrawnPictures("generated", 4, seed=number) for number in range(2)]
    study = create_study(workspace, "Pairs", StudyDesign(kind="better-of-two", enlargement="pixels"), sources)
    journal = VoteJournal(study.path)

    def prefers(condition, besides=()):
        def choose(showing):
            names = [study.items[item].condition for item in showing.items]
            wanted = names.index(condition)
            return 1 + (1 - wanted if showing.items[wanted] in besides else wanted)

        return choose

    against = [trial.items[0] for trial in study.trials.values()][:1]  # on one of the four pairs, whoever is asked
    rater = join(study, journal)
    answer_all(study, journal, rater, prefers("generated-1", besides=against))
    assert own_result(study, journal, rater).agreed is None
    for _ in range(CROWD - 1):
        answer_all(study, journal, join(study, journal), prefers("generated-1"))
    assert own_result(study, journal, rater).agreed == 0.75


def test_the_exposure_most_often_given_is_told_after_timed_pictures(make_study):
    study = make_study(kind="real-or-generated", each=5, exposure="staircase")
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    answer_all(study, journal, rater, lambda showing: int(study.condition_of(showing.items[0]).is_real))
    assert own_result(study, journal, rater).exposure_ms == 480  # 500, 490 and 480 three times each


def test_whoever_is_unknown_has_no_result(study, journal):
    with pytest.raises(LinkError):
        own_result(study, journal, "x" * 16)


def test_where_all_did_alike_there_is_no_favourite(workspace):
    sources = [*(DrawnPictures("generated", 3, seed=number) for number in range(2)), DrawnPictures("real", 3, seed=9)]
    design = StudyDesign(kind="real-or-generated", enlargement="pixels")
    study = create_study(workspace, "Blurred", design, sources)
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    answer_all(study, journal, rater, lambda showing: 0)  # nothing fooled them
    assert own_result(study, journal, rater).favourite == ""
