"""What people are told, and what the small helpers find."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.jobs import control, devices, kinds
from core.jobs.code_version import _commit
from core.jobs.execute import _narrow_devices, in_plain_words
from core.jobs.folder import JobFolder, State, workspace_of
from core.workspace import Workspace
from tests.core.jobs.conftest import until

_PROJECT = Path(__file__).resolve().parents[3]


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConfigError("As it stands."), "As it stands."),
        (OSError(errno.ENOSPC, "No space left", "a.pt"), "The disk is full while writing a.pt."),
        (MemoryError(), "This machine ran out of memory."),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate"), "The GPU ran out of memory."),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "This machine ran out of memory."),
        (SystemExit(3), "The work ended its own process (exit code 3)"),
        (KeyError("width"), "An unexpected KeyError: 'width'."),
    ],
)
def test_errors_are_told_in_plain_words(error: BaseException, words: str) -> None:
    assert in_plain_words(error).startswith(words)


def test_a_kind_can_only_be_added_by_whoever_starts_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_EXTRA_KINDS", "paint=studio.jobs:paint@device,sweep=studio.jobs:sweep")
    assert kinds.kinds()["paint"] == "studio.jobs:paint"
    assert (kinds.needs_device("paint"), kinds.needs_device("sweep")) == (True, False)
    assert (kinds.needs_device("train"), kinds.needs_device("collect")) == (True, False)
    monkeypatch.delenv("ATELIER_EXTRA_KINDS")
    with pytest.raises(ConfigError, match=r"'paint'\. Known are: train, collect, build"):
        kinds.check_kind("paint")


def test_cuda_visible_devices_decides_which_gpus_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_torch_has_cuda", lambda: True)
    monkeypatch.setattr(devices, "_gpu_count", lambda: 4)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert devices.device_slots() == ["cuda:0", "cuda:1", "cuda:2", "cuda:3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 3")
    assert (devices.visible_gpus(), devices.device_slots()) == (["2", "3"], ["cuda:0", "cuda:1"])
    assert devices.slots_for("cuda:1") == ["cuda:1"]
    assert devices.slots_for("cpu") == ["cpu"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,-1,2")
    assert devices.visible_gpus() == ["1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert devices.device_slots() == ["cpu"]


def test_a_worker_shows_torch_only_the_gpus_of_its_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_torch_has_cuda", lambda: True)
    monkeypatch.setattr(devices, "_gpu_count", lambda: 2)
    cases = [
        (["cuda:1"], ("cuda:0",), "7"),
        (["cuda:0", "cuda:1"], ("cuda:0", "cuda:1"), "4,7"),
        (["cpu"], ("cpu",), ""),
        (["io:0"], ("cpu",), ""),
        ([], ("cpu",), "4,7"),
    ]
    for slots, names, seen in cases:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
        assert (_narrow_devices(slots), os.environ["CUDA_VISIBLE_DEVICES"]) == (names, seen)


def test_the_log_tail_shows_what_a_progress_bar_wrote_last(tmp_path: Path) -> None:
    job = JobFolder(tmp_path)
    assert job.log_tail() == ""
    job.log_path.write_bytes(b"one\n 10%\r 50%\r100%\ncaf\xe9\n")
    assert job.log_tail() == "one\n100%\ncaf�"
    assert job.log_tail(lines=1) == "caf�"


def test_a_folder_tells_its_workspace_even_through_a_link_to_a_larger_disk(tmp_path: Path) -> None:
    lab, disk = tmp_path / "a-lab", tmp_path / "disk"
    (disk / "run").mkdir(parents=True)
    lab.mkdir()
    (lab / "checkpoints").symlink_to(disk, target_is_directory=True)
    assert workspace_of(lab / "checkpoints" / "run").root == lab
    assert workspace_of(lab / "data" / "jobs" / "one").root == lab


def test_the_commit_is_read_from_any_shape_of_checkout(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text("# pack-refs\nabc123 refs/heads/main\n")
    assert _commit(git) == "abc123"
    detached = tmp_path / "detached"
    detached.mkdir()
    (detached / "HEAD").write_text("def456\n")
    assert _commit(detached) == "def456"
    assert _commit(tmp_path / "none") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other ways to send Ctrl-C")
@pytest.mark.parametrize(("kind", "presses"), [("count", 1), ("deaf", 2)])
def test_ctrl_c_stops_a_job_that_runs_here(workspace: Workspace, kind: str, presses: int) -> None:
    code = (
        "import sys; from pathlib import Path; from core.jobs import control; from core.jobs.folder import JobFolder\n"
        "from core.workspace import Workspace; print(control.run_here(Workspace(), JobFolder(Path(sys.argv[1]))).state)"
    )
    job = control.create(workspace, kind, {"total": 100_000, "seconds": 0.01}, title="Here")
    command = [sys.executable, "-c", code, str(job.path)]
    process = subprocess.Popen(
        command,
        cwd=_PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # tests that run in the background inherit an ignored Ctrl-C, and what is ignored stays ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until(lambda: (status := job.status()) is not None and status.done > 0)
    for press in range(presses):
        process.send_signal(signal.SIGINT)
        if press + 1 < presses:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)  # the first one only asks
    printed, errors = process.communicate(timeout=30)
    assert printed.strip() == "stopped", errors
    assert job.state() is State.STOPPED
