"""The work of a "train" job: from a run folder's settings to trained weights, in whatever process runs it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.conditions import Vocabulary
from core.datasets.pack import Pack, open_pack
from core.datasets.steps.step import steps_from
from core.errors import AtelierError
from core.files import remove_temporary
from core.jobs.running import RunningJob
from core.training.base_settings import PICTURES_SHARE, TrainingSettings
from core.training.building import build_trainer, training_settings
from core.training.device import choose_device, device_title, prepare
from core.training.following import follow
from core.training.graphs import with_graphs
from core.training.loop import Training
from core.training.parallel import Share
from core.training.pictures import Pictures
from core.training.ranks import join, leave, meeting_point, ready_mark, together
from core.training.recorder import Recorder
from core.training.run_folder import RunFolder
from core.training.schedule import Schedule, plan_saves
from core.training.scoring import Scorer, can_score
from core.training.steps import Steps
from core.training.trial import of_one_device
from core.training.tuning import engine, resolve
from core.workspace import Workspace

_SHOWN_RECONSTRUCTIONS = 32


class DatasetChangedError(AtelierError):
    def __init__(self, dataset: str) -> None:
        super().__init__(
            f"The dataset {dataset} is not the one this run was created with: its content has changed. "
            "Build it again as it was, or start a new run on what it is now."
        )


def run(job: RunningJob) -> str:
    """Train as run.json says, from the newest saved state; return the closing message.

    On several devices this is the first of as many processes, and starts the others.
    """
    remove_temporary(job.folder)
    folder = RunFolder(job.folder)
    devices = _devices(job, folder)
    with together(folder, job.workspace, devices, job.log) as share:
        return _train(job, folder, share, devices)


def train_along(folder: RunFolder, workspace: Workspace, rank: int, size: int, meeting: Path, device: str) -> None:
    """What another process than the first does. Raises LostContactError as soon as one of the others is gone."""
    chosen = choose_device(device)
    ready_mark(meeting, rank).touch()
    share = join(rank, size, meeting_point(meeting), chosen)
    steps, _ = _prepare(folder, workspace, share, device, log=lambda text: None)
    follow(folder, steps, fingerprint(folder.settings))
    leave()


def _train(job: RunningJob, folder: RunFolder, share: Share, devices: Sequence[str]) -> str:
    steps, pack = _prepare(folder, job.workspace, share, devices[0], log=job.log)
    settings, device, pictures = steps.settings, steps.pictures.device, steps.pictures
    held_out = Pictures(pack.images, pack.test, device)
    terms_held_out = condition_terms(folder.settings, pack, pack.test, device)
    source, of_source = (held_out, terms_held_out) if len(held_out) else (pictures, steps.terms)
    shown = np.arange(min(_SHOWN_RECONSTRUCTIONS, len(source)))
    grid_rows = np.random.default_rng(settings.seed).integers(0, len(pack.train), settings.grid_size)
    recorder = Recorder(
        folder,
        latent_dim=steps.trainer.latent_dim,
        grid_size=settings.grid_size,
        seed=settings.seed,
        shown=source.batch(shown),
        device=device,
        terms=steps.terms[grid_rows] if steps.terms is not None else None,
        shown_terms=of_source[shown] if of_source is not None else None,
    )
    scorer = make_scorer(pack, settings)
    if scorer is None and settings.score_saves:
        job.log("Saved epochs are not measured: that needs square pictures, and at least 4 of them to train on.")
    training = Training(steps, held_out, recorder, job, fingerprint(folder.settings), terms_held_out, scorer)
    images_seen, schedule = training.run(), steps.schedule
    if training.ended_by is not None:
        job.stop_seen = True  # so that it counts as stopped, and can go on with other wishes
        return f"Ended after {images_seen:,} of {schedule.total_images:,} images, as asked. {training.ended_by.message}"
    if images_seen < schedule.total_images:
        return f"Stopped after {images_seen:,} of {schedule.total_images:,} images. It can go on where it was."
    epochs = f"{min(schedule.epochs, images_seen / schedule.epoch_images):.1f}".removesuffix(".0")
    return f"Trained for {epochs} epoch{'' if epochs == '1' else 's'}, {images_seen:,} images."


def _prepare(
    folder: RunFolder, workspace: Workspace, share: Share, device_name: str, *, log: Callable[[str], None]
) -> tuple[Steps, Pack]:
    """What every process of a run needs to take its steps."""
    device = choose_device(device_name)
    prepare(device, processes=share.size)
    pack = open_pack(workspace.dataset(folder.dataset_id))
    if pack.content_hash != folder.settings["dataset_hash"]:
        raise DatasetChangedError(pack.name)
    asked = training_settings(folder.settings)
    with share.first_alone():  # the others find what it chose in the run's folder
        of_each = of_one_device(folder.settings)
        cache = workspace.data / "training-speed.json"
        choice = engine(folder.path, of_each, training_settings(of_each), device, cache, log, processes=share.size)
    settings = resolve(asked, choice)
    trainer = build_trainer(folder.settings, settings, device)
    trainer.share = share
    for network in trainer.networks.values():
        share.prepare(network, settings.batch_size)
    if settings.speedup == "graphs":
        trainer = with_graphs(trainer, log)
    how = f"{choice.precision}, {choice.memory_layout}, {choice.speedup}"
    reason = f" ({choice.remark})" if choice.remark else ""
    where = device_title(device)
    if share.size > 1:
        where = f"{share.size} processes on {where}" if device.type == "cpu" else f"{share.size} times {where}"
    log(f"Training {folder.preset} on {where}, torch {torch.__version__}: {how}{reason}.")
    pictures = Pictures(pack.images, pack.train, device)
    if not pictures.resident:
        log(
            f"The pictures ({pictures.bytes / 1e9:.1f} GB) stay on the disk and are read one batch ahead: "
            f"they would take more than {PICTURES_SHARE:.0%} of what is free on {device.type}."
        )
    schedule = Schedule(
        folder.epoch_images,
        folder.planned_epochs,
        plan_saves(folder.planned_epochs, folder.epoch_images, settings.save_every_epochs),
        folder.total_images,
    )
    terms = condition_terms(folder.settings, pack, pack.train, device)
    changes = steps_from(folder.settings.get("steps") or [])
    if changes:
        log(f"Pictures are changed each time by the recipe's steps: {', '.join(s.in_words() for s in changes)}.")
    return Steps(trainer, pictures, settings, schedule, terms, share, changes), pack


def _devices(job: RunningJob, folder: RunFolder) -> Sequence[str]:
    """What each process of the run trains on, the first one's first."""
    count = int(folder.settings.get("devices", 1))
    if len(job.torch_devices) >= count:
        return job.torch_devices[:count]
    job.log(f"Without a GPU of its own for each, {count} processes share the processor's cores and train as one.")
    return ["cpu"] * count


