"""Where and how a training computes: the device, its threads, its number format."""

import os
import platform
import re
from pathlib import Path

import torch

from core.errors import ConfigError


def choose_device(name: str) -> torch.device:
    """For "auto": an NVIDIA GPU, else the GPU of a Mac, else the processor.

    Raises ConfigError for a device that is not here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"{name!r} is no device. Use auto, cpu, cuda or cuda:0.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError("No NVIDIA GPU can be used here. Train with device=cpu, or on another machine.")
    return device


def prepare(device: torch.device, *, processes: int = 1) -> None:
    """Set this process up to train on the device, as one of so many; once, before the first step."""
    if device.type == "cpu":
        torch.set_num_threads(max(1, threads_allowed() // processes))
    if device.type == "cuda" and device.index is not None:
        torch.cuda.set_device(device)
    torch.set_flush_denormal(True)  # numbers below 1e-38 cost a processor a hundred times the others
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True  # all batches have one shape


def threads_allowed() -> int:
    """A thread for each core, unless OMP_NUM_THREADS says fewer: who starts several trainings on one machine sets it.

    oneDNN's threads wait for one another without sleeping: more of them than cores cost many times what they save.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return min(physical_cores(), int(asked)) if asked.isdecimal() and int(asked) > 0 else physical_cores()


def physical_cores() -> int:
    """Cores this process may use, without hyper-threads: a second thread on a core only slows convolutions."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    siblings = {_siblings(number) for number in allowed or ()}
    if allowed and "" not in siblings:
        return len(siblings)
    available = len(allowed) if allowed else os.cpu_count() or 1
    try:
        import psutil  # not on every machine that only trains
    except ImportError:
        return available
    return max(1, min(psutil.cpu_count(logical=False) or available, available))


def _siblings(number: int) -> str:
    """Linux: the hyper-threads of the core that this one belongs to, as the system lists them; "" if it does not."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list").read_text().strip()
    except OSError:
        return ""


def computes_in_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether a setting of precision ("auto", "float32", "bfloat16") means bfloat16 here.

    A run has a concrete setting, found by core.training.tuning. Where nothing was tried, "auto" says yes on GPUs that
    have it, and never on a processor: there it can be several times slower as soon as another program wants a core.
    """
    if precision == "auto":
        return device.type == "cuda" and has_native_bfloat16(device)
    return precision == "bfloat16"


def has_native_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 itself."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def memory_format(layout: str) -> torch.memory_format:
    """That of a setting of memory_layout. Where nothing was tried, "auto" means channels_last."""
    return torch.contiguous_format if layout == "contiguous" else torch.channels_last


def wait_for(device: torch.device) -> None:
    """Until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def memory_bytes(device: torch.device) -> int:
    """What this training holds: of the GPU's memory at its highest, or of this process."""
    return int(torch.cuda.max_memory_allocated(device)) if device.type == "cuda" else process_bytes()


def process_bytes() -> int:
    """Main memory that this process holds now."""
    try:
        import psutil

        return int(psutil.Process().memory_info().rss)
    except ImportError:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def device_title(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{physical_cores()} CPU cores" if device.type == "cpu" else "Apple GPU"


def device_identity(device: torch.device) -> str:
    """What a measured speed belongs to: the model of the device, the threads of a processor, and torch's version."""
    name = device_title(device)
    if device.type == "cpu":
        name = f"{_processor()}, {torch.get_num_threads()} threads"
    return f"{name}, torch {torch.__version__}"


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()
