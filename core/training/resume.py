"""The state that a training goes on from: two files, the newest and the one before, each complete or not there."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from core.errors import AtelierError
from core.files import replacing

NEWEST, PREVIOUS = "resume.pt", "resume-previous.pt"
_FORMAT = 1


class ResumeError(AtelierError):
    """A state that does not belong to this run."""


def save_resume(folder: Path, state: dict[str, Any], fingerprint: str) -> None:
    """Keep `state`, and the one saved before it. fingerprint: of the settings that it belongs to.

    At every moment one complete file lies there: the new one is on disk before the old one moves aside.
    """
    newest = folder / NEWEST
    with replacing(folder / f"{NEWEST}.new") as temporary:
        torch.save({"format": _FORMAT, "fingerprint": fingerprint, "state": state}, temporary)
    if newest.exists():
        newest.replace(folder / PREVIOUS)
    (folder / f"{NEWEST}.new").replace(newest)


def load_resume(folder: Path, fingerprint: str, device: torch.device) -> tuple[dict[str, Any] | None, str]:
    """The newest state that is whole, and a remark if a damaged one was passed over. None: nothing was saved yet.

    Nothing in these files is ever run: tensors and plain values only. Raises ResumeError if the state was saved
    under other settings.
    """
    damaged = []
    for name in (f"{NEWEST}.new", NEWEST, PREVIOUS):
        path = folder / name
        if not path.exists():
            continue
        saved = _load(path, device)
        if saved is None:
            damaged.append(name)
            continue
        if saved["fingerprint"] != fingerprint:
            raise ResumeError(
                f"{name} was saved under other settings than run.json holds now, so going on would mix two trainings. "
                "Put run.json back as it was, or start a new run."
            )
        remark = f"{', '.join(damaged)} is damaged; going on from {name}." if damaged else ""
        return saved["state"], remark
    return None, f"{', '.join(damaged)} is damaged and no older state is left; starting over." if damaged else ""


def _load(path: Path, device: torch.device) -> dict[str, Any] | None:
    """What the file holds; None if it is damaged (cut short, or a bit has flipped)."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:  # torch itself would read a flipped bit as a weight
                return None
        saved = torch.load(path, map_location=device, weights_only=True)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError, KeyError):
        return None
    except pickle.UnpicklingError as error:
        raise ResumeError(f"{path.name} holds more than tensors and plain values, so it was not loaded.") from error
    complete = isinstance(saved, dict) and saved.get("format") == _FORMAT and {"fingerprint", "state"} <= set(saved)
    return saved if complete else None
