"""What the results page says about votes whose truth is known."""

import pytest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access, invite
from core.studies.results.machine import keep_with_runs
from core.studies.results.study_results import results
from core.studies.stopping import StopRule
from core.studies.voting import withdraw
from tests.core.studies.conftest import DrawnPictures

from .simulated import by_condition, rate


def answers(generated, real):
    return by_condition({"generated-1": generated, "real-1": real})


def test_means_distributions_and_the_difference(study, journal):
    rate(study, journal, answers(generated=[2, 3], real=[4, 5]))
    rate(study, journal, answers(generated=[1, 2], real=[5, 5]))
    found = results(study, journal)
    generated, real = found.scores
    assert (generated.judgements, generated.raters, real.judgements) == (12, 2, 12)
    assert (generated.value, real.value) == (2.0, 4.75)
    assert [one.counts for one in found.distributions] == [(3, 6, 3, 0, 0), (0, 0, 0, 3, 9)]
    (difference,) = found.differences
    assert difference.difference == pytest.approx(-2.75)
    assert difference.interval.high < 0
    assert (difference.effect_name, difference.effect, difference.magnitude) == ("Cliff's delta", -1, "large")
    assert difference.test is None  # two raters are too few for one
    assert found.counts.per_trial == (2, 2, 2)
    assert (found.counts.started, found.counts.finished) == (2, 2)


def test_items_are_ranked_by_their_mean(study, journal):
    rate(study, journal, answers(generated=[1], real=[5, 4]))
    found = results(study, journal)
    assert [item.mean for item in found.items[:3]] == [5, 5, 5]
    assert {item.condition.kind for item in found.items[-6:]} == {"generated"}


def test_fast_and_straight_lining_raters_are_flagged_and_can_be_left_out(study, journal):
    honest = rate(study, journal, answers(generated=[2, 3], real=[4, 5]))
    fast = rate(study, journal, answers(generated=[1, 5, 2], real=[3, 4, 1]), response_ms=200)
    straight = rate(study, journal, answers(generated=[3], real=[3]))
    found = results(study, journal)
    assert {rater.rater for rater in found.flagged} == {fast, straight}
    assert found.counts.judgements == 36  # flagged, not dropped
    assert found.counts.exclusions_in_words == "1 answered too fast, 1 gave one and the same answer"
    clean = results(study, journal, without_flagged=True)
    assert (clean.counts.judgements, clean.counts.left_out) == (12, 24)
    assert clean.scores[0].value == 2.5
    assert {rater.rater for rater in clean.raters} == {honest, fast, straight}
    assert len(journal.votes()) == 36


def test_a_study_without_votes_has_results_without_numbers(study, journal):
    found = results(study, journal)
    assert [score.value for score in found.scores] == [None, None]
    assert (found.differences, found.items, found.comparison) == ((), (), None)
    assert found.counts.median_ms is None
    assert found.agreement.alpha is None
    assert "0 of 100 judgements in the smallest condition" in found.gauge.words
    assert found.gauge.share == 0


def test_the_gauge_says_when_the_design_is_fulfilled(make_study):
    study = make_study(recommended_judgements=12, recommended_raters=4)
    journal = VoteJournal(study.path)
    rate(study, journal, answers(generated=[2], real=[4]))
    begun = results(study, journal).gauge
    assert (begun.share, begun.is_enough) == (0.25, False)  # half of the judgements, a quarter of the raters
    assert "6 of 12 judgements in the smallest condition and 1 of 4 raters" in begun.words
    for _ in range(3):
        rate(study, journal, answers(generated=[2], real=[4]))
    assert results(study, journal).gauge.words.startswith("Enough: at least 24 judgements")


def test_results_are_interim_until_the_stop_rule_is_reached(make_study):
    study = make_study(stop=StopRule("raters", 2))
    journal = VoteJournal(study.path)
    rate(study, journal, answers(generated=[2], real=[4]))
    early = results(study, journal).gauge
    assert not early.is_final
    assert "stops after 2 raters have finished; 1 have finished" in early.interim
    rate(study, journal, answers(generated=[2], real=[4]))
    assert results(study, journal).gauge.is_final


def test_only_votes_that_count_are_judgements(make_study):
    study = make_study(practice=2, attention=3, repeats=3)
    journal = VoteJournal(study.path)
    rate(study, journal, answers(generated=[2], real=[4]))
    found = results(study, journal)
    assert found.counts.judgements == 12
    assert (found.counts.attention_shown, found.counts.attention_passed, found.counts.repeats) == (3, 3, 3)
    assert found.agreement.itself.share == 1
    assert found.raters[0].finished


