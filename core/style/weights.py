"""Weights of networks that others trained: found and checked, or refused with what is missing. Never fetched unasked.

Looked for at a given path, then in the workspace (data/weights), then in the cache of torch.hub. A file whose maker
published its SHA-256 is used only if it has it; torch.hub itself never checks a file that lies there already.
"""

import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import AtelierError, NotFoundError
from core.files import write_bytes
from core.pretrained import KNOWN, HashMemory, KnownFile, folders
from core.workspace import Workspace

if TYPE_CHECKING:
    from torch import Tensor

_SLIM_KEY = "atelier-slim"
_SUFFIXES = (".pth", ".safetensors")


class WeightsError(AtelierError):
    """Weights that are missing, damaged, forged, or of another network."""


@dataclass(frozen=True)
class Found:
    path: Path
    known: KnownFile
    sha256: str
    is_verified: bool  # it has the hash that its maker published
    origin_sha256: str = ""  # of a slim file: the hash of the whole one that it was made of

    @property
    def words(self) -> str:
        """What it is, in one line: for the log and for the files it helped to make."""
        if self.origin_sha256:
            return f"{self.path.name}, made of {self.known.name} ({self.origin_sha256[:8]})"
        return f"{self.path.name} ({self.sha256[:8]}, {'verified' if self.is_verified else 'no published hash'})"


def known_file(key: str) -> KnownFile:
    """By its key ("vgg19") or its file's name. Raises: NotFoundError."""
    for known in KNOWN:
        if key and key in (known.key, known.name):
            return known
    raise NotFoundError("weights", key, [known.key for known in KNOWN if known.key])


def slim_name(known: KnownFile) -> str:
    return f"{known.key}-features.safetensors"


def lying(key: str, workspace: Workspace) -> Path | None:
    """Where a file of that name lies, or its slim one; not opened, so it may yet turn out to be another.

    Raises: NotFoundError for an unknown key.
    """
    known = known_file(key)
    names = (slim_name(known), known.name)
    paths = (folder / name for folder in folders(workspace) for name in names)
    return next((path for path in paths if path.is_file()), None)


def find(key: str, given: str | Path | None = None, *, workspace: Workspace | None = None) -> Found | None:
    """The file, checked; None if it is nowhere.

    Args:
        given: a path that a person named: the only place that is then looked at.
    Raises: NotFoundError for an unknown key; WeightsError for a file that is not what its name says, or a given path
        that leads to none.
    """
    workspace = workspace or Workspace()
    known = known_file(key)
    if given:
        path = Path(given).expanduser()
        if not path.is_file():
            raise WeightsError(f"There is no file {path}. Needed: {described(known)}. Give the path of that file.")
        return _checked(path, known, workspace)
    lies_at = lying(key, workspace)
    return None if lies_at is None else _checked(lies_at, known, workspace)


def need(key: str, given: str | Path | None = None, *, workspace: Workspace | None = None) -> Found:
    """As `find`. Raises: also WeightsError where there is no such file, with what to do about it."""
    workspace = workspace or Workspace()
    found = find(key, given, workspace=workspace)
    if found is None:
        known = known_file(key)
        places = " or ".join(str(folder) for folder in folders(workspace))
        source = f" It is published at {known.url}." if known.url else ""
        raise WeightsError(
            f"This needs {described(known)}, and it is not here. Put it into {places}, give its path, or have it "
            f"downloaded.{source}"
        )
    return found


def described(known: KnownFile) -> str:
    """ "vgg19-dcbb9e9d.pth (VGG19, trained on ImageNet, 575 MB)"."""
    size = f"{known.megabytes:,.0f}" if known.megabytes >= 10 else f"{known.megabytes:.1f}"
    return f"{known.name} ({known.what}, {size} MB)"


def _checked(path: Path, known: KnownFile, workspace: Workspace) -> Found:
    sha256 = HashMemory(workspace).sha256(path)
    if path.suffix == ".safetensors":
        origin = _slim_origin(path)
        if origin is None:
            return Found(path, known, sha256, is_verified=False)
        if origin["key"] != known.key:
            raise WeightsError(f"{path.name} holds weights of {origin['key']}, but {known.key} is needed.")
        if known.sha256_start and not origin["sha256"].startswith(known.sha256_start):
            raise WeightsError(
                f"{path.name} says that it was made of a file that is not {known.name} as published. Make it again."
            )
        return Found(path, known, sha256, is_verified=False, origin_sha256=origin["sha256"])
    if known.sha256_start and not sha256.startswith(known.sha256_start):
        raise WeightsError(
            f"{path} is not {known.name} as published: its SHA-256 begins with {sha256[:8]}, and should begin with "
            f"{known.sha256_start[:8]}. It was cut short or changed. Remove it and get it again."
        )
    return Found(path, known, sha256, is_verified=bool(known.sha256_start))


