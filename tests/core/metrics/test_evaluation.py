"""Evaluations as jobs: rows beside training's, stop and go on, what cannot be measured, what was measured before."""

import numpy as np
import pytest
from PIL import Image

from core.datasets.pack import open_pack
from core.errors import ConfigError, NotFoundError
from core.jobs import control
from core.jobs.folder import State
from core.metrics.evaluation import create_evaluation, results
from core.metrics.plan import estimate_evaluation, plan_evaluation
from core.models import zoo
from core.training.run_folder import RunFolder
from core.training.score_sheet import ScoreSheet
from tests.core.metrics.copier import ARCHITECTURE, NAME, let_it_copy
from tests.core.metrics.test_nearest import drawings
from tests.core.training.packs import stripes, write_pack
from tests.runs import make_run

QUICK = ("colour", "edges", "memorisation")


def evaluate(workspace, run, **wishes):
    job = create_evaluation(workspace, [run.id], **{"metrics": QUICK, **wishes})
    end = control.run_here(workspace, job)
    assert end.state is State.DONE, end.traceback or end.message
    return results(workspace, job), end.message


@pytest.fixture
def run(workspace):
    return make_run(workspace, epochs=(1, 2))


def test_every_metric_of_every_epoch_is_a_row_beside_the_trainings_own(workspace, run):
    before = run.scores()
    rows, message = evaluate(workspace, run, metrics=("swd", "ms_ssim", *QUICK))
    assert message == "10 measurements."
    assert run.scores() == before
    assert [(row["epoch"], row["metric"]) for row in rows[:5]] == [
        (1, key) for key in ("swd", "ms_ssim", "memorisation", "colour", "edges")
    ]
    kept = {(row["epoch"], row["metric"]): row for row in run.evaluations()}
    assert rows == [{"run": run.id, **kept[row["epoch"], row["metric"]]} for row in rows]
    for row in rows:
        assert row["low"] <= row["value"] <= row["high"]
        assert row["images_seen"] == row["epoch"] * run.epoch_images
        assert row["against_name"] == "stripes"
        assert row["details"]["method"]
    swd = rows[0]
    assert swd["count"] == 8
    assert swd["floor"] < swd["ceiling"]
    assert set(swd["details"]["levels"]) == {"32", "16"}


def test_the_same_evaluation_again_measures_nothing_twice(workspace, run):
    first, _ = evaluate(workspace, run)
    again, message = evaluate(workspace, run)
    assert message == "6 measurements. 6 of them were there already."
    assert again == first
    _, other = evaluate(workspace, run, seed=1, epochs="last")
    assert other == "3 measurements."


def test_an_epoch_whose_weights_changed_is_measured_again(workspace, run):
    before, _ = evaluate(workspace, run, epochs=[2], metrics=("colour",))
    run.weights_path(2).write_bytes(run.weights_path(1).read_bytes())
    after, message = evaluate(workspace, run, epochs=[2], metrics=("colour",))
    assert message == "1 measurement."
    assert after[0]["weights"] != before[0]["weights"]
    assert len(run.evaluations()) == 1


def test_an_evaluation_that_is_stopped_goes_on_where_it_was(workspace, run):
    unbroken, _ = evaluate(workspace, run)
    run.scores_file.unlink()
    job = create_evaluation(workspace, [run.id], metrics=QUICK)

    def stop(status):
        if status.done >= 2 and not job.stop_path.exists():
            control.stop(workspace, job)

    end = control.run_here(workspace, job, on_progress=stop)
    assert end.state is State.STOPPED
    assert 0 < len(ScoreSheet(run.scores_file).rows()) < 6
    assert control.run_here(workspace, job).state is State.DONE
    rows = results(workspace, job)
    assert len(ScoreSheet(run.scores_file).rows()) == 6
    assert [row["value"] for row in rows] == [row["value"] for row in unbroken]