def test_who_fails_attention_items_is_flagged(make_study):
    study = make_study(attention=3)
    journal = VoteJournal(study.path)
    careless = rate(study, journal, lambda study, showing: 4 + int(showing.items[0][0] > "7"))
    (rater,) = results(study, journal).flagged
    assert rater.rater == careless
    assert "attention" in [flag.rule for flag in rater.flags]
    assert (rater.attention_shown, rater.attention_passed) == (3, 0)


def test_one_failed_attention_item_is_no_flag_and_as_many_as_the_rule_says_are(make_study):
    study = make_study(attention=3)
    journal = VoteJournal(study.path)
    once, twice = (rate(study, journal, failing(number)) for number in (1, 2))
    passed = {rater.rater: rater.attention_passed for rater in results(study, journal).raters}
    assert passed == {once: 2, twice: 1}
    assert [rater.rater for rater in results(study, journal).flagged] == [twice]


def test_a_model_stands_before_the_real_pictures_in_a_difference(workspace):
    sources = [DrawnPictures("real", 3, seed=2), DrawnPictures("generated", 3, seed=1)]
    study = create_study(workspace, "Real first", StudyDesign(enlargement="pixels"), sources)
    journal = VoteJournal(study.path)
    for _ in range(3):
        rate(study, journal, answers(generated=[2, 1, 3], real=[4, 5]))
    (difference,) = results(study, journal).differences
    assert (difference.first.id, difference.second.id) == ("generated-1", "real-1")
    assert difference.difference < 0
    assert difference.effect == -1
    assert difference.test.effect == -1


def test_who_withdrew_is_counted_and_their_answers_are_not(study, journal):
    stays = rate(study, journal, answers(generated=[2], real=[4]))
    withdraw(study, journal, rate(study, journal, answers(generated=[5], real=[1])))
    found = results(study, journal)
    assert (found.counts.joined, found.counts.withdrawn, found.counts.started) == (2, 1, 1)
    assert [rater.rater for rater in found.raters] == [stays]
    assert found.scores[0].value == 2


def test_invited_raters_and_those_of_the_open_link_are_told_apart(study, journal):
    invite(study, 3)
    first = access(study).invitations[0].id
    rate(study, journal, answers(generated=[1], real=[5]), invitation=first)
    assert results(study, journal).strata == ()
    rate(study, journal, answers(generated=[3], real=[3]))
    found = results(study, journal)
    assert (found.counts.invited, found.counts.invited_joined, found.counts.joined) == (3, 1, 2)
    assert [(one.name, one.raters, one.scores[0].value) for one in found.strata] == [
        ("by invitation", 1, 1),
        ("by the open link", 1, 3),
    ]


def test_a_study_without_its_links_can_be_read(study, journal, workspace):
    rate(study, journal, answers(generated=[2], real=[4]))
    (study.path / "access.json").unlink()
    found = results(study, journal)
    assert (found.counts.invited, found.counts.judgements) == (0, 12)
    assert keep_with_runs(workspace, found) == 0


def test_raters_who_judged_the_same_have_an_intraclass_correlation(study, journal):
    for shift in (0, 0, 1):
        rate(study, journal, by_picture(study, shift))
    agreement = results(study, journal).agreement
    assert agreement.block == (3, 12)
    assert agreement.icc.single > 0.6
    assert agreement.alpha.level == "ordinal"
    assert (agreement.kappa, agreement.remark) == (None, "")


def test_raters_who_judged_different_pictures_have_none_and_it_is_said(make_study):
    study = make_study(items_per_rater=4)
    journal = VoteJournal(study.path)
    for _ in range(3):  # three times four of twelve: nobody judges what another did
        rate(study, journal, answers(generated=[2], real=[4]))
    agreement = results(study, journal).agreement
    assert (agreement.icc, agreement.block, agreement.alpha) == (None, None, None)
    assert "no two raters share 5" in agreement.remark


def test_where_raters_pointed_is_gathered_by_condition(make_study):
    study = make_study(ask_where=True)
    journal = VoteJournal(study.path)
    point = lambda showing: (0.1, 0.9) if study.condition_of(showing.items[0]).id == "generated-1" else None  # noqa: E731
    rate(study, journal, answers(generated=[1], real=[5]), point=point)
    (found,) = results(study, journal).regions
    assert (found.condition.id, len(found.points), found.raters, found.peak) == ("generated-1", 6, 1, "lower left")
    assert found.heat.max() == 1


def failing(number):
    """A rater who takes so many of the attention items for good, and answers the rest in turn."""
    given = {"attention": 0, "main": 0}

    def answer(study, showing):
        given[showing.role] += 1
        if showing.role == "attention":
            return 5 if given["attention"] <= number else 1
        return 1 + given["main"] % 5

    return answer


def by_picture(study, shift):
    """A rater whose answers follow the pictures, a step up or not."""
    pictures = sorted(study.items)
    return lambda _, showing: min(5, 1 + pictures.index(showing.items[0]) % 4 + shift)
