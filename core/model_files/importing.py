"""A file that `export_network` wrote, here or in another lab, as a run that can be looked at and sampled from.

What a file says is believed only as far as it was checked: the network is built by this package's own code from checked
settings, and gets weights whose names, shapes and types are just those it needs. No code in a file is run, and no
pickle is opened by Python's own reader.
"""

import dataclasses
import hashlib
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.files import new_id, write_json
from core.jobs.folder import State
from core.model_files import onnx_file, safetensors_file, torchscript_file
from core.model_files.facts import ModelFileError, family_of
from core.model_files.tensors import empty_network, fill
from core.models.zoo import PRESETS
from core.training.recorder import Recorder
from core.training.run_folder import RunFolder
from core.training.settings import FAMILIES
from core.workspace import Workspace, slug

MOST_BYTES = 8 << 30  # of a file: many times the largest network that can be trained here
_GRID_SIZE = 16
_UNFINISHED = ".importing"  # in checkpoints/, one folder deeper than runs are looked for
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def read_network(path: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network in a file, with its weights, and the file's facts. Raises ModelFileError."""
    form = recognise(path)
    if form == "safetensors":
        facts = safetensors_file.read_facts(path)
        network = empty_network(facts, path.name)
        tensors: Mapping[str, Tensor] = safetensors_file.read_tensors(path)
    elif form == "torchscript":
        facts = torchscript_file.read_facts(path)
        network = empty_network(facts, path.name)
        tensors = torchscript_file.read_tensors(path, list(network.state_dict()))
    else:
        facts, weights = onnx_file.read_file(path)
        network = empty_network(facts, path.name)
        own = network.state_dict()  # a graph has constants besides
        tensors = {name: tensor for name, tensor in weights.items() if name in own}
    return fill(network, tensors, path.name), facts


def recognise(path: Path) -> str:
    """Which of FORMS a file is, by how it begins. Raises ModelFileError for anything else."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    if size > MOST_BYTES:
        raise ModelFileError(f"{path.name} has {size / 1e9:.1f} GB; files up to {MOST_BYTES / 1e9:.0f} GB are read.")
    if head.startswith(b"PK\x03\x04"):
        return "torchscript"
    if len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < size:
        return "safetensors"
    if head.startswith(b"\x08") and path.suffix.lower() == ".onnx":
        return "onnx"
    if head.startswith(b"\x80"):
        raise ModelFileError(
            f"{path.name} is a Python pickle. Opening one can run whatever its maker wished, so it is not opened. "
            "Export the network from Atelier as safetensors, torchscript or onnx."
        )
    raise ModelFileError(
        f"{path.name} is no network that Atelier exported: it is neither safetensors, nor TorchScript, nor ONNX"
        f"{', or it was cut short' if size < 1000 else ''}."
    )


def import_network(workspace: Workspace, path: Path, title: str = "") -> str:
    """Make a run of the network in a file, with a sample grid; return the run's id.

    The run cannot be trained further, but begun with (`--from`), sampled from, compared and studied.
    Raises: ModelFileError; then there is no run.
    """
    path = Path(path).expanduser()
    network, facts = read_network(path)
    settings = _settings(network, facts, path)
    run_id = new_id(slug(title)[:30] if title.strip() else f"import-{slug(settings['preset'])[:30]}")
    unfinished = workspace.checkpoints / _UNFINISHED / run_id
    unfinished.mkdir(parents=True)
    try:
        _write_run(unfinished, network, settings, facts, title.strip() or _title(settings, path))
        unfinished.rename(workspace.run(run_id))
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return run_id


def _write_run(folder: Path, network: nn.Module, settings: dict[str, Any], facts: dict[str, Any], title: str) -> None:
    now = time.time()
    write_json(folder / "run.json", {"kind": "train", "title": title[:200], "created": now, "settings": settings})
    latent_dim, terms = int(network.latent_dim), int(settings["network"].get("terms", 0))  # type: ignore[arg-type]
    recorder = Recorder(
        RunFolder(folder),
        latent_dim=latent_dim,
        grid_size=_GRID_SIZE,
        seed=settings["seed"],
        shown=torch.empty(0),
        device=torch.device("cpu"),
        terms=torch.eye(terms)[torch.arange(_GRID_SIZE) % terms] if terms else None,  # one after the other
    )
    images_seen = _whole(facts.get("images_seen"), lowest=1)
    recorder.save_epoch(settings["epochs"], recorder.draw_samples(network), network, images_seen)
    told = f"Imported from {settings['imported']['file']}."
    write_json(
        folder / "end.json",
        {"state": State.DONE.value, "message": told, "traceback": "", "seconds": 0.0, "reason": "", "ended": now},
    )


def _settings(network: nn.Module, facts: dict[str, Any], path: Path) -> dict[str, Any]:
    """What run.json says: what was checked as it was, the rest only as far as it is of the kind that pages expect."""
    said = facts.get("settings")
    said = said if isinstance(said, dict) else {}
    architecture = str(facts["architecture"])
    family = family_of(architecture)
    seed = _whole(said.get("seed"), lowest=0)
    training, left_out = _training(family, said.get("training"))
    preset = facts.get("preset") if facts.get("preset") in PRESETS else "imported"
    return {
        "preset": preset,
        "family": family,
        "architecture": architecture,
        "network": facts["network"],
        "training": {**training, "grid_size": _GRID_SIZE},
        "dataset_id": _name(said.get("dataset_id")),
        "dataset_name": str(said.get("dataset_name") or "unknown")[:200],
        "dataset_hash": str(facts.get("dataset_hash") or "")[:200],
        "train_count": _whole(said.get("train_count"), lowest=1),
        "test_count": _whole(said.get("test_count"), lowest=0),
        "epochs": min(_whole(facts.get("epoch"), lowest=1), 1_000_000),
        "images": 0,
        "terms": _vocabulary(facts),
        "seed": seed,
        "device": "cpu",
        "imported": {
            "file": path.name[:200],
            "run": _name(facts.get("run")),
            "epoch": _whole(facts.get("epoch"), lowest=0),
            "images_seen": _whole(facts.get("images_seen"), lowest=0),
            "made_by": str(facts.get("made_by") or "")[:100],
            "sha256": _sha256(path),
            "settings_left_out": left_out,
        },
    }


def _training(family: str, said: Any) -> tuple[dict[str, Any], list[str]]:
    """Training settings of the file where they are possible here, else those usual; and which were left out."""
    kind = FAMILIES[family]
    known = {field.name for field in dataclasses.fields(kind)}
    wanted = {str(name)[:60]: value for name, value in said.items()} if isinstance(said, dict) else {}
    try:
        taken = {name: value for name, value in wanted.items() if name in known}
        return dataclasses.asdict(kind(**taken)), sorted(wanted.keys() - known)[:100]
    except (ConfigError, TypeError, ValueError, AttributeError):
        return dataclasses.asdict(kind()), sorted(wanted)[:100]


def _vocabulary(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Raises ModelFileError unless it names each of the network's terms."""
    count = int(facts["network"].get("terms") or 0)
    terms = facts.get("terms") or []
    if count and (not isinstance(terms, list) or len(terms) != count):
        raise ModelFileError(
            f"The file's network knows {count} terms, but the file does not say which. Export it again."
        )
    if not count:
        return []
    if not all(isinstance(term, dict) and {"column", "value"} <= term.keys() for term in terms):
        raise ModelFileError("The file's list of terms is damaged. Export it again.")
    return [
        {
            "column": str(term["column"])[:60],
            "value": str(term["value"])[:200],
            "count": _whole(term.get("count"), lowest=0),
        }
        for term in terms
    ]


def _title(settings: dict[str, Any], path: Path) -> str:
    preset = settings["preset"]
    return f"{PRESETS[preset].title if preset in PRESETS else settings['architecture']} from {path.name}"


def _whole(value: Any, *, lowest: int) -> int:
    return min(max(lowest, value), 2**53) if type(value) is int else lowest


def _name(value: Any) -> str:
    """A name that may be a folder's, else "unknown"."""
    return value if isinstance(value, str) and _SAFE_NAME.fullmatch(value) and ".." not in value else "unknown"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
