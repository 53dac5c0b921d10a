"""How long a piece of work takes on a device, tried: what estimates start from."""

import time
from collections.abc import Callable

import torch


def seconds_of(work: Callable[[], object], device: str, *, times: int = 5) -> float:
    """The least of some trials. On a processor that is its own time, so that what else runs there counts little.

    Args:
        work: ends only when the device has finished, as anything does that gives a plain number.
    """
    on_processor = device.startswith("cpu")
    best = float("inf")
    for _ in range(times):
        began = time.process_time() if on_processor else time.perf_counter()
        work()
        ended = time.process_time() if on_processor else time.perf_counter()
        best = min(best, ended - began)
    return best / (torch.get_num_threads() if on_processor else 1)
