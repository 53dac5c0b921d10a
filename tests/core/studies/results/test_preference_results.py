"""Better of two: wins, ranks, sides and ties of votes whose truth is known; and pictures beside a real one."""

import pytest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.kinds import LEFT
from core.studies.results.study_results import results
from tests.core.studies.conftest import DrawnPictures

from .simulated import by_condition, preferring, rate


@pytest.fixture
def preference(workspace):
    def make(**design):
        sources = [DrawnPictures("generated", 4, seed=1), DrawnPictures("generated", 4, seed=3)]
        sources.append(DrawnPictures("real", 4, seed=2))
        chosen = StudyDesign(kind="better-of-two", enlargement="pixels", **design)
        return create_study(workspace, "Pairs", chosen, sources)

    return make


def test_the_order_of_the_raters_is_the_order_of_the_ranking(preference):
    study = preference()
    journal = VoteJournal(study.path)
    for _ in range(3):
        rate(study, journal, preferring(["real-1", "generated-2", "generated-1"]))
    found = results(study, journal)
    assert [score.condition.id for score in sorted(found.scores, key=lambda score: -score.value)] == [
        "real-1",
        "generated-2",
        "generated-1",
    ]
    assert found.ranking.wins.tolist() == [[0, 0, 0], [12, 0, 0], [12, 12, 0]]
    assert found.counts.judgements == 36
    assert [one.comparisons for one in found.ranking.conditions] == [24, 24, 24]
    assert found.items[0].condition.id == "real-1"
    assert found.items[0].mean == 1
    against_real = next(d for d in found.differences if d.first.id == "generated-1" and d.second.id == "real-1")
    assert against_real.difference < -400
    assert against_real.effect < 0.1  # expected win rate
    assert found.agreement.alpha.value == 1
    assert found.agreement.kappa == 1


def test_who_always_says_left_moves_the_side_and_not_the_scores(preference):
    study = preference()
    journal = VoteJournal(study.path)
    for _ in range(4):
        rate(study, journal, lambda study, showing: LEFT)
    found = results(study, journal)
    assert found.ranking.left_rate == 1
    assert found.ranking.left_elo > 400
    assert [score.value for score in found.scores] == pytest.approx([1000] * 3, abs=60)
    assert all(flag.rule == "straight line" for rater in found.flagged for flag in rater.flags)


def test_ties_are_counted_and_are_half_a_win(preference):
    study = preference(ties=True)
    journal = VoteJournal(study.path)
    rate(study, journal, lambda study, showing: 0)
    found = results(study, journal)
    assert found.ranking.ties == 12
    assert found.ranking.win_rates[0, 1] == 0.5
    assert [score.value for score in found.scores] == pytest.approx([1000] * 3)


def test_pairs_seen_again_the_other_way_round_agree(preference):
    study = preference(repeats=4)
    journal = VoteJournal(study.path)
    rate(study, journal, preferring(["real-1", "generated-2", "generated-1"]))
    assert results(study, journal).agreement.itself.share == 1
    rate(study, journal, lambda study, showing: LEFT)
    assert results(study, journal).agreement.itself.share == 0.5  # whose side decides contradicts themselves


def test_side_by_side_rates_the_picture_that_is_not_marked(workspace):
    study = create_study(
        workspace,
        "Beside",
        StudyDesign(kind="side-by-side", enlargement="pixels"),
        [DrawnPictures("generated", 4, seed=1), DrawnPictures("generated", 4, seed=3)],
        reference=DrawnPictures("real", 4, seed=2),
    )
    journal = VoteJournal(study.path)
    rate(study, journal, by_condition({"generated-1": [2], "generated-2": [4]}))
    found = results(study, journal)
    assert [score.value for score in found.scores] == [2, 4]
    assert {item.condition.id for item in found.items} == {"generated-1", "generated-2"}
