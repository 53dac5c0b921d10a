"""What an upscaling will cost, before it is begun. No torch here: a page asks at every change of the form."""

import os

from core.errors import AtelierError
from core.style.engines import Cost
from core.upscale.layouts import Layout
from core.upscale.listing import describe_file
from core.upscale.places import file_of_model
from core.upscale.request import UpscaleRequest
from core.workspace import Workspace

_BASE_BYTES = 150_000_000  # of Python with Pillow and numpy
_TORCH_BYTES = 350_000_000
_TORCH_SECONDS = 3.0  # to load it, and the network
# Seconds per million pixels of the result, on one core: resampling, and writing the PNG.
_SECONDS = {"lanczos": 0.04, "bicubic": 0.04, "nearest": 0.02}
_SECONDS_PER_PASS = 0.07
_SECONDS_SHARPENING = 0.05
_SECONDS_WRITING = 0.33
# Multiplications a second of convolutions: of one core, and of a GPU with 16 bits.
_CORE_SPEED = 15e9
_GPU_SPEED = 8e12
_OTHER_OPERATIONS = 9_000_000  # per pixel of the input, of layouts that are not told: half of RRDB with 23 blocks
_OTHER_BYTES = 16_000
_TILE_BYTES = 1_500_000_000  # at most, for one tile
_IN_ONE_PIECE = 300e9  # multiplications; more is done in tiles, which are computed twice where they overlap
_TILES_COST = 1.35


def estimate(
    request: UpscaleRequest, width: int, height: int, device: str = "cpu", *, workspace: Workspace | None = None
) -> Cost:
    """For a picture of these pixels, on this machine if nothing else runs. For networks a rough one."""
    million = width * height * request.scale**2 / 1e6
    seconds = _SECONDS_WRITING + (_SECONDS_SHARPENING if request.sharpen else 0.0)
    copies = 2.8  # float pictures of the result's size held at once
    if request.method == "backprojection":
        seconds += _SECONDS["lanczos"] + request.passes * _SECONDS_PER_PASS
        copies = 3.2
    elif request.method in _SECONDS:
        seconds += _SECONDS[request.method]
    if request.sharpen:
        copies += 2.0
    memory = _BASE_BYTES + copies * 12 * million * 1e6
    if request.method in ("own", "model"):
        layout = _layout(request, workspace or Workspace())
        operations = layout.operations if layout else _OTHER_OPERATIONS
        tile_bytes = (layout.bytes_per_pixel if layout else _OTHER_BYTES) * width * height
        speed = _GPU_SPEED if device.startswith("cuda") else _CORE_SPEED * _cores()
        work = float(operations * width * height)
        if not device.startswith("cuda") and work > _IN_ONE_PIECE:
            work *= _TILES_COST
        made = 1 if layout is None else (layout.scale / request.scale) ** 2  # a network may make more than is wanted
        return Cost(
            seconds * million + _TORCH_SECONDS + work / speed,
            int(memory * max(1.0, made) + _TORCH_BYTES + min(tile_bytes, _TILE_BYTES)),
        )
    return Cost(seconds * million, int(memory))


def _layout(request: UpscaleRequest, workspace: Workspace) -> Layout | None:
    try:
        return describe_file(file_of_model(request, workspace)).layout
    except AtelierError:
        return None  # doing it will say what is wrong


def _cores() -> int:
    return max(1, (os.cpu_count() or 2) // (1 if (os.cpu_count() or 2) <= 4 else 2))
