"""From the settings of a run.json to a trainer with fresh networks. Needs torch, torchvision and numpy only."""

import dataclasses
from typing import Any

import torch
from torch import nn

from core.models.zoo import build_networks
from core.training.base_settings import TrainingSettings
from core.training.device import memory_format
from core.training.flow_step import FlowTrainer
from core.training.gan_step import GANTrainer
from core.training.infogan_step import InfoGANTrainer
from core.training.seeds import seed_of
from core.training.settings import FAMILIES
from core.training.trainer import Trainer
from core.training.vae_step import VAETrainer

TRAINERS: dict[str, Any] = {"gan": GANTrainer, "vae": VAETrainer, "flow": FlowTrainer, "infogan": InfoGANTrainer}


def training_settings(settings: dict[str, Any]) -> TrainingSettings:
    """Those of a run.json. Raises ConfigError if one has become impossible."""
    kind = FAMILIES[settings["family"]]
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in settings["training"].items() if name in known})


def build_trainer(settings: dict[str, Any], training: TrainingSettings, device: torch.device) -> Trainer:
    """Fresh networks, drawn from the seed alone, and the trainer of their family."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(training.seed, "weights"))
        networks: dict[str, nn.Module] = build_networks(settings["architecture"], settings["network"])
    trainer: Trainer = TRAINERS[settings["family"]](networks, training, device)
    for network in (*networks.values(), trainer.averaged.network):
        network.to(memory_format=memory_format(training.memory_layout))
    return trainer
