"""A sweep directs its runs, whatever becomes of them and of itself."""

import shutil
import threading
from dataclasses import replace
from typing import Any

import pytest

from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.sweeps.planning import create_sweep, extend, look_ahead
from core.sweeps.sweep import Sweep, find_sweep, list_sweeps, read_spec, summary, write_spec
from core.sweeps.trials import TrialState
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.core.sweeps.conftest import EAGER, SPACE, TINY, at_work, create, direct_here, leave_run, spec_of, trained


def worth(params: dict[str, Any]) -> float:
    return float(params["learning_rate"]) * 1000 + float(params["latent_dim"])


def states(sweep: Sweep) -> list[str]:
    return [str(trial.state) for trial in sweep.trials]


def runs_there(workspace: Workspace) -> list[str]:
    return sorted(path.parent.name for path in workspace.checkpoints.glob("*/run.json"))


def test_six_real_trainings_are_searched_and_the_best_is_named(workspace: Workspace, dataset: str) -> None:
    grid = {"learning_rate": [0.0005, 0.002, 0.008], "latent_dim": [4, 8]}
    job, sweep = create(workspace, spec_of(dataset, method="grid", space=grid, trials=6, images=32, fixed=TINY | EAGER))
    direct_here(workspace, job, lambda lab, folder: control.run_here(lab, folder))
    assert states(sweep) == ["done"] * 6
    assert [trial.params for trial in sweep.trials] == list(sweep.spec.found_space.grid())
    best = sweep.best
    assert best is not None
    assert best.value == min(trial.value for trial in sweep.trials if trial.value is not None)
    for trial in sweep.trials:
        run = RunFolder(workspace.run(trial.run_id))
        assert trial.value == min(row["value"] for row in run.scores() if row["epoch"])
        assert run.settings["training"]["learning_rate"] == trial.params["learning_rate"]
        assert run.settings["sweep"]["id"] == sweep.id
        assert trial.epoch in run.weight_epochs()


def test_every_trial_is_an_ordinary_run_that_names_its_sweep(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset))
    message = direct_here(workspace, job, trained(worth))
    assert states(sweep) == ["done"] * 4
    assert runs_there(workspace) == sorted(trial.run_id for trial in sweep.trials)
    assert "4 of 4 trials done" in message
    settings = [RunFolder(workspace.run(trial.run_id)).settings for trial in sweep.trials]
    assert [one["sweep"]["trial"] for one in settings] == [0, 1, 2, 3]
    assert {one["training"]["keep_weights"] for one in settings} == {"best"}


def test_a_sweep_killed_after_any_line_of_its_journal_makes_no_trial_twice(workspace: Workspace, dataset: str) -> None:
    spec = spec_of(dataset, trials=3)
    whole, told = create(workspace, spec)
    direct_here(workspace, whole, trained(worth))
    rows = told.journal.rows()
    for cut in reversed(range(len(rows))):
        asked = {row["run"] for row in rows[:cut] if row["event"] == "asked"}
        for run in set(runs_there(workspace)) - asked:
            shutil.rmtree(workspace.run(run))
        job, _ = create(workspace, spec)
        Sweep(job).journal.append(*rows[:cut])
        direct_here(workspace, job, trained(worth))
        again = Sweep(job)
        assert [trial.params for trial in again.trials] == [trial.params for trial in told.trials]
        assert states(again) == ["done"] * 3
        assert runs_there(workspace) == sorted(trial.run_id for trial in again.trials)
        assert asked <= set(runs_there(workspace))


def test_a_run_that_was_asked_for_but_not_made_is_made_under_its_id(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset, trials=1))
    point = {"learning_rate": 0.003, "latent_dim": 8}
    sweep.journal.append(
        {"event": "asked", "trial": 0, "params": point, "run": "20260101-000000-quick-gan-abcd", "at": 1}
    )
    direct_here(workspace, job, trained(worth))
    assert runs_there(workspace) == ["20260101-000000-quick-gan-abcd"]
    assert Sweep(job).trials[0].params == point


def test_a_trial_that_fails_counts_as_failed_and_the_sweep_goes_on(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset, method="tpe"))

    def begin(lab: Workspace, folder: JobFolder) -> None:
        if folder.settings["sweep"]["trial"] == 1:
            leave_run(folder, [5.0], state=State.FAILED, message="Training diverged: the loss became infinite.")
        else:
            trained(worth)(lab, folder)

    direct_here(workspace, job, begin)
    assert states(sweep) == ["done", "failed", "done", "done"]
    assert "diverged" in sweep.trials[1].reason
    assert sweep.trials[1].bad
    assert sweep.best is not sweep.trials[1]


def test_a_run_deleted_by_hand_counts_as_failed(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset, trials=2))

    def begin(lab: Workspace, folder: JobFolder) -> None:
        if folder.settings["sweep"]["trial"] == 0:
            shutil.rmtree(folder.path)
        else:
            trained(worth)(lab, folder)

    direct_here(workspace, job, begin)
    assert states(sweep) == ["failed", "done"]
    assert "deleted" in sweep.trials[0].reason
    assert not sweep.trials[0].bad


def test_a_run_whose_process_keeps_dying_counts_as_failed(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset, trials=1))
    begun: list[str] = []
    direct_here(workspace, job, lambda lab, folder: begun.append(folder.id))
    assert len(begun) == 3
    assert states(sweep) == ["failed"]
    assert "died 3 times" in sweep.trials[0].reason


