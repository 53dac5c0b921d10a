"""What raters see and when: plans, practice, attention items, repeats, sides, timed exposure."""

import random
from collections import Counter

import pytest

from core.errors import ConfigError
from core.studies.clock import simulated
from core.studies.design import StudyDesign
from core.studies.errors import LinkError, StaleVoteError, StudyClosedError, StudyFullError, TooFastError
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access, set_expiry
from core.studies.schedule import AWAY_SECONDS, slots
from core.studies.stopping import StopRule
from core.studies.study import Study
from core.studies.trials import passed_attention
from core.studies.voting import ballot, cast, is_rater, join, miss, rater_of_invitation, undo, withdraw
from tests.core.studies.conftest import DrawnPictures

SHOWN = "2026-11-21T10:00:00.000Z"
START = 1_800_000_000.0  # seconds since the epoch


def vote(study, journal, rater, value=3, **more):
    now = ballot(study, journal, rater).current
    return cast(study, journal, rater, now.presentation, value, response_ms=1200, shown_at=SHOWN, **more)


def answer_all(study, journal, rater, choose=lambda showing: 3):
    """Answer to the end; what was shown, in order."""
    seen = []
    while (now := ballot(study, journal, rater)).current:
        seen.append(now.current)
        cast(study, journal, rater, now.current.presentation, choose(now.current), response_ms=900, shown_at=SHOWN)
    return seen


def make_pairs(workspace, *, conditions=3, each=4, **design):
    sources = [DrawnPictures("generated", each, seed=number) for number in range(conditions)]
    return create_study(workspace, "Pairs", StudyDesign(kind="better-of-two", enlargement="pixels", **design), sources)


def test_practice_comes_first_attention_and_repeats_are_mixed_in_and_none_of_them_counts(make_study):
    study = make_study(each=10, practice=4, attention=3, repeats=3)
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    seen = answer_all(study, journal, rater)
    roles = [showing.role for showing in seen]
    assert Counter(roles) == {"practice": 4, "main": 20, "attention": 3, "repeat": 3}
    assert roles[:4] == ["practice"] * 4
    assert roles[4] == "main"
    assert len(seen) == study.total_shown == 30
    judged = {showing.items for showing in seen if showing.role == "main"}
    assert {study.condition_of(items[0]).role for items in judged} == {"competes"}
    assert {study.condition_of(s.items[0]).kind for s in seen if s.role == "attention"} == {"noise"}
    practised = {showing.items for showing in seen if showing.role == "practice"}
    assert not practised & judged
    repeated = [showing for showing in seen if showing.role == "repeat"]
    for showing in repeated:
        first = next(place for place, other in enumerate(seen) if other.items == showing.items)
        assert seen.index(showing) - first >= 2
    assert sum(journal._tallies.judged.values()) == 20


def test_the_order_of_roles_differs_between_raters_and_stays_for_one(make_study):
    study = make_study(each=10, attention=2, repeats=2)
    assert slots(study, "a" * 16) == slots(study, "a" * 16)
    assert len({slots(study, letter * 16) for letter in "abcdefgh"}) > 4


def test_a_rater_is_given_as_many_of_each_condition_where_counts_allow(make_study):
    study = make_study(each=10, items_per_rater=8)
    journal = VoteJournal(study.path)
    seen = answer_all(study, journal, join(study, journal))
    assert Counter(study.items[showing.items[0]].condition for showing in seen) == {"generated-1": 4, "real-1": 4}


def test_trials_of_somebody_who_went_away_become_free_for_others(make_study):
    study = make_study(each=6, items_per_rater=6)
    journal = VoteJournal(study.path)
    with simulated(START):
        gone = join(study, journal)
        vote(study, journal, gone)
        vote(study, journal, gone)
    with simulated(START + AWAY_SECONDS + 1):
        answer_all(study, journal, join(study, journal))
        answer_all(study, journal, join(study, journal))
    counts = Counter(entry.item for entry in journal.votes())
    assert sorted(counts.values()) == [1] * 10 + [2] * 2  # all twelve, although four stood in a plan nobody follows


def test_each_picture_of_a_pair_is_on_the_left_as_often_as_the_other(workspace):
    study = make_pairs(workspace)
    journal = VoteJournal(study.path)
    for _ in range(6):
        answer_all(study, journal, join(study, journal), lambda showing: 1)
    lefts = Counter((entry.item, entry.shown[0]) for entry in journal.votes())
    for trial in study.trials.values():
        assert abs(lefts[trial.id, trial.items[0]] - lefts[trial.id, trial.items[1]]) <= 1
    assert all(set(entry.shown) == set(study.trials[entry.item].items) for entry in journal.votes())


