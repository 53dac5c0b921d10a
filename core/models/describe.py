"""What a network is made of: its layers, parameters and work per picture, found by running it on no data at all."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from core.models.zoo import build_networks, find_preset

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Layer:
    name: str  # where it sits in the network, "blocks.0.up"
    kind: str  # "Conv2d"
    detail: str  # "128 → 64, 4×4, stride 2"
    output: tuple[int, ...]  # shape of what it gives for one picture, without the batch
    parameters: int
    macs: int  # multiplications with addition, for one picture


@dataclass(frozen=True)
class Network:
    role: str  # "generator", "discriminator", "vae"
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)


@dataclass(frozen=True)
class ModelDescription:
    preset: str
    resolution: int
    networks: tuple[Network, ...]

    @property
    def parameters(self) -> int:
        return sum(network.parameters for network in self.networks)

    @property
    def macs(self) -> int:
        return sum(network.macs for network in self.networks)


def describe(preset: str, resolution: int, network: Mapping[str, Any] | None = None) -> ModelDescription:
    """Layers, parameters and work of a preset at a resolution; `network` replaces its network settings.

    Raises ConfigError for a resolution that the networks cannot have.
    """
    import torch

    found = find_preset(preset)
    settings = {**found.network, **(network or {}), "resolution": resolution}
    shape = [int(settings.get(side) or resolution) for side in ("height", "breadth")]
    tables = []
    with torch.device("meta"):
        for role, module in build_networks(found.architecture, settings).items():
            call: Any = module.eval()
            given = torch.empty(1, 3, *shape)
            if role == "generator":
                given = torch.empty(1, call.latent_dim)
            elif role == "vae":
                call = call.reconstruct
            elif role == "flow":  # one look at the velocity; drawing a picture takes many
                call = partial(call.velocity, t=torch.empty(1))
            tables.append(_trace(role, module, call, given))
    return ModelDescription(preset, resolution, tuple(tables))


def _trace(role: str, network: "nn.Module", call: Callable[["Tensor"], Any], given: "Tensor") -> Network:
    layers: list[Layer] = []
    handles = []
    for name, module in network.named_modules():
        if next(module.children(), None) is None:

            def record(module: "nn.Module", inputs: "tuple[Tensor, ...]", output: "Tensor", name: str = name) -> None:
                layers.append(_layer(name, module, inputs[0], output))

            handles.append(module.register_forward_hook(record))
    call(given)
    for handle in handles:
        handle.remove()
    return Network(role, tuple(layers))


def _layer(name: str, module: Any, given: "Tensor", output: "Tensor") -> Layer:
    weight: Any = getattr(module, "weight", None)
    kind, detail, macs = type(module).__name__, "", 0
    if weight is not None and weight.dim() == 2:
        macs = weight.numel()
        detail = f"{weight.shape[1]} → {weight.shape[0]}"
    elif weight is not None and weight.dim() == 3:
        macs = weight.numel() * given.shape[-1]
        detail = f"{given.shape[1]} → {output.shape[1]}, {weight.shape[-1]}"
    elif weight is not None and weight.dim() == 4:
        if kind == "DownConv2d":
            side, stride, products = 3, 2, weight.numel() // 9 * 16  # it runs as a 4x4 convolution of stride 2
        else:
            side, stride, products = weight.shape[-1], module.stride[0], weight.numel()
        spread = kind in ("ConvTranspose2d", "UpConv2d")  # each input pixel is spread, or each output pixel gathered
        macs = products * math.prod((given if spread else output).shape[-2:])
        detail = f"{given.shape[1]} → {output.shape[1]}, {side}×{side}" + (f", stride {stride}" if stride > 1 else "")
    else:
        detail = _manner(kind, module)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Layer(name, kind, detail, tuple(output.shape[1:]), parameters, macs)


def _manner(kind: str, module: Any) -> str:
    """What there is to say of a layer that multiplies no matrix, "" where its kind says it all."""
    if kind == "LeakyReLU":
        return f"slope {module.negative_slope:g}"
    if kind.startswith("Dropout"):
        return f"{module.p:.0%} left out"
    if kind == "MaxPool2d":
        return f"{module.kernel_size}×{module.kernel_size}"
    if kind == "Upsample":
        return f"{module.scale_factor:g} times, {module.mode}"
    if kind == "GroupNorm":
        return f"{module.num_groups} groups"
    return ""