def condition_terms(
    settings: dict[str, Any], pack: Pack, rows: NDArray[np.int64], device: torch.device
) -> torch.Tensor | None:
    """What the run's vocabulary says of each of these rows, (len(rows), T); None for a run without conditions."""
    if not settings.get("terms"):
        return None
    return torch.from_numpy(Vocabulary.from_json(settings["terms"]).matrix([pack.rows[row] for row in rows])).to(device)


def make_scorer(pack: Pack, settings: TrainingSettings) -> Scorer | None:
    """None where saved epochs are not to be measured, or cannot be."""
    height, width = pack.images.shape[1:3]
    train = pack.train_pictures if len(pack.train_pictures) else pack.train
    if not settings.score_saves or not can_score((height, width), len(train), settings.grid_size):
        return None
    count = settings.grid_size
    random = np.random.default_rng(settings.seed)
    some = [np.sort(random.permutation(rows)[: 2 * count]) for rows in (train, pack.test)]
    return Scorer(pack.images[some[0]], pack.images[some[1]], count, settings.seed)


def fingerprint(settings: dict[str, Any]) -> str:
    """Of everything in run.json that a saved state depends on: not how often something is saved or logged."""
    free = {
        "log_every_images",
        "save_every_epochs",
        "resume_every_seconds",
        "raw_grids",
        "score_saves",
        "keep_weights",
        "keep_states_every",
        "disk_cap_gb",
        "stop_when",
        "retries_after_divergence",
    }
    training = {name: value for name, value in settings["training"].items() if name not in free}
    named = ("architecture", "family", "network", "dataset_hash", "epochs", "images", "terms", "steps", "start")
    kept = {name: settings[name] for name in named if settings.get(name)} | {"training": training}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
