"""A network for upscaling that a person brings: looked at first, and put where such files lie only if it is one."""

import re
import secrets
import shutil
from pathlib import Path

from core.files import replacing
from core.upscale.errors import ModelRefusedError
from core.upscale.listing import Upscaler, describe_file
from core.workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+()-]{0,99}")


def bring(workspace: Workspace, name: str, data: bytes | memoryview) -> Upscaler:
    """Put a file of weights into data/weights. Nothing in it is run.

    Args:
        name: of the file, as its maker or the person calls it; a path's last part counts.
    Raises: ModelRefusedError if it is no network that can be opened without danger, or another one has its name;
        nothing is kept then.
    """
    name = re.split(r"[/\\]", name)[-1].strip()
    if not _NAME.fullmatch(name):
        raise ModelRefusedError(
            f"{name[:60]!r} is no name for a file here. Rename it with letters, digits, points and dashes alone."
        )
    folder = workspace.data / "weights"
    place = folder / name
    waiting = folder / f"brought-{secrets.token_hex(6)}"  # a folder: what lies in it is not listed yet
    waiting.mkdir(parents=True)
    try:
        path = waiting / name
        path.write_bytes(data)
        found = describe_file(path)
        if found.refused:
            raise ModelRefusedError(found.refused)
        if place.exists() and place.read_bytes() != path.read_bytes():
            raise ModelRefusedError(f"There is another network called {name} here. Rename one of the two.")
        with replacing(place) as temporary:
            path.replace(temporary)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return describe_file(place)


def take_away(workspace: Workspace, path: Path) -> None:
    """Forget a network that was brought. Only files of this lab: a cache of other programs stays as it is.

    Raises: ModelRefusedError.
    """
    if path.parent != workspace.data / "weights":
        raise ModelRefusedError(f"{path.name} lies in {path.parent}, which is not this lab's. Remove it there.")
    path.unlink(missing_ok=True)
