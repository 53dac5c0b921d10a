"""A network as safetensors: tensors by name, the facts in the metadata. Nothing in such a file can run."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from core.files import write_bytes
from core.model_files.facts import KEY, ModelFileError, read


def write(network: nn.Module, facts: str, out: Path) -> None:
    tensors = {name: tensor.detach().contiguous() for name, tensor in network.state_dict().items()}
    write_bytes(out, save(tensors, metadata={KEY: facts}))


def read_facts(path: Path) -> dict[str, Any]:
    """Raises ModelFileError."""
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(KEY)
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from error
    return read(text, path.name)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Raises ModelFileError."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError, json.JSONDecodeError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ModelFileError:
    return ModelFileError(f"{path.name} is damaged or cut short ({error}). Export the run again, or copy it again.")