def test_a_repeated_pair_is_shown_the_other_way_round(workspace):
    study = make_pairs(workspace, repeats=3)
    journal = VoteJournal(study.path)
    seen = answer_all(study, journal, join(study, journal), lambda showing: 2)
    for repeat in (showing for showing in seen if showing.role == "repeat"):
        assert any(other.items == repeat.items[::-1] for other in seen if other.role == "main")


def test_every_two_conditions_meet_equally_often_and_the_same_latents_meet(workspace):
    study = make_pairs(workspace, each=5)
    meetings = Counter(
        tuple(sorted(study.items[item].condition for item in trial.items)) for trial in study.trials.values()
    )
    assert set(meetings.values()) == {5}
    assert len(meetings) == 3

    class Epoch(DrawnPictures):
        def to_json(self):
            return {"run_id": "one-run", "epoch": self.seed}

    matched = create_study(
        workspace,
        "Epochs",
        StudyDesign(kind="better-of-two", enlargement="pixels"),
        [Epoch("generated", 5, seed=1), Epoch("generated", 5, seed=2)],
    )
    for trial in matched.trials.values():
        first, second = (matched.items[item].provenance["index"] for item in trial.items)
        assert first == second


def test_a_tie_is_an_answer_only_where_the_design_allows_it(workspace):
    strict, lenient = make_pairs(workspace), make_pairs(workspace, ties=True)
    for study, allowed in ((strict, False), (lenient, True)):
        journal = VoteJournal(study.path)
        rater = join(study, journal)
        if allowed:
            assert vote(study, journal, rater, 0).done == 1
        else:
            with pytest.raises(StaleVoteError):
                vote(study, journal, rater, 0)


def test_side_by_side_marks_the_real_picture_and_never_shows_a_picture_beside_itself(workspace):
    design = StudyDesign(kind="side-by-side", enlargement="pixels", attention=1, practice=2)
    sources = [DrawnPictures("generated", 4, seed=1), DrawnPictures("real", 3, seed=9)]
    study = create_study(workspace, "Beside", design, sources, reference=DrawnPictures("real", 3, seed=9))
    journal = VoteJournal(study.path)
    seen = answer_all(study, journal, join(study, journal))
    sides = set()
    for showing in seen:
        marked, judged = showing.items[showing.marked], showing.items[1 - showing.marked]
        assert study.condition_of(marked).role == "reference"
        assert study.condition_of(judged).role != "reference"
        pixels = [study.items[item].provenance.items() for item in (marked, judged)]
        assert pixels[0] != pixels[1]
        sides.add(showing.marked)
    assert sides == {0, 1}
    assert Counter(showing.role for showing in seen) == {"main": 7, "practice": 2, "attention": 1}


def test_practice_says_what_was_right_and_cannot_be_taken_back(make_study):
    study = make_study(kind="real-or-generated", practice=2)
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    shown = ballot(study, journal, rater).current
    is_real = study.condition_of(shown.items[0]).is_real
    after = vote(study, journal, rater, 1)
    assert after.feedback is not None
    assert (after.feedback.correct, after.feedback.truth) == (is_real, "real" if is_real else "generated")
    assert not after.can_undo
    assert undo(study, journal, rater).done == 1
    vote(study, journal, rater, 0)
    after = vote(study, journal, rater, 0)
    assert after.feedback is None
    assert after.can_undo


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("rate-1-to-5", 1, 5), ("rate-1-to-10", 3, 8), ("real-or-generated", 0, 1), ("side-by-side", 2, 4)],
)
def test_who_takes_noise_for_good_fails_the_attention_item(workspace, kind, good, bad):
    sources = [DrawnPictures("generated", 3, seed=1), DrawnPictures("real", 3, seed=2)]
    beside = DrawnPictures("real", 3, seed=3) if kind == "side-by-side" else None
    study = create_study(
        workspace, "Noise", StudyDesign(kind=kind, attention=1, enlargement="pixels"), sources, reference=beside
    )
    (trial,) = (study.trials[name] for name in study.trials_of("attention"))
    assert passed_attention(kind, trial, trial.items, good)
    assert not passed_attention(kind, trial, trial.items, bad)