def test_a_run_stopped_by_hand_counts_with_what_it_reached(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset, trials=1))
    direct_here(workspace, job, lambda lab, folder: leave_run(folder, [7.0], state=State.STOPPED, reason="stop"))
    assert states(sweep) == ["pruned"]
    assert sweep.trials[0].value == 7.0


def test_a_point_that_cannot_be_trained_counts_as_failed_and_takes_no_time(workspace: Workspace, dataset: str) -> None:
    space = {"loss": ["relativistic", "hinge"], "separate_updates": [True, False]}
    job, sweep = create(workspace, spec_of(dataset, method="grid", space=space))
    assert len(look_ahead(workspace, sweep.spec).refused) == 1
    direct_here(workspace, job, trained(lambda params: 1.0))
    assert states(sweep) == ["failed", "done", "done", "done"]
    assert "relativistic loss" in sweep.trials[0].reason
    assert len(runs_there(workspace)) == 3


def test_a_sweep_of_which_no_trial_can_be_trained_is_not_made(workspace: Workspace, dataset: str) -> None:
    impossible = spec_of(dataset, space={"separate_updates": [True]}, method="grid")
    with pytest.raises(AtelierError, match="relativistic loss"):
        create_sweep(workspace, impossible)
    assert list_sweeps(workspace) == []


def test_a_stop_pauses_the_run_at_work_and_a_resume_lets_it_go_on(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset, trials=2))
    at_it: list[threading.Thread] = []

    def begin(lab: Workspace, folder: JobFolder) -> None:
        at_it.append(at_work(folder, [9.0]))
        job.stop_path.touch()  # a person stops the sweep while its first run is at work

    direct_here(workspace, job, begin)
    at_it[0].join()
    assert [trial.paused for trial in sweep.trials] == [True]
    assert JobFolder(workspace.run(sweep.trials[0].run_id)).state() is State.STOPPED
    job.stop_path.unlink()
    begun: list[str] = []

    def go_on(lab: Workspace, folder: JobFolder) -> None:
        begun.append(folder.id)
        folder.end_path.unlink(missing_ok=True)
        trained(worth)(lab, folder)

    direct_here(workspace, job, go_on)
    again = Sweep(job)
    assert begun == [trial.run_id for trial in again.trials]
    assert states(again) == ["done", "done"]


def test_an_extended_sweep_goes_on_where_it_ended(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset, trials=2))
    direct_here(workspace, job, trained(worth))
    before = [trial.run_id for trial in sweep.trials]
    write_spec(sweep.spec_path, replace(sweep.spec, trials=4))  # as `extend` does, without a process
    direct_here(workspace, job, trained(worth))
    again = Sweep(job)
    assert [trial.run_id for trial in again.trials][:2] == before
    assert states(again) == ["done"] * 4


def test_another_metric_is_measured_by_an_evaluation_at_the_end_of_each_trial(
    workspace: Workspace, dataset: str
) -> None:
    job, sweep = create(workspace, spec_of(dataset, trials=2, images=32, metric="colour", fixed=TINY | EAGER))
    direct_here(workspace, job, lambda lab, folder: control.run_here(lab, folder))
    assert states(sweep) == ["done", "done"], [trial.reason for trial in sweep.trials]
    for trial in sweep.trials:
        rows = RunFolder(workspace.run(trial.run_id)).evaluations()
        assert [(row["metric"], row["value"]) for row in rows] == [("colour", trial.value)]


def test_a_metric_that_cannot_be_measured_here_is_refused_before_the_start(workspace: Workspace, dataset: str) -> None:
    with pytest.raises(AtelierError, match="Inception"):
        create_sweep(workspace, spec_of(dataset, metric="fid"))
    with pytest.raises(AtelierError, match="autoencoder"):
        create_sweep(workspace, spec_of(dataset, metric="reconstruction"))


def test_a_whole_grid_cannot_be_extended(workspace: Workspace, dataset: str) -> None:
    _, sweep = create(workspace, spec_of(dataset, method="grid", space={"latent_dim": [4, 8]}, trials=2))
    with pytest.raises(AtelierError, match="All 2 combinations"):
        extend(workspace, sweep, 1)


def test_a_trial_behind_the_others_is_ended_early_and_says_why(workspace: Workspace, dataset: str) -> None:
    spec = spec_of(dataset, method="random", pruning="median", trials=6)
    job, sweep = create(workspace, spec)
    ended: list[threading.Thread] = []

    def begin(lab: Workspace, folder: JobFolder) -> None:
        number = folder.settings["sweep"]["trial"]
        if number < 5:
            leave_run(folder, [10.0 + number, 9.0 + number, 8.0 + number])
            return
        ended.append(at_work(folder, [50.0]))

    direct_here(workspace, job, begin)
    ended[0].join()
    assert states(sweep) == ["done"] * 5 + ["pruned"]
    assert sweep.trials[5].reason.startswith("Ended early after 30 %")
    assert sweep.trials[5].value == 50.0


def test_sweeps_are_listed_and_found_by_part_of_their_id(workspace: Workspace, dataset: str) -> None:
    job, sweep = create(workspace, spec_of(dataset, trials=2))
    direct_here(workspace, job, trained(worth))
    assert [one.id for one in list_sweeps(workspace)] == [job.id]
    told = summary(find_sweep(workspace, job.id[-4:]))
    assert (told.trials, told.done, told.failed) == (2, 2, 0)
    assert told.best == pytest.approx(min(worth(dict(trial.params)) for trial in sweep.trials), rel=1e-6)
    assert read_spec(sweep.spec_path).space == SPACE
    assert read_spec(sweep.spec_path).fixed == TINY
    assert sweep.count(TrialState.DONE) == 2
