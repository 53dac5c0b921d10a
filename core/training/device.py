"""Where and how a training computes: the device, its threads, its number format."""

import psutil
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


def prepare(device: torch.device) -> None:
    """Set this process up to train on the device; once, before the first step."""
    if device.type == "cpu":
        torch.set_num_threads(physical_cores())
    torch.set_flush_denormal(True)  # numbers below 1e-38 cost a processor a hundred times the others
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True  # all batches have one shape


def physical_cores() -> int:
    """Cores this process may use, without hyper-threads: a second thread on a core only slows convolutions."""
    available = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else psutil.cpu_count()
    return max(1, min(psutil.cpu_count(logical=False) or 1, available or 1))


def computes_in_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether a setting of precision ("auto", "float32", "bfloat16") means bfloat16 here.

    "auto" says yes on GPUs that have it, and never on a processor. There it is up to 1.6 times as fast when nothing
    else runs; but its gradients wait for one another by spinning, so beside a browser it is several times slower.
    """
    if precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return precision == "bfloat16"


def has_native_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 itself."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def memory_bytes(device: torch.device) -> int:
    """What this training holds: of the GPU's memory at its highest, or of this process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def device_title(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{physical_cores()} CPU cores" if device.type == "cpu" else "Apple GPU"
