"""Drawn numbers on the device of the pictures."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def sent(values: NDArray[np.generic], device: torch.device) -> Tensor:
    """The numbers on the device; to a GPU without waiting for what it does."""
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def column(values: NDArray[np.float64], images: Tensor) -> Tensor:
    """One number for each picture, (B,) -> float32 (B, 1, 1, 1)."""
    return sent(values.astype(np.float32), images.device)[:, None, None, None]
