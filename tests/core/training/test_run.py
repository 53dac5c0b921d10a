"""One training from request to weights, and what its folder tells."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from core.datasets.pack import PackError
from core.errors import ConfigError, NotFoundError
from core.files import JsonLines
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.models.zoo import build_networks
from core.training.estimate import estimate
from core.training.grids import cells
from core.training.health import TrainingDivergedError
from core.training.job import DatasetChangedError, fingerprint
from core.training.resume import load_resume, save_resume
from core.training.run_folder import RunFolder
from core.training.runs import DatasetTooSmallError, create_run, find_run, list_runs, plan_run
from core.training.weights import WeightsError, load_network, save_weights
from tests.core.training.hosts import go_on, train
from tests.core.training.packs import stripes, write_pack


def test_a_run_leaves_everything_its_folder_promises(workspace, small):
    run = train(workspace, small, epochs=3)
    assert run.epochs() == [0, 1, 2, 3]
    assert run.weight_epochs() == [1, 2, 3]
    assert run.latest() == 3
    rows, _ = run.metrics()
    assert [row["images_seen"] for row in rows] == [16, 32, 48, 64, 72]
    assert rows[-1]["epoch"] == 3.0
    for name in ("loss_generator", "score_real", "sign_real", "gradient_generator", "images_per_second"):
        assert np.isfinite(rows[-1][name])
    assert rows[-1]["score_held_out"] != rows[-1]["score_train"]
    assert run.newest_grid() == run.grid(3)
    assert len(cells(Image.open(run.grid(3)), (32, 32))) == 4
    assert Image.open(run.grid(3)).info["epoch"] == "3"
    assert run.raw_grid(2).exists()
    assert not run.raw_grid(0).exists()  # before training there is nothing to average
    assert Image.open(run.raw_grid(3)).size == Image.open(run.grid(3)).size
    assert (np.asarray(Image.open(run.raw_grid(3))) != np.asarray(Image.open(run.grid(3)))).any()


def test_a_run_that_averages_nothing_has_no_grid_of_its_raw_weights(workspace, small):
    run = train(workspace, small | {"ema_half_life_images": 0}, epochs=1)
    assert run.epochs() == [0, 1]
    assert not run.raw_grid(1).exists()


def test_a_vae_shows_pictures_above_what_comes_back(workspace, small):
    run = train(workspace, small | {"width": 8, "max_width": 8}, preset="quick-vae", epochs=1)
    shown = cells(Image.open(run.reconstructions(1)), (32, 32))
    held_out = np.load(workspace.dataset("stripes") / "images.npy")[-8:]
    assert all((np.asarray(shown[i]) == held_out[i]).all() for i in range(8))
    assert len(shown) == 16


def test_a_vae_learns_its_pictures(workspace, small):
    wide = small | {"width": 8, "max_width": 16, "ema_half_life_images": 100, "learning_rate": 5e-3}
    rows, _ = train(workspace, wide, preset="quick-vae", epochs=30).metrics()
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert rows[-1]["error_train"] < 0.75 * rows[0]["error_train"]


def test_weights_rebuild_the_network_without_the_run(workspace, small, tmp_path):
    run = train(workspace, small, epochs=1)
    elsewhere = tmp_path / "w.safetensors"
    elsewhere.write_bytes(run.weights(1).read_bytes())
    network, facts = load_network(elsewhere, torch.device("cpu"))
    assert facts["preset"] == "quick-gan"
    assert network(torch.zeros(2, 4)).shape == (2, 3, 32, 32)


def test_a_file_that_is_no_weights_is_refused(tmp_path):
    torch.save({"weights": torch.ones(3)}, tmp_path / "epoch-0001.safetensors")
    with pytest.raises(WeightsError, match="epoch-0001"):
        load_network(tmp_path / "epoch-0001.safetensors", torch.device("cpu"))


def test_weights_of_another_version_of_the_network_are_refused_in_one_sentence(tmp_path):
    network = build_networks("atelier-gan", {"resolution": 32, "width": 4, "max_width": 8})["generator"]
    facts = {"architecture": "atelier-gan", "network": {"resolution": 32, "width": 5, "max_width": 8}}
    save_weights(network, tmp_path / "epoch-0001.safetensors", facts)
    with pytest.raises(WeightsError, match="another version") as refused:
        load_network(tmp_path / "epoch-0001.safetensors", torch.device("cpu"))
    assert len(str(refused.value)) < 200


def test_divergence_ends_the_run_in_words_and_keeps_the_last_good_state(workspace, small):
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "stripes", 5, small)))
    go_on(workspace, run, steps=2)
    mark = fingerprint(run.settings)
    state, _ = load_resume(run.path, mark, torch.device("cpu"))
    next(iter(state["trainer"]["generator"].values())).fill_(float("nan"))
    save_resume(run.path, state, mark)
    files = {path.name: path.read_bytes() for path in run.path.glob("resume*")}
    with pytest.raises(TrainingDivergedError, match="lower learning_rate"):
        go_on(workspace, run)
    assert {path.name: path.read_bytes() for path in run.path.glob("resume*")} == files
    last = run.metrics()[0][-1]
    assert last["loss_generator"] is None
    assert last["health"][0]["code"] == "diverged"
    assert "diverged" in run.health()[0]


def test_the_early_preview_is_the_newest_grid_until_an_epoch_is_over(workspace, small):
    write_pack(workspace.dataset("many"), stripes(1200, 32))
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "many", 2, small | {"batch_size": 100})))
    go_on(workspace, run, steps=11)
    assert run.newest_grid() == run.preview
    assert Image.open(run.preview).info["images_seen"] == "1000"


def test_work_lost_with_its_worker_is_logged_once(workspace, small):
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "stripes", 3, small)))
    go_on(workspace, run, steps=3)
    kept = (run.path / "resume.pt").read_bytes()
    go_on(workspace, run, steps=4)
    (run.path / "resume.pt").write_bytes(kept)
    go_on(workspace, run)
    assert [row["images_seen"] for row in run.metrics()[0]] == [16, 32, 48, 64, 72]


def test_the_job_system_runs_a_training_and_tells_its_progress(workspace, small):
    run_id = create_run(workspace, "quick-gan", "stripes", 2, small)
    end = control.run_here(workspace, JobFolder(workspace.run(run_id)))
    assert end.state is State.DONE, end.traceback
    status = JobFolder(workspace.run(run_id)).status()
    assert (status.done, status.total, status.unit) == (48, 48, "images")
    (summary,) = list_runs(workspace)
    assert (summary.id, summary.state, summary.epoch, summary.images_seen) == (run_id, "done", 2, 48)
    assert find_run(workspace, run_id).preset == "quick-gan"


def test_a_dataset_that_changed_since_is_refused(workspace, small):
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "stripes", 1, small)))
    for file in workspace.dataset("stripes").iterdir():
        file.unlink()
    workspace.dataset("stripes").rmdir()
    write_pack(workspace.dataset("stripes"), stripes(32, 32, seed=1), test=8)
    with pytest.raises(DatasetChangedError, match="stripes"):
        go_on(workspace, run)


def test_bad_requests_are_refused_and_leave_no_run(workspace):
    write_pack(workspace.dataset("few"), stripes(5, 32))
    write_pack(workspace.dataset("odd"), stripes(16, 48))
    for preset, dataset, epochs, error in (
        ("no-such", "stripes", 1, NotFoundError),
        ("quick-gan", "no-such", 1, PackError),
        ("quick-gan", "few", 1, DatasetTooSmallError),
        ("quick-gan", "odd", 1, ConfigError),
        ("quick-gan", "stripes", 0, ConfigError),
    ):
        with pytest.raises(error):
            create_run(workspace, preset, dataset, epochs)
    assert list_runs(workspace) == []
    with pytest.raises(NotFoundError):
        find_run(workspace, "nobody")


def test_an_estimate_counts_the_whole_run_and_says_how_it_knows(workspace, small):
    settings = plan_run(workspace, "quick-gan", "stripes", 10, small)
    found = estimate(workspace, settings)
    assert found.seconds == pytest.approx(240 / found.images_per_second)
    assert "trial" in found.measured
    assert found.memory_bytes > 0
    assert found.disk_bytes > 0
    run = train(workspace, small, epochs=3)
    assert run.id in estimate(workspace, settings).measured


def test_the_newest_row_of_a_long_log_is_found_past_a_torn_line(workspace):
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "stripes", 1)))
    assert run.images_seen() == 0
    log = JsonLines(run.metrics_file)
    log.append({"images_seen": 5})
    assert run.images_seen() == 5
    log.append(*({"images_seen": number, "health": [{"message": f"m{number}"}]} for number in range(1000)))
    with run.metrics_file.open("a") as torn:
        torn.write('{"images_seen": 99')
    assert run.images_seen() == 999
    assert run.health() == ["m999"]


def test_folders_and_runs_are_read_without_torch():
    code = "import sys, core.training.run_folder, core.training.runs, core.models.zoo; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_training_loads_nothing_that_a_bare_gpu_machine_lacks():
    code = (
        "import sys, core.training.job, core.training.estimate, core.sampling.sampler, core.models.describe, "
        "core.metrics.sliced_wasserstein; "
        "print([name for name in ('duckdb', 'pandas', 'requests', 'streamlit', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_a_dataset_smaller_than_a_batch_can_be_trained_on(workspace, small):
    write_pack(workspace.dataset("eight"), stripes(8, 32))
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "eight", 5, small | {"batch_size": 32})))
    host = go_on(workspace, run)
    assert run.weight_epochs()[-1] == 5
    assert host.told[-1][:2] == (40, 40)
