"""Handing out pictures, taking votes, taking them back."""

import random
from collections import Counter

import pytest

from core.studies.errors import LinkError, StaleVoteError, StudyClosedError
from core.studies.journal import Tallies, VoteJournal, event
from core.studies.links import close_study, reopen_study
from core.studies.own_result import OwnGroup, own_result
from core.studies.schedule import next_trial, rater_order
from core.studies.voting import ballot, cast, is_rater, join, reveal, undo

SHOWN = "2026-11-21T10:00:00.000Z"


def answer(study, journal, rater, value=3, presentation=None):
    presentation = presentation or ballot(study, journal, rater).current.presentation
    return cast(study, journal, rater, presentation, value, response_ms=1200, shown_at=SHOWN)


def test_raters_who_come_and_answer_in_any_order_leave_counts_that_differ_by_one_at_most(make_study):
    """Each is given the trials that fewest have, at joining; so it does not matter who is fast and who is slow."""
    study = make_study(each=20, items_per_rater=11)
    journal = VoteJournal(study.path)
    chance, waiting, under_way = random.Random(4), 17, []
    while waiting or under_way:
        if waiting and chance.random() < 0.15:
            under_way.append(join(study, journal))
            waiting -= 1
        elif under_way:
            rater = chance.choice(under_way)
            if answer(study, journal, rater).current is None:
                under_way.remove(rater)
    counts = Counter(vote.item for vote in journal.votes())
    assert sum(counts.values()) == 17 * 11
    assert len(counts) == 40
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len({(vote.rater, vote.item) for vote in journal.votes()}) == 17 * 11


def test_the_order_is_random_per_rater_and_reproducible(study):
    assert rater_order(study, "a" * 16) != rater_order(study, "b" * 16)
    assert rater_order(study, "a" * 16) == rater_order(study, "a" * 16)
    assert sorted(rater_order(study, "a" * 16)) == sorted(study.items)


def test_a_picture_on_somebody_elses_screen_counts_as_being_judged(study):
    tallies = Tallies()
    first = rater_order(study, "b" * 16)[0]
    tallies.apply(event("joined", "a" * 16))
    tallies.apply(event("assigned", "a" * 16, presentation="p", item=first))
    assert next_trial(study, "b" * 16, tallies)[0] != first


def test_a_closed_tab_does_not_hold_its_picture_for_ever(study):
    tallies = Tallies()
    first = rater_order(study, "b" * 16)[0]
    tallies.apply(event("joined", "a" * 16))
    tallies.apply(event("assigned", "a" * 16, presentation="p", item=first) | {"at": "2026-01-01T10:00:00Z"})
    assert next_trial(study, "b" * 16, tallies)[0] == first


def test_every_picture_comes_once_and_then_the_rater_is_done(study, journal):
    rater = join(study, journal)
    seen = []
    while (now := ballot(study, journal, rater)).current:
        seen.append(now.current.items[0])
        after = answer(study, journal, rater)
        assert after.done == len(seen)
        assert after.current == now.upcoming
    assert sorted(seen) == sorted(study.items)
    assert ballot(study, journal, rater).done == 12


def test_a_rater_sees_no_more_pictures_than_the_design_says(make_study):
    study = make_study(items_per_rater=3)
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    for _ in range(3):
        last = answer(study, journal, rater)
    assert (last.current, last.upcoming, last.done, last.total) == (None, None, 3, 3)


def test_a_reload_goes_on_with_the_same_picture(study, journal):
    rater = join(study, journal)
    before = answer(study, journal, rater)
    assert ballot(study, VoteJournal(study.path), rater) == before


def test_the_same_showing_answered_twice_is_one_vote(study, journal):
    rater = join(study, journal)
    presentation = ballot(study, journal, rater).current.presentation
    first = answer(study, journal, rater, 4, presentation)
    again = answer(study, journal, rater, 5, presentation)
    assert again == first
    assert [vote.answer for vote in journal.votes()] == [4]
    assert sum(entry["event"] == "vote" for entry in journal.events()) == 1


