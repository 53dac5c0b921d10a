"""The work of a "sweep" job: it asks for trials, lets their runs train, ends those that fall behind, and writes down
what came of them. Runs are jobs of their own: they wait in the queue as any, and outlive the sweep's process."""

import time
from collections.abc import Callable, Sequence

from core.errors import ConfigError
from core.files import new_id, remove_temporary
from core.jobs import control
from core.jobs.folder import End, JobError, JobFolder, State
from core.jobs.running import RunningJob
from core.sweeps import measure, votes
from core.sweeps.methods import next_point
from core.sweeps.planning import judged_against, plan_trial
from core.sweeps.pruning import why_end_early
from core.sweeps.space import value_words
from core.sweeps.spec import SWD, SweepSpec
from core.sweeps.sweep import Sweep
from core.sweeps.trials import Trial, TrialJournal, TrialState
from core.training.run_folder import RunFolder
from core.training.trial import TrialError
from core.workspace import Workspace

_LOOK_EVERY_SECONDS = 0.5
_MOST_LOSSES = 2  # a run whose process died (killed, out of memory) is let go on so often before it counts as failed


def run(job: RunningJob) -> str:
    """Direct the sweep to its end; return the closing message. What was begun before goes on."""
    return direct(job, begin=control.resume)


def direct(
    job: RunningJob,
    *,
    begin: Callable[[Workspace, JobFolder], object],
    look_every_seconds: float = _LOOK_EVERY_SECONDS,
) -> str:
    """
    Args:
        begin: lets a run begin, or go on where it was: in a process of its own, or in this one.
    """
    remove_temporary(job.folder)
    director = _Director(job, begin)
    while director.step():
        time.sleep(look_every_seconds)
    return director.closing_words()


