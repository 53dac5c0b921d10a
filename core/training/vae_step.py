"""One training step of a variational autoencoder."""

import math
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from core.models.autoencoder import Posterior
from core.training import vae_losses
from core.training.device import computes_in_bfloat16
from core.training.ema import AveragedNetwork
from core.training.parallel import SINGLE, Share
from core.training.pictures import Pictures
from core.training.trainer import Clock, build_optimiser, gradient_norm, set_schedule
from core.training.vae_losses import Reconstruction
from core.training.vae_settings import VAESettings

_ACTIVE_NATS = 0.01  # a latent number that carries less than this on average is not used
_SETTLED_BY, _CHUNK = 1_024, 64  # pictures that the aggregate posterior is fitted to, and at a time


class VAETrainer:
    def __init__(self, networks: dict[str, Any], settings: VAESettings, device: torch.device) -> None:
        self.networks, self.settings, self.device = networks, settings, device
        self.share: Share = SINGLE
        self.vae: Any = networks["vae"].to(device).to(memory_format=torch.channels_last)
        self.latent_dim: int = self.vae.latent_dim
        self.averaged = AveragedNetwork(self.vae, settings.ema_half_life_images, settings.ema_ramp_up)
        self.optimiser = build_optimiser(self.vae, settings, device)
        self.bfloat16 = computes_in_bfloat16(settings.precision, device)

    def step(
        self, images: Tensor, clock: Clock, draw: Generator, *, measure_gradients: bool, terms: Tensor | None = None
    ) -> dict[str, Tensor]:
        settings = self.settings
        set_schedule(self.optimiser, clock.learning_rate(settings), (float(settings.beta1), float(settings.beta2)))
        whole_batch = len(images) * self.share.size
        noise = self.share.part(torch.randn(whole_batch, self.latent_dim, device=self.device, generator=draw))
        self.optimiser.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            posterior = self.vae.encode(images, terms)
            decoded = self.vae.decode(posterior.sample(noise), terms).float()
        reconstruction = self._reconstruction(decoded, images)
        of_each = self.share.mean(vae_losses.kl_per_latent(posterior))
        kl = of_each.sum()
        charged = of_each.clamp_min(settings.free_nats).sum() if settings.free_nats else kl
        loss = reconstruction.loss + settings.kl_weight_at(clock.images_seen) * charged
        measured = {}
        if settings.similarity_weight:
            unlike = vae_losses.dissimilarity(decoded, images)
            loss = loss + settings.similarity_weight * math.prod(images.shape[1:]) * unlike
            measured["dissimilarity"] = unlike
        loss.backward()
        self.share.average(self.vae)
        if measure_gradients:
            measured["gradient"] = gradient_norm(self.vae)
        self.optimiser.step()
        self.averaged.update(self.vae, clock.images_seen + whole_batch, whole_batch)
        return measured | {
            "loss": loss,
            "loss_reconstruction": reconstruction.loss,
            "loss_kl": kl,
            "sigma": reconstruction.sigma,
            "active_latents": (of_each > _ACTIVE_NATS).sum(),
        }

    @torch.no_grad()
    def measure(self, train: Tensor, held_out: Tensor, terms: tuple[Tensor, Tensor] | None = None) -> dict[str, float]:
        """Mean squared error of reconstructions: that of held-out pictures grows when the training set is memorised."""
        vae: Any = self.averaged.network
        errors = {}
        for name, pictures, told in zip(("train", "held_out"), (train, held_out), terms or (None, None), strict=True):
            if len(pictures):
                errors[f"error_{name}"] = float((vae.reconstruct(pictures, told) - pictures).square().mean())
        return errors

    @torch.no_grad()
    def settle(self, pictures: Pictures, terms: Tensor | None = None) -> None:
        """Fit what samples are drawn from to pictures trained on, the same ones each time."""
        if self.settings.sample_from == "prior":
            return
        vae: Any = self.averaged.network
        count = min(_SETTLED_BY, len(pictures))
        rows = np.linspace(0, len(pictures) - 1, count).astype(np.int64)
        posteriors = [
            vae.encode(pictures.batch(part), None if terms is None else terms[torch.from_numpy(part).to(terms.device)])
            for part in np.array_split(rows, -(-count // _CHUNK))
        ]
        posterior = Posterior(*(torch.cat(parts) for parts in zip(*posteriors, strict=True)))
        for network in (vae, self.vae):  # the average takes its buffers from the network at each step
            network.settle(posterior)

    def state(self) -> dict[str, Any]:
        return {
            "vae": self.vae.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.vae.load_state_dict(state["vae"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"] if "optimiser" in state else state["adam"])  # as 0.1 named it

    def _reconstruction(self, decoded: Tensor, images: Tensor) -> Reconstruction:
        settings = self.settings
        if settings.reconstruction == "sigma":
            return vae_losses.sigma_vae(decoded, images, self.share)
        if settings.reconstruction == "pyramid":
            return vae_losses.pyramid(decoded, images, self.share)
        weight = settings.reconstruction_weight or float(math.prod(images.shape[-2:]))
        of = vae_losses.squared if settings.reconstruction == "squared" else vae_losses.cross_entropy
        return of(decoded, images, weight)
