"""A network as ONNX."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from core.model_files.facts import ModelFileError


def check_can_write() -> None:
    """Raises ModelFileError if a package is missing."""
    raise ModelFileError("ONNX is not written yet.")


def write(network: nn.Module, example: tuple[Tensor, ...], facts: str, out: Path) -> None:
    raise NotImplementedError


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    raise ModelFileError("ONNX is not read yet.")
