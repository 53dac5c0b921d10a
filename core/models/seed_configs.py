"""What the GANs of the seed systems can be told. No torch here."""

from dataclasses import dataclass

from core.errors import ConfigError
from core.models.configs import NetworkConfig, check_choice, check_range, check_resolution


@dataclass(frozen=True)
class DeepArtGANConfig(NetworkConfig):
    """tuanle618/deepArt-generation, source/dcgan.py: one generator, three discriminators."""

    latent_dim: int = 100  # length of z
    output: str = "tanh"  # of the generator; "sigmoid" paints in [0, 1], and both networks then work there
    pooling: bool = False  # the discriminator halves by maximum pooling instead of strides
    slope: float = 0.2  # of the discriminator's leaky ReLU below 0
    dropout: float = 0.25  # in the discriminator
    norm_momentum: float = 0.8  # of batch norm, in Keras' words

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_choice("output", self.output, ("tanh", "sigmoid"))
        check_range("slope", self.slope, 0, 1)
        check_range("dropout", self.dropout, 0, 0.95)
        check_range("norm_momentum", self.norm_momentum, 0, 0.9999)


@dataclass(frozen=True)
class ArtGANConfig(NetworkConfig):
    """gregwcy/ART-GAN: its three ways to place batch norm."""

    latent_dim: int = 100  # length of z
    generator_norm: str = "batch"  # "batch" or "none"
    discriminator_norm: str = "none"  # "none", or "batch", with which the original's losses soon were 0

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_choice("generator_norm", self.generator_norm, ("batch", "none"))
        check_choice("discriminator_norm", self.discriminator_norm, ("batch", "none"))


@dataclass(frozen=True)
class AbstractGANConfig(NetworkConfig):
    """Casardo-Chen/wikiart-neural-trasnfer, as its README documents it."""

    latent_dim: int = 100  # length of z
    width: int = 64  # channels nearest the picture; doubled at each halving of the side
    max_width: int = 512  # channels never exceed this

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_range("width", self.width, 1, 1024)
        check_range("max_width", self.max_width, self.width, 4096)


@dataclass(frozen=True)
class ArtBenchGANConfig(NetworkConfig):
    """EugeneBudzinskiy/DCGAN-ArtGen-train: DCGAN_WI (v0.5) and WGAN_GP (v0.14), kernels of 5x5."""

    latent_dim: int = 100  # length of z
    critic: bool = False  # WGAN_GP: a critic with layer norm, a generator that begins with a dense layer

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)


@dataclass(frozen=True)
class MetGANConfig(NetworkConfig):
    """spencer-wallace/gan_project: depth, filters, colour and shape are settings."""

    latent_dim: int = 62  # length of z
    depth: int = 2  # doublings of the side; the original found more than two worse
    filters: int = 256  # of the generator's first convolution; halved at each doubling
    grey: bool = False  # paint in grey alone
    height: int = 0  # pixels; 0: the resolution
    breadth: int = 0  # pixels; 0: the resolution

    def __post_init__(self) -> None:
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_range("depth", self.depth, 1, 6)
        check_range("filters", self.filters, 2**self.depth, 2048)
        check_range("resolution", self.resolution, 16, 512)
        for name, side in (("height", self.shape[0]), ("breadth", self.shape[1])):
            check_range(name, side, 8, 512)
            if side % 2**self.depth:
                raise ConfigError(
                    f"With a depth of {self.depth}, height and breadth must be multiples of {2**self.depth} pixels; "
                    f"got {self.shape[0]} by {self.shape[1]}. Choose a smaller depth or another size."
                )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and breadth in pixels."""
        return self.height or self.resolution, self.breadth or self.resolution
