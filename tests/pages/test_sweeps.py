"""The Sweeps page: its form tells what is wrong as one types, and a search is shown with all that it found."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.folder import JobFolder, State, list_jobs
from core.sweeps.sweep import Sweep
from core.sweeps.votes import VoteFile
from core.workspace import Workspace
from tests.core.sweeps.conftest import create, direct_here, leave_run, spec_of, trained
from tests.pages.test_train import make_dataset

_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"
ROWS = "sweep-quick-gan-32-rates"


@pytest.fixture
def dataset(workspace: Workspace) -> str:
    make_dataset(workspace)  # with a speed that was measured, so that no estimate has to
    return "stripes"


def open_page(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(_ROUTER), default_timeout=60).run()
    app.switch_page("app_pages/make/sweeps.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def said(app: AppTest) -> str:
    shown = [*app.error, *app.caption, *app.markdown, *app.subheader, *app.info]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


def worth(params: dict[str, Any]) -> float:
    return float(params["learning_rate"]) * 1000 + float(params["latent_dim"])


def ended(workspace: Workspace, dataset: str, **changes: Any) -> Sweep:
    """A sweep of which the second trial failed."""
    job, _ = create(workspace, spec_of(dataset, **changes))

    def begin(lab: Workspace, folder: JobFolder) -> None:
        if folder.settings["sweep"]["trial"] == 1:
            leave_run(folder, [], state=State.FAILED, message="Training diverged: the loss became infinite.")
        else:
            trained(worth)(lab, folder)

    direct_here(workspace, job, begin)
    return Sweep(job)


def test_without_a_dataset_the_page_says_what_is_needed_first(workspace: Workspace) -> None:
    assert "no dataset" in said(open_page())


def test_what_cannot_be_searched_is_said_at_its_row_and_nothing_can_be_started(dataset: str) -> None:
    app = open_page()
    assert not app.button("sweep-start").disabled
    app.text_input(f"{ROWS}-batch_size-list").set_value("16, many").run()
    assert "'many' is no number" in said(app)
    assert not [button for button in app.button if button.key == "sweep-start"]
    app.text_input(f"{ROWS}-batch_size-list").set_value("16, 1").run()
    assert "batch_size must lie between 2" in said(app)
    app.text_input(f"{ROWS}-batch_size-list").set_value("8, 16").run()
    app.number_input(f"{ROWS}-learning_rate-low").set_value(0.5).run()
    assert "must go upwards" in said(app)
    app.number_input(f"{ROWS}-learning_rate-low").set_value(0.0001).run()
    assert not app.button("sweep-start").disabled


def test_a_grid_asks_for_steps_and_counts_its_combinations(dataset: str) -> None:
    app = open_page()
    app.segmented_control(f"{ROWS}-method").set_value("grid").run()
    assert "Give it a step or a list of values" in said(app)
    app.segmented_control(f"{ROWS}-learning_rate-way").set_value("Values").run()
    assert "9 combinations in all" in said(app)
    assert app.button("sweep-start").label == "Start 9 trials"


def test_the_estimate_stands_before_the_start_which_makes_one_sweep_of_what_stands_there(
    workspace: Workspace, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page()
    assert {"All trials", "Each", "Memory", "Disk"} <= {metric.label for metric in app.metric}
    app.number_input(f"{ROWS}-length-Images").set_value(64).run()
    # no process is wanted here: the queue takes it, and its worker finds nothing to do
    app.number_input(f"{ROWS}-trials-tpe-15").set_value(4).run()
    monkeypatch.setattr("core.jobs.control._spawn", _no_process)
    app.button("sweep-start").click().run()
    made = [job for job in list_jobs(workspace) if job.kind == "sweep"]
    assert len(made) == 1
    spec = Sweep(made[0]).spec
    assert (spec.trials, spec.images, spec.method, spec.pruning) == (4, 64, "tpe", "median")
    assert spec.space["batch_size"] == [16, 32, 64]


def test_an_ended_search_shows_its_trials_the_best_and_what_failed(workspace: Workspace, dataset: str) -> None:
    sweep = ended(workspace, dataset, trials=7)
    app = open_page(sweep=sweep.id)
    figures = {metric.label: metric.value for metric in app.metric}
    best = sweep.best
    assert best is not None
    assert figures["Trials ended"] == "7 of 7"
    assert figures["Best SWD"] == f"{best.value:.4g}"
    assert figures["Failed"] == "1"
    assert f"The best so far: trial {best.number + 1}" in said(app)
    table = app.dataframe[0].value
    assert "diverged" in table["Why"][1]
    assert list(table["Learning rate"]) == [trial.params["learning_rate"] for trial in sweep.trials]
    assert all(str(url).startswith("data:image/webp") for url in table["Samples"].drop(1))
    assert "rough picture" in said(app)


def test_a_search_whose_runs_were_deleted_is_still_shown(workspace: Workspace, dataset: str) -> None:
    import shutil

    sweep = ended(workspace, dataset)
    for trial in sweep.trials:
        shutil.rmtree(workspace.run(trial.run_id))
    app = open_page(sweep=sweep.id)
    assert "Its run was deleted." in said(app)


def test_a_vote_is_kept_and_the_next_pair_comes(workspace: Workspace, dataset: str) -> None:
    job, _ = create(workspace, spec_of(dataset, method="preference", trials=4))
    direct_here(workspace, job, trained(worth))
    app = open_page(sweep=job.id)
    assert "0 votes so far" in said(app)
    app.button("sweep-vote-arrow_back").click().run()
    assert "1 vote so far" in said(app)
    (vote,) = VoteFile(job.path).votes()
    assert vote.better == vote.left
    app.button("sweep-vote-drag_handle").click().run()
    assert [one.better for one in VoteFile(job.path).votes()] == [vote.left, None]
    assert "Liked" in app.dataframe[0].value.columns


def test_a_search_that_is_not_there_is_named(workspace: Workspace, dataset: str) -> None:
    assert "No sweep called 'nowhere'" in said(open_page(sweep="nowhere"))


def _no_process(workspace: Workspace, job: JobFolder) -> Any:
    import os
    from types import SimpleNamespace

    return SimpleNamespace(pid=os.getpid())
