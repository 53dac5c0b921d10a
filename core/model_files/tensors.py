"""Do tensors from a file make up this network? Asked before any of them is used."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.model_files.facts import ModelFileError, config_of
from core.models.zoo import build_networks, find_architecture


def empty_network(facts: Mapping[str, Any], name: str) -> nn.Module:
    """The network that the facts in file `name` describe, without memory for its weights yet. Raises ModelFileError."""
    architecture, config = config_of(dict(facts), name)
    try:
        with torch.device("meta"):
            return build_networks(architecture, config)[find_architecture(architecture).sampled]
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        raise ModelFileError(
            f"{name} describes a network that cannot be built: {str(error).splitlines()[0]:.200}. Export the run again."
        ) from error


def fill(network: nn.Module, tensors: Mapping[str, Tensor], name: str) -> nn.Module:
    """The network with its weights, ready to sample from.

    Raises: ModelFileError unless the file's tensors have just the names, shapes and types of the network's, and hold
        numbers all through.
    """
    wanted = network.state_dict()
    for word, odd in (("lacks", wanted.keys() - tensors.keys()), ("has besides", tensors.keys() - wanted.keys())):
        if odd:
            raise _unfit(name, f"it {word} {_some(sorted(odd))}")
    for part, tensor in tensors.items():
        like = wanted[part]
        if tensor.shape != like.shape or tensor.dtype != like.dtype:
            raise _unfit(
                name,
                f"{part} is {_described(tensor)} in the file, and {_described(like)} in the network",
            )
        if not bool(tensor.isfinite().all()):
            raise ModelFileError(f"{name} holds weights that are no numbers (in {part}): nothing could be drawn.")
    network.load_state_dict(dict(tensors), assign=True)
    return network.to(memory_format=torch.channels_last).eval().requires_grad_(False)


def _unfit(name: str, why: str) -> ModelFileError:
    return ModelFileError(
        f"The weights in {name} do not fit the network it says it holds: {why}. Export the run again."
    )


def _described(tensor: Tensor) -> str:
    return f"{' x '.join(map(str, tensor.shape)) or 'one number'} of {str(tensor.dtype).removeprefix('torch.')}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
