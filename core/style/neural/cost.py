"""What a transfer by a trained network will cost. No torch here: a page tells it before anything heavy is loaded."""

from core.style.engines import Cost
from core.style.neural.memory import PICTURE_BYTES, STEP_BYTES_PER_PIXEL, fitting_tile
from core.style.neural.scales import scales_of
from core.style.neural.settings import NeuralSettings, settings_at
from core.style.trial import threads

__all__ = ["estimate", "settings_at"]

# Of a step with VGG19 to relu5_1, per pixel, and what each step costs whatever the size (roots of matrices, mostly).
# Processor: one core, measured with weights drawn at random. GPU: from the time that a published implementation gives
# for a consumer card; faster ones take less.
_SECONDS_PER_PIXEL = {"cpu": 1.8e-5, "gpu": 1.5e-7}
_SECONDS_PER_STEP = {"cpu": 0.1, "gpu": 0.01}
_GAIN_OF_CORES = 0.8  # n cores are n^0.8 times as fast
_TILES_FACTOR = 2.5  # a second pass through the network, and the margins
_FIXED_BYTES = 1_250_000_000  # Python, torch, and the published file, which is held whole while it is opened


def estimate(settings: NeuralSettings, height: int, width: int, device: str) -> Cost:
    kind = "cpu" if device.startswith("cpu") else "gpu"
    scales = scales_of(settings, height, width, device)
    tile = fitting_tile(settings, height, width, device)
    speed = threads() ** _GAIN_OF_CORES if kind == "cpu" else 1.0
    seconds = 0.0
    for scale in scales:
        factor = _TILES_FACTOR if 0 < tile < max(scale.height, scale.width) else 1.0
        pixels = scale.height * scale.width
        seconds += scale.steps * (_SECONDS_PER_STEP[kind] + factor * pixels * _SECONDS_PER_PIXEL[kind]) / speed
    side = tile or max(height, width)
    in_network = min(height, side) * min(width, side)
    return Cost(seconds, _FIXED_BYTES + height * width * PICTURE_BYTES + in_network * STEP_BYTES_PER_PIXEL)
