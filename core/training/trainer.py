"""What the loop asks of a trainer, and what the families share: schedules, the optimiser, averaged measurements."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Generator, Tensor, nn

from core.training.base_settings import TrainingSettings
from core.training.ema import AveragedNetwork
from core.training.optimisers import Adadelta, Adam
from core.training.parallel import Share


@dataclass(frozen=True)
class Clock:
    """Where a step stands. Everything that changes over a run is a function of this, so a resumed run agrees."""

    images_seen: int  # before the step
    total_images: int
    step: int
    rate_factor: float = 1.0  # of the learning rate: halved each time that a training had to go back

    def learning_rate(self, settings: TrainingSettings) -> float:
        return self.rate_factor * self.cosine(settings.learning_rate, settings.learning_rate_final)

    def cosine(self, start: float, end: float) -> float:
        """From start to end along half a cosine."""
        progress = min(1.0, self.images_seen / max(1, self.total_images))
        return end + (start - end) * 0.5 * (1 + math.cos(math.pi * progress))


class Trainer(Protocol):
    """One family's way to train. `step` changes the networks; the loop does everything else."""

    networks: dict[str, nn.Module]  # those in training, by role
    averaged: AveragedNetwork
    latent_dim: int
    share: Share  # what part of every batch it is given

    def step(
        self, images: Tensor, clock: Clock, draw: Generator, *, measure_gradients: bool, terms: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Train on (B, 3, H, W) in [-1, 1]; return measurements as scalar tensors, still on the device.

        Every random number comes from `draw`, for the whole batch at once.

        Args:
            terms: (B, T), what is known of each picture; for networks that are conditioned.
        """
        ...

    def measure(self, train: Tensor, held_out: Tensor, terms: tuple[Tensor, Tensor] | None = None) -> dict[str, float]:
        """What is worth knowing only now and then: how pictures trained on compare with pictures never seen."""
        ...

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


class Measurements:
    """Sums of what the steps measured, kept on the device: reading a number would make a GPU wait."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, values: dict[str, Tensor]) -> None:
        for name, value in values.items():
            value = value.detach().float()
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] = self._counts.get(name, 0) + 1

    def take(self) -> dict[str, float]:
        """The means since the last call."""
        means = {}
        if self._sums:
            numbers = torch.stack(list(self._sums.values())).tolist()  # one transfer for all
            means = {name: n / self._counts[name] for name, n in zip(self._sums, numbers, strict=True)}
        self._sums, self._counts = {}, {}
        return means


def build_optimiser(network: nn.Module, settings: TrainingSettings, device: torch.device) -> torch.optim.Optimizer:
    """For all weights of a network; `set_schedule` gives it its rate before each step."""
    parameters = list(network.parameters())
    if settings.optimiser == "adadelta":  # decay and epsilon are Keras' defaults, whose models use it
        return Adadelta(parameters, lr=settings.learning_rate, rho=0.95, eps=1e-7)
    betas = (float(settings.beta1), float(settings.beta2))
    fused = device.type in ("cpu", "cuda")  # one pass over the weights instead of a dozen
    return Adam(parameters, lr=settings.learning_rate, betas=betas, fused=fused)


def set_schedule(optimiser: torch.optim.Optimizer, learning_rate: float, betas: tuple[float, float]) -> None:
    for group in optimiser.param_groups:
        group["lr"] = learning_rate
        if "betas" in group:
            group["betas"] = betas


def gradient_norm(network: nn.Module) -> Tensor:
    """Length of the gradient of all weights together."""
    norms = torch._foreach_norm([p.grad for p in network.parameters() if p.grad is not None])
    return torch.stack(list(norms)).norm()


def all_finite(network: nn.Module) -> bool:
    norms = torch._foreach_norm(list(network.parameters()))
    return bool(torch.stack(list(norms)).isfinite().all())
