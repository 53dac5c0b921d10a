"""What kinds of work there are, and which function does each."""

import importlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import ConfigError

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

KINDS = {
    "train": "core.training.job:run",
    "collect": "core.sources.job:run",
    "build": "core.datasets.job:run",
    "describe": "core.features.job:run",
    "describe-network": "core.features.job:run_network",
    "map": "core.features.maps_job:run",
    "export": "core.exports.job:run",
    "network-export": "core.model_files.job:run_export",
    "network-import": "core.model_files.job:run_import",
    "upscale": "core.upscale.job:run",
    "resample": "core.upscale.job:run",
    "train-upscaler": "core.upscale.training_job:run",
    "upscale-measure": "core.upscale.measuring:run",
    "project": "core.sampling.project:run",
    "direction": "core.sampling.learning:run",
    "animate": "core.sampling.films.job:run",
    "animate-walk": "core.sampling.films.job:run",
    "demo": "core.demo:run",
    "weights": "core.style.weights_job:run",
    "style-views": "core.style.views_job:run",
    "style": "core.style.job:run",
    "recolour": "core.style.job:run",
    "style-sheet": "core.style.sheet:run",
    "style-folder": "core.style.folder:run",
    "evaluate": "core.metrics.evaluation:run",
    "sweep": "core.sweeps.directing:run",
}
_NEEDS_DEVICE = frozenset(
    {
        "train",
        "describe-network",
        "upscale",
        "upscale-measure",
        "train-upscaler",
        "style",
        "style-sheet",
        "style-folder",
        "evaluate",
        "animate-walk",
        "project",
        "direction",
    }
)
# These start other jobs and wait for them. Were they to hold a slot meanwhile, two of them could wait for ever.
_DIRECTS = frozenset({"demo", "sweep"})


def kinds() -> dict[str, str]:
    """All kinds by name, with those named in ATELIER_EXTRA_KINDS.

    That variable ("name=package.module:function", several with commas between, "@device" after those that need a
    device slot) is the one way to add a kind: what stands in a job's folder can choose among kinds but never name
    code, so a folder from elsewhere cannot run anything new.
    """
    return KINDS | {name: target for name, (target, _) in _extra_kinds().items()}


def needs_device(kind: str) -> bool:
    """Whether work of this kind waits for a device slot of its own (else for one of the few shared io slots)."""
    extra = _extra_kinds()
    return extra[kind][1] if kind in extra else kind in _NEEDS_DEVICE


def directs(kind: str) -> bool:
    """Whether it only starts other jobs and waits for them, so that it needs no slot at all."""
    return kind in _DIRECTS


def check_kind(kind: str) -> None:
    """Raises ConfigError if there is no such kind."""
    known = kinds()
    if kind not in known:
        raise ConfigError(f"There is no kind of job called {kind!r}. Known are: {', '.join(known)}.")


def load(kind: str) -> "Callable[[RunningJob], str]":
    """The function that does this kind of work. Imports its module, and with it whatever that needs."""
    check_kind(kind)
    module, _, function = kinds()[kind].partition(":")
    found: Callable[[RunningJob], str] = getattr(importlib.import_module(module), function)
    return found


def _extra_kinds() -> dict[str, tuple[str, bool]]:
    extra = {}
    for entry in filter(None, os.environ.get("ATELIER_EXTRA_KINDS", "").split(",")):
        name, _, target = entry.partition("=")
        target, _, mark = target.partition("@")
        extra[name.strip()] = (target.strip(), mark.strip() == "device")
    return extra
