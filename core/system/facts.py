"""What this installation runs on, in words that a person can judge and paste into a bug report."""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from core.errors import AtelierError, ConfigError
from core.jobs import devices
from core.jobs.code_version import code_version
from core.jobs.control import FREE_DISK_FLOOR_BYTES
from core.system.storage import storage
from core.workspace import Workspace

_PACKAGES = ("streamlit", "torch", "torchvision", "duckdb", "pillow", "numpy", "pandas", "scipy", "filelock", "uvloop")
_LITTLE_MEMORY_BYTES = 4 << 30
_LITTLE_DISK_BYTES = 5 << 30
_TORCH_CHECK = """
import json, torch
gpus = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
print(json.dumps({"threads": torch.get_num_threads(), "cuda": torch.version.cuda, "gpus":
    [{"name": gpu.name, "bytes": gpu.total_memory} for gpu in gpus]}))
"""


@dataclass(frozen=True)
class Fact:
    group: str
    name: str
    value: str
    concern: str = ""  # what is wrong with it and what to do; "" if nothing is


def facts(workspace: Workspace) -> list[Fact]:
    """What can be found out within milliseconds, without importing anything heavy."""
    return [*_software(), *_machine(), *_storage(workspace)]


def folder_sizes(workspace: Workspace) -> list[tuple[str, Path, int, int]]:
    """(what, folder, files, bytes) of all that the workspace holds. Walks every file: seconds for millions."""
    folders = [
        ("Pictures", workspace.images),
        ("Thumbnails", workspace.thumbs),
        ("Datasets", workspace.datasets),
        ("Jobs", workspace.jobs),
        ("Studies", workspace.studies),
        ("Own upscalers", workspace.upscalers),
        ("Training runs", workspace.checkpoints),
    ]
    return [(what, folder, *_size(folder)) for what, folder in folders]


def check_torch() -> list[Fact]:
    """Ask torch itself, in a process of its own: importing it costs this one seconds and some 300 MB.

    Raises: AtelierError if torch does not start.
    """
    command = [sys.executable, "-c", _TORCH_CHECK]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        found: dict[str, Any] = json.loads(asked.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise AtelierError(f"torch does not start: {last} Run `make install` again.") from error
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        raise AtelierError(f"torch gave no answer ({error}). Run `make install` again.") from error
    gpus = [f"{gpu['name']} with {size_words(gpu['bytes'])}" for gpu in found["gpus"]]
    missing = "" if gpus or not devices.visible_gpus() else "The driver shows a GPU, but torch cannot use it."
    return [
        Fact("Torch", "Starts", "yes"),
        Fact("Torch", "Threads", str(found["threads"])),
        Fact("Torch", "Built for CUDA", found["cuda"] or "no"),
        Fact("Torch", "GPUs it can use", ", ".join(gpus) or "none; trains on the processor", missing),
    ]


def report(found: Sequence[Fact]) -> str:
    """Plain text for a bug report. The home folder is written as ~, so that it names nobody."""
    width = max((len(fact.name) for fact in found), default=0)
    lines: list[str] = []
    group = ""
    for fact in found:
        if fact.group != group:
            group = fact.group
            lines += ["", group] if lines else [group]
        concern = f"   [!] {fact.concern}" if fact.concern else ""
        lines.append(f"  {fact.name:<{width}}  {fact.value}{concern}")
    return "\n".join(lines).replace(str(Path.home()) + os.sep, "~" + os.sep)


def size_words(count: int | float) -> str:
    """'812 kB', '3.4 GB'."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit in ("bytes", "kB") or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _software() -> list[Fact]:
    version = code_version()
    commit = f" ({version['commit'][:10]})" if version["commit"] else ""
    found = [
        Fact("Software", "Atelier", version["version"] + commit),
        Fact("Software", "Python", platform.python_version()),
    ]
    for package in _PACKAGES:
        try:
            found.append(Fact("Software", package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            if package == "uvloop" and sys.platform == "win32":
                continue  # there is none, and nothing is slow without it there
            slow = "Every reply takes 40 ms longer without it." if package == "uvloop" else "Atelier needs it."
            found.append(Fact("Software", package, "missing", f"{slow} Run `make install` again."))
    return found


def _machine() -> list[Fact]:
    memory = psutil.virtual_memory()
    slots = devices.device_slots()
    gpus = len(devices.visible_gpus())
    trains = f"{gpus} GPU{'s' if gpus != 1 else ''} ({', '.join(slots)})" if gpus else "the processor (no GPU found)"
    if slots == ["mps"]:
        trains = "the GPU of this Mac (mps)"
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cores = f"{usable} usable of {os.cpu_count()}"
    little = memory.available < _LITTLE_MEMORY_BYTES
    found = [
        Fact("Machine", "System", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        Fact("Machine", "Processor cores", cores),
        Fact(
            "Machine",
            "Memory",
            f"{size_words(memory.available)} free of {size_words(memory.total)}",
            "Training may run out of memory: end other programs or choose a small preset." if little else "",
        ),
        Fact("Machine", "Trains on", trains),
    ]
    if "OMP_NUM_THREADS" in os.environ:
        found.append(Fact("Machine", "OMP_NUM_THREADS", os.environ["OMP_NUM_THREADS"]))
    return found


def _storage(workspace: Workspace) -> list[Fact]:
    disk = shutil.disk_usage(workspace.root)
    concern = ""
    if disk.free < FREE_DISK_FLOOR_BYTES:
        concern = f"Nothing starts with less than {size_words(FREE_DISK_FLOOR_BYTES)}. Free some space."
    elif disk.free < _LITTLE_DISK_BYTES:
        concern = "A long training keeps several GB of epochs. Free some space."
    catalog = workspace.catalog
    return [
        Fact("Storage", "Workspace", str(workspace.root)),
        Fact("Storage", "Chosen by", "ATELIER_HOME" if os.environ.get("ATELIER_HOME") else "default"),
        Fact("Storage", "Disk", f"{size_words(disk.free)} free of {size_words(disk.total)}", concern),
        _lasting(workspace),
        Fact("Storage", "Catalog", size_words(catalog.stat().st_size) if catalog.exists() else "not made yet"),
    ]


def _lasting(workspace: Workspace) -> Fact:
    try:
        found = storage(workspace)
    except ConfigError as error:
        return Fact("Storage", "Survives a restart", "not known", str(error))
    return Fact("Storage", "Survives a restart", "yes" if found.lasts else "no", found.warning)


def _size(folder: Path) -> tuple[int, int]:
    """(files, bytes), not following links."""
    files = total = 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    else:
                        files += 1
                        total += entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue  # removed while we looked
    return files, total