def test_baselines_are_found_once_for_the_same_pictures(workspace, run):
    evaluate(workspace, run, metrics=("colour",))
    kept = sorted((workspace.data / "metrics").glob("*.json"))
    other = make_run(workspace, seed=5, epochs=(1,))
    rows, _ = evaluate(workspace, other, metrics=("colour",))
    assert sorted((workspace.data / "metrics").glob("*.json")) == kept
    assert rows[0]["floor"] == run.evaluations()[0]["floor"]


def test_samples_are_compared_with_any_folder_of_pictures(workspace, run, tmp_path):
    folder = tmp_path / "drawings"
    folder.mkdir()
    for number, picture in enumerate(drawings(10, side=48)):
        Image.fromarray(picture).save(folder / f"{number}.png")
    rows, _ = evaluate(workspace, run, epochs="last", metrics=("swd", "memorisation"), against="folder", folder=folder)
    by_metric = {row["metric"]: row for row in rows}
    assert (by_metric["swd"]["against"], by_metric["swd"]["count"]) == ("folder", 5)
    assert by_metric["swd"]["against_name"] == "drawings"
    assert by_metric["memorisation"]["against"] == "test"  # copies are copies of what it was trained on


def test_a_model_that_was_built_to_copy_is_found_and_one_that_was_not_is_cleared(workspace, monkeypatch):
    write_pack(workspace.dataset("drawings"), drawings(120), test=40)
    run = make_run(workspace, epochs=(1, 2), dataset_id="drawings")
    pack = open_pack(workspace.dataset("drawings"))
    monkeypatch.setitem(zoo.ARCHITECTURES, NAME, ARCHITECTURE)
    let_it_copy(run, 1, pack.images[pack.train[:20]])
    let_it_copy(run, 2, drawings(60, seed=11))
    rows, _ = evaluate(workspace, run, metrics=("memorisation",))
    copier, other = rows
    assert copier["value"] > 0.95
    assert copier["details"]["is_copying"]
    assert other["value"] < 0.05
    assert not other["details"]["is_copying"]
    assert copier["floor"] <= 0.05 < copier["ceiling"] == 1.0


def test_a_conditioned_network_is_asked_for_what_the_training_pictures_are(workspace):
    run = make_run(workspace, epochs=(1,), condition="style")
    rows, _ = evaluate(workspace, run, metrics=("colour",))
    assert rows[0]["value"] > 0


def test_an_autoencoder_is_measured_by_what_comes_back_and_what_it_uses(workspace):
    run = make_run(workspace, "quick-vae", epochs=(1, 2))
    rows, _ = evaluate(workspace, run, epochs="last", metrics=("reconstruction", "active_units"))
    error, units = rows
    assert (error["count"], error["floor"]) == (8, None)
    assert error["ceiling"] > 0
    assert units["ceiling"] == units["details"]["latent_dim"] == 8
    assert 0 <= units["value"] <= 8


def test_the_discriminator_is_measured_where_its_state_was_kept(workspace):
    run = make_run(workspace, epochs=(1, 2, 3), states=True)
    run.state_path(2).unlink()
    plan = plan_evaluation(workspace, [run.id], metrics=("discriminator",))
    assert plan["runs"][0]["metrics"] == {"discriminator": [1, 3]}
    assert [(one["metric"], one["epochs"]) for one in plan["cannot"]] == [("discriminator", [2])]
    rows, _ = evaluate(workspace, run, metrics=("discriminator",))
    assert [row["epoch"] for row in rows] == [1, 3]
    assert all(0 <= row["value"] <= 1 for row in rows)


def test_a_run_whose_dataset_changed_does_not_keep_others_from_being_measured(workspace, run):
    write_pack(workspace.dataset("other"), stripes(30, 32, seed=3), test=6)
    lost = make_run(workspace, epochs=(1,), dataset_id="other")
    (workspace.dataset("other") / "images.npy").unlink()
    plan = plan_evaluation(workspace, [lost.id, run.id], metrics=QUICK, epochs="last")
    assert [one["run"] for one in plan["runs"]] == [run.id]
    assert {one["run"] for one in plan["cannot"]} == {lost.id}
    assert "lacks the file images.npy" in plan["cannot"][0]["why"]


