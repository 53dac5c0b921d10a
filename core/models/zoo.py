"""Every preset by name: which networks, with which settings, where they come from. Loads torch only to build them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.errors import NotFoundError
from core.models.configs import AtelierGANConfig, DCGANConfig, NetworkConfig, VAEConfig
from core.models.flow_config import FlowConfig
from core.models.infogan_config import InfoGANConfig
from core.models.preset import Preset
from core.models.presets import abstract_gan, artbench, artgan, deepart_gan, flow, met, met_infogan, ours, seed_vaes
from core.models.seed_configs import (
    AbstractGANConfig,
    ArtBenchGANConfig,
    ArtGANConfig,
    DeepArtGANConfig,
    MetGANConfig,
)
from core.models.seed_vae_configs import AbstractVAEConfig, DeepArtVAEConfig

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Architecture:
    """The networks of one family member: role -> "module:class", each built from the same config."""

    config: type[NetworkConfig]
    networks: Mapping[str, str]

    @property
    def sampled(self) -> str:
        """The role whose averaged weights are saved and drawn from."""
        return next(iter(self.networks))


def _gan(config: type[NetworkConfig], module: str, name: str) -> Architecture:
    parts = {"generator": f"{name}Generator", "discriminator": f"{name}Discriminator"}
    return Architecture(config, {role: f"core.models.{module}:{part}" for role, part in parts.items()})


ARCHITECTURES = {
    "atelier-gan": _gan(AtelierGANConfig, "atelier_gan", "Atelier"),
    "dcgan": _gan(DCGANConfig, "dcgan", "DCGAN"),
    "artbench-gan": _gan(ArtBenchGANConfig, "artbench", "ArtBench"),
    "art-gan": _gan(ArtGANConfig, "art_gan", "ArtGAN"),
    "abstract-gan": _gan(AbstractGANConfig, "abstract_dcgan", "Abstract"),
    "deepart-gan": _gan(DeepArtGANConfig, "deepart_dcgan", "DeepArt"),
    "met-gan": _gan(MetGANConfig, "met_gan", "Met"),
    "met-infogan": _gan(InfoGANConfig, "met_infogan", "MetInfoGAN"),
    "vae": Architecture(VAEConfig, {"vae": "core.models.vae:VAE"}),
    "deepart-vae": Architecture(DeepArtVAEConfig, {"vae": "core.models.deepart_vae:DeepArtVAE"}),
    "abstract-vae": Architecture(AbstractVAEConfig, {"vae": "core.models.abstract_vae:AbstractVAE"}),
    "flow": Architecture(FlowConfig, {"flow": "core.models.flow:Flow"}),
}


_ORIGINS = (
    ours,
    flow,
    artbench,
    artgan,
    abstract_gan,
    deepart_gan,
    seed_vaes,
    met,
    met_infogan,
)  # in the order in which people see them
PRESETS: dict[str, Preset] = {preset.name: preset for origin in _ORIGINS for preset in origin.PRESETS}
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
