import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.jobs.locks import take
from core.training import runs
from core.training.estimate import Budget, DoesNotFitError, estimate, estimate_if_known, refuse_if_it_cannot_fit
from core.workspace import Workspace
from tests.core.training.packs import stripes, write_pack

SMALL = {"width": 4, "max_width": 8, "latent_dim": 4, "batch_size": 8, "grid_size": 4, "save_every_epochs": 1}
PLENTY = Budget(memory_bytes=10**15, disk_bytes=10**15)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What a trial in a process of its own has found: it is the slow part, so it is made once."""
    workspace = Workspace(tmp_path_factory.mktemp("measured") / "lab").create()
    write_pack(workspace.dataset("stripes"), stripes(32, 32), test=8)
    settings = runs.plan_run(workspace, "quick-gan", "stripes", 10, SMALL)
    assert estimate_if_known(workspace, settings) is None
    estimate(workspace, settings, budget=PLENTY)
    return workspace.data / "training-speed.json"


@pytest.fixture
def settings(workspace, measured):
    shutil.copy(measured, workspace.data / "training-speed.json")
    return runs.plan_run(workspace, "quick-gan", "stripes", 10, SMALL)


def test_an_estimate_is_measured_once(workspace, settings):
    found = estimate_if_known(workspace, settings, budget=PLENTY)
    assert found is not None
    assert found.fits
    assert found.memory_bytes > 50_000_000  # torch alone
    assert found.seconds == pytest.approx(240 / found.images_per_second)
    assert estimate(workspace, settings, budget=PLENTY) == found


def test_who_asks_while_another_trial_runs_takes_what_that_one_found(workspace, measured):
    """A form that is being filled in asks at every change; so many trials at once would measure each other."""
    settings = runs.plan_run(workspace, "quick-gan", "stripes", 10, SMALL)
    speed = workspace.data / "training-speed.json"
    other = take(speed.with_suffix(".lock"))
    assert other is not None
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(estimate, workspace, settings, budget=PLENTY) for _ in range(3)]
        time.sleep(0.3)
        assert not any(one.done() for one in asked)
        shutil.copy(measured, speed)  # as the trial that holds the lock ends
        other.release()
        assert len({one.result(timeout=20).seconds for one in asked}) == 1
    assert json.loads(speed.read_text()) == json.loads(measured.read_text())


def test_a_batch_that_has_no_room_is_refused_with_the_largest_that_has(workspace, settings):
    needed = estimate(workspace, settings, budget=PLENTY).memory_bytes
    settings["training"]["batch_size"] = 20_000
    with pytest.raises(DoesNotFitError, match=r"batch_size of 20000, but .* are free on cpu. A batch_size of"):
        refuse_if_it_cannot_fit(workspace, settings, budget=Budget(needed + 200_000_000, 10**15))
    fitting = estimate(workspace, settings, budget=Budget(needed + 200_000_000, 10**15)).would_fit["batch_size"]
    assert 2 <= fitting < 20_000
    settings["training"]["batch_size"] = fitting
    refuse_if_it_cannot_fit(workspace, settings, budget=Budget(needed + 300_000_000, 10**15))


def test_where_no_batch_has_room_that_is_said(workspace, settings):
    found = estimate(workspace, settings, budget=Budget(1_000_000, 10**15))
    assert "No batch size fits" in found.problem
    assert "batch_size" not in found.would_fit


def test_a_run_that_writes_more_than_the_disk_has_is_refused_with_a_cap(workspace, settings):
    settings["training"]["disk_cap_gb"] = 1000.0
    settings["epochs"] = 10**6
    settings["training"]["save_every_epochs"] = 1
    found = estimate(workspace, settings, budget=Budget(10**15, 25 * 10**9))
    assert "disk_cap_gb=" in found.problem
    settings["training"]["disk_cap_gb"] = found.would_fit["disk_cap_gb"]
    assert estimate(workspace, settings, budget=Budget(10**15, 25 * 10**9)).fits


def test_what_the_cap_allows_is_the_most_that_weights_and_states_take(workspace, settings):
    settings["epochs"], settings["training"]["disk_cap_gb"] = 100_000, 0.01
    settings["training"]["save_every_epochs"] = 1
    low = estimate(workspace, settings, budget=PLENTY).disk_bytes
    settings["training"]["disk_cap_gb"] = 0.02
    assert estimate(workspace, settings, budget=PLENTY).disk_bytes - low == 10_000_000


def test_processes_on_one_processor_need_its_memory_together(workspace, settings):
    alone = estimate(workspace, settings, budget=PLENTY)
    two = estimate(workspace, settings | {"devices": 2}, budget=PLENTY)
    assert alone.memory_bytes < two.memory_bytes < 2 * alone.memory_bytes
    assert two.images_per_second == alone.images_per_second
    assert "calculated for 2 devices" in two.measured
    assert "not measured" in two.measured
    settings["training"]["batch_size"] = 40_000
    found = estimate(workspace, settings | {"devices": 2}, budget=Budget(3 * alone.memory_bytes, 10**15))
    assert "a batch_size of 40000, shared by 2 devices" in found.problem
    assert found.would_fit["batch_size"] % 2 == 0


def test_each_gpu_needs_memory_for_its_part_of_the_batch_and_is_as_fast_with_it(workspace, settings):
    known = json.loads((workspace.data / "training-speed.json").read_text())
    for key in list(known["needs"]):
        known["needs"][key.replace('"cpu"', '"cuda:0"')] = known["needs"][key]
    (workspace.data / "training-speed.json").write_text(json.dumps(known))
    settings["training"]["batch_size"] = 64
    half = settings | {"training": settings["training"] | {"batch_size": 32}}
    alone = estimate(workspace, half, "cuda:0", budget=PLENTY)
    two = estimate(workspace, settings | {"devices": 2}, "cuda:0", budget=PLENTY)
    assert two.memory_bytes == alone.memory_bytes
    assert two.images_per_second == pytest.approx(2 * alone.images_per_second)


def test_pictures_that_do_not_fit_are_not_asked_to(workspace, settings):
    needed = estimate(workspace, settings, budget=PLENTY).memory_bytes
    settings["train_count"] = 10_000_000  # 31 GB at 32 pixels
    found = estimate(workspace, settings, budget=Budget(needed + 100_000_000, 10**15))
    assert found.fits, found.problem
    assert found.memory_bytes < needed + 1_000_000


def test_estimating_loads_no_torch():
    code = "import sys, core.training.estimate; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
