"""Where the networks for upscaling lie: those trained here, and those that others published. No torch here."""

from pathlib import Path

from core.errors import ConfigError, NotFoundError
from core.pretrained import KNOWN, folders
from core.upscale.model_header import SUFFIXES
from core.upscale.request import UpscaleRequest
from core.workspace import Workspace, slug

OWN_SUFFIX = ".safetensors"


def file_of_model(request: UpscaleRequest, workspace: Workspace) -> Path:
    """The file that a request means. Raises: NotFoundError, ConfigError for a method that uses none."""
    if request.method == "own":
        return own_file(workspace, request.model)
    if request.method != "model":
        raise ConfigError(f"The method {request.method!r} uses no network.")
    if request.model != request.name_of_model:  # a path, given on the command line: names in pictures have none
        return Path(request.model).expanduser()
    here = published_files(workspace)
    for path in here:
        if request.model in (path.name, path.stem):
            return path
    by_key = next((known.name for known in KNOWN if known.key == request.model), None)
    for path in here:
        if path.name == by_key:
            return path
    raise NotFoundError("network for upscaling", request.model, [path.name for path in here])


def own_file(workspace: Workspace, name: str) -> Path:
    """Of a network that was trained here. Raises: NotFoundError."""
    path = own_place(workspace, name)
    if not path.is_file():
        raise NotFoundError("network trained here", name, [found.stem for found in own_files(workspace)])
    return path


def own_place(workspace: Workspace, name: str) -> Path:
    """Where the network of this name is kept, or would be."""
    return workspace.upscalers / f"{slug(name)}{OWN_SUFFIX}"


def own_files(workspace: Workspace) -> list[Path]:
    """The newest first."""
    found = [path for path in workspace.upscalers.glob(f"*{OWN_SUFFIX}") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def published_files(workspace: Workspace) -> list[Path]:
    """Files of weights in the folders where such are looked for, without those that are known to serve other things."""
    others = {known.name for known in KNOWN if known.serves != "learned upscaling"}
    found: dict[str, Path] = {}
    for folder in folders(workspace):
        for path in sorted(folder.glob("*")) if folder.is_dir() else []:
            slim = path.name.endswith("-features.safetensors")
            if path.suffix.lower() in SUFFIXES and path.is_file() and path.name not in others and not slim:
                found.setdefault(path.name, path)
    return list(found.values())
