"""Runs as a training leaves them, in about 0.1 seconds: networks with drawn weights in place of trained ones.

Everything is written by the code that writes it in a training, so these folders change with it.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import nn

from core.datasets.pack import Pack, open_pack
from core.files import write_json
from core.jobs.folder import End, State
from core.models.zoo import ARCHITECTURES
from core.training.building import build_trainer, training_settings
from core.training.job import condition_terms, fingerprint
from core.training.pictures import Pictures
from core.training.recorder import Recorder
from core.training.resume import save_state
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from core.workspace import Workspace
from tests.core.training.packs import stripes, write_pack

_TINY = {"width": 8, "filters": 8, "max_width": 16, "latent_dim": 8, "blocks": 1, "patch": 2, "sampling_steps": 2}
STYLES = ("Colour field", "Ukiyo-e")


def make_dataset(
    workspace: Workspace, count: int = 40, *, resolution: int = 32, test: int = 8, seed: int = 0, name: str = "stripes"
) -> str:
    """A dataset of `count` pictures of two fields each, the last `test` held out, of two styles in turn. Its id."""
    write_pack(workspace.dataset(name), stripes(count, resolution, seed), test=test, styles=STYLES)
    return name


def make_run(
    workspace: Workspace,
    preset: str = "quick-gan",
    *,
    epochs: Sequence[int] = (1, 2, 3),
    dataset_id: str | None = None,
    seed: int = 0,
    grid_size: int = 16,
    condition: str = "",
    overrides: Mapping[str, Any] | None = None,
    states: bool = False,
    done: bool = True,
) -> RunFolder:
    """
    Args:
        epochs: that were saved, ascending; grids also of 0.
        dataset_id: None: `make_dataset`'s own, made if it is not there.
        condition: "style" conditions the network by the dataset's two styles.
        overrides: settings in place of those that make the network tiny.
        states: states/ too, with every network and optimiser.
        done: with an end.json that says so; else the run counts as lost.
    """
    if dataset_id is None:
        dataset_id = "stripes" if workspace.dataset("stripes").exists() else make_dataset(workspace)
    run = _created(workspace, preset, dataset_id, seed, grid_size, condition, max(epochs), overrides or {})
    device, pack = torch.device("cpu"), open_pack(workspace.dataset(dataset_id))
    training = training_settings(run.settings)
    trainer = build_trainer(run.settings, training, device)
    recorder = _recorder(run, pack, grid_size, trainer.latent_dim, seed)
    sampled = trainer.networks[ARCHITECTURES[run.settings["architecture"]].sampled].eval()
    for number, epoch in enumerate((0, *epochs)):
        images_seen = epoch * run.epoch_images
        if epoch:
            _stir(trainer.averaged.network, seed + epoch)
            _stir(sampled, seed + 1000 + epoch)
            recorder.log(_log_point(run.family, images_seen, epoch))
            recorder.save_raw(epoch, recorder.draw_samples(sampled), images_seen)
        score = {"metric": "swd", "value": 90.0 - number, "floor": 9.0, "alike": 0.9, "count": 8, "against": "held-out"}
        recorder.score({"epoch": epoch, "images_seen": images_seen, **score})
        network = trainer.averaged.network
        recorder.save_epoch(epoch, recorder.draw_samples(network), network, images_seen)
        if states and epoch:
            state = {"images_seen": images_seen, "trainer": trainer.state(), "rate_factor": 1.0, "went_back": 0}
            save_state(run.state_path(epoch), state, fingerprint(run.settings))
    if done:
        end = End(State.DONE, f"Trained for {max(epochs)} epochs.", seconds=1.0, ended=time.time())
        write_json(run.path / "end.json", asdict(end))
    return run


def _created(
    workspace: Workspace,
    preset: str,
    dataset_id: str,
    seed: int,
    grid_size: int,
    condition: str,
    epochs: int,
    overrides: Mapping[str, Any],
) -> RunFolder:
    from core.models.zoo import find_preset
    from core.training.settings import setting_names

    known = setting_names(find_preset(preset))
    tiny = {name: value for name, value in _TINY.items() if name in known}
    own = {"seed": seed, "grid_size": grid_size, "batch_size": 8, "condition": condition, "device": "cpu"}
    return RunFolder(workspace.run(create_run(workspace, preset, dataset_id, epochs, {**tiny, **own, **overrides})))


def _recorder(run: RunFolder, pack: Pack, grid_size: int, latent_dim: int, seed: int) -> Recorder:
    device = torch.device("cpu")
    rows = (pack.test if len(pack.test) else pack.train)[:8]
    terms = condition_terms(run.settings, pack, pack.train, device)
    shown_terms = condition_terms(run.settings, pack, rows, device)
    order = np.random.default_rng(seed).integers(0, len(pack.train), grid_size)
    return Recorder(
        run,
        latent_dim=latent_dim,
        grid_size=grid_size,
        seed=seed,
        shown=Pictures(pack.images, rows, device).batch(np.arange(len(rows))),
        device=device,
        terms=terms[order] if terms is not None else None,
        shown_terms=shown_terms,
    )


def _stir(network: nn.Module, seed: int) -> None:
    """Other weights at every epoch, nowhere zero: untrained, some layers would do nothing."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.03 * torch.randn(parameter.shape, generator=draw))


def _log_point(family: str, images_seen: int, epoch: int) -> dict[str, Any]:
    falling = math.exp(-epoch / 4)
    measured = {"loss": 2 * falling, "loss_kl": 0.1, "loss_reconstruction": 1.9 * falling, "error_held_out": falling}
    if family in ("gan", "infogan"):
        measured = {
            "loss_generator": 0.7 + falling,
            "loss_discriminator": 0.7 - 0.2 * falling,
            "score_real": 0.5,
            "score_fake": -0.5,
            "sign_real": 0.4,
            "sign_fake": -0.4,
        }
    speed = {"images_per_second": 250.0, "memory_bytes": 5e8, "device": "cpu", "health": []}
    return {"images_seen": images_seen, "epoch": float(epoch), **measured, **speed}
