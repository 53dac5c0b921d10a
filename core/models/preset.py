"""A preset: what the zoo knows of a model that a person can choose. No torch here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


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
    at_resolution: Mapping[int, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    """Training settings that hold for pictures of one size only, by pixels a side."""

    def training_at(self, resolution: int) -> dict[str, Any]:
        return {**self.training, **self.at_resolution.get(resolution, {})}
