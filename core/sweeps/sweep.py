"""A sweep, as its folder tells it: a job of kind "sweep" in data/jobs.

job.json        the request, as of any job; its settings are those the sweep was created with
sweep.json      the same settings as they stand now: `extend` raises the number of trials
trials.jsonl    see core.sweeps.trials
votes.jsonl     see core.sweeps.votes
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.errors import AtelierError, ConfigError, NotFoundError
from core.files import JsonLines, read_json, write_json
from core.jobs.folder import JobFolder, list_jobs
from core.sweeps import parzen, votes
from core.sweeps.spec import SweepSpec
from core.sweeps.trials import Trial, TrialState, read_trials
from core.sweeps.votes import Vote, VoteFile
from core.training.run_folder import RunFolder
from core.workspace import Workspace

KIND = "sweep"


class Sweep:
    """Reads what is there now; what it has read, it keeps: make a new one to look again."""

    def __init__(self, job: JobFolder) -> None:
        self.job = job
        self.id = job.id
        self.spec_path = job.path / "sweep.json"
        self.journal = JsonLines(job.path / "trials.jsonl")

    @cached_property
    def spec(self) -> SweepSpec:
        """Raises AtelierError if the record is missing or damaged."""
        return read_spec(self.spec_path)

    @cached_property
    def trials(self) -> list[Trial]:
        return read_trials(self.journal)

    @cached_property
    def votes(self) -> list[Vote]:
        return VoteFile(self.job.path).votes()

    @cached_property
    def scores(self) -> dict[int, float]:
        """What the search goes by, less is better, of the trials that have it."""
        if self.spec.by_people:
            return votes.scores_to_learn_from(self.trials, self.votes)
        return measured_scores(self.trials)

    @cached_property
    def strengths(self) -> dict[int, float]:
        """What people think of those trials that can be compared, in nats; empty where nobody voted."""
        if not self.votes:
            return {}
        return votes.strengths([trial.number for trial in votes.comparable(self.trials)], self.votes)

    @property
    def best(self) -> Trial | None:
        """Of the trials that went to their end, if any did; in a search by preference not before there is a vote."""
        if self.spec.by_people and not self.votes:
            return None
        ended = [trial for trial in self.trials if trial.number in self.scores]
        whole = [trial for trial in ended if trial.state is TrialState.DONE]
        return min(whole or ended, key=lambda trial: self.scores[trial.number], default=None)

    @property
    def importances(self) -> dict[str, float]:
        return parzen.importances(self.spec.found_space, self.trials, self.scores)

    def count(self, state: TrialState) -> int:
        return sum(trial.state is state for trial in self.trials)

    def run_of(self, workspace: Workspace, trial: Trial) -> RunFolder | None:
        """None when it was not made yet, or deleted."""
        path = workspace.run(trial.run_id)
        return RunFolder(path) if (path / "run.json").exists() else None


@dataclass(frozen=True)
class SweepSummary:
    """One line of a list."""

    id: str
    title: str
    state: str
    preset: str
    dataset_id: str
    method: str
    metric: str
    trials: int  # planned
    done: int
    pruned: int
    failed: int
    best: float | None
    best_run: str
    created: float  # seconds since 1970


def read_spec(path: Path) -> SweepSpec:
    try:
        value = read_json(path)
    except (OSError, ValueError) as error:
        raise AtelierError(f"The sweep cannot be read: {path.name} is damaged ({error}).") from error
    if value is None:
        raise AtelierError(f"The sweep cannot be read: it has no {path.name}.")
    return SweepSpec.from_json(value)


def write_spec(path: Path, spec: SweepSpec) -> None:
    write_json(path, spec.to_json())


def measured_scores(trials: list[Trial]) -> dict[int, float]:
    """By what was measured, of trials that reached their end or were ended early; less is better."""
    ended = (TrialState.DONE, TrialState.PRUNED)
    return {trial.number: trial.score for trial in trials if trial.state in ended and trial.score is not None}


def list_sweeps(workspace: Workspace) -> list[Sweep]:
    """Those that can be read, newest first."""
    found = []
    for job in list_jobs(workspace):
        if job.kind == KIND:
            sweep = Sweep(job)
            try:
                sweep.spec  # noqa: B018 - only those whose record can be read
            except AtelierError:
                continue
            found.append(sweep)
    return found


def find_sweep(workspace: Workspace, name: str) -> Sweep:
    """By its id, or by any part of it that no other sweep shares. Raises NotFoundError, ConfigError."""
    jobs = [job for job in list_jobs(workspace) if job.kind == KIND]
    near = [job for job in jobs if job.id == name] or [job for job in jobs if name and name in job.id]
    if len(near) == 1:
        return Sweep(near[0])
    if near:
        raise ConfigError(f"{name!r} may mean {', '.join(job.id for job in near[:6])}. Write more of the id.")
    raise NotFoundError("sweep", name, [job.id for job in jobs])


def summary(sweep: Sweep) -> SweepSummary:
    spec, best = sweep.spec, sweep.best
    return SweepSummary(
        id=sweep.id,
        title=sweep.job.title,
        state=str(sweep.job.state()),
        preset=spec.preset,
        dataset_id=spec.dataset_id,
        method=spec.method,
        metric="people" if spec.by_people else spec.metric,
        trials=spec.planned,
        done=sweep.count(TrialState.DONE),
        pruned=sweep.count(TrialState.PRUNED),
        failed=sweep.count(TrialState.FAILED),
        best=None if best is None else (sweep.strengths.get(best.number) if spec.by_people else best.value),
        best_run="" if best is None else best.run_id,
        created=sweep.job.created,
    )