def test_who_prefers_noise_or_sees_no_difference_fails_the_attention_item(workspace):
    study = make_pairs(workspace, attention=1, ties=True)
    (trial,) = (study.trials[name] for name in study.trials_of("attention"))
    noise_left = trial.items
    assert passed_attention("better-of-two", trial, noise_left, 2)
    assert passed_attention("better-of-two", trial, noise_left[::-1], 1)
    for shown, answer in ((noise_left, 1), (noise_left[::-1], 2), (noise_left, 0)):
        assert not passed_attention("better-of-two", trial, shown, answer)


def timed(make_study, **more) -> tuple[Study, VoteJournal]:
    study = make_study(kind="real-or-generated", exposure="staircase", each=12, **more)
    return study, VoteJournal(study.path)


def test_timed_exposure_shortens_after_three_right_answers_and_lengthens_after_a_wrong_one(make_study):
    study, journal = timed(make_study)
    rater = join(study, journal)
    asked = []
    for right in (True, True, True, True, False, True):
        now = ballot(study, journal, rater)
        assert now.upcoming.exposure_ms is None  # it depends on the answer that is still to come
        asked.append(now.current.exposure_ms)
        is_real = study.condition_of(now.current.items[0]).is_real
        cast(
            study,
            journal,
            rater,
            now.current.presentation,
            int(is_real == right),
            response_ms=900,
            shown_at=SHOWN,
            seen_ms=now.current.exposure_ms + 3,
        )
    assert asked == [500, 500, 500, 490, 490, 520]
    votes = journal.votes()
    assert [entry.exposure_ms for entry in votes] == asked
    assert [entry.seen_ms for entry in votes] == [value + 3 for value in asked]
    assert not ballot(study, journal, rater).can_undo


def test_with_timed_exposure_each_rater_judges_one_model_and_as_many_real_pictures(workspace):
    sources = [DrawnPictures("generated", 6, seed=1), DrawnPictures("generated", 6, seed=2)]
    study = create_study(
        workspace,
        "Flash",
        StudyDesign(kind="real-or-generated", exposure="staircase", enlargement="pixels"),
        [*sources, DrawnPictures("real", 6, seed=3)],
    )
    journal = VoteJournal(study.path)
    arms = []
    for _ in range(4):
        seen = answer_all(study, journal, join(study, journal), lambda showing: 0)
        counts = Counter(study.items[showing.items[0]].condition for showing in seen)
        assert counts.pop("real-1") == 6
        arms.append(next(iter(counts.items())))
    assert Counter(arms) == {("generated-1", 6): 2, ("generated-2", 6): 2}


def test_a_flash_that_was_not_seen_is_shown_again_and_its_first_showing_takes_no_answer(make_study):
    study, journal = timed(make_study)
    rater = join(study, journal)
    first = ballot(study, journal, rater)
    again = miss(study, journal, rater, first.current.presentation)
    assert again.current.items == first.current.items
    assert again.current.presentation != first.current.presentation
    assert again.upcoming == first.upcoming
    with pytest.raises(StaleVoteError):
        cast(study, journal, rater, first.current.presentation, 1, response_ms=900, shown_at=SHOWN)
    assert journal.votes() == []
    assert vote(study, journal, rater, 1).done == 1


def test_adaptive_pairs_ask_most_about_what_is_least_certain(workspace):
    """Two conditions are alike, the third always loses: votes gather where the answer is open."""
    study = make_pairs(workspace, each=30, pairing="adaptive", items_per_rater=30)
    journal = VoteJournal(study.path)
    chance = random.Random(1)

    def choose(showing):
        weak = [study.items[item].condition == "generated-3" for item in showing.items]
        return chance.choice((1, 2)) if not any(weak) else 2 if weak[0] else 1

    for _ in range(2):
        answer_all(study, journal, join(study, journal), choose)
    asked = Counter(tuple(sorted(study.items[item].condition for item in entry.shown)) for entry in journal.votes())
    alike = asked["generated-1", "generated-2"]
    assert sum(asked.values()) == 60
    assert alike > asked["generated-1", "generated-3"] + 5
    assert alike > asked["generated-2", "generated-3"] + 5
    assert len({(entry.rater, entry.item) for entry in journal.votes()}) == 60


