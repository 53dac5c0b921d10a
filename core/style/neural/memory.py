"""How much memory a step takes, how large a tile fits, and how long a transfer will last."""

import math

from core.style.neural.plans import PLANS, exact_margin
from core.style.neural.settings import NeuralSettings

# Of a step in one piece through VGG19 to relu5_1, measured; other layers of the same networks take no more.
STEP_BYTES_PER_PIXEL = 3_500
_SHARE = 0.5  # of the free memory that activations may take
PICTURE_BYTES = 12 * 12  # per pixel of the result: content, iterate, average, two moments, gradient and copies of them
_SMALLEST_TILE = 256  # pixels, without margin: below, nearly all that is computed is margin


def free_bytes(device: str) -> int:
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(torch.device(device))[0])
    import psutil

    return int(psutil.virtual_memory().available)


def fitting_tile(settings: NeuralSettings, height: int, width: int, device: str, *, free: int | None = None) -> int:
    """Side of the tiles for a picture of this size, in pixels; 0: it fits in one piece.

    Args:
        free: bytes of memory; None: what the device has now.
    """
    if settings.tile_side is not None:
        return settings.tile_side
    usable = (free_bytes(device) if free is None else free) * _SHARE - height * width * PICTURE_BYTES
    most_pixels = max(usable, 0) / STEP_BYTES_PER_PIXEL
    if height * width <= most_pixels:
        return 0
    margin = settings.tile_margin
    if margin is None:
        margin = exact_margin(PLANS[settings.network], settings.deepest)
    side = int(math.sqrt(most_pixels)) - 2 * margin
    return max(_SMALLEST_TILE, side // 64 * 64)
