"""What the training of a GAN is told. No torch here."""

from dataclasses import dataclass

from core.errors import ConfigError
from core.models.configs import check_choice, check_range
from core.training.base_settings import TrainingSettings

AUGMENTATIONS = ("color", "translation", "cutout")
GAN_LOSSES = ("relativistic", "cross-entropy", "hinge", "least-squares", "wasserstein")
PENALTIES = ("r1-r2", "interpolated")


@dataclass(frozen=True)
class GANSettings(TrainingSettings):
    """The defaults are those of reference systems for small collections: relativistic loss, both gradient penalties."""

    loss: str = "relativistic"
    discriminator_learning_rate_factor: float = 1.0  # times learning_rate
    beta2_final: float = 0.99
    penalty: str = "r1-r2"  # gradient penalty: at real and generated pictures, or "interpolated" between (WGAN-GP)
    penalty_gamma: float = 1.0  # weight of the gradient penalty; 0: none
    penalty_gamma_final: float = 0.1  # at the end; half a cosine lies between
    penalty_every_steps: int = 4  # the penalty is taken every so many steps, and weighs as much more
    discriminator_steps: int = 1  # updates of the discriminator for one of the generator, on the same real pictures
    generator_first: bool = False  # in each step the generator is updated before the discriminator
    separate_updates: bool = False  # the discriminator is updated on real pictures, then on generated ones
    generator_batch_factor: int = 1  # the generator's update draws so many times the batch, anew; 1: the same pictures
    augment: str = "translation,cutout"  # DiffAugment: any of color, translation, cutout; "" for none
    diffaugment_chance: float = 1.0  # 0 to 1: of each of these changes to happen to a picture

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("loss", self.loss, GAN_LOSSES)
        check_choice("penalty", self.penalty, PENALTIES)
        check_range("discriminator_learning_rate_factor", self.discriminator_learning_rate_factor, 0, 1000)
        check_range("beta2_final", self.beta2_final, 0, 0.999999)
        check_range("penalty_gamma", self.penalty_gamma, 0, 1e6)
        check_range("penalty_gamma_final", self.penalty_gamma_final, 0, 1e6)
        check_range("penalty_every_steps", self.penalty_every_steps, 1, 1000)
        check_range("discriminator_steps", self.discriminator_steps, 1, 100)
        check_range("generator_batch_factor", self.generator_batch_factor, 1, 16)
        check_range("diffaugment_chance", self.diffaugment_chance, 0, 1)
        for name in self.augmentations:
            check_choice("augment", name, AUGMENTATIONS)
        if self.loss == "relativistic" and (self.separate_updates or self.generator_batch_factor > 1):
            raise ConfigError(
                "The relativistic loss compares each real picture with a generated one, so it cannot have "
                "separate_updates or a generator_batch_factor. Choose another loss, or leave those off."
            )

    @property
    def augmentations(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.augment.split(",") if part.strip())
