"""Joining and leaving a training of several processes on this machine."""

import datetime
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist

from core.training.parallel import SINGLE, Share

_LONGEST_WAIT = datetime.timedelta(minutes=30)  # for another process, which may be drawing and scoring samples


def join(rank: int, size: int, meeting_point: Path, device: torch.device) -> Share:
    """Meet the others; `leave` has to follow.

    Args:
        meeting_point: a file that does not exist yet, the same for all, on a local disk.
    """
    if size == 1:
        return SINGLE
    store = dist.FileStore(str(meeting_point), size)
    # Words between processors go by gloo whatever the device: a dead process is noticed there at once.
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" and dist.is_nccl_available() else "gloo"
    _stay_on_this_machine()
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_LONGEST_WAIT)
    return Share(rank, size)


def leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def _stay_on_this_machine() -> None:
    """Bind to the loopback interface, so that no name has to be looked up and nobody else can connect."""
    interface = {"linux": "lo", "darwin": "lo0"}.get(sys.platform)
    if interface is not None:
        os.environ["GLOO_SOCKET_IFNAME"] = interface
        os.environ["NCCL_SOCKET_IFNAME"] = interface