def test_a_damaged_epoch_is_told_and_the_others_are_measured(workspace):
    run = make_run(workspace, epochs=(1, 2), states=True)
    job = create_evaluation(workspace, [run.id], metrics=("discriminator",))
    run.state_path(1).write_bytes(b"cut short")
    end = control.run_here(workspace, job)
    assert end.state is State.DONE
    assert end.message.startswith("1 measurement. 1 could not be taken")
    assert "epoch-0001.pt" in end.message


def test_an_epoch_that_was_tidied_away_meanwhile_is_told_and_the_others_are_measured(workspace, run):
    job = create_evaluation(workspace, [run.id], metrics=("colour", "edges"))
    run.weights_path(1).unlink()
    end = control.run_here(workspace, job)
    assert end.state is State.DONE
    assert end.message.startswith("2 measurements. 1 could not be taken")
    assert [row["epoch"] for row in run.evaluations()] == [2, 2]


def test_a_job_that_could_measure_nothing_fails_with_the_reason(workspace, run):
    job = create_evaluation(workspace, [run.id], metrics=("colour",), epochs=[1])
    run.weights_path(1).unlink()
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "No epoch with weights called '1'" in end.message


def test_the_plan_says_what_cannot_be_measured_and_what_says_little(workspace, run):
    plan = plan_evaluation(workspace, [run.id], metrics=("swd", "fid", "reconstruction", "discriminator"))
    reasons = {one["metric"]: one["why"] for one in plan["cannot"]}
    assert "weights-inception" in reasons["fid"]
    assert "no variational autoencoder" in reasons["reconstruction"]
    assert "whole state" in reasons["discriminator"]
    assert plan["measurements"] == 2
    assert any("8 pictures on each side; below 1,000" in remark for remark in plan["runs"][0]["remarks"])
    assert estimate_evaluation(workspace, plan) > 0


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"metrics": ("beauty",)}, "no metric called 'beauty'"),
        ({"metrics": ()}, "at least one metric"),
        ({"epochs": [2, 9]}, "no weights of epoch 9. It has those of: 1, 2"),
        ({"epochs": "some"}, "all, last, best or numbers"),
        ({"against": "moon"}, "compared with test, train, folder"),
        ({"against": "folder"}, "Which folder"),
        ({"count": 1}, "count must be from 2"),
        ({"metrics": ("reconstruction",)}, "Nothing of this can be measured"),
        ({"resize": "nearest"}, "no way of resizing"),
    ],
)
def test_wishes_that_cannot_be_are_refused(workspace, run, wishes, message):
    with pytest.raises(ConfigError, match=message):
        plan_evaluation(workspace, [run.id], **{"metrics": QUICK, **wishes})


def test_a_run_that_is_not_there_is_refused(workspace):
    with pytest.raises(NotFoundError, match="run"):
        plan_evaluation(workspace, ["nothing"], metrics=QUICK)


def test_the_best_epochs_so_far_can_be_asked_for(workspace, run):
    evaluate(workspace, run, metrics=("colour", "edges"))
    best = {run.best_epoch(), *RunFolder(run.path).best_epochs().values()}
    plan = plan_evaluation(workspace, [run.id], epochs="best", metrics=("colour",))
    assert plan["runs"][0]["metrics"]["colour"] == sorted(best)


def test_numbers_do_not_depend_on_what_else_is_measured(workspace, run):
    alone, _ = evaluate(workspace, run, epochs="last", metrics=("colour",))
    run.scores_file.unlink()
    together, _ = evaluate(workspace, run, epochs="last", metrics=("memorisation", "colour"))
    assert alone[0]["value"] == next(row["value"] for row in together if row["metric"] == "colour")
    assert np.isfinite(alone[0]["value"])