def test_an_invitation_is_one_rater_however_often_it_is_opened(study, journal):
    first = join(study, journal, invitation="7")
    assert join(study, journal, invitation="7") == first
    assert rater_of_invitation(journal, "7") == first
    assert join(study, journal, invitation="8") != first
    assert journal.snapshot().raters[first].via == "invitation:7"


def test_no_more_raters_than_the_design_allows_come_by_the_open_link(make_study):
    study = make_study(max_raters=2)
    journal = VoteJournal(study.path)
    early = join(study, journal)
    join(study, journal)
    with pytest.raises(StudyFullError):
        join(study, journal)
    assert join(study, journal, invitation="1")
    assert vote(study, journal, early).done == 1


def test_the_stop_rule_takes_no_new_raters_and_lets_others_finish(make_study):
    study = make_study(each=2, stop=StopRule("raters", 1))
    journal = VoteJournal(study.path)
    first, second = join(study, journal), join(study, journal)
    answer_all(study, journal, first)
    with pytest.raises(StudyFullError):
        join(study, journal)
    assert len(answer_all(study, journal, second)) == 4


def test_judgements_stop_a_study_by_the_condition_that_has_fewest(make_study):
    study = make_study(each=3, items_per_rater=4, stop=StopRule("judgements", 3))
    journal = VoteJournal(study.path)
    answer_all(study, journal, join(study, journal))  # two of each
    answer_all(study, journal, join(study, journal))
    with pytest.raises(StudyFullError):
        join(study, journal)


@pytest.mark.parametrize("rule", [{"kind": "raters"}, {"kind": "date", "date": "soon"}, {"kind": "never"}])
def test_a_stop_rule_that_cannot_be_followed_is_refused(rule):
    with pytest.raises(ConfigError):
        StopRule(**rule)


def test_a_date_stops_at_its_end():
    rule = StopRule("date", date="2027-01-31")
    end = rule.end_seconds()
    assert not rule.reached(finished_raters=0, fewest_judgements=0, now_seconds=end - 1)
    assert rule.reached(finished_raters=0, fewest_judgements=0, now_seconds=end + 1)


def test_whoever_withdraws_is_gone_from_votes_counts_and_plans(make_study):
    study = make_study(each=3, items_per_rater=3)
    journal = VoteJournal(study.path)
    rater, other = join(study, journal), join(study, journal)
    vote(study, journal, rater)
    vote(study, journal, other)
    withdraw(study, journal, rater)
    assert [entry.rater for entry in journal.votes()] == [other]
    assert not is_rater(journal, rater)
    with pytest.raises(LinkError):
        vote(study, journal, rater)
    snapshot = VoteJournal(study.path).snapshot()
    assert (snapshot.withdrawn, list(snapshot.raters)) == (1, [other])
    assert sum(journal._tallies.judged.values()) == 1


def test_a_script_that_answers_faster_than_anybody_can_look_is_held_up(make_study):
    study = make_study(each=30)
    journal = VoteJournal(study.path)
    with simulated(START):
        rater = join(study, journal)
        for _ in range(40):
            vote(study, journal, rater)
        with pytest.raises(TooFastError):
            vote(study, journal, rater)
    with simulated(START + 11):
        assert vote(study, journal, rater).done == 41


def test_the_servers_clock_bounds_how_long_an_answer_can_have_taken(study, journal):
    with simulated(START):
        rater = join(study, journal)
        shown = ballot(study, journal, rater).current.presentation
    with simulated(START + 0.2):
        cast(study, journal, rater, shown, 3, response_ms=5000, shown_at=SHOWN)
    (entry,) = journal.votes()
    assert (entry.response_ms, entry.gap_ms, entry.time_ms) == (5000, 200, 200)


def test_a_point_is_kept_only_where_it_was_asked_for_and_makes_sense(make_study):
    study = make_study(ask_where=True)
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    for point in ([0.25, 0.5], [2, 0.5], "here", [True, None], None):
        vote(study, journal, rater, 1, point=point)
    assert [entry.point for entry in journal.votes()] == [(0.25, 0.5), None, None, None, None]


def test_an_expired_link_takes_no_votes(study, journal):

    rater = join(study, journal)
    set_expiry(study, "2026-01-01T00:00:00+00:00")
    with pytest.raises(StudyClosedError):
        vote(study, journal, rater)
    set_expiry(study, "")
    assert vote(study, journal, rater).done == 1
    assert access(study).expires == ""
