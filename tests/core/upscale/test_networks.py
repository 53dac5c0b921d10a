"""Our own Compact and RRDB against spandrel's, and their layouts told from shapes alone."""

from dataclasses import replace

import pytest
import torch
from spandrel import ModelLoader
from torch import Tensor, nn

from core.upscale.layouts import CompactLayout, Layout, RRDBLayout, layout_of, new_names
from core.upscale.networks import build
from tests.core.upscale.made import SMALL_COMPACT, SMALL_RRDB, SMALL_RRDB_X2, network, weights

LAYOUTS = [
    SMALL_COMPACT,
    replace(SMALL_COMPACT, scale=2, channels=1),
    replace(SMALL_COMPACT, scale=1, convolutions=0),
    SMALL_RRDB,
    SMALL_RRDB_X2,
    replace(SMALL_RRDB, doublings=1, blocks=2),
    replace(SMALL_RRDB, unshuffle=4),
]


def shapes(tensors: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def in_old_names(tensors: dict[str, Tensor], layout: RRDBLayout) -> dict[str, Tensor]:
    """As ESRGAN's first release called them."""
    ups = layout.doublings
    outer = {"conv_first": "model.0", "conv_body": f"model.1.sub.{layout.blocks}"}
    outer |= {f"conv_up{level}": f"model.{3 * level}" for level in range(1, ups + 1)}
    outer |= {"conv_hr": f"model.{3 * ups + 2}", "conv_last": f"model.{3 * ups + 4}"}
    found = {}
    for name, tensor in tensors.items():
        place, _, kind = name.rpartition(".")
        if place in outer:
            found[f"{outer[place]}.{kind}"] = tensor
        else:
            _, block, dense, convolution = place.split(".")
            found[f"model.1.sub.{block}.{dense.upper()}.{convolution}.0.{kind}"] = tensor
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_told_from_the_shapes_of_its_tensors(layout: Layout) -> None:
    tensors = weights(layout)
    assert shapes(tensors) == layout.shapes()
    assert layout_of(shapes(tensors)) == layout


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_network_agrees_with_the_one_that_spandrel_builds_of_the_same_weights(layout: Layout) -> None:
    theirs = ModelLoader().load_from_state_dict(weights(layout))
    assert (theirs.scale, theirs.input_channels) == (layout.scale, layout.channels)
    picture = torch.rand(1, layout.channels, 12, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = theirs.model.eval()(picture)
    assert torch.allclose(network(layout)(picture), wanted, atol=1e-6)
    assert wanted.shape == (1, layout.channels, 12 * layout.scale, 16 * layout.scale)


@pytest.mark.parametrize("layout", [SMALL_RRDB, replace(SMALL_RRDB, doublings=1), replace(SMALL_RRDB, doublings=3)])
def test_the_names_of_the_first_release_are_understood(layout: RRDBLayout) -> None:
    old = in_old_names(weights(layout), layout)
    assert layout_of(shapes(old)) == layout
    again = build(layout)
    names = new_names(old)
    again.load_state_dict({names[name]: tensor for name, tensor in old.items()})
    theirs = ModelLoader().load_from_state_dict(old)
    picture = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.allclose(again.eval()(picture), theirs.model.eval()(picture), atol=1e-6)


def test_a_tensor_too_many_or_of_another_shape_is_another_layout() -> None:
    good = SMALL_COMPACT.shapes()
    assert layout_of(good | {"body.1.bias": (6,)}) is None
    assert layout_of(good | {"body.2.weight": (6, 6, 5, 5)}) is None
    assert layout_of({name: shape for name, shape in good.items() if name != "body.4.bias"}) is None
    assert layout_of({"body.0.weight": (), "body.1.weight": ()}) is None
    assert layout_of(SMALL_RRDB.shapes() | {"conv_last.weight": (0, 8, 3, 3)}) is None
    assert layout_of({}) is None
    assert layout_of({"model.0.weight": (), "model.1.sub.0.RDB1.conv1.0.weight": ()}) is None


def test_the_published_layouts_have_the_weights_that_are_told_of_them() -> None:
    def millions(layout: Layout) -> float:
        return sum(torch.Size(shape).numel() for shape in layout.shapes().values()) / 1e6

    assert millions(RRDBLayout(3, 64, 32, 23, 2, 1)) == pytest.approx(16.70, abs=0.01)
    assert millions(CompactLayout(4, 3, 64, 32)) == pytest.approx(1.21, abs=0.01)


@pytest.mark.parametrize("layout", [SMALL_COMPACT, SMALL_RRDB, SMALL_RRDB_X2])
def test_the_multiplications_told_are_those_of_its_convolutions(layout: Layout) -> None:
    counted = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal counted
        counted += module.weight.numel() * output.shape[2] * output.shape[3]

    found = network(layout)
    for module in found.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(count)
    found(torch.zeros(1, 3, 8, 8))
    assert layout.operations * 64 == counted


@pytest.mark.parametrize("layout", [SMALL_COMPACT, SMALL_RRDB, SMALL_RRDB_X2])
def test_nothing_depends_on_pixels_beyond_the_reach(layout: Layout) -> None:
    side = 2 * layout.reach + 2 * layout.multiple
    picture = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1)).requires_grad_()
    middle = side // 2 * layout.scale
    found = network(layout)(picture)[0, :, middle, middle].sum()
    (gradient,) = torch.autograd.grad(found, picture)
    touched = gradient.abs().sum(dim=(0, 1, 2)).nonzero().flatten()
    assert side // 2 - layout.reach <= touched.min()
    assert touched.max() <= side // 2 + layout.reach
    if isinstance(layout, CompactLayout):
        assert side // 2 - touched.min() == layout.reach
