"""Spaces that are ready to be searched: what people who train such networks change first, and the seeds' own search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.models.preset import Preset
from core.training.settings import setting_names


@dataclass(frozen=True)
class ReadySpace:
    name: str
    title: str
    about: str
    space: Mapping[str, Any]
    method: str = "tpe"
    trials: int = 20
    preset: str = ""  # the one it was made for; "" for all that have these settings
    families: tuple[str, ...] = ()  # () for all
    fixed: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0  # of each trial, as its origin had it; 0: no length of its own


READY = {
    ready.name: ready
    for ready in (
        ReadySpace(
            "rates",
            "Learning rates",
            "How fast the networks learn: the setting that most often decides whether a training works at all.",
            {"learning_rate": {"low": 5e-5, "high": 5e-3, "log": True}, "batch_size": [16, 32, 64]},
            trials=15,
        ),
        ReadySpace(
            "gan-balance",
            "Balance of the two networks",
            "The discriminator's rate beside the generator's, and how strongly its gradient is held back (R1).",
            {
                "learning_rate": {"low": 1e-4, "high": 4e-3, "log": True},
                "discriminator_learning_rate_factor": [0.25, 0.5, 1.0, 2.0, 4.0],
                "penalty_gamma": {"low": 0.01, "high": 10.0, "log": True},
            },
            families=("gan", "infogan"),
        ),
        ReadySpace(
            "gan-augment",
            "Changes to the pictures",
            "For small collections: which random changes both networks see, and how often (DiffAugment).",
            {
                "augment": ["", "translation", "translation,cutout", "color,translation,cutout"],
                "diffaugment_chance": [0.5, 1.0],
                "flip": [True, False],
            },
            method="grid",
            trials=16,
            families=("gan", "infogan"),
        ),
        ReadySpace(
            "vae-balance",
            "Sharpness against order",
            "The weight of the divergence: less gives sharper reconstructions, more gives better samples.",
            {"kl_weight": {"low": 0.1, "high": 10.0, "log": True}, "learning_rate": [0.0005, 0.001, 0.002]},
            families=("vae",),
            trials=15,
        ),
        ReadySpace(
            "averaging",
            "Averaging of the weights",
            "Over how many images the weights are averaged that samples are drawn with.",
            {"ema_half_life_images": [0.0, 1_000.0, 3_000.0, 10_000.0, 30_000.0], "beta2": [0.9, 0.99, 0.999]},
            method="grid",
            trials=15,
        ),
        ReadySpace(
            "gan-search",
            "The search of gan_project",
            "As it was: one or two doublings, and the generator learning as fast as the discriminator or 100 times "
            "faster, over 128 epochs in batches of 5. Its author found the fast generator best, and more depth worse.",
            {
                "depth": [1, 2],
                "rates": [
                    {
                        "learning_rate": 2e-4,
                        "learning_rate_final": 2e-4,
                        "discriminator_learning_rate_factor": 1.0,
                    },
                    {
                        "learning_rate": 2e-2,
                        "learning_rate_final": 2e-2,
                        "discriminator_learning_rate_factor": 0.01,
                    },
                ],
            },
            method="grid",
            trials=4,
            preset="met-gan",
            fixed={"filters": 256, "batch_size": 5},
            epochs=128,
        ),
    )
}


def ready_for(preset: Preset) -> list[ReadySpace]:
    """Those that this preset can be searched by, its own first."""
    names = set(setting_names(preset))
    found = [
        ready
        for ready in READY.values()
        if ready.preset in ("", preset.name)
        and (not ready.families or preset.family in ready.families)
        and _settings(ready) <= names
    ]
    return sorted(found, key=lambda ready: ready.preset != preset.name)


def _settings(ready: ReadySpace) -> set[str]:
    found = set(ready.fixed)
    for name, values in ready.space.items():
        first = values[0] if isinstance(values, list) else None
        found |= set(first) if isinstance(first, dict) else {name}
    return found