class _Director:
    def __init__(self, job: RunningJob, begin: Callable[[Workspace, JobFolder], object]) -> None:
        self._job, self._workspace, self._begin = job, job.workspace, begin
        self._folder = JobFolder(job.folder)
        self._journal = TrialJournal(Sweep(self._folder).journal)
        self._read: tuple[int, list[Trial]] = (-1, [])  # bytes of the journal, and the trials that they tell
        self._look()

    def _look(self) -> None:
        """At everything anew: votes come and the plan grows while it works."""
        self._sweep = Sweep(self._folder)
        self._spec: SweepSpec = self._sweep.spec
        path = self._sweep.journal.path
        size = path.stat().st_size if path.exists() else 0
        if size != self._read[0]:
            self._read = (size, self._sweep.trials)
        self._sweep.trials = self._read[1]

    def step(self) -> bool:
        """One look at everything; whether there is more to do."""
        self._look()
        for trial in self._open():
            self._tend(trial)
        self._look()
        if self._job.stop_requested():
            for trial in self._open():
                self._pause(trial)
            return False
        more = self._ask()
        self._report()
        return more

    def closing_words(self) -> str:
        counts = {state: self._sweep.count(state) for state in TrialState}
        said = [f"{counts[TrialState.DONE]} of {self._spec.planned} trials done"]
        if counts[TrialState.PRUNED]:
            said.append(f"{counts[TrialState.PRUNED]} ended early")
        if counts[TrialState.FAILED]:
            said.append(f"{counts[TrialState.FAILED]} failed")
        words = ", ".join(said) + "."
        best = self._sweep.best
        if best is not None:
            point = "; ".join(f"{name} {value_words(value)}" for name, value in best.params.items())
            value = "" if best.value is None else f" with {self._spec.metric} {best.value:.4g}"
            words += f" Best: trial {best.number + 1}{value} ({point})."
        return words

    def _open(self) -> list[Trial]:
        return [trial for trial in self._sweep.trials if trial.is_open]

    # ---- asking

    def _ask(self) -> bool:
        """Ask for as many trials as there is room for; whether anything is left to wait for."""
        while True:
            trials, open_trials = self._sweep.trials, self._open()
            if len(trials) >= self._spec.planned:
                return bool(open_trials)
            if len(open_trials) >= self._spec.at_once or self._votes_missing():
                return True
            point = next_point(self._spec, trials, self._sweep.scores)
            if point is None:
                return bool(open_trials)
            self._journal.asked(len(trials), point, new_id(self._spec.preset))
            self._look()
            self._tend(self._sweep.trials[-1])
            self._look()

    def _votes_missing(self) -> int:
        return votes.votes_missing(self._spec, self._sweep.trials, self._sweep.votes)

    # ---- one trial

    def _tend(self, trial: Trial) -> None:
        """Do what a trial needs now. Whatever goes wrong with it is written down, and the sweep goes on."""
        folder = JobFolder(self._workspace.run(trial.run_id))
        if not folder.request_path.exists():
            if trial.begun:
                self._journal.ended(trial, TrialState.FAILED, reason="Its run was deleted.")
                return
            if not self._make(trial):
                return
        state = folder.state()
        if state.is_active:
            self._watch(trial, folder)
        elif state is State.DONE:
            self._measure(trial, folder)
        elif state is State.FAILED:
            end = folder.end()
            self._failed(trial, end.message if end else "Its run failed.", bad=True)
        elif state is State.STOPPED and not trial.paused:
            self._stopped(trial, folder, folder.end())
        else:  # new, paused with the sweep, or lost
            self._let_go(trial, folder, lost=state is State.LOST)

    def _make(self, trial: Trial) -> bool:
        """Its run, as create_run would make it; whether it could be made."""
        try:
            plan = plan_trial(self._workspace, self._spec, trial.params, images=self._images(trial))
            plan["sweep"] = {"id": self._sweep.id, "trial": trial.number, "params": dict(trial.params)}
            title = f"{self._spec.found_preset.title} on {plan['dataset_name']}, trial {trial.number + 1}"
            control.create(self._workspace, "train", plan, title=title, folder=self._workspace.run(trial.run_id))
        except (ConfigError, TrialError) as error:  # anything else is wrong with all of them, and ends the sweep
            self._failed(trial, f"Refused: {error}", bad=True)
            return False
        return True

    def _images(self, trial: Trial) -> int:
        """How long its run is: as many images as fit into the minutes, by the speed measured on this machine."""
        if self._spec.images:
            return self._spec.images
        from core.jobs.devices import slots_for
        from core.training.estimate import estimate

        plan = plan_trial(self._workspace, self._spec, trial.params)
        speed = estimate(self._workspace, plan, slots_for(plan["device"])[0]).images_per_second
        return max(1, round(self._spec.minutes * 60 * speed))

    def _let_go(self, trial: Trial, folder: JobFolder, *, lost: bool) -> None:
        """Begin a run, or let it go on where it was."""
        lost = lost and trial.begun
        if lost and trial.lost >= _MOST_LOSSES:
            self._failed(trial, f"Its process died {trial.lost + 1} times. {control.lost_message(folder)}", bad=True)
            return
        self._journal.begun(trial, lost=lost)
        try:
            self._begin(self._workspace, folder)
        except JobError:
            if not folder.is_active:  # else somebody let it go on at this very moment
                raise

    def _pause(self, trial: Trial) -> None:
        """With the sweep. Written down first: a run that was stopped otherwise counts as stopped by hand."""
        self._journal.paused(trial)
        for folder in (JobFolder(self._workspace.run(trial.run_id)), self._evaluation(trial)):
            if folder is not None and folder.is_active:
                control.stop(self._workspace, folder)

    def _watch(self, trial: Trial, folder: JobFolder) -> None:
        """While it trains: whether it should end early."""
        if trial.pruning:
            if folder.stop_request() is None:
                control.stop(self._workspace, folder)
            return
        if self._spec.pruning == "none":
            return
        reason = why_end_early(self._spec, self._sweep.trials, trial, measure.rungs_of(RunFolder(folder.path)))
        if reason:
            self._journal.pruning(trial, reason)
            self._job.log(f"{trial.label}: {reason}")
            control.stop(self._workspace, folder)

    def _stopped(self, trial: Trial, folder: JobFolder, end: End | None) -> None:
        """By the sweep, because it fell behind; by what its own settings look for (stop_when); or by hand."""
        if trial.pruning:
            self._ended(trial, folder, TrialState.PRUNED, reason=trial.pruning)
            return
        if end is not None and end.reason == "pause":
            return  # whoever paused it wants it to go on later: the sweep waits for it
        words = end.message if end is not None else "Stopped."
        self._ended(trial, folder, TrialState.PRUNED, reason=f"Stopped before its end. {words}")

    # ---- its end

    def _measure(self, trial: Trial, folder: JobFolder) -> None:
        if self._spec.metric == SWD:
            self._ended(trial, folder, TrialState.DONE)
            return
        reached = measure.reached_by_evaluation(
            RunFolder(folder.path), self._spec.metric, since=self._sweep.job.created
        )
        evaluation = self._evaluation(trial)
        if reached is not None and (evaluation is None or not evaluation.is_active):
            self._ended(trial, folder, TrialState.DONE, reached=reached)
            return
        if evaluation is None:
            self._evaluate(trial)
            return
        state = evaluation.state()
        if state in (State.DONE, State.FAILED):
            end = evaluation.end()
            told = end.message if end is not None else ""
            self._failed(trial, f"{self._spec.metric} could not be measured. {told}", bad=False)
        elif not state.is_active and end_was_by_sweep(trial, state):
            self._let_go(trial, evaluation, lost=state is State.LOST)
        elif not state.is_active:
            self._failed(trial, f"The measuring of {self._spec.metric} was stopped.", bad=False)

    def _evaluate(self, trial: Trial) -> None:
        from core.metrics.evaluation import create_evaluation

        try:
            job = create_evaluation(
                self._workspace,
                [trial.run_id],
                epochs="last",
                metrics=[self._spec.metric],
                against=judged_against(self._workspace, self._spec),
                seed=self._spec.seed,
                device=self._spec.device,
            )
        except ConfigError as error:
            self._failed(trial, f"{self._spec.metric} could not be measured. {error}", bad=False)
            return
        self._journal.evaluating(trial, job.id)
        self._begin(self._workspace, job)

    def _evaluation(self, trial: Trial) -> JobFolder | None:
        if not trial.evaluation:
            return None
        folder = JobFolder(self._workspace.job(trial.evaluation))
        return folder if folder.request_path.exists() else None

    def _ended(
        self,
        trial: Trial,
        folder: JobFolder,
        state: TrialState,
        *,
        reason: str = "",
        reached: measure.Reached | None = None,
    ) -> None:
        """Write down its end; a run without the value that the search goes by counts as failed."""
        found = RunFolder(folder.path)
        by_training = measure.reached_by_training(found)
        if self._spec.metric == SWD:
            reached = by_training
        newest = max((epoch for epoch in found.epochs() if epoch), default=None)
        if reached is None and state is TrialState.DONE and not self._spec.by_people:
            self._failed(trial, reason or "Its run ended without a measured epoch.", bad=False)
            return
        self._journal.ended(
            trial,
            state,
            value=None if reached is None else reached.value,
            score=None if reached is None else reached.score,
            epoch=newest if reached is None else reached.epoch,
            reason=reason,
            rungs=measure.rungs_of(found),
            seconds=_seconds(folder),
            images=found.images_seen(),
        )

    def _failed(self, trial: Trial, reason: str, *, bad: bool) -> None:
        self._job.log(f"{trial.label} failed: {reason}")
        folder = JobFolder(self._workspace.run(trial.run_id))
        self._journal.ended(trial, TrialState.FAILED, reason=reason, bad=bad, seconds=_seconds(folder))

    # ---- telling

    def _report(self) -> None:
        trials = self._sweep.trials
        open_trials = self._open()
        shares = [self._share(trial) for trial in open_trials]
        ended = len(trials) - len(open_trials)
        planned = max(1, self._spec.planned)
        self._job.progress(
            int(100 * (ended + sum(shares)) / planned), 100, unit="percent", message=self._words(open_trials)
        )

    def _share(self, trial: Trial) -> float:
        status = JobFolder(self._workspace.run(trial.run_id)).status()
        return min(1.0, status.share) if status is not None and status.unit == "images" else 0.0

    def _words(self, open_trials: Sequence[Trial]) -> str:
        missing = self._votes_missing()
        if missing and not open_trials:
            return f"Waits for {missing} more vote{'' if missing == 1 else 's'} before it chooses the next point"
        said = []
        for trial in open_trials[:3]:
            folder = JobFolder(self._workspace.run(trial.run_id))
            state, status = folder.state(), folder.status()
            what = "is paused" if state is State.STOPPED else "waits" if state is State.QUEUED else "starts"
            if state is State.DONE:
                what = "is being measured"
            elif state.is_active and status is not None and status.message:
                what = status.message[0].lower() + status.message[1:]
            said.append(f"trial {trial.number + 1} of {self._spec.planned}: {what}")
        text = "; ".join(said)
        return text[:1].upper() + text[1:]


def end_was_by_sweep(trial: Trial, state: State) -> bool:
    """Whether a job of a trial that is not active should go on: new, lost, or stopped together with the sweep."""
    return trial.paused or state is State.LOST


def _seconds(folder: JobFolder) -> float:
    """That all its workers spent on it."""
    end = folder.end()
    return round(sum(float(row.get("seconds") or 0) for row in folder.ends.rows()) + (end.seconds if end else 0.0), 1)
