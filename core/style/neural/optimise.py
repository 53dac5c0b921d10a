"""Moving a picture down its loss: Adam with averaged iterates, carried from scale to scale, or L-BFGS.

An optimiser's state goes to a file and back, so that a stopped transfer goes on exactly.
"""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from core.style.neural.pyramid import resized, resized_freely
from core.training import optimisers

Evaluate = Callable[[Tensor], tuple[Any, Tensor]]  # picture -> what was found, gradient

_FIRST_DECAY = 0.9  # of Adam's mean of gradients
_SMALLEST = 1e-8
_HISTORY = 10  # steps that L-BFGS looks back on: two pictures each


class BrokenDownError(Exception):
    """The loss or its gradient is no number any more."""


class Optimiser(Protocol):
    picture: Tensor  # (3, H, W), the last iterate

    def step(self, evaluate: Evaluate) -> Any:
        """Move once; return what `evaluate` found before the move. Raises BrokenDownError, having moved nothing."""

    def result(self) -> Tensor:
        """The average of the iterates so far, in [0, 1]."""

    def next_scale(self, height: int, width: int) -> "Optimiser":
        """Begin another size from the result."""

    def calmed(self) -> "Optimiser":
        """Begin again from the result, with smaller steps."""

    def state(self) -> dict[str, Any]:
        """Tensors and plain values."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""


class Average:
    """A running mean of iterates that does not remember where it began."""

    def __init__(self, picture: Tensor, decay: float) -> None:
        self._decay = decay
        self._sum = torch.zeros_like(picture)
        self._weight = 0.0
        self._first = picture.clone()

    def add(self, picture: Tensor) -> None:
        self._sum.lerp_(picture, 1 - self._decay)
        self._weight = 1 - (1 - self._weight) * self._decay

    def result(self) -> Tensor:
        mean = self._sum / self._weight if self._weight > 0 else self._first.clone()
        return mean.clamp_(0, 1)

    def state(self) -> dict[str, Any]:
        return {"sum": self._sum.clone(), "weight": self._weight, "first": self._first.clone()}

    def restore(self, state: dict[str, Any]) -> None:
        self._sum.copy_(state["sum"])
        self._first.copy_(state["first"])
        self._weight = float(state["weight"])


class Adam:
    """Kingma & Ba, 2015, arXiv:1412.6980, on a picture that is kept in [0, 1].

    Its moments are resized with the picture: without them, the first steps at a new size are a burst of noise.
    """

    def __init__(self, picture: Tensor, *, learning_rate: float, second_decay: float, average_decay: float) -> None:
        self.picture = picture.clone()
        self.learning_rate = learning_rate
        self._second_decay = second_decay
        self.average = Average(picture, average_decay)
        self._average_decay = average_decay
        self._first = torch.zeros_like(picture)
        self._second = torch.zeros_like(picture)
        self._steps = 0

    def step(self, evaluate: Evaluate) -> Any:
        found, gradient = evaluate(self.picture)
        _check(found, gradient)
        self._steps += 1
        self._first.lerp_(gradient, 1 - _FIRST_DECAY)
        self._second.mul_(self._second_decay).addcmul_(gradient, gradient, value=1 - self._second_decay)
        size = (self._second / (1 - self._second_decay**self._steps)).sqrt_().add_(_SMALLEST)
        self.picture.addcdiv_(self._first, size, value=-self.learning_rate / (1 - _FIRST_DECAY**self._steps))
        self.picture.clamp_(0, 1)
        self.average.add(self.picture)
        return found

    def result(self) -> Tensor:
        return self.average.result()

    def next_scale(self, height: int, width: int) -> "Adam":
        grown = self._begun_at(resized(self.result(), height, width), self.learning_rate)
        grown._first = resized_freely(self._first, height, width, mode="bicubic")
        grown._second = resized_freely(self._second, height, width, mode="bilinear").clamp_min_(0)
        grown._steps = self._steps
        return grown

    def calmed(self) -> "Adam":
        return self._begun_at(self.result(), self.learning_rate / 2)

    def state(self) -> dict[str, Any]:
        return {
            "picture": self.picture.clone(),
            "first": self._first.clone(),
            "second": self._second.clone(),
            "steps": self._steps,
            "learning_rate": self.learning_rate,
            "average": self.average.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.picture.copy_(state["picture"])
        self._first.copy_(state["first"])
        self._second.copy_(state["second"])
        self._steps = int(state["steps"])
        self.learning_rate = float(state["learning_rate"])
        self.average.restore(state["average"])

    def _begun_at(self, picture: Tensor, learning_rate: float) -> "Adam":
        return Adam(
            picture,
            learning_rate=learning_rate,
            second_decay=self._second_decay,
            average_decay=self._average_decay,
        )


class LBFGS:
    """Liu & Nocedal's quasi-Newton method, one evaluation a step. Its steps are not clamped: that would belie the
    differences of gradients it learns from. Nothing of its history fits another size.
    """

    def __init__(self, picture: Tensor, *, average_decay: float, length: float = 1.0) -> None:
        self.picture = picture.clone()
        self.average = Average(picture, average_decay)
        self._average_decay = average_decay
        self._length = length  # of a step, against the one that the method proposes
        self._optimiser = self._fresh()

    def step(self, evaluate: Evaluate) -> Any:
        found: list[Any] = []

        def closure() -> Tensor:
            losses, gradient = evaluate(self.picture.detach())
            _check(losses, gradient)
            found.append(losses)
            self.picture.grad = gradient.clone()
            total: Tensor = losses.total
            return total

        self._optimiser.step(closure)
        if not bool(torch.isfinite(self.picture).all()):
            raise BrokenDownError
        self.average.add(self.picture.detach())
        return found[0]

    def result(self) -> Tensor:
        return self.average.result()

    def next_scale(self, height: int, width: int) -> "LBFGS":
        return LBFGS(resized(self.result(), height, width), average_decay=self._average_decay, length=self._length)

    def calmed(self) -> "LBFGS":
        return LBFGS(self.result(), average_decay=self._average_decay, length=self._length / 2)

    def state(self) -> dict[str, Any]:
        return {
            "picture": self.picture.clone(),
            "length": self._length,
            "history": self._optimiser.state_dict(),
            "average": self.average.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.picture.copy_(state["picture"])
        self._length = float(state["length"])
        self._optimiser = self._fresh()
        self._optimiser.load_state_dict(state["history"])
        self.average.restore(state["average"])

    def _fresh(self) -> torch.optim.LBFGS:
        return optimisers.LBFGS(
            [self.picture],
            lr=self._length,
            max_iter=1,
            history_size=_HISTORY,
            tolerance_grad=-1,
            tolerance_change=-1,
        )


def _check(losses: Any, gradient: Tensor) -> None:
    if not bool(torch.isfinite(losses.total) & torch.isfinite(gradient).all()):
        raise BrokenDownError
