"""Pictures, requests and running jobs for the tests of restyling in the background."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.torch import save_file

from core.jobs.folder import JobFolder
from core.jobs.identity import own_identity
from core.jobs.progress import StatusWriter
from core.jobs.running import RunningJob
from core.pictures.chosen import ChosenPicture, keep_picture
from core.style.neural.vgg import VGG19, random_tensors
from core.style.request import StylePicture, StyleRequest
from core.workspace import Workspace

PATCH: dict[str, Any] = {"style_patches": 300, "repeats": 2, "smallest": 32}


def png(seed: int, width: int = 64, height: int = 54) -> bytes:
    """Soft spots of colour."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def chosen(workspace: Workspace, seed: int, label: str) -> ChosenPicture:
    return keep_picture(workspace, png(seed), label=label)


def request(workspace: Workspace, engine: str = "palette", **choices: Any) -> StyleRequest:
    overrides = choices.pop("overrides", PATCH if engine == "patch" else {})
    return StyleRequest(
        content=choices.pop("content", None) or chosen(workspace, 1, "bridge.jpg"),
        styles=choices.pop("styles", None) or (StylePicture(chosen(workspace, 2, "wave.png")),),
        engine=engine,
        size=choices.pop("size", 64),
        overrides=overrides,
        **choices,
    )


def neural(workspace: Workspace, folder: Path, *, scale: float = 1.0, **choices: Any) -> StyleRequest:
    """With a network whose weights are drawn: the engine, its scales and its optimiser are the real ones."""
    path = folder / "drawn.safetensors"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        drawn = random_tensors(VGG19, "relu2_1", seed=0)
        save_file({name: tensor * scale for name, tensor in drawn.items()}, path)
    overrides: dict[str, Any] = {
        "weights_file": str(path),
        "content_layers": ["relu2_1"],
        "style_layers": ["relu1_1", "relu2_1"],
        "style_layer_weights": [4, 1],
        "smallest_side": 24,
        "steps": 4,
        "preview_steps": 1,
        "keep_steps": 3,
        **choices.pop("overrides", {}),
    }
    return request(workspace, "neural", size=34, overrides=overrides, **choices)


class StoppedJob(RunningJob):
    """Asked to stop once it has told its progress so many times."""

    after: int = 0
    told: int = 0

    def progress(self, done: int, total: int, *, unit: str, message: str = "") -> None:
        super().progress(done, total, unit=unit, message=message)
        self.told += 1
        self.signalled = self.signalled or self.told >= self.after


def run_until(workspace: Workspace, job: JobFolder, after: int, work: Callable[[RunningJob], str]) -> str:
    """Do a job's work in this process and stop it after so many reports; its closing message."""
    writer = StatusWriter(job.status_path, own_identity(), before=job.status())
    running = StoppedJob(job.path, job.settings, workspace, "cpu", ("cpu",), writer)
    running.after = after
    return work(running)
