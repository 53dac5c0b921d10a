"""A network from a file of weights: looked at first, opened without running anything in it, checked, then built.

Compact and RRDB we build ourselves; every other layout is left to spandrel, which knows some forty. It is given tensors
that we read, never a file, and of its packages only the one with permissive licences.
"""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.upscale.errors import ModelRefusedError
from core.upscale.layouts import layout_of, new_names
from core.upscale.listing import OWN_KEY
from core.upscale.model_header import Header, read_header
from core.upscale.networks import build
from core.upscale.training_settings import BORDER

_PURPOSES = ("SR", "Restoration")
_MOST_SCALE = 8
_BLOCK = 1 << 24  # numbers looked at at a time


@dataclass(frozen=True)
class Model:
    """A network with its weights, on the processor, in 32 bits."""

    run: Callable[[Tensor], Tensor]  # (B, C, H, W) in [0, 1] -> (B, C, H * scale, W * scale)
    to: Callable[[torch.device, torch.dtype], None]
    title: str  # layout and size, in words
    scale: int
    channels: int  # 3, or 1 for grey
    reach: int | None  # pixels of the input on which one of the result depends, to each side; None: not known
    bytes_per_pixel: int  # of memory at the highest, per pixel of the input, in 32 bits; about
    operations: int  # multiplications per pixel of the input; about
    multiple: int = 1  # sides have to be multiples of this
    smallest: int = 1  # and at least this long
    tiling: str = "yes"  # "yes", "discouraged" or "no": whether pieces of a picture can be done one by one
    half: bool = True  # whether 16 bits are enough
    border: int = 0  # pixels by which a picture is mirrored over its own edges first


def load_model(path: Path) -> Model:
    """Raises: ModelRefusedError."""
    header = read_header(path)
    tensors = read_tensors(path, header)
    layout = layout_of(header.shapes)
    if layout is None:
        return _by_spandrel(path, header, tensors)
    if layout.channels not in (1, 3):
        raise ModelRefusedError(
            f"{path.name} works on pictures of {layout.channels} channels ({layout.title}); those here have 3."
        )
    with torch.device("meta"):
        network = build(layout)
    names = new_names(tensors)
    network.load_state_dict({names[name]: value for name, value in tensors.items()}, assign=True)
    network.eval().requires_grad_(False)
    _check_scale(path, layout.scale)

    def to(device: torch.device, dtype: torch.dtype) -> None:
        network.to(device=device, dtype=dtype).to(memory_format=torch.channels_last)

    return Model(
        network,
        to,
        layout.title,
        layout.scale,
        layout.channels,
        layout.reach,
        layout.bytes_per_pixel,
        layout.operations,
        multiple=layout.multiple,
        smallest=layout.multiple,
        border=BORDER if OWN_KEY in header.metadata else 0,
    )


def read_tensors(path: Path, header: Header) -> dict[str, Tensor]:
    """Those that the header names, floats in 32 bits, every one a finite number.

    Raises: ModelRefusedError.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix.lower() == ".safetensors":
            value: Any = load_file(path)
        else:
            value = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelRefusedError(
            f"{path.name} holds more than weights, or is damaged, and is not opened: such a file can run programs. Get "
            "the network as .safetensors."
        ) from error
    except (SafetensorError, OSError, RuntimeError, EOFError, ValueError, KeyError, MemoryError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelRefusedError(f"{path.name} is damaged or cut short ({reason:.120}). Get it again.") from error
    tensors = {name: _at(value, keys) for name, keys in header.names.items()}
    return {name: _checked(path, name, tensor, header) for name, tensor in tensors.items()}


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value[key] if isinstance(value, Mapping) and key in value else None
    return value


def _checked(path: Path, name: str, tensor: Any, header: Header) -> Tensor:
    facts = header.tensors[name]
    if not isinstance(tensor, Tensor) or tuple(tensor.shape) != facts.shape:
        raise ModelRefusedError(f"{path.name} says two things of {name[:60]}. It is forged; get it from its maker.")
    if not tensor.is_floating_point():
        return tensor
    whole = tensor.float().contiguous()
    if not all(bool(torch.isfinite(part).all()) for part in whole.view(-1).split(_BLOCK)):
        raise ModelRefusedError(f"{path.name} holds weights that are no numbers (in {name[:60]}). Get it again.")
    return whole


def _check_scale(path: Path, scale: int) -> None:
    if not 1 <= scale <= _MOST_SCALE:
        raise ModelRefusedError(
            f"{path.name} makes pictures {scale} times as large; networks of 1 to {_MOST_SCALE} times are used."
        )


def _by_spandrel(path: Path, header: Header, tensors: dict[str, Tensor]) -> Model:
    from spandrel import ImageModelDescriptor, ModelLoader, ModelTiling, UnsupportedModelError

    try:
        found = ModelLoader(device="cpu").load_from_state_dict(tensors)
    except UnsupportedModelError as error:
        example = ", ".join(list(header.tensors)[:3])
        raise ModelRefusedError(
            f"{path.name} holds {len(header.tensors):,} tensors ({example:.120}, ...), but of no network for upscaling "
            "that is known here."
        ) from error
    except (
        Exception
    ) as error:  # what spandrel makes of names that fit a layout, with shapes that do not, may be anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelRefusedError(
            f"{path.name} looks like a network that is known, but cannot be one ({reason:.160})."
        ) from error
    if not isinstance(found, ImageModelDescriptor) or found.purpose not in _PURPOSES:
        raise ModelRefusedError(
            f"{path.name} is a network of another purpose ({found.architecture.name}, {found.purpose}); what is needed "
            "here makes pictures larger."
        )
    if (found.input_channels, found.output_channels) not in ((3, 3), (1, 1)):
        raise ModelRefusedError(
            f"{path.name} ({found.architecture.name}) makes {found.output_channels} channels of "
            f"{found.input_channels}; pictures here have 3."
        )
    _check_scale(path, found.scale)
    found.eval()
    found.model.requires_grad_(False)

    def to(device: torch.device, dtype: torch.dtype) -> None:
        found.to(device=device, dtype=dtype)

    tiling = {ModelTiling.DISCOURAGED: "discouraged", ModelTiling.INTERNAL: "no"}.get(found.tiling, "yes")
    return Model(
        found,
        to,
        f"{found.architecture.name}, {header.parameters / 1e6:.1f} million weights, x{found.scale}",
        found.scale,
        found.input_channels,
        None,
        bytes_per_pixel=16_000,  # of RRDB's order: layouts that spandrel knows are mostly of that size or smaller
        operations=max(1, header.parameters),  # every weight is used at least once for each pixel
        smallest=max(1, found.size_requirements.minimum),
        tiling=tiling,
        half=found.supports_half,
    )
