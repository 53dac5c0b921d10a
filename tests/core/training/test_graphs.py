"""The bookkeeping of recorded steps. A stand-in takes the place of CUDA alone: it repeats the work itself."""

from collections.abc import Callable

import pytest
import torch
from torch import Generator, Tensor, nn

from core.training.graphs import GraphedTrainer, with_graphs
from core.training.trainer import Clock


class Repeating:
    """Repeats the recorded work; as CUDA does, into memory of its own and without effect when it is recorded."""

    wrong = 0.0

    def record(self, work: Callable[[], Tensor], draw: Generator) -> Tensor:
        self.work, self.values = work, work()
        return self.values

    def replay(self) -> None:
        self.values.copy_(self.work() + self.wrong)


class Forgetting(Repeating):
    """Measures the same, but leaves the weights as they are: what a recording of other memory would do."""

    def replay(self) -> None:
        pass


class Misreading(Repeating):
    wrong = 1.0


class Failing(Repeating):
    def record(self, work: Callable[[], Tensor], draw: Generator) -> Tensor:
        raise RuntimeError("operation not permitted when stream is capturing")


class Line:
    """Learns one number by gradient descent with momentum; its rate lies in a tensor that stays."""

    def __init__(self) -> None:
        self.networks = {"vae": nn.Linear(1, 1)}
        nn.init.ones_(self.networks["vae"].weight)
        nn.init.zeros_(self.networks["vae"].bias)
        self.optimiser = torch.optim.SGD(self.networks["vae"].parameters(), lr=0.1, momentum=0.5)
        self.rate, self.averages = torch.tensor(0.0), 0

    def step(self, images, clock, draw, *, measure_gradients, terms=None):
        self.schedule(clock)
        measured = self.update(images, draw, "plain", measure_gradients=measure_gradients, terms=terms)
        self.average(clock, len(images))
        return measured

    def kind_of_step(self, clock):
        return "plain" if clock.step % 2 else "penalty"

    def schedule(self, clock):
        self.rate.fill_(0.1 / (1 + clock.step))

    def update(self, images, draw, kind, *, measure_gradients, terms):
        self.optimiser.zero_grad()
        noise = torch.randn(images.shape, generator=draw)
        loss = (self.networks["vae"](images + noise) * self.rate).square().mean()
        loss.backward()
        self.optimiser.step()
        return {"loss": loss}

    def average(self, clock, batch_size):
        self.averages += 1

    def state(self):
        return {"vae": self.networks["vae"].state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state):
        self.networks["vae"].load_state_dict(state["vae"])
        self.optimiser.load_state_dict(state["optimiser"])


def train(trainer, steps=6):
    draw, losses = Generator(), []
    for number in range(steps):
        draw.manual_seed(number)
        images = torch.full((4, 1), float(number))
        losses.append(trainer.step(images, Clock(4 * number, 100, number), draw, measure_gradients=False)["loss"])
    return [float(loss.detach()) for loss in losses]


def test_replayed_steps_train_as_eager_ones_do():
    eager, plain = Line(), Line()
    said: list[str] = []
    graphed = GraphedTrainer(plain, said.append, Repeating)
    assert train(graphed) == train(eager)  # each loss kept until the end: no replay may overwrite an earlier one
    assert torch.equal(plain.networks["vae"].weight, eager.networks["vae"].weight)
    assert plain.averages == 6
    assert said == []


@pytest.mark.parametrize(
    ("recording", "words"),
    [(Forgetting, "left another"), (Misreading, "measured other losses"), (Failing, "not permitted")],
)
def test_a_recording_that_is_wrong_is_refused_in_words_and_training_goes_on_eagerly(recording, words):
    eager, plain = Line(), Line()
    said: list[str] = []
    assert train(GraphedTrainer(plain, said.append, recording)) == train(eager)
    assert len(said) == 1
    assert words in said[0]


def test_steps_with_and_without_penalty_are_recorded_apart():
    made: list[Repeating] = []

    def new() -> Repeating:
        made.append(Repeating())
        return made[-1]

    train(GraphedTrainer(Line(), lambda text: None, new))
    assert len(made) == 2


def test_recordings_are_made_anew_after_a_state_was_restored():
    made: list[Repeating] = []

    def new() -> Repeating:
        made.append(Repeating())
        return made[-1]

    trainer = GraphedTrainer(Line(), lambda text: None, new)
    train(trainer)
    trainer.restore(trainer.state())
    train(trainer)
    assert len(made) == 4


def test_a_trainer_that_cannot_be_recorded_is_named():
    with pytest.raises(NotImplementedError, match="object"):
        with_graphs(object(), lambda text: None)
