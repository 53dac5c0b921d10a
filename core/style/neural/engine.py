"""The engine "neural": style by the statistics of VGG19's features, where its weights are here."""

from functools import lru_cache

import torch
from torch import Tensor

from core.style.engines import Cost, Report
from core.style.neural.memory import PICTURE_BYTES, STEP_BYTES_PER_PIXEL, fitting_tile
from core.style.neural.settings import NeuralSettings
from core.style.neural.transfer import Transfer, scales_of
from core.style.neural.vgg import PLANS, Features
from core.style.weights import Found, need, read_features

# Of a step with VGG19 to relu5_1, per pixel, and what each step costs whatever the size (roots of matrices, mostly).
# Processor: one core, measured with weights drawn at random. GPU: from the time that a published implementation gives
# for a consumer card; faster ones take less.
_SECONDS_PER_PIXEL = {"cpu": 1.8e-5, "gpu": 1.5e-7}
_SECONDS_PER_STEP = {"cpu": 0.1, "gpu": 0.01}
_GAIN_OF_CORES = 0.8  # n cores are n^0.8 times as fast
_TILES_FACTOR = 2.5  # a second pass through the network, and the margins
_FIXED_BYTES = 1_250_000_000  # Python, torch, and the published file, which is held whole while it is opened


def settings_at(strength: float) -> NeuralSettings:
    return NeuralSettings(strength=strength)


def estimate(settings: NeuralSettings, height: int, width: int, device: str) -> Cost:
    kind = "cpu" if device.startswith("cpu") else "gpu"
    scales = scales_of(settings, height, width, device)
    tile = fitting_tile(settings, height, width, device)
    speed = torch.get_num_threads() ** _GAIN_OF_CORES if kind == "cpu" else 1.0
    seconds = 0.0
    for scale in scales:
        factor = _TILES_FACTOR if 0 < tile < max(scale.height, scale.width) else 1.0
        pixels = scale.height * scale.width
        seconds += scale.steps * (_SECONDS_PER_STEP[kind] + factor * pixels * _SECONDS_PER_PIXEL[kind]) / speed
    side = tile or max(height, width)
    in_network = min(height, side) * min(width, side)
    return Cost(seconds, _FIXED_BYTES + height * width * PICTURE_BYTES + in_network * STEP_BYTES_PER_PIXEL)


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
