"""CUDA graphs: a whole training step recorded once and replayed: the processor launches one thing, not hundreds.

A replay repeats the recorded operations on the recorded memory. So what changes from step to step has to lie in tensors
that stay where they are: a trainer that can be recorded keeps its learning rates and weights of penalties there
(`schedule`), takes the pictures from one place (`update`), and averages outside of the recording (`average`).

Before a recording is used, one replay is compared with the same step taken eagerly; where they differ, or recording
fails, the training goes on eagerly and says so. Nothing here has run on a GPU yet.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Generator, Tensor

from core.training.trainer import Clock, Trainer

_WARM_UP = 3  # eager steps on the recording's stream, as CUDA graphs of libraries with lazy set-up ask for
_TOLERANCE = 0.02  # of a replay against the eager step, relative to the size of the change that the step makes

Log = Callable[[str], None]


class RecordableTrainer(Trainer, Protocol):
    """A trainer whose `step` is `schedule`, `update`, `average`, in this order."""

    def kind_of_step(self, clock: Clock) -> Hashable:
        """Steps of one kind do the same operations: those with a penalty and those without are two kinds."""
        ...

    def schedule(self, clock: Clock) -> None:
        """Put all that changes from step to step into tensors that stay where they are."""
        ...

    def update(
        self, images: Tensor, draw: Generator, kind: Hashable, *, measure_gradients: bool, terms: Tensor | None
    ) -> dict[str, Tensor]:
        """Change the networks. Only operations on the device; every number that varies comes from a tensor."""
        ...

    def average(self, clock: Clock, batch_size: int) -> None: ...


class Recording(Protocol):
    """Operations that can be repeated. The one of CUDA is `CUDARecording`."""

    def record(self, work: Callable[[], Tensor], draw: Generator) -> Tensor:
        """Record `work` without letting it take effect; return the tensor that every replay fills."""
        ...

    def replay(self) -> None: ...


class CUDARecording:
    def __init__(self, pool: Any = None) -> None:
        self._graph, self._pool = torch.cuda.CUDAGraph(), pool

    def record(self, work: Callable[[], Tensor], draw: Generator) -> Tensor:
        # its seed and offset are then read from memory at every replay, so seeding it works as without a recording
        self._graph.register_generator_state(draw)
        with torch.cuda.graph(self._graph, pool=self._pool):
            return work()

    def replay(self) -> None:
        self._graph.replay()


@dataclass
class _Recorded:
    recording: Recording
    images: Tensor
    terms: Tensor | None
    names: list[str]
    values: Tensor  # measurements, in the order of the names


class GraphedTrainer:
    """A trainer whose steps are replayed. Everything else of it is as before."""

    def __init__(self, trainer: RecordableTrainer, log: Log, new_recording: Callable[[], Recording]) -> None:
        self._trainer, self._log, self._new_recording = trainer, log, new_recording
        self._recorded: dict[Hashable, _Recorded] = {}
        self._draw: Generator | None = None
        self._begun = False
        self.refused = ""  # why steps are not replayed, once that is known

    def __getattr__(self, name: str) -> Any:
        return getattr(self._trainer, name)

    def step(
        self, images: Tensor, clock: Clock, draw: Generator, *, measure_gradients: bool, terms: Tensor | None = None
    ) -> dict[str, Tensor]:
        trainer = self._trainer
        if self.refused or not self._begun:  # the first step makes what an optimiser remembers
            self._begun = True
            return trainer.step(images, clock, draw, measure_gradients=measure_gradients, terms=terms)
        if draw is not self._draw:  # recordings read another generator's state
            self._recorded, self._draw = {}, draw
        trainer.schedule(clock)
        kind = trainer.kind_of_step(clock)
        key = (kind, measure_gradients, images.shape, None if terms is None else terms.shape)
        if key not in self._recorded:
            state = draw.get_state()
            recorded = self._record(images, draw, kind, measure_gradients, terms)
            draw.set_state(state)
            if recorded is None:
                self._recorded = {}
                return trainer.step(images, clock, draw, measure_gradients=measure_gradients, terms=terms)
            self._recorded[key] = recorded
        measured = _replay(self._recorded[key], images, terms)
        trainer.average(clock, len(images))
        return measured

    def restore(self, state: dict[str, Any]) -> None:
        """Recordings hold the memory of what was there before, so they are made anew."""
        self._recorded, self._begun = {}, False
        self._trainer.restore(state)

    def _record(
        self, images: Tensor, draw: Generator, kind: Hashable, measure_gradients: bool, terms: Tensor | None
    ) -> _Recorded | None:
        """A recording that was compared with an eager step; None, with a line in the log, if there is none to trust.

        Networks and optimisers are afterwards as before.
        """
        images, terms = images.clone(), None if terms is None else terms.clone()
        names: list[str] = []

        def work() -> Tensor:
            measured = self._trainer.update(images, draw, kind, measure_gradients=measure_gradients, terms=terms)
            names[:] = measured
            return torch.stack([value.detach().float() for value in measured.values()])

        live = live_tensors(self._trainer.state())
        before, state = {name: tensor.clone() for name, tensor in live.items()}, draw.get_state()

        def put_back() -> None:
            for name, tensor in live.items():
                tensor.copy_(before[name])
            draw.set_state(state)

        try:
            eager = self._warm_up(work, put_back)
            after_eager = {name: tensor.clone() for name, tensor in live.items()}
            put_back()
            recording = self._new_recording()
            values = recording.record(work, draw)
            put_back()
            recording.replay()
            problem = disagreement(before, after_eager, live, eager, values)
        except (RuntimeError, NotImplementedError) as error:
            problem = str(error).strip().partition("\n")[0] or type(error).__name__
        put_back()
        if problem:
            self.refused = problem
            self._log(f"Training without CUDA graphs: {problem}.")
            return None
        return _Recorded(recording, images, terms, list(names), values)

    def _warm_up(self, work: Callable[[], Tensor], put_back: Callable[[], None]) -> Tensor:
        """Measurements of one eager step, whose effect stays; those before it were put back."""
        if self._trainer.networks and next(iter(live_tensors(self._trainer.state()).values())).is_cuda:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(_WARM_UP):
                    work()
                    put_back()
                values = work()
            torch.cuda.current_stream().wait_stream(side)
            return values.clone()
        return work().clone()


def with_graphs(trainer: Trainer, log: Log) -> Trainer:
    """Raises NotImplementedError for a trainer whose steps cannot be recorded."""
    missing = [name for name in ("kind_of_step", "schedule", "update", "average") if not hasattr(trainer, name)]
    if missing:
        raise NotImplementedError(f"steps of {type(trainer).__name__} cannot be recorded yet")
    recordable: Any = trainer
    return GraphedTrainer(recordable, log, CUDARecording)


def live_tensors(state: Any, path: str = "") -> dict[str, Tensor]:
    """All tensors in a nested state, by where they are. They share memory with what the state was taken of."""
    if isinstance(state, Tensor):
        return {path: state.detach()}
    items = state.items() if isinstance(state, dict) else enumerate(state) if isinstance(state, list | tuple) else ()
    return {name: tensor for key, part in items for name, tensor in live_tensors(part, f"{path}/{key}").items()}


def disagreement(
    before: dict[str, Tensor], eager: dict[str, Tensor], replayed: dict[str, Tensor], measured: Tensor, values: Tensor
) -> str:
    """What differs between a step taken eagerly and one replayed from the same state; "" if nothing does.

    Differences are held against how far the step moved the tensor, because a replay that does nothing at all also
    leaves weights that are close to those of a step.
    """
    if not torch.allclose(values, measured, rtol=_TOLERANCE, atol=_TOLERANCE):
        return "a replayed step measured other losses than the same step taken eagerly"
    for name, tensor in eager.items():
        if not tensor.is_floating_point():
            if not torch.equal(tensor, replayed[name]):
                return f"a replayed step left another {name} than the same step taken eagerly"
            continue
        moved = (tensor - before[name]).double().norm()
        apart = (tensor - replayed[name]).double().norm()
        # what hardly moves may be all rounding
        allowed = max(_TOLERANCE * float(moved), 1e-6 * float(tensor.double().norm()))
        if not float(apart) <= allowed:
            return f"a replayed step left another {name} than the same step taken eagerly"
    return ""


def _replay(recorded: _Recorded, images: Tensor, terms: Tensor | None) -> dict[str, Tensor]:
    recorded.images.copy_(images)
    if terms is not None and recorded.terms is not None:
        recorded.terms.copy_(terms)
    recorded.recording.replay()
    values = recorded.values.clone()  # the next replay writes to the same place
    return dict(zip(recorded.names, values.unbind(), strict=True))
