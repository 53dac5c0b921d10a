"""Every preset by name: which networks, with which settings, where they come from. Loads torch only to build them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from core.errors import NotFoundError
from core.models.configs import AtelierGANConfig, DCGANConfig, VAEConfig

if TYPE_CHECKING:
    from torch import nn

NetworkConfig = DCGANConfig | AtelierGANConfig | VAEConfig


@dataclass(frozen=True)
class Architecture:
    """The networks of one family member: role -> "module:class", each built from the same config."""

    config: type[NetworkConfig]
    networks: Mapping[str, str]

    @property
    def sampled(self) -> str:
        """The role whose averaged weights are saved and drawn from."""
        return next(iter(self.networks))


ARCHITECTURES = {
    "dcgan": Architecture(
        DCGANConfig,
        {"generator": "core.models.dcgan:DCGANGenerator", "discriminator": "core.models.dcgan:DCGANDiscriminator"},
    ),
    "atelier-gan": Architecture(
        AtelierGANConfig,
        {
            "generator": "core.models.atelier_gan:AtelierGenerator",
            "discriminator": "core.models.atelier_gan:AtelierDiscriminator",
        },
    ),
    "vae": Architecture(VAEConfig, {"vae": "core.models.vae:VAE"}),
}


@dataclass(frozen=True)
class Preset:
    """A named starting point: architecture, network settings and training settings that differ from the defaults."""

    name: str
    title: str
    family: str  # "gan" or "vae"
    description: str
    architecture: str  # key of ARCHITECTURES
    resolutions: tuple[int, ...]  # recommended, the first one most
    origin: str = "Atelier"
    mended: str = ""  # what is done differently from the origin, and why
    network: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    training: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


_ALL = (
    Preset(
        name="atelier-gan",
        title="Atelier GAN",
        family="gan",
        description="Our GAN for collections of a few hundred to a few thousand pictures. Start here.",
        architecture="atelier-gan",
        resolutions=(64, 128, 32),
        training={
            "batch_size": 32,
            "learning_rate": 1e-3,
            "augment": "translation,cutout",
            "penalty_gamma": 1.0,
            "penalty_gamma_final": 0.1,
        },
    ),
    Preset(
        name="atelier-vae",
        title="Atelier VAE",
        family="vae",
        description="Learns to compress pictures and draw new ones: steadier than a GAN, softer in its pictures.",
        architecture="vae",
        resolutions=(64, 32, 128),
    ),
    Preset(
        name="artbench-dcgan",
        title="ArtBench DCGAN",
        family="gan",
        description="The classic DCGAN, as trained on the ArtBench-10 paintings. A baseline to compare with.",
        architecture="dcgan",
        resolutions=(64,),
        origin="EugeneBudzinskiy/DCGAN-ArtGen-train, model v0.4",
        mended=(
            "The sigmoid is part of the loss, which cannot overflow there. Resuming really resumes: the original "
            "looked for its checkpoints in another folder than it wrote them to."
        ),
        training={
            "batch_size": 128,
            "loss": "cross-entropy",
            "learning_rate": 2e-4,
            "learning_rate_final": 2e-4,
            "beta1": 0.5,
            "beta2": 0.999,
            "beta2_final": 0.999,
            "augment": "",
            "flip": False,
            "penalty_gamma": 0.0,
            "penalty_gamma_final": 0.0,
        },
    ),
    Preset(
        name="quick-gan",
        title="Quick GAN",
        family="gan",
        description="Small enough for two CPU cores: first shapes within seconds, a style within minutes.",
        architecture="atelier-gan",
        resolutions=(32,),
        network={"width": 32, "max_width": 128, "latent_dim": 64},
        training={
            "batch_size": 16,
            "augment": "translation",
            "learning_rate": 1.5e-3,
            "learning_rate_final": 2e-4,
            "penalty_gamma": 0.5,
            "penalty_gamma_final": 0.1,
            "ema_half_life_images": 2_000,
            "ema_ramp_up": 0.1,
        },
    ),
    Preset(
        name="quick-vae",
        title="Quick VAE",
        family="vae",
        description="A small VAE for two CPU cores.",
        architecture="vae",
        resolutions=(32,),
        network={"width": 16, "max_width": 64, "latent_dim": 64},
        training={"batch_size": 32, "learning_rate": 2e-3},
    ),
)

PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}
DEFAULT_PRESET = "atelier-gan"


def find_preset(name: str) -> Preset:
    if name not in PRESETS:
        raise NotFoundError("preset", name, list(PRESETS))
    return PRESETS[name]


def find_architecture(name: str) -> Architecture:
    if name not in ARCHITECTURES:
        raise NotFoundError("architecture", name, list(ARCHITECTURES))
    return ARCHITECTURES[name]


def build_networks(architecture: str, config: NetworkConfig | Mapping[str, Any]) -> "dict[str, nn.Module]":
    """Role -> network with fresh weights (drawn from torch's global generator: seed it first)."""
    parts = find_architecture(architecture)
    settings = config if dataclasses.is_dataclass(config) else parts.config(**config)
    return {role: _load(place)(settings) for role, place in parts.networks.items()}


def build_models(preset: str, settings: Mapping[str, Any]) -> "dict[str, nn.Module]":
    """The preset's networks; `settings` replace its network settings ("resolution" among them)."""
    found = find_preset(preset)
    return build_networks(found.architecture, {**found.network, **settings})


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(module), name)
