"""The engine of a network that was never trained."""

from typing import Any

import pytest
import torch
from torch import Tensor

from core.errors import ConfigError
from core.style.engines import Report, estimate, find_engine, settings_for
from core.style.random_network import network
from core.style.random_settings import margin_of
from tests.core.style.test_patch import painting

RANDOM = find_engine("random")
QUICK: dict[str, Any] = {"first_steps": 6, "steps": 2, "smallest_side": 32, "preview_steps": 1, "keep_steps": 1}
QUIET = Report()


def small(seed: int) -> Tensor:
    return painting(seed, 32)


def restyled(
    *styles: Tensor, report: Report = QUIET, masks: list[Tensor | None] | None = None, **chosen: Any
) -> Tensor:
    settings = settings_for("random", chosen.pop("strength", 50), {**QUICK, **chosen})
    return RANDOM.run(small(1), styles, [1.0] * len(styles), settings, masks=masks, report=report)


def test_the_network_is_drawn_from_its_seed_alone() -> None:
    first, again, other = (network(settings_for("random", 50, {"network_seed": seed})) for seed in (1, 1, 2))
    picture = small(1)[None]
    found = [net(picture, ["relu4_2"])["relu4_2"] for net in (first, again, other)]
    assert torch.equal(found[0], found[1])
    assert not torch.allclose(found[0], found[2], atol=0.1)


def test_features_keep_their_size_from_layer_to_layer() -> None:
    """Kaiming's weights do that for any input; average pooling calms, and is made up for."""
    names = ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]
    found = network(settings_for("random", 50))(torch.rand(1, 3, 64, 64), names)
    sizes = torch.stack([found[name].square().mean().sqrt() for name in names])
    assert sizes.max() / sizes.min() < 8


def test_the_style_loss_falls_by_a_quarter_in_a_few_steps() -> None:
    lines: list[str] = []
    restyled(small(2), report=Report(note=lines.append), first_steps=25, strength=100, variation_weight=1.0)
    removed = float(lines[-1].split(": ")[-1].split(" %")[0].rsplit(" ", 1)[-1])
    assert removed > 25


def test_the_same_seeds_give_the_same_picture_and_another_network_another() -> None:
    first, again, other = (restyled(small(2), network_seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_stop_returns_the_result_so_far_and_it_can_go_on() -> None:
    states: list[dict[str, Any]] = []
    seen: list[int] = []
    report = Report(preview=lambda _: seen.append(1), stop_requested=lambda: len(seen) == 3, keep=states.append)
    stopped = restyled(small(2), report=report)
    assert stopped.shape == (3, 32, 32)
    whole = restyled(small(2))
    assert not torch.equal(stopped, whole)
    assert torch.allclose(restyled(small(2), report=Report(state=states[-1])), whole, atol=1e-6)


def test_the_margin_that_is_painted_beyond_the_edges_is_cut_off_previews_too() -> None:
    shapes: set[torch.Size] = set()
    wide = painting(1, 48)[:, :24]
    found = RANDOM.run(
        wide,
        [small(2)],
        [1.0],
        settings_for("random", 50, QUICK),
        report=Report(preview=lambda picture: shapes.add(picture.shape)),
    )
    assert found.shape == wide.shape
    assert all(abs(shape[2] / shape[1] - 2) < 0.2 for shape in shapes)
    assert [margin_of(*size) for size in ((200, 300), (100, 100), (10, 400))] == [25, 16, 9]


def test_outside_all_masks_the_content_stays() -> None:
    left = torch.zeros(32, 32)
    left[:, :16] = 1
    found = restyled(small(2), masks=[left])
    assert torch.equal(found[:, :, 16:], small(1)[:, :, 16:])
    assert (found[:, :, :16] - small(1)[:, :, :16]).abs().mean() > 0.01


def test_a_network_file_is_refused_where_the_network_is_random() -> None:
    for change in ({"network": "vgg16"}, {"weights_file": "vgg19.pth"}, {"network_seed": -1}):
        with pytest.raises(ConfigError):
            settings_for("random", 50, change)


def test_larger_results_are_said_to_cost_more() -> None:
    few, many = (estimate("random", settings_for("random", 50), side, side) for side in (160, 320))
    assert few.seconds < many.seconds
    assert few.bytes < many.bytes


def test_it_says_that_it_was_never_trained() -> None:
    assert "never trained" in RANDOM.label
