"""Pretrained weights that light up full features: which files, where they are looked for, whether they are genuine.

Every one of them is optional: the features work without, labelled as what they then are.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.files import read_json, write_json
from core.workspace import Workspace

_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True)
class KnownFile:
    """A file that its maker published. The end of its name is the beginning of its SHA-256: torch.hub's convention."""

    name: str
    what: str  # the network
    serves: str  # what it lights up
    megabytes: float  # about

    @property
    def sha256_start(self) -> str:
        return Path(self.name).stem.rpartition("-")[2]


# Sizes and hashes as published: torchvision's model pages; torch-fidelity's and pytorch-fid's releases.
KNOWN = (
    KnownFile("vgg19-dcbb9e9d.pth", "VGG19, trained on ImageNet", "style transfer by feature statistics", 548.1),
    KnownFile("weights-inception-2015-12-05-6726825d.pth", "Inception v3 of 2015", "FID and KID as published", 95.6),
    KnownFile("pt_inception-2015-12-05-6726825d.pth", "Inception v3 of 2015", "FID and KID as published", 95.6),
)


@dataclass(frozen=True)
class Weights:
    """A file that was found."""

    path: Path
    bytes: int
    known: KnownFile | None  # None: a file whose name we do not know
    sha256: str  # "" while it has not been computed

    @property
    def is_verified(self) -> bool:
        return self.known is not None and bool(self.sha256) and self.sha256.startswith(self.known.sha256_start)

    @property
    def verdict(self) -> str:
        """ "verified", "not checked yet", "damaged or forged", "unverified"."""
        if self.known is None:
            return "unverified"
        if not self.sha256:
            return "not checked yet"
        return "verified" if self.is_verified else "damaged or forged"


def folders(workspace: Workspace) -> list[Path]:
    """Where weights are looked for, in this order: the lab's own folder, then the cache of torch.hub."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    hub = os.environ.get("TORCH_HOME") or f"{cache}/torch"
    return [workspace.data / "weights", Path(hub).expanduser() / "hub" / "checkpoints"]


def find_weights(workspace: Workspace, *, verify: bool = False) -> list[Weights]:
    """The files that are there, those we know first.

    Args:
        verify: read each whole file for its SHA-256 (a second or two per GB); a hash is remembered until the file
            changes. Without, only hashes computed before are told.
    """
    remembered = _remembered(workspace)
    found = []
    for folder in folders(workspace):
        for path in sorted(folder.glob("*")) if folder.is_dir() else []:
            if path.suffix not in (".pth", ".pt", ".safetensors", ".onnx") or not path.is_file():
                continue
            facts = path.stat()
            key, stamp = str(path), [facts.st_size, facts.st_mtime_ns]
            entry = remembered.get(key)
            sha256 = entry["sha256"] if entry and entry["stamp"] == stamp else ""
            if verify and not sha256:
                sha256 = _sha256(path)
                remembered[key] = {"stamp": stamp, "sha256": sha256}
            known = next((known for known in KNOWN if known.name == path.name), None)
            found.append(Weights(path, facts.st_size, known, sha256))
    if verify:
        write_json(_memory(workspace), remembered)
    return sorted(found, key=lambda weights: weights.known is None)


def missing(found: Sequence[Weights]) -> list[KnownFile]:
    """What could be lit up, each network once."""
    have = {weights.known.what for weights in found if weights.known}
    absent = {known.what: known for known in reversed(KNOWN) if known.what not in have}
    return [known for known in KNOWN if known in absent.values()]


def _memory(workspace: Workspace) -> Path:
    return workspace.data / "weights" / "checked.json"


def _remembered(workspace: Workspace) -> dict[str, dict[str, Any]]:
    try:
        value = read_json(_memory(workspace))
    except (OSError, ValueError):
        return {}  # only a memory: the hashes can be computed again
    return value if isinstance(value, dict) else {}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
