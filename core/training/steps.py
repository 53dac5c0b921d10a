"""The steps of a training: each is a function of the state before it and of the number of images seen, and of nothing
else. So a resumed training agrees with one that was never stopped, and several processes agree with one another."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.datasets.steps.drawing import DrawnBatch, draw_batch
from core.datasets.steps.numbers import seeds_of
from core.datasets.steps.sending import sent
from core.datasets.steps.step import Step
from core.training.base_settings import TrainingSettings
from core.training.device import memory_format
from core.training.order import DataOrder
from core.training.parallel import SINGLE, Share
from core.training.pictures import Pictures
from core.training.schedule import Schedule
from core.training.seeds import seed_of
from core.training.trainer import Clock, Trainer


@dataclass
class Steps:
    """What trains, on what, and which part of every batch is trained on here."""

    trainer: Trainer
    pictures: Pictures
    settings: TrainingSettings
    schedule: Schedule
    terms: Tensor | None = None  # (len(pictures), T): what is known of each picture, for conditioned networks
    share: Share = SINGLE
    changes: tuple[Step, ...] = ()  # of the recipe: what is done to each picture, drawn anew every time
    order: DataOrder = field(init=False)

    def __post_init__(self) -> None:
        self.order = DataOrder(len(self.pictures), self.settings.seed)
        self._draw = torch.Generator(self.pictures.device)

    def take(self, images_seen: int, rate_factor: float) -> dict[str, Tensor]:
        """The step that begins at `images_seen`: the whole batch's, of which this process computes its part.

        Returns: what the trainer measured, still on the device.
        """
        settings, draw, batch_size = self.settings, self._draw, self.settings.batch_size
        torch.manual_seed(seed_of(settings.seed, images_seen))  # for dropout and the like
        draw.manual_seed(seed_of(settings.seed, images_seen, "draw"))
        rows = self.order.rows(images_seen, batch_size)
        drawn = self._drawn(images_seen) if self.changes else ()
        batch = self.pictures.batch(rows, changes=drawn, flip=draw if settings.flip else None, share=self.share)
        self.pictures.prefetch(self.order.rows(images_seen + batch_size, batch_size), share=self.share)
        batch = batch.contiguous(memory_format=memory_format(settings.memory_layout))
        terms = None
        if self.terms is not None:
            terms = self.terms[sent(self.share.part(rows), self.terms.device)]
        clock = Clock(images_seen, self.schedule.total_images, images_seen // batch_size, rate_factor)
        return self.trainer.step(batch, clock, draw, measure_gradients=self.is_logged(images_seen), terms=terms)

    def _drawn(self, images_seen: int) -> tuple[DrawnBatch, ...]:
        """For this process's part of the batch: each picture of it has a seed of its own, whoever trains on it."""
        seeds = seeds_of(seed_of(self.settings.seed, images_seen, "recipe steps"), self.settings.batch_size)
        mine = self.share.part(np.arange(len(seeds)))
        return draw_batch(self.changes, seeds[mine], self.pictures.shape)

    def is_logged(self, images_seen: int) -> bool:
        """Whether a log point follows the step that begins at `images_seen`."""
        after = images_seen + self.settings.batch_size
        return after >= self.schedule.total_images or crosses(images_seen, after, self.settings.log_every_images)


def crosses(before: int, after: int, every: int) -> bool:
    """Whether a multiple of `every` lies in (before, after]."""
    return after // every > before // every
