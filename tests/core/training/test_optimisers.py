"""The optimisers are torch's, bit for bit, and cost a process none of torch's compiler."""

import subprocess
import sys

import pytest
import torch

from core.training import optimisers

STEPS = """
import sys
import torch
from core.training.optimisers import Adadelta, Adam, LBFGS
weights = torch.nn.Parameter(torch.ones(3))
for optimiser in (Adam([weights], fused=True), Adadelta([weights]), LBFGS([weights])):
    optimiser.zero_grad()
    (weights**2).sum().backward()
    optimiser.step(lambda: (weights**2).sum())
    optimiser.load_state_dict(optimiser.state_dict())
print("torch._dynamo" in sys.modules)
"""


def test_steps_load_no_compiler():
    done = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("name", "settings"),
    [("Adam", {"fused": True}), ("Adam", {"fused": False}), ("Adadelta", {}), ("LBFGS", {"lr": 0.1})],
)
def test_steps_are_those_of_torch(name, settings):
    weights, state = trained(getattr(torch.optim, name), settings)
    own_weights, own_state = trained(getattr(optimisers, name), settings)
    assert all(torch.equal(one, other) for one, other in zip(weights, own_weights, strict=True))
    assert str(state) == str(own_state)


def trained(kind, settings):
    """Weights and state after five steps."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    inputs = torch.randn(16, 4)
    optimiser = kind(network.parameters(), **settings)

    def loss():
        optimiser.zero_grad()
        found = network(inputs).square().mean()
        found.backward()
        return found

    for _ in range(5):
        optimiser.step(loss)
    return list(network.parameters()), optimiser.state_dict()
