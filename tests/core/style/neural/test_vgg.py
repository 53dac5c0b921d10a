"""The network's layers are torchvision's, at the places that papers name."""

import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

from core.errors import ConfigError
from core.style.errors import StyleError
from core.style.neural.vgg import VGG16, VGG19, Features, random_tensors
from tests.core.style.neural.made import PLAN, features, picture


@pytest.mark.parametrize(("plan", "letter"), [(VGG19, "E"), (VGG16, "D")])
def test_the_plan_is_torchvisions(plan, letter):
    theirs = make_layers(cfgs[letter])
    kinds = {"conv": torch.nn.Conv2d, "relu": torch.nn.ReLU, "pool": torch.nn.MaxPool2d}
    ours = list(plan.layers().values())
    assert len(ours) == len(theirs)
    assert all(isinstance(theirs[layer.index], kinds[layer.name[:4]]) for layer in ours)
    shapes = {f"features.{name}": tuple(value.shape) for name, value in theirs.state_dict().items()}
    assert plan.shapes(ours[-1].name) == shapes


def test_the_layers_that_papers_name_have_their_known_places():
    names = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")
    assert [VGG19.layer(name).index for name in names] == [1, 6, 11, 20, 22, 29]


def test_activations_are_those_of_torchvisions_layers():
    tensors = random_tensors(VGG19, "relu3_1", seed=0)
    theirs = make_layers(cfgs["E"])[:12].eval()
    theirs.load_state_dict({name.removeprefix("features."): value for name, value in tensors.items()})
    ours = Features(VGG19, tensors, deepest="relu3_1", edges="zeros")
    shown = picture(20, 24, seed=1)
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (VGG19.mean, VGG19.deviation))
    with torch.no_grad():
        torch.testing.assert_close(
            ours(shown[None], ["relu3_1"])["relu3_1"], theirs(((shown - mean) / deviation)[None])[0]
        )


def test_a_layer_before_its_relu_keeps_its_negative_values():
    found = features()(picture(16, 16, seed=1)[None], ["conv1_1", "relu1_1"])
    assert found["conv1_1"].min() < 0
    torch.testing.assert_close(found["conv1_1"].relu(), found["relu1_1"])


def test_repeating_the_edge_leaves_a_flat_picture_flat():
    flat = torch.full((1, 3, 16, 16), 0.7)
    repeated = features()(flat, ["relu1_1"])["relu1_1"]
    zeros = features(edges="zeros")(flat, ["relu1_1"])["relu1_1"]
    assert repeated.flatten(1).std(dim=1).max() < 1e-6
    assert zeros.flatten(1).std(dim=1).max() > 1e-3


@pytest.mark.parametrize("pooling", ["max", "average", "l2"])
def test_every_pooling_halves_the_picture_and_has_a_finite_gradient(pooling):
    shown = picture(17, 16, seed=1)[None].requires_grad_()
    found = features(pooling=pooling)(shown, ["relu2_1"])["relu2_1"]
    assert found.shape == (8, 8, 8)
    found.square().sum().backward()
    assert torch.isfinite(shown.grad).all()


def test_other_poolings_are_rescaled_as_published():
    flat = torch.full((1, 3, 16, 16), 0.7)
    pooled = {pooling: features(pooling=pooling)(flat, ["pool1"])["pool1"] for pooling in ("max", "average", "l2")}
    inside = (slice(None), slice(1, -1), slice(1, -1))
    torch.testing.assert_close(pooled["average"][inside], 2 * pooled["max"][inside])
    torch.testing.assert_close(pooled["l2"][inside], 2 * 0.78 * pooled["max"][inside])


def test_a_picture_that_is_too_small_is_refused_with_the_size_it_needs():
    with pytest.raises(StyleError, match=r"40 x 3 pixels is too small.*at least 4"):
        features()(picture(3, 40, seed=1)[None], ["relu3_1"])


def test_weights_of_another_network_are_refused():
    tensors = random_tensors(PLAN, "relu3_2", seed=0)
    tensors["features.2.weight"] = torch.zeros(6, 5, 3, 3)
    with pytest.raises(ConfigError, match=r"features\.2\.weight should be \(6, 6, 3, 3\)"):
        Features(PLAN, tensors, deepest="relu3_2")
