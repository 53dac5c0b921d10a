"""The commands that search for settings."""

import json
from pathlib import Path

import pytest

from core.cli import main
from core.jobs.folder import list_jobs
from core.sweeps.ready import READY
from core.workspace import Workspace
from tests.core.sweeps.conftest import create, direct_here, spec_of, trained
from tests.pages.test_train import make_dataset

SWEEP = ["sweep", "--preset", "quick-gan", "--dataset", "stripes", "--images", "200"]


@pytest.fixture
def dataset(workspace: Workspace) -> str:
    make_dataset(workspace)  # with a speed that was measured
    return "stripes"


def space_file(tmp_path: Path, space: object) -> str:
    path = tmp_path / "space.json"
    path.write_text(json.dumps(space))
    return str(path)


def test_the_estimate_is_told_and_nothing_started(
    workspace: Workspace, dataset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    space = space_file(tmp_path, {"learning_rate": [0.001, 0.002], "beta1": [0.0, 0.5]})
    assert main([*SWEEP, "--method", "grid", "--space", space, "--estimate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["trials"] == 4
    assert told["seconds"] > 0
    assert [job for job in list_jobs(workspace) if job.kind == "sweep"] == []


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"learning_rat": [1]}, "Did you mean learning_rate"),
        ({"learning_rate": {"low": 1, "high": 0.1}}, "upwards"),
        ([1, 2], "A space names settings"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused_in_one_line(
    dataset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], space: object, said: str
) -> None:
    assert main([*SWEEP, "--space", space_file(tmp_path, space)]) == 1
    refusal = capsys.readouterr().err
    assert said in refusal
    assert refusal.count("\n") == 1


def test_a_space_that_is_no_file_names_the_ready_ones(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SWEEP, "--space", "rats"]) == 1
    assert "rates" in capsys.readouterr().err


def test_sweeps_and_their_trials_are_listed(
    workspace: Workspace, dataset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    job, _ = create(workspace, spec_of(dataset, trials=2))
    direct_here(workspace, job, trained(lambda params: float(params["latent_dim"])))
    assert main(["sweeps", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["trials"], listed["done"]) == (job.id, 2, 2)
    assert main(["sweeps", job.id[-4:], "--json"]) == 0
    trials = json.loads(capsys.readouterr().out)
    assert [trial["trial"] for trial in trials] == [1, 2]
    assert {trial["state"] for trial in trials} == {"done"}
    assert set(trials[0]["params"]) == {"learning_rate", "latent_dim"}
    assert main(["sweeps", "--spaces", "--json"]) == 0
    assert [one["space"] for one in json.loads(capsys.readouterr().out)] == list(READY)
    assert main(["sweeps", "--stop"]) == 1
    assert "Which sweep?" in capsys.readouterr().err
