"""Which networks for upscaling are here, and what each is, told from its file without opening it. No torch here."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.pretrained import KNOWN, HashMemory, KnownFile
from core.upscale.errors import ModelRefusedError
from core.upscale.layouts import Layout, layout_of
from core.upscale.model_header import Header, read_header
from core.upscale.places import OWN_SUFFIX, own_files, own_place, published_files
from core.workspace import Workspace

OWN_KEY = "atelier:upscaler"  # in the metadata of a file: how the network was trained here, as JSON


@dataclass(frozen=True)
class Upscaler:
    """One file."""

    name: str  # as a request names it: model=name
    method: str  # "own" or "model"
    path: Path
    bytes: int
    title: str  # what it is, in words; "" where it was refused
    layout: Layout | None = None  # None: of the layouts that are told only by opening the file
    refused: str = ""  # why it cannot be used
    known: KnownFile | None = None  # published under this name
    is_verified: bool | None = None  # whether it is as published; None: not checked, or nothing to check it by
    training: dict[str, Any] | None = None  # how it was trained here: see core.upscale.training_job.facts

    @property
    def scale(self) -> int | None:
        """None where only opening the file tells."""
        return None if self.layout is None else self.layout.scale


def list_upscalers(workspace: Workspace) -> list[Upscaler]:
    """Those trained here first, the newest of them first; also files that were refused, with the reason."""
    own = [_described(path, "own", None, None) for path in own_files(workspace)]
    memory = HashMemory(workspace)
    published = []
    for path in published_files(workspace):
        known = next((known for known in KNOWN if known.name == path.name), None)
        sha256 = memory.recall(path) if known is not None and known.sha256_start else ""
        is_verified = sha256.startswith(known.sha256_start) if known is not None and sha256 else None
        found = _described(path, "model", known, is_verified)
        # The cache of torch.hub holds networks of every purpose: of those, only what is told to be for upscaling.
        if path.parent == workspace.data / "weights" or known is not None or found.layout is not None:
            published.append(found)
    return own + published


def describe_file(path: Path) -> Upscaler:
    """Any file of weights. What speaks against it stands in `refused`."""
    return _described(path, "model", None, None)


def remove_own(workspace: Workspace, name: str) -> None:
    """Forget a network that was trained here. Pictures that it made stay."""
    own_place(workspace, name).unlink(missing_ok=True)


def missing(workspace: Workspace) -> list[KnownFile]:
    """Published networks for upscaling that are not here."""
    have = {path.name for path in published_files(workspace)}
    return [known for known in KNOWN if known.serves == "learned upscaling" and known.name not in have]


def _described(path: Path, method: str, known: KnownFile | None, is_verified: bool | None) -> Upscaler:
    name = path.stem if method == "own" else path.name
    try:
        status = path.stat()
        header, layout = _looked_at(path, status.st_size, status.st_mtime_ns)
    except (ModelRefusedError, OSError) as error:
        return Upscaler(name, method, path, 0, "", refused=str(error), known=known, is_verified=is_verified)
    title = layout.title if layout is not None else f"{header.parameters / 1e6:.1f} million weights of another layout"
    return Upscaler(
        name,
        method,
        path,
        status.st_size,
        title,
        layout,
        known=known,
        is_verified=is_verified,
        training=_training(header) if path.suffix == OWN_SUFFIX else None,
    )


@lru_cache(maxsize=256)
def _looked_at(path: Path, size: int, changed: int) -> tuple[Header, Layout | None]:
    """size, changed: so that a file that was replaced is looked at again. Raises: ModelRefusedError."""
    header = read_header(path)
    return header, layout_of(header.shapes)


def _training(header: Header) -> dict[str, Any] | None:
    try:
        value = json.loads(header.metadata.get(OWN_KEY, "null"))
    except (ValueError, RecursionError):
        return None  # only what is told of it is lost
    return value if isinstance(value, dict) else None
