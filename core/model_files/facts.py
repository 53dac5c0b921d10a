"""What every exported file says of its network, whatever its form; enough to rebuild the network. No torch here."""

import dataclasses
import importlib.util
import json
from typing import Any

from core import __version__
from core.errors import AtelierError, ConfigError, NotFoundError
from core.models.configs import NetworkConfig
from core.models.zoo import PRESETS, find_architecture

KEY = "atelier"  # where the facts stand: metadata of safetensors and ONNX; extra file KEY.json of TorchScript
FORMS = {"safetensors": ".safetensors", "torchscript": ".pt", "onnx": ".onnx"}  # form -> suffix
ONNX_PACKAGES = ("onnx", "onnxscript")  # what writing ONNX needs besides torch
MOST_BYTES = 4_000_000  # of facts: some thousand times what a run has
_VERSION = 1


class ModelFileError(AtelierError):
    """A network cannot be written to, or read from, a file."""


def facts_of(saved: dict[str, Any], settings: dict[str, Any], *, latent_dim: int, shape: tuple[int, int]) -> str:
    """The facts as JSON.

    Args:
        saved: what stands in the metadata of the run's weights.
        settings: those of the run, all of them.
        shape: height and width of its pictures.
    """
    terms = saved.get("terms") or []
    inputs: dict[str, Any] = {"z": ["batch", latent_dim]}
    if saved["network"].get("terms"):
        inputs["terms"] = ["batch", saved["network"]["terms"]]
    facts = {
        **saved,
        "format": "atelier-network",
        "version": _VERSION,
        "made_by": f"Atelier {__version__}",
        "inputs": inputs,
        "outputs": {"images": ["batch", 3, *shape]},
        "range": [-1, 1],
        "terms": terms,
        "settings": settings,
    }
    return json.dumps(facts, ensure_ascii=False)


def read(text: str | bytes | None, name: str) -> dict[str, Any]:
    """The facts in a file called `name`. Raises ModelFileError when they are missing or no facts."""
    if text is None:
        raise ModelFileError(
            f"{name} was not written by Atelier: nothing in it says which network it holds. "
            "Only files made by Atelier's own export can be imported."
        )
    try:
        facts = json.loads(text) if len(text) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict) or not isinstance(facts.get("network"), dict):
        raise ModelFileError(f"What {name} says of its network cannot be read: it is damaged. Export the run again.")
    version = facts.get("version", _VERSION)
    if not isinstance(version, int) or version > _VERSION:
        raise ModelFileError(f"{name} was written by a later version of Atelier. Update Atelier, then import it.")
    return facts


def config_of(facts: dict[str, Any], name: str) -> tuple[str, NetworkConfig]:
    """Architecture and checked config of the network that the facts describe. Raises ModelFileError."""
    try:
        architecture = str(facts.get("architecture"))
        kind = find_architecture(architecture).config
        known = {field.name: field for field in dataclasses.fields(kind)}
        types: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,)}
        for setting, value in facts["network"].items():
            if setting not in known:
                raise ConfigError(f"{architecture} has no setting {setting!r}.")
            wanted = known[setting].type
            wanted = wanted.__name__ if isinstance(wanted, type) else str(wanted)
            if not isinstance(value, types[wanted]) or (isinstance(value, bool) and wanted != "bool"):
                raise ConfigError(f"{setting} should be of the type {wanted}, but is {value!r:.60}.")
        return architecture, kind(**facts["network"])
    except (ConfigError, NotFoundError) as error:
        raise ModelFileError(
            f"{name} holds a network that this version of Atelier cannot build. {error} Export it again with the "
            "version that is to read it."
        ) from error


def family_of(architecture: str) -> str:
    """Which way an architecture is trained: the zoo knows, so that no file needs to be believed."""
    return next(preset.family for preset in PRESETS.values() if preset.architecture == architecture)


def check_packages(*names: str) -> None:
    """Raises ModelFileError naming what has to be installed."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelFileError(
            f"For ONNX the Python package{'s' * (len(missing) > 1)} {' and '.join(missing)} must be installed: "
            f"pip install {' '.join(missing)}. The other forms need nothing more."
        )