def test_undo_shows_the_last_picture_again_and_keeps_both_in_the_journal(study, journal):
    rater = join(study, journal)
    start = ballot(study, journal, rater)
    answer(study, journal, rater, 2)
    back = undo(study, journal, rater)
    assert back.current.items == start.current.items
    assert back.current.presentation != start.current.presentation
    assert back.upcoming == start.upcoming
    assert (back.done, journal.votes()) == (0, [])
    answer(study, journal, rater, 5)
    assert [vote.answer for vote in journal.votes()] == [5]
    assert [entry["event"] for entry in journal.events() if entry["event"] in ("vote", "retraction")] == [
        "vote",
        "retraction",
        "vote",
    ]


def test_a_resent_vote_that_was_taken_back_stays_taken_back(study, journal):
    rater = join(study, journal)
    presentation = ballot(study, journal, rater).current.presentation
    answer(study, journal, rater, 2, presentation)
    undo(study, journal, rater)
    answer(study, journal, rater, 2, presentation)
    assert journal.votes() == []


def test_undo_reaches_back_several_votes_and_after_the_end(study, journal):
    rater = join(study, journal)
    for _ in range(12):
        answer(study, journal, rater)
    undo(study, journal, rater)
    state = undo(study, journal, rater)
    assert (state.done, state.upcoming is not None) == (10, True)
    answer(study, journal, rater)
    assert answer(study, journal, rater).current is None
    assert len(journal.votes()) == 12


def test_undo_without_a_vote_changes_nothing(study, journal):
    rater = join(study, journal)
    before = ballot(study, journal, rater)
    assert undo(study, journal, rater) == before


def test_a_vote_on_another_raters_showing_is_refused(study, journal):
    one, two = join(study, journal), join(study, journal)
    presentation = ballot(study, journal, one).current.presentation
    with pytest.raises(StaleVoteError):
        answer(study, journal, two, 3, presentation)
    assert journal.votes() == []


def test_a_picture_that_lies_ready_takes_no_answer_before_its_turn(study, journal):
    rater = join(study, journal)
    now = ballot(study, journal, rater)
    with pytest.raises(StaleVoteError):
        answer(study, journal, rater, 3, now.upcoming.presentation)
    assert journal.votes() == []
    answer(study, journal, rater)
    answer(study, journal, rater, 3, now.upcoming.presentation)
    assert len(journal.votes()) == 2


@pytest.mark.parametrize("value", [0, 6, "5", None, 2.5, 5.0, True])
def test_an_answer_off_the_scale_is_refused(study, journal, value):
    rater = join(study, journal)
    with pytest.raises(StaleVoteError):
        answer(study, journal, rater, value)
    assert journal.votes() == []


def test_an_invented_rater_is_refused(study, journal):
    assert not is_rater(journal, "x" * 16)
    assert not is_rater(journal, "../../etc/passwd")
    with pytest.raises(LinkError):
        ballot(study, journal, "x" * 16)


def test_a_closed_study_takes_no_votes_until_it_is_opened_again(study, journal):
    rater = join(study, journal)
    presentation = ballot(study, journal, rater).current.presentation
    close_study(study)
    for attempt in (
        lambda: answer(study, journal, rater, 3, presentation),
        lambda: undo(study, journal, rater),
        lambda: join(study, journal),
    ):
        with pytest.raises(StudyClosedError):
            attempt()
    assert journal.votes() == []
    reopen_study(study)
    answer(study, journal, rater, 3, presentation)
    assert len(journal.votes()) == 1


def test_a_raters_own_result_is_the_mean_by_kind(study, journal):
    rater = join(study, journal)
    while (now := ballot(study, journal, rater)).current:
        answer(study, journal, rater, 2 if study.items[now.current.items[0]].condition == "generated-1" else 5)
    result = own_result(study, journal, rater)
    assert result.by_kind == (OwnGroup("generated", 6, 2), OwnGroup("real", 6, 5))
    assert (result.correct, result.favourite) == (None, "")


def test_after_a_rater_has_seen_their_result_nothing_is_taken_back(study, journal):
    rater = join(study, journal)
    assert not reveal(study, journal, rater).revealed  # not before the last answer
    while (now := ballot(study, journal, rater)).current:
        answer(study, journal, rater, 3, now.current.presentation)
    assert ballot(study, journal, rater).can_undo
    assert reveal(study, journal, rater).revealed
    assert not undo(study, journal, rater).can_undo
    assert ballot(study, VoteJournal(study.path), rater).revealed  # whoever reads the journal anew
    assert len(journal.votes()) == 12
