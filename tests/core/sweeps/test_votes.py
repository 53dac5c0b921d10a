"""What people prefer steers a sweep."""

import math
from typing import Any

import pytest

from core.errors import ConfigError
from core.jobs.folder import JobFolder
from core.sweeps import votes
from core.sweeps.sweep import Sweep
from core.sweeps.trials import Trial, TrialState
from core.sweeps.votes import Vote, VoteFile
from core.workspace import Workspace
from tests.core.sweeps.conftest import create, direct_here, spec_of, trained


def trials(count: int) -> list[Trial]:
    return [Trial(n, {"latent_dim": n + 1}, f"run-{n}", state=TrialState.DONE, epoch=3) for n in range(count)]


def test_whoever_wins_is_stronger_and_a_tie_moves_nobody_apart() -> None:
    found = votes.strengths([0, 1, 2], [Vote(0, 1, 1, 0.0), Vote(1, 2, 1, 0.0), Vote(0, 2, None, 0.0)])
    assert found[1] > found[0] == pytest.approx(found[2], abs=1e-6)
    assert sum(found.values()) == pytest.approx(0, abs=1e-6)


def test_each_trial_is_compared_before_any_is_compared_often() -> None:
    cast: list[Vote] = []
    for _ in range(5):
        pair = votes.next_pair(trials(5), cast)
        assert pair is not None
        cast.append(Vote(*pair, pair[0], 0.0))
    met = [number for vote in cast for number in (vote.left, vote.right)]
    assert sorted(met.count(number) for number in range(5)) == [2, 2, 2, 2, 2]
    assert len({frozenset((vote.left, vote.right)) for vote in cast}) == 5


def test_sides_are_shuffled() -> None:
    pairs = [votes.next_pair(trials(2), [Vote(0, 1, None, 0.0)] * count) for count in range(20)]
    assert set(pairs) == {(0, 1), (1, 0)}


def test_a_search_by_preference_waits_for_votes_and_says_how_many() -> None:
    spec = spec_of("d", method="preference", trials=8)
    assert votes.votes_missing(spec, trials(3), []) == 0  # the first four are drawn at random
    assert votes.votes_missing(spec, trials(4), []) == 4
    cast = [Vote(0, 1, 0, 0.0), Vote(1, 2, 1, 0.0), Vote(2, 3, 3, 0.0), Vote(3, 0, 3, 0.0)]
    assert votes.votes_missing(spec, trials(4), cast) == 0
    assert votes.votes_missing(spec, trials(5), cast) == 1


def test_a_vote_on_anything_but_the_pair_is_refused(workspace: Workspace) -> None:
    file = VoteFile(workspace.data)
    for left, right, better in ((1, 1, 1), (1, 2, 3)):
        with pytest.raises(ConfigError):
            file.add(left, right, better)
    file.add(1, 2, None)
    assert [(vote.left, vote.right, vote.better) for vote in file.votes()] == [(1, 2, None)]


def test_a_search_by_preference_finds_what_a_person_likes(workspace: Workspace, dataset: str) -> None:
    """Somebody likes a learning rate of 0.001, whatever the distance says, and votes on every new trial."""
    space = {"learning_rate": {"low": 1e-5, "high": 1e-1, "log": True}}
    job, sweep = create(workspace, spec_of(dataset, method="preference", space=space, trials=14))

    def liking(params: Any) -> float:
        return -abs(math.log10(params["learning_rate"]) + 3)

    def begin(lab: Workspace, folder: JobFolder) -> None:
        trained(lambda params: 50.0)(lab, folder)
        now, file = Sweep(job), VoteFile(job.path)
        candidates = [*votes.comparable(now.trials), *[trial for trial in now.trials if trial.is_open]]
        for number in range(len(candidates) - 1):  # of the newest against all before it: as eager as can be
            newest, other = candidates[-1], candidates[number]
            better = max(newest, other, key=lambda trial: liking(trial.params))
            file.add(newest.number, other.number, better.number)

    direct_here(workspace, job, begin)
    liked = [liking(trial.params) for trial in sweep.trials]
    assert len(liked) == 14
    assert sum(liked[7:]) / 7 > sum(liked[:4]) / 4 + 0.5  # the first four are drawn at random
    best = sweep.best
    assert best is not None
    assert liking(best.params) == max(liked)
