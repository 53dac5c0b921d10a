"""Runs with an untrained network of any architecture, as small as it goes, as real files."""

import dataclasses
from typing import Any

import torch
from torch import Tensor, nn

from core.files import write_json
from core.model_files.facts import family_of
from core.models.zoo import ARCHITECTURES, build_networks
from core.training.run_folder import RunFolder
from core.training.settings import FAMILIES
from core.training.weights import load_network, save_weights
from core.workspace import Workspace

# Those that make a network small: each where its config has it, as far as the config allows it.
_SMALL = {"width": 8, "filters": 8, "max_width": 16, "blocks": 1, "patch": 2, "sampling_steps": 2, "terms": 3}


def small_config(architecture: str) -> dict[str, Any]:
    """The settings of a network at 32 pixels; conditioned by three terms where it can be."""
    kind = ARCHITECTURES[architecture].config
    names = {field.name for field in dataclasses.fields(kind)}
    chosen = {name: value for name, value in _SMALL.items() if name in names}
    return dataclasses.asdict(kind(**{"resolution": 32, **chosen}))


def make_run(workspace: Workspace, architecture: str, run_id: str = "") -> RunFolder:
    """A run of which epoch 4 was kept, with weights that are nowhere zero."""
    run = RunFolder(workspace.run(run_id or f"run-{architecture}"))
    config = small_config(architecture)
    terms = [{"column": "style", "value": f"style {n}", "count": 9} for n in range(config.get("terms", 0))]
    family = family_of(architecture)
    settings = {
        "preset": "quick-gan",
        "family": family,
        "architecture": architecture,
        "network": config,
        "training": dataclasses.asdict(FAMILIES[family]()),
        "dataset_id": "sample-32-0123abcd",
        "dataset_name": "sample 32",
        "dataset_hash": "0123abcd",
        "train_count": 100,
        "test_count": 10,
        "epochs": 4,
        "terms": terms,
        "seed": 0,
        "device": "cpu",
    }
    write_json(run.path / "run.json", {"kind": "train", "title": "A run", "created": 1.0, "settings": settings})
    torch.manual_seed(0)
    network = build_networks(architecture, config)[ARCHITECTURES[architecture].sampled]
    _stir(network)
    kept = {name: settings[name] for name in ("preset", "family", "architecture", "network", "dataset_hash", "terms")}
    save_weights(network, run.weights_path(4), {**kept, "run": run.id, "epoch": 4, "images_seen": 400})
    return run


def inputs(run: RunFolder, count: int = 3) -> tuple[Tensor, ...]:
    """Latents, and terms where the run is conditioned: another count than the export was traced with."""
    network, facts = load_network(run.weights(), torch.device("cpu"))
    z = torch.randn(count, int(network.latent_dim), generator=torch.Generator().manual_seed(1))  # type: ignore[arg-type]
    terms = facts["network"].get("terms", 0)
    return (z, torch.eye(count, terms)) if terms else (z,)


def drawn(run: RunFolder) -> Tensor:
    """What our own network draws of `inputs`."""
    network, _ = load_network(run.weights(), torch.device("cpu"))
    # Mapped from a file, weights begin anywhere in memory, on which the last bit of a product of matrices may depend.
    network.load_state_dict({name: tensor.clone() for name, tensor in network.state_dict().items()}, assign=True)
    with torch.no_grad():
        return network(*inputs(run))


def _stir(network: nn.Module) -> None:
    """Untrained, some layers are zero and others do nothing, and a difference there would not be seen."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
        for name, buffer in network.named_buffers():
            if name.endswith("running_mean"):
                buffer.add_(0.1)
