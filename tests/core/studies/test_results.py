"""What the results page says about votes whose truth is known."""

import csv
import io

import pytest

from core.studies.export import COLUMNS, votes_csv
from core.studies.journal import VoteJournal
from core.studies.results import enough, results
from core.studies.voting import ballot, cast, join, undo

SHOWN = "2026-11-21T10:00:00.000Z"


def rate_all(study, journal, generated, real, *, response_ms=1500):
    """One rater answers everything: `generated` and `real` are cycles of answers."""
    rater, given = join(study, journal), {"generated-1": 0, "real-1": 0}
    while (now := ballot(study, journal, rater)).current:
        condition = study.items[now.current.items[0]].condition
        answers = generated if condition == "generated-1" else real
        answer = answers[given[condition] % len(answers)]
        given[condition] += 1
        cast(study, journal, rater, now.current.presentation, answer, response_ms=response_ms, shown_at=SHOWN)
    return rater


def test_means_distributions_and_the_difference(study, journal):
    rate_all(study, journal, generated=[2, 3], real=[4, 5])
    rate_all(study, journal, generated=[1, 2], real=[5, 5])
    found = results(study, journal)
    generated, real = found.conditions
    assert (generated.judgements, generated.raters, real.judgements) == (12, 2, 12)
    assert (generated.mean, real.mean) == (2.0, 4.75)
    assert generated.distribution == (3, 6, 3, 0, 0)
    assert real.distribution == (0, 0, 0, 3, 9)
    (difference,) = found.differences
    assert difference.difference == pytest.approx(-2.75)
    assert difference.interval.high < 0
    assert (difference.cliffs_delta, difference.magnitude) == (-1, "large")
    assert found.per_item == (2, 2, 2)
    assert (found.raters_started, found.raters_finished) == (2, 2)


def test_items_are_ranked_by_their_mean(study, journal):
    rate_all(study, journal, generated=[1], real=[5, 4])
    found = results(study, journal)
    assert [item.mean for item in found.items[:3]] == [5, 5, 5]
    assert {item.condition.kind for item in found.items[-6:]} == {"generated"}


def test_fast_and_straight_lining_raters_are_flagged_and_can_be_left_out(study, journal):
    honest = rate_all(study, journal, generated=[2, 3], real=[4, 5])
    fast = rate_all(study, journal, generated=[1, 5, 2], real=[3, 4, 1], response_ms=200)
    straight = rate_all(study, journal, generated=[3], real=[3])
    found = results(study, journal)
    assert {rater.rater for rater in found.flagged} == {fast, straight}
    assert found.judgements == 36  # flagged, not dropped
    clean = results(study, journal, without_flagged=True)
    assert (clean.judgements, clean.left_out) == (12, 24)
    assert clean.conditions[0].mean == 2.5
    assert {rater.rater for rater in clean.raters} == {honest, fast, straight}
    assert len(journal.votes()) == 36


def test_a_study_without_votes_has_results_without_numbers(study, journal):
    found = results(study, journal)
    assert found.conditions[0].mean is None
    assert found.differences == ()
    assert found.median_ms is None
    assert "0 of 100 recommended judgements" in enough(study, found)


def test_enough_says_when_the_design_is_fulfilled(make_study):
    study = make_study(recommended_judgements=6, recommended_raters=1)
    journal = VoteJournal(study.path)
    rate_all(study, journal, generated=[2], real=[4])
    assert enough(study, results(study, journal)).startswith("Enough: at least 6 judgements")


def test_the_export_holds_every_vote_with_its_condition_and_marks_retracted_ones(study, journal):
    rater = rate_all(study, journal, generated=[2], real=[4])
    undo(study, journal, rater)
    rows = list(csv.DictReader(io.StringIO(votes_csv(study, journal))))
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 12
    assert [row["retracted"] for row in rows] == ["0"] * 11 + ["1"]
    assert all(row["answer"] == ("2" if row["condition_kind"] == "generated" else "4") for row in rows)
