"""What the training of a variational autoencoder is told. No torch here."""

from dataclasses import dataclass

from core.models.configs import check_range
from core.training.base_settings import TrainingSettings


@dataclass(frozen=True)
class VAESettings(TrainingSettings):
    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    kl_weight: float = 1.0  # beta of the beta-VAE (Higgins et al., 2017); 1 is the evidence lower bound itself

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("kl_weight", self.kl_weight, 0, 1e6)
