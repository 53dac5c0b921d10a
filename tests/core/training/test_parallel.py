"""Several processes compute what one computes with the same batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.errors import ConfigError
from core.models.atelier_gan import MinibatchDeviation
from core.training.parallel import SINGLE, Share

_PROJECT = Path(__file__).resolve().parents[3]
_SMALL = {"width": 4, "max_width": 8, "latent_dim": 4}
_TRAININGS = [
    ("quick-gan", _SMALL | {"generator_norm": "batch", "augment": "color,translation,cutout"}),
    ("artbench-dcgan", {"augment": "color,translation,cutout"}),
    ("quick-vae", _SMALL | {"width": 8}),
    ("artgan-bn-generator", {}),
]


def begin(folder: Path, size: int) -> list[tuple[subprocess.Popen, Path]]:
    """So many processes, and where each puts what it ends with."""
    outs = [folder / f"{size}-{rank}.pt" for rank in range(size)]
    common = [sys.executable, "-m", "tests.core.training.shared_steps", json.dumps(_TRAININGS)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return [
        (
            subprocess.Popen(
                [*common, str(rank), str(size), str(folder / f"meet-{size}"), str(out)],
                cwd=_PROJECT,
                env=environment,
            ),
            out,
        )
        for rank, out in enumerate(outs)
    ]


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """What one process ends with, and each of two."""
    folder = tmp_path_factory.mktemp("steps")
    processes = [*begin(folder, 1), *begin(folder, 2)]
    assert [process.wait(300) for process, _ in processes] == [0, 0, 0]
    return [torch.load(out) for _, out in processes]


@pytest.mark.parametrize("preset", [preset for preset, _ in _TRAININGS])
def test_two_processes_end_with_the_weights_and_samples_of_one(ended, preset):
    alone, first, second = (trainings[preset] for trainings in ended)
    assert first["weights"].keys() == alone["weights"].keys()
    for name, tensor in alone["weights"].items():
        assert torch.equal(first["weights"][name], second["weights"][name]), name
        torch.testing.assert_close(first["weights"][name], tensor, rtol=1e-3, atol=2e-5, msg=name)
    longest = max(float(gradient.norm()) for gradient in alone["gradients"].values())
    for name, gradient in alone["gradients"].items():
        apart = float((first["gradients"][name] - gradient).norm())
        assert apart <= 1e-2 * float(gradient.norm()) + 1e-6 * longest, name  # some are nothing but rounding
    torch.testing.assert_close(first["samples"], alone["samples"], rtol=1e-3, atol=1e-4)
    assert first["measured"] == pytest.approx(alone["measured"], rel=1e-3, abs=1e-4)


def test_a_batch_that_cannot_be_shared_equally_is_refused():
    with pytest.raises(ConfigError, match="multiple of 3"):
        Share(0, 3).prepare(torch.nn.Linear(1, 1), 8)


def test_a_share_that_would_break_up_compared_groups_is_refused():
    with pytest.raises(ConfigError, match="multiple of 8"):
        Share(0, 2).prepare(torch.nn.Sequential(MinibatchDeviation()), 12)
    Share(0, 2).prepare(torch.nn.Sequential(MinibatchDeviation()), 16)


def test_alone_nothing_is_changed():
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(3), torch.nn.Dropout())
    SINGLE.prepare(network, 7)
    assert [type(layer) for layer in network] == [torch.nn.BatchNorm2d, torch.nn.Dropout]
    assert SINGLE.agree(False) is False
    assert SINGLE.part(torch.arange(7)).tolist() == list(range(7))
