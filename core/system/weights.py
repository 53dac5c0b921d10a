"""Pretrained weights that light up full features: which are here, and whether they are genuine.

Every one of them is optional: the features work without, labelled as what they then are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.pretrained import KNOWN, HashMemory, KnownFile, folders
from core.workspace import Workspace

__all__ = ["KNOWN", "KnownFile", "Weights", "find_weights", "folders", "missing"]


@dataclass(frozen=True)
class Weights:
    """A file that was found."""

    path: Path
    bytes: int
    known: KnownFile | None  # None: a file whose name we do not know
    sha256: str  # "" while it has not been computed

    @property
    def is_verified(self) -> bool:
        if self.known is None or not self.sha256 or not self.known.sha256_start:
            return False
        return self.sha256.startswith(self.known.sha256_start)

    @property
    def verdict(self) -> str:
        """ "verified", "not checked yet", "damaged or forged", "unverified"."""
        if self.known is None or not self.known.sha256_start:
            return "unverified"
        if not self.sha256:
            return "not checked yet"
        return "verified" if self.is_verified else "damaged or forged"


def find_weights(workspace: Workspace, *, verify: bool = False) -> list[Weights]:
    """The files that are there, those we know first.

    Args:
        verify: read each whole file for its SHA-256 (a second or two per GB); a hash is remembered until the file
            changes. Without, only hashes computed before are told.
    """
    memory = HashMemory(workspace)
    found = []
    for folder in folders(workspace):
        for path in sorted(folder.glob("*")) if folder.is_dir() else []:
            if path.suffix not in (".pth", ".pt", ".safetensors", ".onnx") or not path.is_file():
                continue
            sha256 = memory.sha256(path) if verify else memory.recall(path)
            known = next((known for known in KNOWN if known.name == path.name), None)
            found.append(Weights(path, path.stat().st_size, known, sha256))
    return sorted(found, key=lambda weights: weights.known is None)


def missing(found: Sequence[Weights]) -> list[KnownFile]:
    """What could be lit up, each network once."""
    have = {weights.known.what for weights in found if weights.known}
    absent = {known.what: known for known in reversed(KNOWN) if known.what not in have}
    return [known for known in KNOWN if known in absent.values()]
