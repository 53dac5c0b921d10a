"""The job of kind "train-upscaler": a small network for upscaling, from the lab's own pictures.

Its folder holds plan.json (how many steps), metrics.jsonl, preview.webp (a piece of a held-out picture: made small,
bicubic, by the network, as it is), state.pt (to go on from) and result.json. The network itself is kept in
data/upscalers, also after a stop; resumed, the finished one takes its place.
"""

import io
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core import __version__
from core.errors import ConfigError
from core.files import JsonLines, read_json, remove_temporary, replacing, write_bytes, write_json
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture, open_chosen
from core.upscale.evaluate import Scores, compare, fitted, made_small
from core.upscale.listing import OWN_KEY
from core.upscale.places import own_place
from core.upscale.resample import enlarged
from core.upscale.training_pictures import Windows, collect
from core.upscale.training_settings import UpscalerSettings
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob
    from core.upscale.training import UpscalerTrainer

KIND = "train-upscaler"
MAX_CHOSEN = 100_000
PREVIEW, PLAN, STATE, RESULT, METRICS = "preview.webp", "plan.json", "state.pt", "result.json", "metrics.jsonl"
PREVIEW_PARTS = ("Made small", "Bicubic", "Network", "Original")  # from left to right
_PREVIEW_SIDE = 192  # pixels of each part
_GAP = 4  # pixels between them
_LOOKS = 20  # at held-out pictures, over a training
_LOOKED_AT = 4  # held-out pictures each time
_SAVE_EVERY_SECONDS = 30.0
_TRIAL_STEPS = 12  # to find out how many fit into the minutes; the first few are slower
_FIRST_TRIAL_STEPS = 4
_DEGRADATION = "bicubic, antialiased, 8 bits"


@dataclass(frozen=True)
class Plan:
    steps: int
    seconds_per_step: float  # as measured; 0: not needed


