"""Against choix, against a logistic regression of statsmodels, and against simulated tournaments of known strength."""

import choix
import numpy as np
import pytest
import statsmodels.api as sm

from core.studies.statistics.intervals import RaterBootstrap
from core.studies.statistics.pairwise import ELO_PER_NAT, expected_win_rate, fit, rank, tally


def simulated(strengths, votes, raters, *, side=0.0, ties=0.0, seed=0):
    """Votes of a Bradley-Terry model: (left, right, outcome, rater). strengths: in nats."""
    generator = np.random.default_rng(seed)
    left = generator.integers(0, len(strengths), votes)
    right = (left + generator.integers(1, len(strengths), votes)) % len(strengths)
    strengths = np.asarray(strengths)
    chance = 1 / (1 + np.exp(-(strengths[left] - strengths[right] + side)))
    outcome = (generator.random(votes) < chance).astype(float)
    outcome[generator.random(votes) < ties] = 0.5
    return left, right, outcome, np.arange(votes) % raters


def counted(votes, conditions, raters):
    return tally(*votes, conditions=conditions, number_of_raters=raters)


def test_scores_agree_with_choix():
    votes = simulated([0.8, 0.3, 0.0, -0.4, -0.7], 300, 10, seed=1)
    tallies = counted(votes, 5, 10)
    wins = [(i, j) if won else (j, i) for i, j, won, _ in zip(*votes, strict=True)]
    expected = choix.opt_pairwise(5, wins, alpha=0.01)
    found = fit(tallies.sum(0)[None], ridge=0.01, with_side=False).scores[0]
    assert found == pytest.approx(expected - expected.mean(), abs=1e-4)


def test_scores_and_side_agree_with_a_logistic_regression():
    """Without a ridge the model is a logit of the left's win on +1 for the left condition and -1 for the right one."""
    left, right, outcome, raters = simulated([0.6, 0.1, -0.2, -0.5], 500, 5, side=0.4, seed=2)
    design = np.zeros((500, 4))
    design[np.arange(500), left] += 1
    design[np.arange(500), right] -= 1
    model = sm.Logit(outcome, np.column_stack([design[:, :3], np.ones(500)])).fit(disp=0)
    expected = np.append(model.params[:3], 0)
    found = fit(counted((left, right, outcome, raters), 4, 5).sum(0)[None], ridge=1e-9)
    assert found.scores[0] == pytest.approx(expected - expected.mean(), abs=1e-4)
    assert found.side[0] == pytest.approx(model.params[3], abs=1e-4)


def test_a_tie_is_half_a_win_of_each():
    ties = tally([0, 0], [1, 1], [0.5, 0.5], [0, 0], conditions=2, number_of_raters=1)
    halves = tally([0, 0], [1, 1], [1, 0], [0, 0], conditions=2, number_of_raters=1)
    assert ties == pytest.approx(halves)
    assert fit(ties.sum(0)[None]).scores[0] == pytest.approx([0, 0])


def test_a_condition_that_always_wins_and_one_that_met_nobody_have_finite_scores():
    votes = ([0, 1, 0, 1], [1, 0, 1, 0], [1, 0, 1, 0], [0, 0, 1, 1])
    found = rank(counted(votes, 3, 2), RaterBootstrap(2, rounds=100))
    assert found.conditions[0].win_rate == 1
    assert 1000 < found.conditions[0].elo < 3000
    assert found.conditions[2].elo == pytest.approx(1000, abs=1)
    assert found.conditions[2].win_rate is None
    assert not found.connected


def test_a_preference_for_the_left_does_not_pass_into_the_scores():
    """Condition 0 is always on the left, and the left is preferred: it is not better for that."""
    generator = np.random.default_rng(4)
    left, right = np.r_[np.zeros(400, int), np.ones(400, int)], np.r_[np.ones(400, int), np.full(400, 2)]
    outcome = (generator.random(800) < 1 / (1 + np.exp(-0.8))).astype(float)
    # every pair is also met the other way round, so that the side can be told from the condition
    votes = (np.r_[left, right], np.r_[right, left], np.r_[outcome, outcome], np.zeros(1600, int))
    found = rank(counted(votes, 3, 1), RaterBootstrap(1))
    assert [round(one.elo) for one in found.conditions] == pytest.approx([1000, 1000, 1000], abs=1)
    assert found.left_elo == pytest.approx(0.8 * ELO_PER_NAT, abs=40)
    assert found.left_rate == pytest.approx(outcome.mean())


def test_wins_and_counts_are_those_of_the_votes():
    votes = ([0, 1, 2], [1, 0, 0], [1, 0.5, 0], [0, 0, 0])
    found = rank(counted(votes, 3, 1), RaterBootstrap(1), ties=1)
    assert found.wins.tolist() == [[0, 1.5, 1], [0.5, 0, 0], [0, 0, 0]]
    assert found.counts.tolist() == [[0, 2, 1], [2, 0, 0], [1, 0, 0]]
    assert found.win_rates[0, 1] == 0.75
    assert np.isnan(found.win_rates[1, 2])
    assert [one.comparisons for one in found.conditions] == [3, 2, 1]
    assert found.conditions[0].interval is None  # one rater


def test_a_simulated_tournament_is_recovered():
    truth = np.array([0.9, 0.5, 0.1, -0.3, -1.2])
    found = rank(counted(simulated(truth, 4000, 40, side=0.2, ties=0.0, seed=5), 5, 40), RaterBootstrap(40))
    assert [one.rank for one in found.conditions] == [1, 2, 3, 4, 5]
    assert [one.rank_bound for one in found.conditions] == [1, 2, 3, 4, 5]
    for one, strength in zip(found.conditions, truth, strict=True):
        assert one.elo == pytest.approx(1000 + ELO_PER_NAT * strength, abs=40)
        assert one.interval.low < one.elo < one.interval.high
    assert found.left_interval.low > 0


def test_conditions_that_cannot_be_told_apart_share_their_rank():
    found = rank(counted(simulated([0.0, 0.0, 0.0, -2.0], 400, 20, seed=6), 4, 20), RaterBootstrap(20))
    assert [one.rank_bound for one in found.conditions] == [1, 1, 1, 4]


def test_intervals_cover_the_true_differences_about_as_often_as_they_say():
    truth = np.array([0.5, 0.0, -0.5])
    covered = 0
    for seed in range(200):
        raters = 20
        found = rank(counted(simulated(truth, 400, raters, seed=seed), 3, raters), RaterBootstrap(raters, rounds=300))
        covered += found.conditions[0].interval.holds(1000 + ELO_PER_NAT * 0.5)
    assert 176 <= covered <= 197  # 95 %, or 93 % as a percentile bootstrap of 20 raters has it, by a binomial of 200


def test_400_points_are_odds_of_ten_to_one():
    assert expected_win_rate(1400, 1000) == pytest.approx(10 / 11)
    assert expected_win_rate(1000, 1000) == 0.5
