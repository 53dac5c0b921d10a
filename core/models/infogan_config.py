"""What the InfoGAN can be told. No torch here."""

from dataclasses import dataclass

from core.models.configs import NetworkConfig, check_range, check_resolution


@dataclass(frozen=True)
class InfoGANConfig(NetworkConfig):
    """A DCGAN whose discriminator also reads the generator's codes; see `core.models.met_infogan`."""

    noise: int = 62  # numbers of a latent that are noise alone
    categories: int = 8  # kinds of picture to be found without being told: one column each
    continuous: int = 2  # ways for pictures to differ by degrees, to be found without being told: one slider each
    width: int = 32  # channels nearest the picture; doubled at each halving of the side
    max_width: int = 256  # channels never exceed this

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("noise", self.noise, 1, 4096)
        check_range("categories", self.categories, 2, 64)
        check_range("continuous", self.continuous, 0, 16)
        check_range("width", self.width, 4, 1024)
        check_range("max_width", self.max_width, self.width, 4096)
