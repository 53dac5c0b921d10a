"""One request from picture to larger picture, as the command line and the jobs do it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.images import ImageLimits
from core.upscale.errors import StoppedError, UpscaleError
from core.upscale.methods import find_method
from core.upscale.report import Report
from core.upscale.request import UpscaleRequest
from core.upscale.resample import back_projected, enlarged, opaque_colours, resized, sharpened

if TYPE_CHECKING:
    from core.upscale.network import Network

MAX_RESULT_PIXELS = 200_000_000  # of the result: up to 10 GB while it is made, sharpened and with transparency
_PREVIEW_SIDE = 512  # pixels


@dataclass(frozen=True)
class Upscaled:
    picture: np.ndarray  # (H, W, 3), or (H, W, 4) where the picture was transparent anywhere; float32 in [0, 1]
    label: str  # what made it, in words
    scale: int

    @property
    def image(self) -> Image.Image:
        """8 bits a channel, mode RGB or RGBA."""
        return Image.fromarray(np.rint(self.picture * 255).astype(np.uint8))


def to_array(image: Image.Image) -> np.ndarray:
    """(H, W, 3 or 4) float32 in [0, 1]."""
    plain = image if image.mode in ("RGB", "RGBA") else image.convert("RGB")
    return np.asarray(plain, np.float32) / np.float32(255)


def upscale(
    request: UpscaleRequest,
    image: Image.Image,
    *,
    network: "Network | None" = None,
    device: str = "cpu",
    report: Report = Report(),  # noqa: B008, frozen
) -> Upscaled:
    """Do what a request asks for.

    Args:
        image: mode RGB, or RGBA where transparency is to be kept: core.images.read_image_with_alpha.
        network: already loaded, for many pictures; None: loaded here if the method needs one.
    Raises: UpscaleError if it would be too large, StoppedError on a stop; ModelRefusedError for a bad network.
    """
    check_size(image.width, image.height, request.scale)
    whole = to_array(image)
    colours, alpha = whole[:, :, :3], whole[:, :, 3:]
    has_alpha = alpha.shape[2] > 0
    if has_alpha:
        colours = opaque_colours(colours, alpha[:, :, 0])
    label = find_method(request.method).label
    if find_method(request.method).needs_model:
        if network is None:
            from core.upscale.network import network_for

            network = network_for(request, device=device)
        made, label = _by_network(request, colours, network, report), f"{label} ({network.title})"
        if network.scale != request.scale:
            label += f"; made {network.scale} times as large, then resampled to {request.scale} times by Lanczos"
    elif request.method == "backprojection":
        made = _back_projected(request, colours, report)
    else:
        made = enlarged(colours, request.scale, request.method)
        report.progress(1, 1, "steps")
    if request.sharpen:
        made = sharpened(made, request.scale / 2, request.sharpen)
        label += f"; sharpened by {request.sharpen:g} %"
    if has_alpha:
        kind = "nearest" if request.method == "nearest" else "lanczos"
        made = np.concatenate([made, enlarged(alpha, request.scale, kind)], axis=2)
    return Upscaled(made, label, request.scale)


def check_size(width: int, height: int, scale: int) -> None:
    """Raises: UpscaleError if the result would be too large to make."""
    pixels = width * height * scale * scale
    if pixels > MAX_RESULT_PIXELS:
        raise UpscaleError(
            f"{width:,} x {height:,} pixels would become {width * scale:,} x {height * scale:,}, "
            f"{pixels / 1e6:,.0f} million; at most {MAX_RESULT_PIXELS / 1e6:.0f} million are made. Choose a smaller "
            "scale or picture."
        )


def fits_the_lab(width: int, height: int) -> bool:
    """Whether a result of this size can enter the gallery; a larger one stays a file."""
    return width * height <= ImageLimits().max_pixels


def preview_of(picture: np.ndarray) -> np.ndarray:
    """At most 512 pixels a side."""
    height, width = picture.shape[:2]
    share = _PREVIEW_SIDE / max(height, width)
    if share >= 1:
        return picture
    step = max(1, int(0.5 / share))  # leaves twice what is shown, for the filter
    small = resized(picture[::step, ::step], max(1, round(width * share)), max(1, round(height * share)), "bicubic")
    return np.clip(small, 0, 1)


def _by_network(request: UpscaleRequest, colours: np.ndarray, network: "Network", report: Report) -> np.ndarray:
    made = network.run(colours, tile=request.tile, overlap=request.overlap, report=report)
    height, width = colours.shape[0] * request.scale, colours.shape[1] * request.scale
    if made.shape[:2] == (height, width):
        return made
    return np.clip(resized(made, width, height), 0, 1)


def _back_projected(request: UpscaleRequest, colours: np.ndarray, report: Report) -> np.ndarray:
    """Raises: StoppedError."""

    def after_pass(done: int, state: np.ndarray) -> None:
        report.progress(done, request.passes, "passes")
        report.preview(preview_of(state))
        if done < request.passes and report.stop_requested():
            raise StoppedError(f"Stopped after {done} of {request.passes} passes.")

    return back_projected(colours, request.scale, request.passes, after_pass=after_pass)
