"""One training step of a rectified flow: how well does the network tell where a mixture is heading?"""

import math
from typing import Any

import torch
from torch import Generator, Tensor

from core.training.device import computes_in_bfloat16
from core.training.ema import AveragedNetwork
from core.training.flow_settings import FlowSettings
from core.training.parallel import SINGLE, Share
from core.training.trainer import Clock, build_optimiser, gradient_norm, set_schedule

_QUARTERS = 4  # of a batch, from the least noise to the most, whose losses are told apart
_MEASURING_SEED = 1
_OUTERMOST = 0.999999  # normal numbers stay within +-4.9


class FlowTrainer:
    """Trains the U-Net of a flow on mixtures of pictures and noise.

    A sample grid costs as much as training on about `sampling_steps * 2 / 3` times as many pictures: few steps, or few
    saves, where the processor is slow.
    """

    def __init__(self, networks: dict[str, Any], settings: FlowSettings, device: torch.device) -> None:
        self.networks, self.settings, self.device = networks, settings, device
        self.share: Share = SINGLE
        self.flow: Any = networks["flow"].to(device).to(memory_format=torch.channels_last)
        self.latent_dim: int = self.flow.latent_dim
        self.averaged = AveragedNetwork(self.flow, settings.ema_half_life_images, settings.ema_ramp_up)
        self.optimiser = build_optimiser(self.flow, settings, device)
        self.bfloat16 = computes_in_bfloat16(settings.precision, device)
        self._learned = torch.compile(self.flow.learned) if settings.compile else self.flow.learned

    def step(
        self, images: Tensor, clock: Clock, draw: Generator, *, measure_gradients: bool, terms: Tensor | None = None
    ) -> dict[str, Tensor]:
        settings = self.settings
        betas = (float(settings.beta1), float(settings.beta2))
        set_schedule(self.optimiser, clock.learning_rate(settings), betas)
        share, whole_batch = self.share, len(images) * self.share.size
        noise = share.part(torch.randn(whole_batch, *images.shape[1:], device=self.device, generator=draw))
        times = share.part(draw_times(whole_batch, settings.time_spread, self.flow.shift, draw))
        if terms is not None:
            terms = share.part(hide_terms(share.whole(terms), settings.label_dropout, draw))
        self.optimiser.zero_grad()
        errors = flow_errors(self._velocity, images, noise, times, terms)
        loss = errors.mean()
        loss.backward()
        share.average(self.flow)
        measured = {"loss": loss}
        if measure_gradients:
            measured["gradient"] = gradient_norm(self.flow)
        self.optimiser.step()
        self.averaged.update(self.flow, clock.images_seen + whole_batch, whole_batch)
        if len(images) >= _QUARTERS:
            begin = share.rank * len(images)  # of this part in the batch
            quarters = [errors[(number - begin) % _QUARTERS :: _QUARTERS] for number in range(_QUARTERS)]
            measured |= {f"loss_noise_{number + 1}": part.mean() for number, part in enumerate(quarters)}
        return measured

    @torch.no_grad()
    def measure(self, train: Tensor, held_out: Tensor, terms: tuple[Tensor, Tensor] | None = None) -> dict[str, float]:
        """The averaged network's loss, for the same times and the same noise at every call.

        That of pictures never seen falls at first, and grows again when the training pictures are learned by heart.
        """
        errors = {"error_train": self._error(train, terms and terms[0])}
        if len(held_out):
            errors["error_held_out"] = self._error(held_out, terms and terms[1])
        return errors

    def state(self) -> dict[str, Any]:
        return {name: part.state_dict() for name, part in self._parts().items()}

    def restore(self, state: dict[str, Any]) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        return {"flow": self.flow, "averaged": self.averaged, "optimiser": self.optimiser}

    def _velocity(self, mixtures: Tensor, times: Tensor, terms: Tensor | None = None) -> Tensor:
        guessed = self.flow.guessed(mixtures, times)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            learned = self._learned(mixtures, times, guessed, terms)
        return self.flow.complete(times, guessed, learned)

    def _error(self, images: Tensor, terms: Tensor | None) -> float:
        draw = torch.Generator().manual_seed(_MEASURING_SEED)  # on the processor: the same numbers on every device
        noise = torch.randn(images.shape, generator=draw).to(self.device)
        times = draw_times(len(images), self.settings.time_spread, self.flow.shift, draw).to(self.device)
        flow: Any = self.averaged.network
        return float(flow_errors(flow.velocity, images, noise, times, terms).mean())


def flow_errors(velocity: Any, images: Tensor, noise: Tensor, times: Tensor, terms: Tensor | None = None) -> Tensor:
    """Mean squared error of the velocity of each picture's mixture, (B,) float32.

    Args:
        velocity: a function of mixtures (B, 3, H, W), times (B,) and, if there are any, terms.
        images: (B, 3, H, W) in [-1, 1].
        noise: standard normal, like the images.
        times: (B,), shares of noise.
    """
    share = times[:, None, None, None]
    mixtures = (1 - share) * images + share * noise
    told = velocity(mixtures, times) if terms is None else velocity(mixtures, times, terms)
    return (noise - images - told.float()).square().mean(dim=(1, 2, 3))


def draw_times(count: int, spread: float, shift: float, draw: Generator) -> Tensor:
    """Shares of noise (count,): sigmoid of `spread` times a normal number, moved by ln(shift).

    Esser et al., 2024, arXiv:2403.03206, both the distribution and its shift.

    One from each of `count` equally likely intervals, so that no batch happens to know only little or only much noise.
    Number i is from quarter i % 4 of the distribution, whichever part of a batch is looked at.
    """
    number = torch.arange(count, device=draw.device)
    quarter, left_over = number % _QUARTERS, count % _QUARTERS
    interval = quarter * (count // _QUARTERS) + quarter.clamp(max=left_over) + number // _QUARTERS
    share = (interval + torch.rand(count, generator=draw, device=draw.device)) / count  # below which so many others lie
    normal = math.sqrt(2) * torch.erfinv((2 * share - 1).clamp(-_OUTERMOST, _OUTERMOST))
    return torch.sigmoid(spread * normal + math.log(shift))


def hide_terms(terms: Tensor, probability: float, draw: Generator) -> Tensor:
    """Terms (B, T) with all those of some pictures set to zero, which means "anything"."""
    shown = torch.rand(len(terms), 1, device=draw.device, generator=draw) >= probability
    return terms * shown
