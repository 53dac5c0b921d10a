"""One training step of a GAN: the discriminator on real and generated pictures, then the generator."""

from typing import Any

import torch
from torch import Generator, Tensor

from core.training.device import computes_in_bfloat16
from core.training.diffaugment import diffaugment
from core.training.ema import AveragedNetwork
from core.training.gan_settings import GANSettings
from core.training.losses import LOSSES, gradient_penalty
from core.training.trainer import Clock, build_adam, gradient_norm, set_schedule


class GANTrainer:
    def __init__(self, networks: dict[str, Any], settings: GANSettings, device: torch.device) -> None:
        self.networks, self.settings, self.device = networks, settings, device
        self.generator: Any = networks["generator"].to(device).to(memory_format=torch.channels_last)
        self.discriminator: Any = networks["discriminator"].to(device).to(memory_format=torch.channels_last)
        self.latent_dim: int = self.generator.latent_dim
        self.averaged = AveragedNetwork(self.generator, settings.ema_half_life_images, settings.ema_ramp_up)
        betas = (float(settings.beta1), float(settings.beta2))
        self.generator_adam = build_adam(self.generator, device, settings.learning_rate, betas)
        self.discriminator_adam = build_adam(self.discriminator, device, settings.learning_rate, betas)
        self.loss = LOSSES[settings.loss]
        self.bfloat16 = computes_in_bfloat16(settings.precision, device)
        # A compiled network cannot be differentiated twice, so steps with a penalty run the plain one.
        self._generate = torch.compile(self.generator) if settings.compile else self.generator
        self._discriminate = torch.compile(self.discriminator) if settings.compile else self.discriminator

    def step(self, images: Tensor, clock: Clock, draw: Generator, *, measure_gradients: bool) -> dict[str, Tensor]:
        settings = self.settings
        self._set_schedules(clock)
        gamma = clock.cosine(settings.penalty_gamma, settings.penalty_gamma_final)
        penalised = gamma > 0 and clock.step % settings.penalty_every_steps == 0
        z = torch.randn(len(images), self.latent_dim, device=self.device, generator=draw)
        with self._autocast():
            generated = self._generate(z).float()

        self.discriminator.requires_grad_(True)
        self.discriminator_adam.zero_grad()
        real, fake = images.detach().requires_grad_(penalised), generated.detach().requires_grad_(penalised)
        real_logits = self._score(real, draw, twice_differentiable=penalised)
        fake_logits = self._score(fake, draw, twice_differentiable=penalised)
        discriminator_loss = loss = self.loss.discriminator(real_logits, fake_logits)
        measured = {"loss_discriminator": discriminator_loss}
        if penalised:
            penalty_real, penalty_fake = gradient_penalty(real_logits, real), gradient_penalty(fake_logits, fake)
            loss = loss + gamma / 2 * settings.penalty_every_steps * (penalty_real + penalty_fake)
            measured |= {"penalty_real": penalty_real, "penalty_fake": penalty_fake}
        loss.backward()
        if measure_gradients:
            measured["gradient_discriminator"] = gradient_norm(self.discriminator)
        self.discriminator_adam.step()

        self.discriminator.requires_grad_(False)  # the generator's step needs no gradients of its weights
        self.generator_adam.zero_grad()
        # The real logits only weigh the generator's gradient: those from a moment ago serve.
        generator_loss = self.loss.generator(
            real_logits.detach() if self.loss.paired else None, self._score(generated, draw)
        )
        generator_loss.backward()
        if measure_gradients:
            measured["gradient_generator"] = gradient_norm(self.generator)
        self.generator_adam.step()
        self.averaged.update(self.generator, clock.images_seen + len(images), len(images))

        return measured | {
            "loss_generator": generator_loss,
            "score_real": real_logits.mean(),
            "score_fake": fake_logits.mean(),
            "sign_real": real_logits.sign().mean(),
            "sign_fake": fake_logits.sign().mean(),
        }

    @torch.no_grad()
    def measure(self, train: Tensor, held_out: Tensor) -> dict[str, float]:
        """Mean logits without augmentation: those of held-out pictures fall behind when the discriminator overfits."""
        was_training = self.discriminator.training
        self.discriminator.eval()
        scores = {"score_train": float(self.discriminator(train).mean())}
        if len(held_out):
            scores["score_held_out"] = float(self.discriminator(held_out).mean())
        self.discriminator.train(was_training)
        return scores

    def state(self) -> dict[str, Any]:
        return {name: part.state_dict() for name, part in self._parts().items()}

    def restore(self, state: dict[str, Any]) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "averaged": self.averaged,
            "generator_adam": self.generator_adam,
            "discriminator_adam": self.discriminator_adam,
        }

    def _score(self, images: Tensor, draw: Generator, *, twice_differentiable: bool = False) -> Tensor:
        """Logits (B,) float32 of augmented pictures. A penalty is taken in float32, where its squares stay exact."""
        changed = diffaugment(images, self.settings.augmentations, draw)
        if twice_differentiable:
            return self.discriminator(changed)
        with self._autocast():
            return self._discriminate(changed).float()

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)

    def _set_schedules(self, clock: Clock) -> None:
        settings = self.settings
        learning_rate = clock.cosine(settings.learning_rate, settings.learning_rate_final)
        betas = (float(settings.beta1), clock.cosine(settings.beta2, settings.beta2_final))
        set_schedule(self.generator_adam, learning_rate, betas)
        set_schedule(self.discriminator_adam, learning_rate * settings.discriminator_learning_rate_factor, betas)