# --- reading


def read_tensors(path: Path) -> "dict[str, Tensor]":
    """All tensors of a .pth or .safetensors file, on the processor. Nothing in the file can run.

    Raises: WeightsError for another kind of file, one that holds more than tensors, or a damaged one.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if path.suffix not in _SUFFIXES:
        raise WeightsError(f"{path.name} is neither {' nor '.join(_SUFFIXES)}. Other kinds of files may hold programs.")
    try:
        if path.suffix == ".safetensors":
            value = load_file(path)
        else:
            value = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path.name} holds more than tensors, or is damaged, and is not opened: such a file can run programs. Get "
            "it from its maker, or as safetensors."
        ) from error
    except (SafetensorError, OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise WeightsError(f"{path.name} is damaged or cut short ({reason:.120}). Get it again.") from error
    if not isinstance(value, Mapping) or not all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) for name, tensor in value.items()
    ):
        raise WeightsError(f"{path.name} is no table of tensors. Choose the file of weights that its maker published.")
    return dict(value)


def read_features(found: Found, names: "Mapping[str, Sequence[int]]") -> "dict[str, Tensor]":
    """The tensors of these names and shapes, and no others. Raises: WeightsError."""
    import torch

    tensors = read_tensors(found.path)
    origin = _slim_origin(found.path) if found.origin_sha256 else None
    if origin is not None and _tensors_hash(tensors) != origin["tensors_sha256"]:
        raise WeightsError(f"{found.path.name} was changed since it was made. Make it again, or get it again.")
    for name, shape in names.items():
        if name not in tensors or tuple(tensors[name].shape) != tuple(shape):
            there = f"is {tuple(tensors[name].shape)}" if name in tensors else "is missing"
            raise WeightsError(
                f"{found.path.name} does not hold {found.known.what}: {name} {there}, and should be {tuple(shape)}."
            )
        if not tensors[name].is_floating_point() or not bool(torch.isfinite(tensors[name]).all()):
            raise WeightsError(f"{found.path.name} holds weights that are no numbers (in {name}). Get it again.")
    return {name: tensors[name].float() for name in names}


# --- slim files


def make_slim(key: str, given: str | Path | None = None, *, workspace: Workspace | None = None) -> Path:
    """Write the features alone as safetensors into data/weights: a tenth of the whole file, and quicker to open.

    Its metadata say what it was made of. Returns its path.
    Raises: WeightsError, also for weights that have no classifier to leave out.
    """
    from safetensors.torch import save

    from core.style.neural.plans import PLANS

    workspace = workspace or Workspace()
    found = need(key, given, workspace=workspace)
    if found.known.key not in PLANS:
        raise WeightsError(
            f"Nothing can be left out of {found.known.name}. Slim files are made of: {', '.join(PLANS)}."
        )
    plan = PLANS[found.known.key]
    last = [name for name in plan.layers() if name.startswith("relu")][-1]
    tensors = read_features(found, plan.shapes(last))
    origin = {
        "key": found.known.key,
        "name": found.known.name,
        "sha256": found.origin_sha256 or found.sha256,
        "url": found.known.url,
        "licence": found.known.licence,
        "tensors_sha256": _tensors_hash(tensors),
    }
    path = workspace.data / "weights" / slim_name(found.known)
    write_bytes(path, save(tensors, metadata={_SLIM_KEY: json.dumps(origin)}))
    return path


def _slim_origin(path: Path) -> dict[str, str] | None:
    """What `make_slim` noted; None for another file. Raises: WeightsError."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:  # the metadata alone, without torch
            text = (file.metadata() or {}).get(_SLIM_KEY)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path.name} is damaged or cut short. Make it again, or get it again.") from error
    if text is None:
        return None
    try:
        origin = json.loads(text)
        return {name: str(origin[name]) for name in ("key", "sha256", "tensors_sha256")}
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path.name} says wrongly what it was made of. Make it again.") from error


def _tensors_hash(tensors: "Mapping[str, Tensor]") -> str:
    """Of names and values, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().numpy().tobytes())
    return digest.hexdigest()
