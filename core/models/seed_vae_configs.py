"""What the VAEs of the seed systems can be told. No torch here."""

from dataclasses import dataclass

from core.models.configs import NetworkConfig, check_range, check_resolution


@dataclass(frozen=True)
class DeepArtVAEConfig(NetworkConfig):
    """tuanle618/deepArt-generation, source/vae.py: VAE_1 to VAE_4."""

    latent_dim: int = 100  # length of z
    variant: int = 2  # 1: strides; 2: pooling; 3: leaky, with more layers; 4: with dropout

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_range("variant", self.variant, 1, 4)


@dataclass(frozen=True)
class AbstractVAEConfig(NetworkConfig):
    """Casardo-Chen/wikiart-neural-trasnfer, VAE_model.ipynb."""

    latent_dim: int = 200  # length of z
    width: int = 32  # channels nearest the picture; doubled at each halving of the side
    max_width: int = 512  # channels never exceed this

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_range("width", self.width, 1, 1024)
        check_range("max_width", self.max_width, self.width, 4096)
