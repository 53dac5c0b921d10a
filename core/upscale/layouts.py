"""The two layouts of networks that we build ourselves, told by the names and shapes of their tensors alone. No torch.

Compact: SRVGGNetCompact of Real-ESRGAN. RRDB: ESRGAN (Wang et al., 2018, arXiv:1809.00219), in the names of
Real-ESRGAN or in those of the first release.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]

_OLD_INNER = re.compile(r"model\.1\.sub\.(\d{1,4})\.RDB([123])\.conv([1-5])\.0\.(weight|bias)")
_OLD_OUTER = re.compile(r"model\.(\d{1,4})\.weight")


@dataclass(frozen=True)
class CompactLayout:
    """Convolutions at the size of the input, then a pixel shuffle, over the input repeated."""

    scale: int
    channels: int  # of pictures: 3, or 1 for grey
    features: int
    convolutions: int  # between the first and the last

    @property
    def title(self) -> str:
        return f"Compact, {self.convolutions} convolutions of {self.features} features, x{self.scale}"

    @property
    def reach(self) -> int:
        """Pixels of the input, to each side, on which a pixel of the result depends."""
        return self.convolutions + 2

    @property
    def operations(self) -> int:
        """Multiplications for each pixel of the input."""
        ends = self.channels * self.features * (1 + self.scale**2)
        return 9 * (ends + self.convolutions * self.features**2)

    @property
    def bytes_per_pixel(self) -> int:
        """Of memory at the highest, for each pixel of the input, in 32 bits (measured)."""
        return 4 * (3 * self.features + 4 * self.channels * self.scale**2)

    @property
    def multiple(self) -> int:
        """Sides of what it is given have to be multiples of this."""
        return 1

    def shapes(self) -> dict[str, Shape]:
        """The tensors that it consists of."""
        found: dict[str, Shape] = {}
        inputs = self.channels
        for index in range(self.convolutions + 1):
            found[f"body.{2 * index}.weight"] = (self.features, inputs, 3, 3)
            found[f"body.{2 * index}.bias"] = (self.features,)
            found[f"body.{2 * index + 1}.weight"] = (self.features,)  # PReLU
            inputs = self.features
        last = 2 * (self.convolutions + 1)
        found[f"body.{last}.weight"] = (self.channels * self.scale**2, self.features, 3, 3)
        found[f"body.{last}.bias"] = (self.channels * self.scale**2,)
        return found


@dataclass(frozen=True)
class RRDBLayout:
    """Residual dense blocks at the size of the input (or a part of it), then convolutions between doublings."""

    channels: int  # of pictures: 3, or 1 for grey
    features: int
    growth: int
    blocks: int
    doublings: int  # of the size, after the blocks
    unshuffle: int  # 1, 2 or 4: what the picture is folded by first, so that the same blocks serve a smaller scale

    @property
    def scale(self) -> int:
        return 2**self.doublings // self.unshuffle

    @property
    def title(self) -> str:
        return f"RRDB, {self.blocks} blocks of {self.features} features, x{self.scale}"

    @property
    def reach(self) -> int:
        return (self.blocks * 15 + 4) * self.unshuffle

    @property
    def operations(self) -> int:
        features, growth = self.features, self.growth
        dense = sum((features + index * growth) * growth for index in range(4)) + (features + 4 * growth) * features
        at_input = self.channels * self.unshuffle**2 * features + self.blocks * 3 * dense + features**2
        doubled = sum(4**level * features**2 for level in range(1, self.doublings + 1))
        large = 4**self.doublings * (features**2 + features * self.channels)
        return 9 * (at_input + doubled + large) // self.unshuffle**2

    @property
    def bytes_per_pixel(self) -> int:
        return 4 * (3 * self.features * 4**self.doublings + 8 * self.features) // self.unshuffle**2

    @property
    def multiple(self) -> int:
        return self.unshuffle

    def shapes(self) -> dict[str, Shape]:
        found: dict[str, Shape] = {}

        def convolution(name: str, inputs: int, outputs: int) -> None:
            found[f"{name}.weight"] = (outputs, inputs, 3, 3)
            found[f"{name}.bias"] = (outputs,)

        convolution("conv_first", self.channels * self.unshuffle**2, self.features)
        for block in range(self.blocks):
            for dense in (1, 2, 3):
                for index in range(1, 6):
                    outputs = self.growth if index < 5 else self.features
                    inputs = self.features + (index - 1) * self.growth
                    convolution(f"body.{block}.rdb{dense}.conv{index}", inputs, outputs)
        convolution("conv_body", self.features, self.features)
        for level in range(1, self.doublings + 1):
            convolution(f"conv_up{level}", self.features, self.features)
        convolution("conv_hr", self.features, self.features)
        convolution("conv_last", self.features, self.channels)
        return found


Layout = CompactLayout | RRDBLayout


def layout_of(shapes: Shapes) -> Layout | None:
    """The layout that has just these tensors; None for any other network."""
    new = new_names(shapes)
    renamed = {new[name]: shape for name, shape in shapes.items()}
    try:
        for found in (_compact(renamed), _rrdb(renamed)):
            if found is not None and found.shapes() == renamed:
                return found
    except (ValueError, IndexError, ZeroDivisionError):  # names as of a layout, but shapes that cannot be one
        return None
    return None


def new_names(names: Iterable[str]) -> dict[str, str]:
    """What Real-ESRGAN calls the tensors that ESRGAN's first release called so; others keep their names."""
    kept = {name: name for name in names}
    if "model.0.weight" not in kept or "model.1.sub.0.RDB1.conv1.0.weight" not in kept:
        return kept
    inner = {name: found for name in kept if (found := _OLD_INNER.fullmatch(name))}
    outer = sorted(int(found[1]) for name in kept if (found := _OLD_OUTER.fullmatch(name)))
    if not inner or len(outer) < 4:
        return kept
    blocks = 1 + max(int(found[1]) for found in inner.values())
    parts = {"model.0": "conv_first", f"model.1.sub.{blocks}": "conv_body"}
    parts |= {f"model.{number}": f"conv_up{level}" for level, number in enumerate(outer[1:-2], 1)}
    parts |= {f"model.{outer[-2]}": "conv_hr", f"model.{outer[-1]}": "conv_last"}
    for name in kept:
        if name in inner:
            block, dense, index, kind = inner[name].groups()
            kept[name] = f"body.{block}.rdb{dense}.conv{index}.{kind}"
        elif (place := name.rpartition(".")[0]) in parts:
            kept[name] = f"{parts[place]}.{name.rpartition('.')[2]}"
    return kept


