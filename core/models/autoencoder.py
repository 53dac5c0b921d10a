"""What every variational autoencoder of the zoo has in common (Kingma & Welling, 2013, arXiv:1312.6114)."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

_LOG_VARIANCE_LIMIT = 12.0  # e**12: far outside what training reaches, small enough that exp() stays finite


class Posterior(NamedTuple):
    """q(z|x): mean and ln(sigma**2), each (B, latent_dim)."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """noise: (B, latent_dim), standard normal."""
        return self.mean + (0.5 * self.log_variance).exp() * noise


class Autoencoder(nn.Module):
    """Calling it paints: standard normal z (B, latent_dim) -> pictures (B, 3, H, W) in [-1, 1].

    What the encoder makes of real pictures is never quite the standard normal that the theory asks for. So z is first
    moved into the aggregate posterior, a normal distribution fitted to the pictures trained on (`settle`): otherwise
    many samples come from where no picture ever was. As in RAE (Ghosh et al., 2019, arXiv:1903.12436), but with the
    encoder's own variance added to that of its means.
    """

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.register_buffer("prior_mean", torch.zeros(latent_dim))
        self.register_buffer("prior_factor", torch.eye(latent_dim))  # lower triangle: covariance = factor factor'
        self.prior_mean: Tensor
        self.prior_factor: Tensor

    def parameters_of(self, images: Tensor, terms: Tensor | None) -> Tensor:
        """Means and log variances side by side, (B, 2 * latent_dim)."""
        raise NotImplementedError

    def decode(self, z: Tensor, terms: Tensor | None = None) -> Tensor:
        """A latent as the encoder gives it -> pictures (B, 3, H, W) in [-1, 1]."""
        raise NotImplementedError

    def encode(self, images: Tensor, terms: Tensor | None = None) -> Posterior:
        """images: (B, 3, H, W) in [-1, 1]."""
        mean, log_variance = self.parameters_of(images, terms).float().chunk(2, dim=1)
        return Posterior(mean, log_variance.clamp(-_LOG_VARIANCE_LIMIT, _LOG_VARIANCE_LIMIT))

    def forward(self, z: Tensor, terms: Tensor | None = None) -> Tensor:
        return self.decode(self.prior_mean + z @ self.prior_factor.T, terms)

    def reconstruct(self, images: Tensor, terms: Tensor | None = None) -> Tensor:
        """Each picture through the middle of its posterior and back."""
        return self.decode(self.encode(images, terms).mean, terms)

    @torch.no_grad()
    def settle(self, posterior: Posterior) -> None:
        """Fit the aggregate posterior to the posteriors of pictures trained on, (N, latent_dim) each."""
        means, log_variances = (part.cpu().double() for part in posterior)  # a Mac's GPU has no such numbers
        centred = means - means.mean(dim=0)
        covariance = centred.T @ centred / max(1, len(means) - 1)
        covariance = covariance + torch.diag(log_variances.exp().mean(dim=0))
        self.prior_mean.copy_(means.mean(dim=0).float())
        factor = torch.linalg.cholesky(covariance)  # the variances added keep it positive definite
        self.prior_factor.copy_(factor.float())

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        for name in ("prior_mean", "prior_factor"):  # weights saved before there was an aggregate posterior
            state_dict.setdefault(prefix + name, getattr(self, name).detach().clone())
        super()._load_from_state_dict(state_dict, prefix, *rest)
