"""Moving average of a network's weights: what samples, scores and exports are taken from."""

import copy

import torch
from torch import Tensor, nn


class AveragedNetwork:
    """An exponential moving average whose memory is given in images, so the batch size does not change it.

    Args:
        network: the network in training.
        half_life_images: after this many images, half of the average is newer. 0: no averaging, always the newest.
        ramp_up: the half-life is never more than this share of the images seen, so the first, useless weights are
            forgotten soon. 0: no limit.
    """

    def __init__(self, network: nn.Module, half_life_images: float, ramp_up: float = 0.05) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.half_life_images = half_life_images
        self.ramp_up = ramp_up

    @torch.no_grad()
    def update(self, network: nn.Module, images_seen: int, batch_size: int) -> None:
        """After a step that brought the count to `images_seen`. Buffers (statistics of batch norm) are copied."""
        mine: list[Tensor] = list(self.network.parameters())
        theirs: list[Tensor] = list(network.parameters())
        torch._foreach_lerp_(mine, theirs, 1 - self.decay(images_seen, batch_size))
        for buffer, newest in zip(self.network.buffers(), network.buffers(), strict=True):
            buffer.copy_(newest)

    def decay(self, images_seen: int, batch_size: int) -> float:
        """The share of the old average that stays after a batch."""
        half_life = self.half_life_images
        if self.ramp_up:
            half_life = min(half_life, images_seen * self.ramp_up)
        return 0.5 ** (batch_size / half_life) if half_life > 0 else 0.0

    def state_dict(self) -> dict[str, Tensor]:
        return self.network.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self.network.load_state_dict(state)
