"""Weights that were kept: tensors, and in the metadata what rebuilds the network; nothing in the file can run."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import nn

from core.errors import AtelierError
from core.files import write_bytes
from core.models.zoo import build_networks, find_architecture

_KEY = "atelier"


class WeightsError(AtelierError):
    """A file of weights that cannot be used."""


def save_weights(network: nn.Module, path: Path, facts: dict[str, Any]) -> None:
    """Write the weights in one step. facts: at least "architecture" and "network", its config as a dict."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    write_bytes(path, save(tensors, metadata={_KEY: json.dumps(facts)}))


def read_facts(path: Path) -> dict[str, Any]:
    """What `save_weights` noted. Raises WeightsError for any other file."""
    try:
        with safe_open(path, framework="pt") as file:
            return json.loads(file.metadata()[_KEY])
    except (SafetensorError, OSError, TypeError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{path.name} is not a file of weights that Atelier wrote, or it is damaged ({error}). "
            "Choose another epoch of the run."
        ) from error


def load_network(path: Path, device: torch.device) -> tuple[nn.Module, dict[str, Any]]:
    """The network with its weights, ready to sample from, and what was noted about it."""
    facts = read_facts(path)
    architecture = find_architecture(facts["architecture"])
    with torch.device("meta"):
        network = build_networks(facts["architecture"], facts["network"])[architecture.sampled]
    try:
        network.load_state_dict(load_file(path, device=str(device)), assign=True)
    except RuntimeError as error:  # its text names every tensor, hundreds of them
        raise WeightsError(
            f"The weights in {path.name} were saved by another version of the network {facts['architecture']} "
            "and do not fit this one. Train the run again."
        ) from error
    return network.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False), facts
