"""One training step of a GAN: the discriminator on real and generated pictures, and the generator."""

from typing import Any

import torch
from torch import Generator, Tensor

from core.training.device import computes_in_bfloat16
from core.training.diffaugment import diffaugment
from core.training.ema import AveragedNetwork
from core.training.gan_settings import GANSettings
from core.training.losses import LOSSES, gradient_penalty, slope_penalty
from core.training.parallel import SINGLE, Share
from core.training.trainer import Clock, build_optimiser, gradient_norm, set_schedule


class GANTrainer:
    """Trains a generator and a discriminator against each other, in the order and the parts that its settings say.

    As Atelier's own models have it, one set of generated pictures serves both networks of a step. The seeds update
    their networks in other orders, on other sets: `generator_first`, `discriminator_steps`, `separate_updates` and
    `generator_batch_factor` say how.
    """

    def __init__(self, networks: dict[str, Any], settings: GANSettings, device: torch.device) -> None:
        self.networks, self.settings, self.device = networks, settings, device
        self.share: Share = SINGLE
        self.generator: Any = networks["generator"].to(device).to(memory_format=torch.channels_last)
        self.discriminator: Any = networks["discriminator"].to(device).to(memory_format=torch.channels_last)
        self.latent_dim: int = self.generator.latent_dim
        self.averaged = AveragedNetwork(self.generator, settings.ema_half_life_images, settings.ema_ramp_up)
        self.generator_optimiser = build_optimiser(self.generator, settings, device)
        self.discriminator_optimiser = build_optimiser(self.discriminator, settings, device)
        self.loss = LOSSES[settings.loss]
        self.bfloat16 = computes_in_bfloat16(settings.precision, device)
        # A compiled network cannot be differentiated twice, so steps with a penalty run the plain one.
        self._generate = torch.compile(self.generator) if settings.compile else self.generator
        self._discriminate = torch.compile(self.discriminator) if settings.compile else self.discriminator

    def step(
        self, images: Tensor, clock: Clock, draw: Generator, *, measure_gradients: bool, terms: Tensor | None = None
    ) -> dict[str, Tensor]:
        settings = self.settings
        self._set_schedules(clock)
        gamma = clock.cosine(settings.penalty_gamma, settings.penalty_gamma_final)
        if clock.step % settings.penalty_every_steps:
            gamma = 0.0
        measured: dict[str, Tensor] = {}
        if settings.generator_first:
            generated, real_logits = self.draw_pictures(images, draw, terms), None
            if self.loss.paired:
                with torch.no_grad():
                    real_logits = self.score(images, draw, terms)
            measured |= self._update_generator(generated, real_logits, draw, terms, measure_gradients)
        for number in range(settings.discriminator_steps):
            kept_for_generator = not settings.generator_first and number == settings.discriminator_steps - 1
            with torch.set_grad_enabled(kept_for_generator and settings.generator_batch_factor == 1):
                generated = self.draw_pictures(images, draw, terms)
            measured |= self._update_discriminator(images, generated.detach(), gamma, draw, terms, measure_gradients)
        if not settings.generator_first:
            if settings.generator_batch_factor > 1:
                factor = settings.generator_batch_factor
                terms = self.share.part(self.share.whole(terms).repeat(factor, 1)) if terms is not None else None
                generated = self.draw_pictures(images.repeat(factor, 1, 1, 1), draw, terms)
            # The real logits only weigh the generator's gradient: those from a moment ago serve.
            real_logits = self._real_logits if self.loss.paired else None
            measured |= self._update_generator(generated, real_logits, draw, terms, measure_gradients)
        whole_batch = len(images) * self.share.size
        self.averaged.update(self.generator, clock.images_seen + whole_batch, whole_batch)
        return measured

    def draw_pictures(self, like: Tensor, draw: Generator, terms: Tensor | None) -> Tensor:
        """As many generated pictures as `like` holds, float32."""
        count = len(like) * self.share.size
        z = self.share.part(torch.randn(count, self.latent_dim, device=self.device, generator=draw))
        with self._autocast():
            pictures: Tensor = self._generate(z) if terms is None else self._generate(z, terms)
        return pictures.float()

    def score(
        self, images: Tensor, draw: Generator, terms: Tensor | None, *, twice_differentiable: bool = False
    ) -> Tensor:
        """Logits (B,) float32 of augmented pictures. A penalty is taken in float32, where its squares stay exact."""
        settings = self.settings
        changed = diffaugment(
            images, settings.augmentations, draw, self.share, chance=float(settings.diffaugment_chance)
        )
        network = self.discriminator if twice_differentiable else self._discriminate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16 and not twice_differentiable):
            logits: Tensor = network(changed) if terms is None else network(changed, terms)
        return logits.float()

    def generator_loss(self, generated: Tensor, fake_logits: Tensor, real_logits: Tensor | None) -> Tensor:
        return self.loss.generator(real_logits, fake_logits)

    def _update_discriminator(
        self,
        images: Tensor,
        generated: Tensor,
        gamma: float,
        draw: Generator,
        terms: Tensor | None,
        measure_gradients: bool,
    ) -> dict[str, Tensor]:
        settings = self.settings
        at_pictures = gamma > 0 and settings.penalty == "r1-r2"
        self.discriminator.requires_grad_(True)
        self.discriminator_optimiser.zero_grad()
        real, fake = images.detach().requires_grad_(at_pictures), generated.requires_grad_(at_pictures)
        real_logits = self.score(real, draw, terms, twice_differentiable=at_pictures)
        if settings.separate_updates and self.loss.parts is not None:
            loss_real = self.loss.parts[0](real_logits)
            loss_real.backward()
            self.share.average(self.discriminator)
            self.discriminator_optimiser.step()
            self.discriminator_optimiser.zero_grad()
            fake_logits = self.score(fake, draw, terms, twice_differentiable=at_pictures)
            loss = self.loss.parts[1](fake_logits)
            adversarial = loss_real.detach() + loss.detach()
        else:
            fake_logits = self.score(fake, draw, terms, twice_differentiable=at_pictures)
            loss = adversarial = self.loss.discriminator(real_logits, fake_logits)
        measured = {"loss_discriminator": adversarial}
        if at_pictures:
            penalty_real, penalty_fake = gradient_penalty(real_logits, real), gradient_penalty(fake_logits, fake)
            loss = loss + gamma / 2 * settings.penalty_every_steps * (penalty_real + penalty_fake)
            measured |= {"penalty_real": penalty_real, "penalty_fake": penalty_fake}
        elif gamma > 0:
            count = len(images) * self.share.size
            place = self.share.part(torch.rand(count, 1, 1, 1, device=self.device, generator=draw))
            between = torch.lerp(images, generated, place).requires_grad_(True)
            penalty = slope_penalty(self.score(between, draw, terms, twice_differentiable=True), between)
            loss = loss + gamma * settings.penalty_every_steps * penalty
            measured |= {"penalty_slope": penalty}
        loss.backward()
        self.share.average(self.discriminator)
        if measure_gradients:
            measured["gradient_discriminator"] = gradient_norm(self.discriminator)
        self.discriminator_optimiser.step()
        self._real_logits = real_logits.detach()
        return measured | {
            "score_real": real_logits.mean(),
            "score_fake": fake_logits.mean(),
            "sign_real": real_logits.sign().mean(),
            "sign_fake": fake_logits.sign().mean(),
        }

    def _update_generator(
        self,
        generated: Tensor,
        real_logits: Tensor | None,
        draw: Generator,
        terms: Tensor | None,
        measure_gradients: bool,
    ) -> dict[str, Tensor]:
        self.discriminator.requires_grad_(False)  # the generator's step needs no gradients of its weights
        self.generator_optimiser.zero_grad()
        loss = self.generator_loss(generated, self.score(generated, draw, terms), real_logits)
        loss.backward()
        self.share.average(self.generator)
        measured = {"loss_generator": loss}
        if measure_gradients:
            measured["gradient_generator"] = gradient_norm(self.generator)
        self.generator_optimiser.step()
        return measured

    @torch.no_grad()
    def measure(self, train: Tensor, held_out: Tensor, terms: tuple[Tensor, Tensor] | None = None) -> dict[str, float]:
        """Mean logits without augmentation: those of held-out pictures fall behind when the discriminator overfits."""
        was_training = self.discriminator.training
        self.discriminator.eval()
        of = [(part,) if terms is None else (part, terms[i]) for i, part in enumerate((train, held_out))]
        scores = {"score_train": float(self.discriminator(*of[0]).mean())}
        if len(held_out):
            scores["score_held_out"] = float(self.discriminator(*of[1]).mean())
        self.discriminator.train(was_training)
        return scores

    def state(self) -> dict[str, Any]:
        return {name: part.state_dict() for name, part in self._parts().items()}

    def restore(self, state: dict[str, Any]) -> None:
        renamed = {name.replace("_adam", "_optimiser"): part for name, part in state.items()}  # as 0.1 saved them
        for name, part in self._parts().items():
            part.load_state_dict(renamed[name])

    def _parts(self) -> dict[str, Any]:
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "averaged": self.averaged,
            "generator_optimiser": self.generator_optimiser,
            "discriminator_optimiser": self.discriminator_optimiser,
        }

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)

    def _set_schedules(self, clock: Clock) -> None:
        settings, rate = self.settings, clock.learning_rate(self.settings)
        betas = (float(settings.beta1), clock.cosine(settings.beta2, settings.beta2_final))
        set_schedule(self.generator_optimiser, rate, betas)
        set_schedule(self.discriminator_optimiser, rate * settings.discriminator_learning_rate_factor, betas)
