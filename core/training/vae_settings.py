"""What the training of a variational autoencoder is told. No torch here."""

from dataclasses import dataclass

from core.models.configs import check_choice, check_range
from core.training.base_settings import TrainingSettings

RECONSTRUCTIONS = ("sigma", "pyramid", "squared", "cross-entropy")
SAMPLED_FROM = ("aggregate", "prior")


@dataclass(frozen=True)
class VAESettings(TrainingSettings):
    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    reconstruction: str = "sigma"  # loss: its own scale for the batch, or for each pyramid level; or the seeds' losses
    reconstruction_weight: float = 0.0  # of "squared" and "cross-entropy"; 0: the number of pixels
    similarity_weight: float = 0.0  # of 1 - MS-SSIM beside it, as a share of the number of values; sharpens edges
    kl_weight: float = 1.0  # beta of the beta-VAE (Higgins et al., 2017); 1 is the evidence lower bound itself
    kl_warmup_images: float = 0.0  # over so many images kl_weight rises from 0
    free_nats: float = 0.0  # a latent number that tells less than this costs nothing (Kingma et al., 2016)
    sample_from: str = "aggregate"  # posterior of the pictures trained on; or "prior", the standard normal

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("reconstruction", self.reconstruction, RECONSTRUCTIONS)
        check_range("reconstruction_weight", self.reconstruction_weight, 0, 1e9)
        check_range("similarity_weight", self.similarity_weight, 0, 1e6)
        check_range("kl_weight", self.kl_weight, 0, 1e6)
        check_range("kl_warmup_images", self.kl_warmup_images, 0, 1e9)
        check_range("free_nats", self.free_nats, 0, 1e3)
        check_choice("sample_from", self.sample_from, SAMPLED_FROM)

    def kl_weight_at(self, images_seen: int) -> float:
        if not self.kl_warmup_images:
            return self.kl_weight
        return self.kl_weight * min(1.0, images_seen / self.kl_warmup_images)
