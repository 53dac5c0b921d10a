"""What an upscaling will cost, before it is begun. No torch here: a page asks at every change of the form."""

from core.style.engines import Cost
from core.upscale.request import UpscaleRequest
from core.workspace import Workspace

_BASE_BYTES = 150_000_000  # of Python with Pillow and numpy
# Seconds per million pixels of the result, on one core: resampling, and writing the PNG.
_SECONDS = {"lanczos": 0.10, "bicubic": 0.07, "nearest": 0.02}
_SECONDS_PER_PASS = 0.20
_SECONDS_SHARPENING = 0.25
_SECONDS_WRITING = 0.45


def estimate(
    request: UpscaleRequest, width: int, height: int, device: str = "cpu", *, workspace: Workspace | None = None
) -> Cost:
    """For a picture of these pixels."""
    million = width * height * request.scale**2 / 1e6
    seconds = _SECONDS_WRITING + (_SECONDS_SHARPENING if request.sharpen else 0.0)
    copies = 4.0  # float pictures of the result's size held at once
    if request.method == "backprojection":
        seconds += _SECONDS["lanczos"] + request.passes * _SECONDS_PER_PASS
        copies = 5.0
    else:
        seconds += _SECONDS.get(request.method, _SECONDS["lanczos"])
    return Cost(seconds * million, int(_BASE_BYTES + copies * 12 * million * 1e6))
