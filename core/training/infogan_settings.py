"""What the training of an InfoGAN is told. No torch here."""

from dataclasses import dataclass

from core.models.configs import check_range
from core.training.gan_settings import GANSettings


@dataclass(frozen=True)
class InfoGANSettings(GANSettings):
    category_weight: float = 1.0  # how much it counts that the category can be read from a picture
    continuous_weight: float = 0.1  # how much it counts that the sliders can be read from a picture

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("category_weight", self.category_weight, 0, 1000)
        check_range("continuous_weight", self.continuous_weight, 0, 1000)
