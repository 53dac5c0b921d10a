"""torch's optimisers, without torch's compiler behind them.

`torch.optim` imports the compiler (`torch._dynamo`) when an optimiser is made and at its first step, only to keep it
out of what they do. That import takes 1.5 to 1.9 seconds of processor time (torch 2.15; 6.5 where no bytecode is kept),
and nothing here compiles an optimiser: networks that are compiled are compiled alone.
"""

import inspect
from typing import TypeVar

import torch

_Kind = TypeVar("_Kind", bound=torch.optim.Optimizer)
_SHUT_OUT = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")  # what torch wraps against its compiler


def _alone(kind: type[_Kind]) -> type[_Kind]:
    """The same optimiser by the same code, its methods as they were before torch wrapped them."""
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in _SHUT_OUT}
    step = torch.no_grad()(inspect.unwrap(kind.step))  # what else its wrapping does
    return type(kind.__name__, (kind,), {**methods, "step": step})


Adam = _alone(torch.optim.Adam)
Adadelta = _alone(torch.optim.Adadelta)
LBFGS = _alone(torch.optim.LBFGS)
