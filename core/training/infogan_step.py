"""One training step of an InfoGAN: that of a GAN, and before it one that makes the codes readable."""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core.models.codes import Codes
from core.models.met_infogan import Reading
from core.training.gan_step import GANTrainer
from core.training.infogan_settings import InfoGANSettings
from core.training.trainer import Clock, build_optimiser, set_schedule

_MEASURED = 64  # pictures that are generated and read to tell the accuracy
_MEASURING_SEED = 1


class ReadingLoss(NamedTuple):
    total: Tensor
    category: Tensor  # cross-entropy, nats; ln(categories) is guessing
    continuous: Tensor  # mean squared error; 1/3 is guessing


class InfoGANTrainer(GANTrainer):
    """The networks are trained together, by an optimiser of their own, to write and read codes; then as any GAN.

    No gradient penalty is taken of what is read. The codes are read from pictures as they are, without augmentation:
    what translation or cutout would hide are codes too.
    """

    settings: InfoGANSettings

    def __init__(self, networks: dict[str, Any], settings: InfoGANSettings, device: torch.device) -> None:
        super().__init__(networks, settings, device)
        self.layout = self.generator.layout
        both = torch.nn.ModuleList([self.generator, self.discriminator])
        self.reading_optimiser = build_optimiser(both, settings, device)

    def step(
        self, images: Tensor, clock: Clock, draw: Generator, *, measure_gradients: bool, terms: Tensor | None = None
    ) -> dict[str, Tensor]:
        measured = self._update_reading(len(images), clock, draw)  # first, so that the average has it too
        return measured | super().step(images, clock, draw, measure_gradients=measure_gradients, terms=terms)

    @torch.no_grad()
    def measure(self, train: Tensor, held_out: Tensor, terms: tuple[Tensor, Tensor] | None = None) -> dict[str, float]:
        """Also `code_accuracy`, the share of generated pictures whose category is read rightly; and `code_entropy`,
        how unsure the reader is of a category, in nats: ln(categories) when it knows nothing."""
        draw = torch.Generator().manual_seed(_MEASURING_SEED)  # on the processor: the same latents on every device
        z = torch.randn(_MEASURED, self.latent_dim, generator=draw).to(self.device)
        was_training = self.discriminator.training
        self.discriminator.eval()
        logits = self.discriminator.read(self.averaged.network(z)).category_logits
        self.discriminator.train(was_training)
        right = logits.argmax(dim=1) == self.layout.split(z).category
        entropy = torch.distributions.Categorical(logits=logits).entropy()
        measured = super().measure(train, held_out, terms)
        return measured | {"code_accuracy": float(right.float().mean()), "code_entropy": float(entropy.mean())}

    def _update_reading(self, count: int, clock: Clock, draw: Generator) -> dict[str, Tensor]:
        settings = self.settings
        betas = (float(settings.beta1), clock.cosine(settings.beta2, settings.beta2_final))
        set_schedule(self.reading_optimiser, clock.learning_rate(settings), betas)
        self.discriminator.requires_grad_(True)
        self.reading_optimiser.zero_grad()
        z = torch.randn(count * self.share.size, self.latent_dim, device=self.device, generator=draw)
        z = self.share.part(z)
        with self._autocast():
            reading = self.discriminator.read(self._generate(z))
        loss = reading_loss(reading, self.layout.split(z), settings.category_weight, settings.continuous_weight)
        loss.total.backward()
        self.share.average(self.generator)
        self.share.average(self.discriminator)
        self.reading_optimiser.step()
        return {"loss_codes": loss.total, "loss_category": loss.category, "loss_continuous": loss.continuous}

    def _parts(self) -> dict[str, Any]:
        return super()._parts() | {"reading_optimiser": self.reading_optimiser}


def reading_loss(
    reading: Reading, codes: Codes, category_weight: float = 1.0, continuous_weight: float = 0.1
) -> ReadingLoss:
    """How badly codes were read, a bound on what pictures tell of them (Chen et al., 2016, equation 5).

    Without continuous codes, theirs is 0.
    """
    category = F.cross_entropy(reading.category_logits.float(), codes.category)
    continuous = category.new_zeros(())
    if codes.continuous.shape[1]:
        continuous = F.mse_loss(reading.continuous.float(), codes.continuous)
    return ReadingLoss(category_weight * category + continuous_weight * continuous, category, continuous)
