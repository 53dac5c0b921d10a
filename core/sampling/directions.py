"""Directions: ways through the latents along which pictures change in a way that can be named. Read without torch.

checkpoints/<run>/directions/
  principal-0040.json         the model's own at an epoch, the strongest first
  learned-1f3a9c20d4e5.json   one that was learned from two sets of pictures
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AtelierError, ConfigError
from core.files import read_json, write_json
from core.json_fields import fields, number, text, whole_or_none
from core.sampling.points import read_numbers, write_numbers
from core.training.run_folder import RunFolder

ORIGINS = {"principal": "the model's own", "learned": "learned from pictures"}
_FOLDER = "directions"


@dataclass(frozen=True, eq=False)
class Direction:
    """A step of one standard deviation of the latents."""

    id: str
    title: str
    origin: str  # one of ORIGINS
    vector: NDArray[np.float32]  # (latent_dim,), of length 1
    epoch: int  # whose latents it was found in
    unit: str = "standard deviations"
    facts: dict[str, Any] = field(default_factory=dict)  # how it was found and what it is worth, JSON

    def __post_init__(self) -> None:
        if self.origin not in ORIGINS:
            raise ConfigError(f"A direction is one of {', '.join(ORIGINS)}; got {self.origin!r}.")
        length = float(np.linalg.norm(self.vector))
        if not 0.99 < length < 1.01:
            raise ConfigError(f"The direction {self.title!r} is damaged: its length is {length:g}, not 1.")

    def to_json(self) -> dict[str, Any]:
        kept = {"id": self.id, "title": self.title, "origin": self.origin, "epoch": self.epoch, "facts": self.facts}
        return kept | {"vector": write_numbers(self.vector)}

    @classmethod
    def from_json(cls, value: Any) -> "Direction":
        """Anybody may have written it. Raises: ConfigError."""
        found = fields(value, "direction")
        epoch = whole_or_none(found, "epoch")
        return cls(
            id=text(found, "id")[:100],
            title=text(found, "title")[:200],
            origin=text(found, "origin"),
            vector=read_numbers(text(found, "vector"), "direction"),
            epoch=0 if epoch is None else epoch,
            facts=fields(found.get("facts", {}), "direction"),
        )

    @property
    def strength(self) -> float:
        """How much a picture changes in one step, the root mean square of its values, 0 to 255; 0 if not measured."""
        return number(self.facts, "strength", 0.0)


def learned_id(vector: NDArray[np.float32]) -> str:
    return f"learned-{hashlib.sha256(np.ascontiguousarray(vector, '<f4').tobytes()).hexdigest()[:12]}"


def kept_directions(folder: RunFolder, epoch: int) -> list[Direction]:
    """The model's own at an epoch, then all that were learned, the newest first. Damaged files are passed over."""
    found = kept_principal(folder, epoch)
    learned = sorted(
        (folder.path / _FOLDER).glob("learned-*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True
    )
    for path in learned:
        found += _read(path)
    return found


def kept_principal(folder: RunFolder, epoch: int) -> list[Direction]:
    """Empty if they were not computed yet, or of other weights than those that the run has now."""
    path = _principal_path(folder, epoch)
    return _read(path)


def keep_principal(folder: RunFolder, epoch: int, directions: Iterable[Direction], weights_hash: str) -> None:
    found = [direction.to_json() for direction in directions]
    write_json(_principal_path(folder, epoch), {"weights": weights_hash, "directions": found})


def principal_of(folder: RunFolder, epoch: int, weights_hash: str) -> list[Direction]:
    """Those kept for these very weights; empty where there are none."""
    try:
        value = read_json(_principal_path(folder, epoch))
    except (OSError, ValueError):
        return []
    return kept_principal(folder, epoch) if isinstance(value, dict) and value.get("weights") == weights_hash else []


def keep_learned(folder: RunFolder, direction: Direction) -> None:
    write_json(_learned_path(folder, direction.id), {"directions": [direction.to_json()]})


def rename_learned(folder: RunFolder, direction: Direction, title: str) -> Direction:
    """Raises: ConfigError for a title without letters."""
    if not title.strip():
        raise ConfigError("A direction needs a name.")
    renamed = Direction.from_json(direction.to_json() | {"title": title.strip()})
    keep_learned(folder, renamed)
    return renamed


def remove_learned(folder: RunFolder, direction_id: str) -> None:
    """A picture that was moved along it keeps it inside its file."""
    _learned_path(folder, direction_id).unlink(missing_ok=True)


def _principal_path(folder: RunFolder, epoch: int) -> Path:
    return folder.path / _FOLDER / f"principal-{epoch:04d}.json"


def _learned_path(folder: RunFolder, direction_id: str) -> Path:
    if not direction_id.startswith("learned-") or not direction_id[8:].isalnum():
        raise ConfigError(f"{direction_id!r} is not a learned direction.")
    return folder.path / _FOLDER / f"{direction_id}.json"


def _read(path: Path) -> list[Direction]:
    try:
        value = read_json(path)
        return [Direction.from_json(one) for one in value["directions"]] if value else []
    except (OSError, ValueError, TypeError, KeyError, AtelierError):
        return []
