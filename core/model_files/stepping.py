"""A flow's walk from noise to picture as one step that is repeated, so that a traced graph holds the step once.

Traced as it is written, a walk of twenty steps becomes forty copies of the network. For ONNX every evaluation of the
velocity is a turn of a scan, by a table of what differs between turns; for TorchScript a scripted loop asks a velocity
that was traced once.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

from core.models import flow


@contextmanager
def repeated_steps() -> Iterator[None]:
    """While this is open, `core.models.flow` integrates by a scan. Not for two threads at a time."""
    with _integrating_by(_integrate):
        yield


@contextmanager
def _integrating_by(function: Callable[..., Tensor]) -> Iterator[None]:
    usual, flow.integrate = flow.integrate, function
    try:
        yield
    finally:
        flow.integrate = usual


def _integrate(velocity: Callable[[Tensor, Tensor], Tensor], x: Tensor, times: list[float], *, method: str) -> Tensor:
    """The same as `core.models.flow.integrate`, to which the tests compare it."""
    from torch._higher_order_ops.scan import scan

    turns = torch.tensor(list(_turns(times, method)), dtype=x.dtype)

    def turn(carried: tuple[Tensor, Tensor, Tensor], row: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        x, before, first = carried
        time, size, corrects = row[:1], row[1], row[2]
        now = velocity(x, time).contiguous()  # what is carried on has to lie in memory as what came
        step = torch.where(corrects > 0, before + size / 2 * (first + now), x + size * now)
        return (step.contiguous(), x.clone(), now), time.clone()

    x = x.contiguous()
    (x, _, _), _ = scan(turn, (x, torch.zeros_like(x), torch.zeros_like(x)), turns)
    return x


def _turns(times: list[float], method: str) -> Iterator[tuple[float, float, float]]:
    """Of every turn: the time at which the velocity is asked for, the size of the step, 1 if it corrects the last."""
    for start, end in itertools.pairwise(times):
        yield start, end - start, 0.0
        if method == "heun" and end != times[-1]:
            yield end, end - start, 1.0


class Walk(nn.Module):
    """A flow whose velocity was traced once, asked in a loop; to be scripted. Draws as the flow itself does."""

    heun: Final[bool]
    side: Final[int]
    times: Final[list[float]]

    def __init__(self, network: flow.Flow, terms: Tensor | None = None) -> None:
        super().__init__()
        self.side, self.heun = network.side, network.sampler == "heun"
        self.times = flow.road(network.sampling_steps, network.shift)
        example = [torch.zeros(2, 3, self.side, self.side), torch.ones(1), *([] if terms is None else [terms])]
        self.velocity = torch.jit.trace(_Velocity(network), tuple(example), check_trace=False)

    def walk(self, z: Tensor, terms: list[Tensor]) -> Tensor:
        x = z.view(-1, 3, self.side, self.side).contiguous(memory_format=torch.channels_last)
        for number in range(len(self.times) - 1):
            size = self.times[number + 1] - self.times[number]
            first = self.ask(x, self.times[number], terms)
            if self.heun and number < len(self.times) - 2:
                second = self.ask(x + size * first, self.times[number + 1], terms)
                x = x + size / 2 * (first + second)
            else:
                x = x + size * first
        return x.clamp(-1, 1)

    def ask(self, x: Tensor, time: float, terms: list[Tensor]) -> Tensor:
        raise NotImplementedError


class FreeWalk(Walk):
    def ask(self, x: Tensor, time: float, terms: list[Tensor]) -> Tensor:
        return self.velocity(x, x.new_full([1], time))

    def forward(self, z: Tensor) -> Tensor:
        return self.walk(z, [])


class ToldWalk(Walk):
    def ask(self, x: Tensor, time: float, terms: list[Tensor]) -> Tensor:
        return self.velocity(x, x.new_full([1], time), terms[0])

    def forward(self, z: Tensor, terms: Tensor) -> Tensor:
        return self.walk(z, [terms])


class _Velocity(nn.Module):
    """(mixtures, time[, terms]) -> velocity, with the guidance that the flow walks by."""

    def __init__(self, network: flow.Flow) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, time: Tensor, terms: Tensor | None = None) -> Tensor:
        def once(velocity: Callable[[Tensor, Tensor], Tensor], x: Tensor, times: list[float], *, method: str) -> Tensor:
            return velocity(x, time)

        with _integrating_by(once):
            return self.network._follow(x, [], terms)
