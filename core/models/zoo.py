"""Every preset by name: which networks, with which settings, where they come from. Loads torch only to build them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.errors import NotFoundError
from core.models.configs import AtelierGANConfig, DCGANConfig, NetworkConfig, VAEConfig
from core.models.preset import Preset
from core.models.presets import artbench, ours

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


PRESETS: dict[str, Preset] = {preset.name: preset for preset in (*ours.PRESETS, *artbench.PRESETS)}
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
