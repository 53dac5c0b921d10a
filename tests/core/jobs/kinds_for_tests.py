"""Small kinds of work for the tests, named to workers through ATELIER_EXTRA_KINDS (see conftest.py)."""

import os
import sys
import time
from pathlib import Path

from core.errors import ConfigError
from core.files import JsonLines, read_json, write_json
from core.jobs.running import RunningJob


def count(job: RunningJob) -> str:
    """Counts to settings["total"], a step every settings["seconds"], and goes on where it was."""
    saved = job.folder / "count.json"
    done = read_json(saved) or 0
    total = job.settings["total"]
    JsonLines(job.folder / "began.jsonl").append({"at": done, "pid": os.getpid()})
    while done < total and not job.stop_requested():
        time.sleep(job.settings.get("seconds", 0.0))
        done += 1
        write_json(saved, done, durable=False)
        job.progress(done, total, unit="steps")
    return f"Counted to {done}."


def exclude(job: RunningJob) -> str:
    """Notes when it enters and leaves its slot in a file that all jobs of the test share."""
    diary = Path(job.settings["diary"])
    with diary.open("a") as shared:
        shared.write(f"enter {job.device_slot} {job.folder.name}\n")
    time.sleep(job.settings["seconds"])
    with diary.open("a") as shared:
        shared.write(f"leave {job.device_slot} {job.folder.name}\n")
    job.progress(1, 1, unit="turns")
    return "Had its turn."


def deaf(job: RunningJob) -> str:
    """Never looks whether it should stop."""
    job.progress(1, 2, unit="steps")
    time.sleep(60)
    return "Slept."


def leave_a_child(job: RunningJob) -> str:
    """Forks, as data loaders do, and is then busy until it is killed."""
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    write_json(job.folder / "child.json", child)
    time.sleep(60)
    return ""


def refuse(job: RunningJob) -> str:
    raise ConfigError("Found 3 pictures, but this needs 10. Add some.")


def break_down(job: RunningJob) -> str:
    raise ZeroDivisionError("a defect")


def fill_disk(job: RunningJob) -> str:
    raise OSError(28, "No space left on device", "weights.safetensors")


def tell_environment(job: RunningJob) -> str:
    write_json(
        job.folder / "environment.json",
        {
            "home": os.environ.get("ATELIER_HOME"),
            "cuda": os.environ.get("CUDA_VISIBLE_DEVICES"),
            "slot": job.device_slot,
            "torch_device": job.torch_device,
            "torch_loaded": "torch" in sys.modules,
            "session": os.getsid(0) if hasattr(os, "getsid") else 0,
            "cwd": str(Path.cwd()),
        },
    )
    print("printed by the work")
    job.log("logged by the work")
    return ""
