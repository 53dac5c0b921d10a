"""The state that a training goes on from: two files, the newest and the one before, each complete or not there."""

import pickle
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from core.errors import AtelierError
from core.files import replacing
from core.training.run_folder import START_STATE, START_WEIGHTS, RunFolder
from core.training.trainer import Trainer

NEWEST, PREVIOUS = "resume.pt", "resume-previous.pt"
_FORMAT = 1


class ResumeError(AtelierError):
    """A state that does not belong to this run."""


@dataclass(frozen=True)
class Position:
    """Where a training stands, besides its networks."""

    images_seen: int
    rate_factor: float = 1.0  # of the learning rate: halved each time that the training went back
    went_back: int = 0


def restore(
    run: RunFolder, trainer: Trainer, fingerprint: str, device: torch.device, say: Callable[[str], None] | None = None
) -> Position:
    """Give the trainer the newest state of its run; at the run's very start, what it was given to begin with.

    Raises ResumeError for a state of other settings, and for a start that is damaged or gone.
    """
    say = say or _say_nothing
    state, remark = load_resume(run.path, fingerprint, device)
    if remark:
        say(remark)
    if state is None:
        return Position(begin(run, trainer, device, say=say))
    trainer.restore(state["trainer"])
    images_seen = int(state["images_seen"])
    say(f"Going on at {images_seen:,} images.")
    return Position(images_seen, float(state.get("rate_factor", 1.0)), int(state.get("went_back", 0)))


def _say_nothing(text: str) -> None:
    """Of several processes only the first one tells."""


def save_resume(folder: Path, state: dict[str, Any], fingerprint: str) -> None:
    """Keep `state`, and the one saved before it. fingerprint: of the settings that it belongs to.

    At every moment one complete file lies there: the new one is on disk before the old one moves aside.
    """
    newest = folder / NEWEST
    save_state(folder / f"{NEWEST}.new", state, fingerprint)
    if newest.exists():
        newest.replace(folder / PREVIOUS)
    (folder / f"{NEWEST}.new").replace(newest)


def save_state(path: Path, state: dict[str, Any], fingerprint: str) -> None:
    """Write a state in one step: the file is complete, or it is not there.

    Raises OSError, as for any file, when the disk is full.
    """
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as temporary, temporary.open("wb") as handle:
        try:
            torch.save({"format": _FORMAT, "fingerprint": fingerprint, "state": state}, handle)
        except RuntimeError as error:  # torch's writer trips over its own half file and hides what went wrong
            cause = error.__context__
            if isinstance(cause, OSError):
                raise OSError(cause.errno, cause.strerror, str(path)) from error
            raise


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


def begin(run: RunFolder, trainer: Trainer, device: torch.device, *, say: Callable[[str], None]) -> int:
    """Give fresh networks what their run starts with, if it starts with anything; return the images seen before.

    Raises ResumeError for a start that is damaged or gone.
    """
    start = run.settings.get("start")
    if not start:
        return 0
    where = f"epoch {start['epoch']} of {start['run']}"
    state_path, weights_path = run.path / START_STATE, run.path / START_WEIGHTS
    saved = _load(state_path, device) if state_path.exists() else None
    if state_path.exists() and saved is None:
        raise ResumeError(f"{START_STATE}, what this run begins with, is damaged. Make the branch again.")
    if start["kind"] == "branch":
        if saved is None:
            raise ResumeError(f"{START_STATE}, what this run begins with, is gone. Make the branch again.")
        same = start["optimiser"] == run.settings["training"]["optimiser"]
        remark = _restore_branch(trainer, saved["state"]["trainer"], same_optimiser=same)
        images_seen = int(saved["state"]["images_seen"])
        say(f"A branch of {where}: going on at {images_seen:,} images.{remark}")
        return images_seen
    roles = list(trainer.networks)
    if saved is not None:
        before = {role: tensors for role, tensors in saved["state"]["trainer"].items() if role in roles}
        averaged = saved["state"]["trainer"].get("averaged", {})
    elif weights_path.exists():
        averaged = load_file(weights_path, device=str(device))
        before = {roles[0]: averaged}
    else:
        raise ResumeError("What this run begins with is gone. Start it again from the other run.")
    say(f"Weights of {where}. {take_over(trainer.networks, before)}")
    take_over({"averaged": trainer.averaged.network}, {"averaged": averaged})
    return 0


def _restore_branch(trainer: Trainer, state: dict[str, Any], *, same_optimiser: bool) -> str:
    """All of the state; where the optimiser is another one now, all but the optimiser's memory."""
    if same_optimiser:
        trainer.restore(state)
        return ""
    take_over(trainer.networks, state)
    take_over({"averaged": trainer.averaged.network}, state)
    return " The optimisers begin anew, for they are of another kind now."


def take_over(networks: dict[str, nn.Module], before: dict[str, dict[str, Tensor]]) -> str:
    """Load into each network whatever has its name and shape in `before` (role -> tensors); tell how much that was."""
    told = []
    for role, network in networks.items():
        own, other = network.state_dict(), before.get(role, {})
        fitting = {name: tensor for name, tensor in other.items() if name in own and own[name].shape == tensor.shape}
        network.load_state_dict({**own, **fitting})
        told.append(f"{len(fitting)} of {len(own)} tensors of the {role}")
    return "Taken over: " + ", ".join(told) + "."
