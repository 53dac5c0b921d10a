"""The codes of an InfoGAN inside a latent: all of it normal numbers, so that samplers need not know of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.models.configs import check_range

_OUTERMOST = 5.0  # normal numbers that a code of -1 or 1 is written as are no further from 0: 1 is read as 0.9999994


class Codes(NamedTuple):
    noise: Tensor  # (B, noise), standard normal
    category: Tensor  # (B,), 0 to categories - 1
    continuous: Tensor  # (B, continuous), uniform in [-1, 1]


@dataclass(frozen=True)
class CodeLayout:
    """A latent is noise, then one number for each category, of which the largest wins, then one for each slider.

    Of standard normal numbers, each category wins equally often, and the normal distribution function makes those of
    the sliders uniform.
    """

    noise: int
    categories: int
    continuous: int

    @property
    def latent_dim(self) -> int:
        return self.noise + self.categories + self.continuous

    def split(self, z: Tensor) -> Codes:
        """z: (B, latent_dim), standard normal."""
        noise, contest, degrees = z.split([self.noise, self.categories, self.continuous], dim=1)
        return Codes(noise, contest.argmax(dim=1), torch.erf(degrees / math.sqrt(2)))

    def given(self, z: Tensor) -> Tensor:
        """What a generator is given: (B, latent_dim), the category as zeros and a one."""
        codes = self.split(z)
        return torch.cat([codes.noise, F.one_hot(codes.category, self.categories).to(z.dtype), codes.continuous], dim=1)

    def latents_with(
        self, z: Tensor, *, category: int | None = None, continuous: Mapping[int, float] | None = None
    ) -> Tensor:
        """The latents with these codes in place of their own; everything else stays.

        Args:
            category: 0 to categories - 1. Its number changes place with the winner's, so no number is unlikely.
            continuous: slider -> value in [-1, 1].
        Raises: ConfigError for a category, slider or value that there is not.
        """
        z = z.clone()
        if category is not None:
            check_range("category", category, 0, self.categories - 1)
            contest = z[:, self.noise : self.noise + self.categories]
            highest, winner = contest.max(dim=1, keepdim=True)
            contest.scatter_(1, winner, contest[:, category : category + 1].clone())
            contest[:, category] = highest[:, 0]
        for slider, value in (continuous or {}).items():
            check_range("slider", slider, 0, self.continuous - 1)
            check_range("value of a slider", value, -1, 1)
            normal = math.sqrt(2) * torch.erfinv(torch.tensor(value, dtype=torch.float64))
            z[:, self.noise + self.categories + slider] = float(normal.clamp(-_OUTERMOST, _OUTERMOST))
        return z