def create_training(
    workspace: Workspace,
    pictures: Sequence[ChosenPicture],
    *,
    name: str,
    settings: UpscalerSettings = UpscalerSettings(),  # noqa: B008, frozen
    title: str = "",
    device: str = "auto",
) -> JobFolder:
    """A job folder that holds everything the training needs; nothing is started.

    Args:
        pictures: a tenth of them, at least one and at most 16, is held out to measure by.
        name: of the network; what is not a letter or digit becomes a dash.
    Raises: ConfigError.
    """
    if not name.strip():
        raise ConfigError("The network needs a name, by which it is chosen afterwards.")
    place = own_place(workspace, name)
    if place.exists():
        raise ConfigError(f"There is a network called {place.stem!r} already. Choose another name.")
    unique = list(dict.fromkeys(pictures))
    if not 2 <= len(unique) <= MAX_CHOSEN:
        raise ConfigError(
            f"Training takes 2 to {MAX_CHOSEN:,} pictures, of which some are held out to measure by; got {len(unique)}."
        )
    asked = {
        "name": place.stem,
        "pictures": [picture.to_json() for picture in unique],
        "training": settings.to_json(),
        "device": device,
    }
    return control.create(workspace, KIND, asked, title=title.strip() or f"{place.stem}: x{settings.scale}")


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Raises: TooFewPicturesError."""
    from core.training.device import choose_device, device_title, prepare
    from core.upscale.training import UpscalerTrainer

    remove_temporary(job.folder)
    settings = UpscalerSettings.from_json(job.settings["training"])
    chosen = [ChosenPicture.from_json(value) for value in job.settings["pictures"]]
    device = choose_device(job.torch_device)
    prepare(device)

    def opened(done: int, total: int) -> bool:
        job.progress(0, 0, unit="steps", message=f"Opening pictures: {done:,} of {total:,}")
        return job.stop_requested()

    windows = collect(
        chosen,
        lambda picture: open_chosen(job.workspace, picture),
        scale=settings.scale,
        crop=settings.crop,
        seed=settings.seed,
        after_picture=opened,
    )
    if windows is None:
        return "Stopped while the pictures were opened."
    for reason in windows.left_out:
        job.log(f"Left out {reason}")
    plan = _plan(job, settings, windows, UpscalerTrainer(settings, 1, device))
    job.log(
        f"Training {settings.layout.title} on {device_title(device)}: {plan.steps:,} steps of {settings.batch_size} "
        f"crops, {windows.pictures:,} pictures ({len(windows.large):,} windows), {len(windows.held_out)} held out."
    )
    trainer = UpscalerTrainer(settings, plan.steps, device)
    return _Training(job, settings, plan, windows, trainer).run()


def _plan(job: "RunningJob", settings: UpscalerSettings, windows: Windows, trainer: "UpscalerTrainer") -> Plan:
    """Decided once, so that a training that goes on has the same steps before it."""
    found: Any = None
    try:
        found = read_json(job.folder / PLAN)
        return Plan(**found)
    except (ValueError, TypeError):
        pass  # none yet, or damaged: a state saved under another plan is not taken up
    if settings.steps:
        plan = Plan(settings.steps, 0.0)
    else:
        job.progress(0, 0, unit="steps", message="Finding out how fast this device is")
        began = 0.0
        for number in range(_FIRST_TRIAL_STEPS + _TRIAL_STEPS):
            if number == _FIRST_TRIAL_STEPS:
                began = time.perf_counter()
            trainer.step(0, *windows.batch(settings.seed, number, settings.batch_size, settings.crop, settings.scale))
        each = (time.perf_counter() - began) / _TRIAL_STEPS
        plan = Plan(max(_LOOKS, round(settings.minutes * 60 / each)), each)
    write_json(job.folder / PLAN, asdict(plan))
    return plan


class _Training:
    def __init__(
        self, job: "RunningJob", settings: UpscalerSettings, plan: Plan, windows: Windows, trainer: "UpscalerTrainer"
    ) -> None:
        self._job = job
        self._settings = settings
        self._plan = plan
        self._windows = windows
        self._trainer = trainer
        self._metrics = JsonLines(job.folder / METRICS)
        self._losses: list[float] = []

    def run(self) -> str:
        job, settings, total = self._job, self._settings, self._plan.steps
        done = self._restore()
        look_every = max(1, total // _LOOKS)
        saved = time.monotonic()
        if done == 0:
            self._look(0)
        while done < total and not job.stop_requested():
            small, large = self._windows.batch(settings.seed, done, settings.batch_size, settings.crop, settings.scale)
            self._losses.append(self._trainer.step(done, small, large))
            done += 1
            job.progress(done, total, unit="steps")
            if done % look_every == 0 and done < total:
                self._look(done)
            if time.monotonic() - saved > _SAVE_EVERY_SECONDS:
                self._save(done)
                saved = time.monotonic()
        self._save(done)
        if done == 0:
            return "Stopped before the first step."
        return self._finish(done)

    def _restore(self) -> int:
        import torch

        try:
            state = torch.load(self._job.folder / STATE, map_location=self._trainer.device, weights_only=True)
        except FileNotFoundError:
            return 0
        if state["total"] != self._plan.steps:
            return 0
        self._trainer.load_state(state["trainer"])
        self._losses = list(state["losses"])
        done = int(state["done"])
        rows = [row for row in self._metrics.rows() if row["step"] <= done]  # what came after is done again
        text = "".join(json.dumps(row) + "\n" for row in rows)
        write_bytes(self._metrics.path, text.encode())
        return done

    def _save(self, done: int) -> None:
        import torch

        with replacing(self._job.folder / STATE) as temporary:
            state = {"done": done, "total": self._plan.steps, "losses": self._losses, "trainer": self._trainer.state()}
            torch.save(state, temporary)

    def _look(self, done: int) -> None:
        """Measure a few held-out pictures, and show a piece of one."""
        pictures = self._windows.held_out[:_LOOKED_AT]
        scores = compare(pictures, self._settings.scale, {"network": self._trainer.enlarge})
        self._metrics.append(
            {
                "step": done,
                "images_seen": done * self._settings.batch_size,
                "loss": float(np.mean(self._losses)) if self._losses else None,
                "psnr": round(scores["network"].psnr_y, 4),
                "bicubic_psnr": round(scores["bicubic"].psnr_y, 4),
            }
        )
        self._losses = []
        self._show()

    def _show(self) -> None:
        scale = self._settings.scale
        original = fitted(self._windows.held_out[0], scale, _PREVIEW_SIDE)
        small = made_small(original, scale)
        parts = (enlarged(small, scale, "nearest"), enlarged(small, scale, "bicubic"), self._trainer.enlarge(small))
        gap = np.ones((original.shape[0], _GAP, 3), np.float32)
        row = [piece for part in parts for piece in (part, gap)]
        strip = np.rint(np.concatenate([*row, original], axis=1) * 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(strip).save(buffer, "WEBP", lossless=True, method=0)
        write_bytes(self._job.folder / PREVIEW, buffer.getvalue())

    def _finish(self, done: int) -> str:
        """Measure all held-out pictures and keep the network."""
        job, total = self._job, self._plan.steps
        message = "Measuring held-out pictures"
        job.progress(done, total, unit="steps", message=message)
        scores = compare(self._windows.held_out, self._settings.scale, {"network": self._trainer.enlarge})
        facts = self._facts(done, scores)
        path = own_place(job.workspace, job.settings["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        write_network(path, self._trainer, facts)
        write_json(job.folder / RESULT, facts)
        self._show()
        gain = scores["network"].psnr_y - scores["bicubic"].psnr_y
        words = (
            f"{path.stem}: {gain:+.2f} dB against bicubic, {scores['network'].psnr_y - scores['lanczos'].psnr_y:+.2f} "
            f"dB against Lanczos, on {scores['network'].pictures} held-out "
            f"{'picture' if scores['network'].pictures == 1 else 'pictures'}."
        )
        if done < total:
            return f"Stopped after {done:,} of {total:,} steps. {words} It can go on where it was."
        (job.folder / STATE).unlink(missing_ok=True)
        return words

    def _facts(self, done: int, scores: dict[str, Scores]) -> dict[str, Any]:
        settings = self._settings
        return {
            "name": self._job.settings["name"],
            "scale": settings.scale,
            "size": settings.size,
            "what": settings.layout.title,
            "pictures": self._windows.pictures,
            "held_out": len(self._windows.held_out),
            "images_seen": done * settings.batch_size,
            "steps": done,
            "steps_planned": self._plan.steps,
            "scores": {method: found.to_json() for method, found in scores.items()},
            "gain_db": round(scores["network"].psnr_y - scores["bicubic"].psnr_y, 3),
            "degradation": _DEGRADATION,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "seed": settings.seed,
            "job": self._job.folder.name,
            "made_by": f"Atelier {__version__}",
        }


def write_network(path: Path, trainer: "UpscalerTrainer", facts: dict[str, Any]) -> None:
    """The averaged weights under the names of the published Compact, so that other programs can open the file too."""
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in trainer.average.state_dict().items()}
    write_bytes(path, save(tensors, metadata={OWN_KEY: json.dumps(facts, ensure_ascii=False)}))