def _compact(shapes: Shapes) -> CompactLayout | None:
    if "body.0.weight" not in shapes or "body.1.weight" not in shapes:
        return None
    features, channels = shapes["body.0.weight"][:2]
    last = max(int(name.split(".")[1]) for name in shapes if re.fullmatch(r"body\.\d{1,4}\.weight", name))
    scale = math.isqrt(shapes[f"body.{last}.bias"][0] // channels) if f"body.{last}.bias" in shapes else 0
    return CompactLayout(scale, channels, features, last // 2 - 1) if scale else None


def _rrdb(shapes: Shapes) -> RRDBLayout | None:
    if not {"conv_first.weight", "conv_last.weight", "body.0.rdb1.conv1.weight"} <= shapes.keys():
        return None
    features, folded = shapes["conv_first.weight"][:2]
    channels = shapes["conv_last.weight"][0]
    blocks = 1 + max(int(name.split(".")[1]) for name in shapes if re.match(r"body\.\d{1,4}\.rdb1\.", name))
    doublings = sum(1 for name in shapes if re.fullmatch(r"conv_up\d\.weight", name))
    growth = shapes["body.0.rdb1.conv1.weight"][0]
    unshuffle = math.isqrt(folded // channels)
    if unshuffle not in (1, 2, 4) or 2**doublings < unshuffle:
        return None
    return RRDBLayout(channels, features, growth, blocks, doublings, unshuffle)
