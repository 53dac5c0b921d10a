"""Keeping what a job made: as a file in its folder, with its facts beside it, and in the gallery."""

import hashlib
from pathlib import Path
from typing import Any

from core.files import read_json, write_bytes, write_json
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture
from core.pictures.gallery import Gallery
from core.style.again import FACTS
from core.workspace import Workspace


def keep_result(
    workspace: Workspace,
    folder: Path,
    name: str,
    png: bytes,
    facts: dict[str, Any],
    *,
    way: str,
    parents: tuple[ChosenPicture, ...],
    request: dict[str, Any],
) -> str:
    """Write the result so far, or the finished one, which takes the earlier one's place in the gallery.

    In the order of this function, a kill anywhere leaves a folder that knows which picture of the gallery a resumed
    job replaces.

    Args:
        name: of the file in the job's folder.
        facts: for result.json; `label` and `remark` also go to the gallery.
    Returns: the SHA-256 under which it lies in the store and the gallery.
    """
    before = [str(sha256) for sha256 in facts_of_job(folder).get("kept", [])]
    sha256 = hashlib.sha256(png).hexdigest()
    write_bytes(folder / name, png)
    write_json(folder / FACTS, facts | {"sha256": sha256, "kept": [*before, sha256]})  # now, or earlier
    gallery = Gallery(workspace)
    gallery.keep(
        png,
        way=way,
        title=JobFolder(folder).title,
        label=facts["label"],
        parents=parents,
        request=request,
        job=folder.name,
        remark=facts["remark"],
    )
    for earlier in before:
        made = gallery.find(earlier) if earlier != sha256 else None
        if made is not None and made.job == folder.name:
            gallery.remove(earlier)
    write_json(folder / FACTS, facts | {"sha256": sha256, "kept": [sha256]})
    return sha256


def facts_of_job(folder: Path) -> dict[str, Any]:
    """result.json; empty until there is a result, or if it is damaged."""
    try:
        found = read_json(folder / FACTS)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
