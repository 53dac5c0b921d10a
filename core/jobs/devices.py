"""Which devices this machine has, found without importing torch (a waiting worker must stay small)."""

import functools
import importlib.util
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from core.errors import ConfigError

IO_SLOTS = ("io:0", "io:1")  # collecting and building: an import never waits for a training


def device_slots() -> list[str]:
    """One name per training that may run at a time: "cuda:0", "cuda:1", ..., a Mac's "mps", or, without GPUs, "cpu"."""
    gpus = [f"cuda:{index}" for index in range(len(visible_gpus()))]
    return gpus or (["mps"] if has_apple_gpu() else ["cpu"])


def has_apple_gpu() -> bool:
    return platform.system() == "Darwin" and platform.machine() == "arm64"


def slots_for(device: str) -> list[str]:
    """The slots a job may take, best first, when it asks for "auto", "cpu", "cuda", "cuda:1" or "mps"."""
    slots = device_slots()
    if device == "auto":
        return slots
    if device == "cpu":
        return ["cpu"]
    if device == "cuda" and slots[0].startswith("cuda"):
        return slots
    if device in slots:
        return [device]
    raise ConfigError(f"Found no device {device!r} on this machine, which has: {', '.join(slots)}. Choose 'auto'.")


def check_count(device: str, count: int) -> None:
    """Raises ConfigError if a job cannot have so many devices here.

    Without a GPU, or on request with device="cpu", any number is several processes on the one processor.
    """
    gpus = [slot for slot in slots_for(device) if slot != "cpu"]
    if not gpus or count <= len(gpus):
        return
    if len(gpus) < len(device_slots()):
        raise ConfigError(f"{device!r} is one GPU, but devices={count} asks for {count}. Choose device='auto'.")
    found = "one GPU" if len(gpus) == 1 else f"{len(gpus)} GPUs"
    raise ConfigError(
        f"Found {found} on this machine, but devices={count} asks for {count}. Choose {len(gpus)} at most."
    )


def visible_gpus() -> list[str]:
    """What CUDA_VISIBLE_DEVICES has to name for each GPU that this process may use: numbers or ids."""
    if not _torch_has_cuda():
        return []
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return [str(index) for index in range(_gpu_count())]
    gpus: list[str] = []
    for name in (part.strip() for part in named.split(",")):
        if not name or name.startswith("-"):
            break  # as CUDA does: the list ends at the first name that is none
        gpus.append(name)
    return gpus if _gpu_count() else []


@functools.cache
def _torch_has_cuda() -> bool:
    """Whether the installed torch was built for CUDA (or ROCm, which answers to the same names)."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    try:
        text = Path(spec.origin).with_name("version.py").read_text()
    except OSError:
        return False
    return re.search(r"^(cuda|hip)\b[^=]*=\s*['\"]", text, re.MULTILINE) is not None


@functools.cache
def _gpu_count() -> int:
    tool = shutil.which("nvidia-smi")
    if tool is not None:
        try:
            listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            return 0  # a driver that does not answer cannot train either
        return sum(line.startswith("GPU ") for line in listed.splitlines())
    # in a slim container the tool may be missing; its device files show what the container was given
    return sum(re.fullmatch(r"nvidia\d+", entry.name) is not None for entry in Path("/dev").glob("nvidia*"))
