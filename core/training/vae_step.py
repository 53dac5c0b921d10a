"""One training step of a variational autoencoder."""

from typing import Any

import torch
from torch import Generator, Tensor

from core.models.vae import Posterior
from core.training.device import computes_in_bfloat16
from core.training.ema import AveragedNetwork
from core.training.losses import VAELoss, sigma_vae_loss
from core.training.trainer import Clock, build_optimiser, gradient_norm, set_schedule
from core.training.vae_settings import VAESettings

_ACTIVE_NATS = 0.01  # a latent number that carries less than this on average is not used


class VAETrainer:
    def __init__(self, networks: dict[str, Any], settings: VAESettings, device: torch.device) -> None:
        self.networks, self.settings, self.device = networks, settings, device
        self.vae: Any = networks["vae"].to(device).to(memory_format=torch.channels_last)
        self.latent_dim: int = self.vae.latent_dim
        self.averaged = AveragedNetwork(self.vae, settings.ema_half_life_images, settings.ema_ramp_up)
        self.adam = build_optimiser(self.vae, settings, device)
        self.bfloat16 = computes_in_bfloat16(settings.precision, device)

    def step(
        self, images: Tensor, clock: Clock, draw: Generator, *, measure_gradients: bool, terms: Tensor | None = None
    ) -> dict[str, Tensor]:
        settings = self.settings
        set_schedule(self.adam, clock.learning_rate(settings), (float(settings.beta1), float(settings.beta2)))
        noise = torch.randn(len(images), self.latent_dim, device=self.device, generator=draw)
        self.adam.zero_grad()
        posterior, loss = self._loss(images, noise)
        loss.total.backward()
        measured = {}
        if measure_gradients:
            measured["gradient"] = gradient_norm(self.vae)
        self.adam.step()
        self.averaged.update(self.vae, clock.images_seen + len(images), len(images))
        kl_per_latent = 0.5 * (
            posterior.mean.square() + posterior.log_variance.exp() - 1 - posterior.log_variance
        ).mean(dim=0)
        return measured | {
            "loss": loss.total,
            "loss_reconstruction": loss.reconstruction,
            "loss_kl": loss.kl,
            "sigma": loss.sigma,
            "active_latents": (kl_per_latent > _ACTIVE_NATS).sum(),
        }

    @torch.no_grad()
    def measure(self, train: Tensor, held_out: Tensor, terms: tuple[Tensor, Tensor] | None = None) -> dict[str, float]:
        """Mean squared error of reconstructions: that of held-out pictures grows when the training set is memorised."""
        vae: Any = self.averaged.network
        errors = {"error_train": float((vae.reconstruct(train) - train).square().mean())}
        if len(held_out):
            errors["error_held_out"] = float((vae.reconstruct(held_out) - held_out).square().mean())
        return errors

    def state(self) -> dict[str, Any]:
        return {"vae": self.vae.state_dict(), "averaged": self.averaged.state_dict(), "adam": self.adam.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        self.vae.load_state_dict(state["vae"])
        self.averaged.load_state_dict(state["averaged"])
        self.adam.load_state_dict(state["adam"])

    def _loss(self, images: Tensor, noise: Tensor) -> tuple[Posterior, VAELoss]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            posterior = self.vae.encode(images)
            decoded = self.vae(posterior.sample(noise)).float()
        return posterior, sigma_vae_loss(
            decoded, images, posterior.mean, posterior.log_variance, self.settings.kl_weight
        )
