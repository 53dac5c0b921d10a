"""The layers of VGG (Simonyan & Zisserman, 2014, arXiv:1409.1556) by name, as torchvision publishes them.

No torch here: what can be chosen and what it will cost is told without loading it.
"""

from dataclasses import dataclass

from core.errors import ConfigError

POOLINGS = ("max", "average", "l2")


@dataclass(frozen=True)
class Layer:
    """A place in the network."""

    name: str  # "conv1_1", before the ReLU; "relu1_1", behind it; "pool1"
    index: int  # in torchvision's `features`
    channels: int
    stride: int  # pixels of the picture from one value to the next
    radius: int  # pixels of the picture that a value sees on each side of its own cell of `stride` pixels


@dataclass(frozen=True)
class LayerPlan:
    """Blocks of 3x3 convolutions, each followed by a pooling that halves the picture."""

    name: str
    blocks: tuple[tuple[int, int], ...]  # (convolutions, channels)
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)  # of RGB in [0, 1], as the network was trained
    deviation: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def layers(self) -> dict[str, Layer]:
        """Every place by its name, from the picture on."""
        found: dict[str, Layer] = {}
        index, stride, radius = 0, 1, 0
        for block, (convolutions, channels) in enumerate(self.blocks, start=1):
            for number in range(1, convolutions + 1):
                radius += stride
                for kind in ("conv", "relu"):
                    name = f"{kind}{block}_{number}"
                    found[name] = Layer(name, index, channels, stride, radius)
                    index += 1
            stride *= 2
            found[f"pool{block}"] = Layer(f"pool{block}", index, channels, stride, radius)
            index += 1
        return found

    def layer(self, name: str) -> Layer:
        """Raises ConfigError."""
        layers = self.layers()
        if name not in layers:
            raise ConfigError(f"{self.name} has no layer {name!r}. Choose from: {', '.join(layers)}.")
        return layers[name]

    def shapes(self, deepest: str) -> dict[str, tuple[int, ...]]:
        """The tensors that the file has to hold, up to a layer: "features.0.weight" -> (64, 3, 3, 3), ..."""
        last = self.layer(deepest).index
        shapes: dict[str, tuple[int, ...]] = {}
        before = 3
        for layer in self.layers().values():
            if layer.name.startswith("conv") and layer.index <= last:
                shapes[f"features.{layer.index}.weight"] = (layer.channels, before, 3, 3)
                shapes[f"features.{layer.index}.bias"] = (layer.channels,)
                before = layer.channels
        return shapes


VGG19 = LayerPlan("vgg19", ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)))
VGG16 = LayerPlan("vgg16", ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)))
PLANS = {plan.name: plan for plan in (VGG19, VGG16)}


def exact_margin(plan: LayerPlan, deepest: str) -> int:
    """Pixels beyond a tile that its activations depend on."""
    last = plan.layer(deepest)
    return max(layer.radius for layer in plan.layers().values() if layer.index <= last.index)
