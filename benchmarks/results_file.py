"""Where a benchmark's figures go: benchmarks/results/NAME-DATE.json, with the machine and commit they belong to."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from core.training.device import device_identity, physical_cores

RESULTS = Path(__file__).parent / "results"


def write_results(name: str, figures: dict[str, Any], device: torch.device, folder: Path = RESULTS) -> Path:
    root = Path(__file__).parents[1]
    try:
        asked = ["git", "describe", "--always", "--dirty"]
        commit = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "unknown"  # a copy without its history, as on a machine that only trains
    facts = {
        "date": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        "commit": commit,
        "device": device_identity(device),
        "system": platform.system(),
        "cores": physical_cores(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.json"
    path.write_text(json.dumps({**facts, **figures}, indent=1) + "\n")
    return path


def peak_bytes() -> int:
    """Of memory, by this process so far."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
