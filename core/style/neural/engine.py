"""The engine "neural": style by the statistics of VGG19's features, where its weights are here."""

from functools import lru_cache

import torch
from torch import Tensor

from core.style.engines import Report
from core.style.neural.settings import NeuralSettings
from core.style.neural.transfer import Transfer
from core.style.neural.vgg import PLANS, Features
from core.style.weights import Found, need, read_features


def run(
    content: Tensor,
    styles: list[Tensor],
    weights: list[float],
    settings: NeuralSettings,
    *,
    masks: list[Tensor | None] | None,
    device: str,
    report: Report,
) -> Tensor:
    """See Engine.run. Raises: WeightsError where the weights are missing, with which, where and how large."""
    found = need(settings.network, settings.weights_file)
    report.note(f"Using {found.words}.")
    features = load_features(found, settings, device)
    return Transfer(features, content, styles, weights, settings, masks=masks, device=device).run(report)


def load_features(found: Found, settings: NeuralSettings, device: str) -> Features:
    """The network up to the deepest layer that is asked for, on the device."""
    return _features(found, settings.network, settings.deepest, settings.pooling, settings.edges, device)


@lru_cache(maxsize=1)  # a folder of pictures, or a sheet, asks for the same one again and again
def _features(found: Found, network: str, deepest: str, pooling: str, edges: str, device: str) -> Features:
    plan = PLANS[network]
    features = Features(plan, read_features(found, plan.shapes(deepest)), deepest=deepest, pooling=pooling, edges=edges)
    return features.to(torch.device(device)).eval()
