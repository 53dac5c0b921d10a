"""One request from pictures to picture, as the command line and the jobs do it: sizes, colours kept, masks, engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.pictures.chosen import ChosenPicture
from core.style import colour
from core.style.cost import result_size, size_of
from core.style.engines import Report, find_engine, settings_for
from core.style.regions import laid_over
from core.style.request import StyleRequest, check_colours

Opener = Callable[[ChosenPicture], Image.Image]  # upright sRGB, mode RGB: core.images.read_image


def to_tensor(image: Image.Image) -> Tensor:
    """(3, H, W) float32 in [0, 1]."""
    pixels = torch.from_numpy(np.array(image.convert("RGB")))
    return pixels.permute(2, 0, 1).contiguous().float().div_(255)


def to_image(picture: Tensor) -> Image.Image:
    """8 bits a channel, mode RGB."""
    values = picture.detach().clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).contiguous().cpu()
    return Image.fromarray(values.numpy())


@dataclass(frozen=True)
class Restyled:
    picture: Tensor  # (3, H, W) float32 in [0, 1]
    settings: Any  # of the engine, all of them
    label: str  # of the engine
    stopped: bool  # the result is what was there when it was asked to stop


def restyle(
    request: StyleRequest,
    open_picture: Opener,
    *,
    device: str = "cpu",
    report: Report = Report(),  # noqa: B008, frozen
) -> Restyled:
    """Do what a request asks for.

    Args:
        open_picture: gives the picture that a reference means, or raises an AtelierError.
    Raises: ConfigError, ImageError and whatever the opener or the engine raises.
    """
    engine = find_engine(request.engine)
    settings = settings_for(request.engine, request.strength, request.overrides, seed=request.seed)
    check_colours(request)
    opened = open_picture(request.content)
    width, height = result_size(*opened.size, size_of(request))
    if (width, height) != opened.size:
        opened = opened.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    content = to_tensor(opened)
    styles = [to_tensor(open_picture(style.picture)) for style in request.styles]
    if request.keep_colours == "strokes":
        target = colour.moments(content)
        styles = [colour.apply(style, colour.mkl(colour.moments(style), target)).clamp_(0, 1) for style in styles]
    masks = [None if style.mask is None else _mask(open_picture(style.mask), width, height) for style in request.styles]
    whole = None if request.mask is None else _mask(open_picture(request.mask), width, height)

    def finished(picture: Tensor) -> Tensor:
        if request.keep_colours == "exact":
            picture = colour.keep_chroma(picture, _at_size_of(content, picture))
        if whole is not None:
            over = _at_size_of(whole[None], picture)[0]
            picture = laid_over(_at_size_of(content, picture), picture, over)
        return picture

    stops = _Remembered(report.stop_requested)
    painted = engine.run(
        content,
        styles,
        [style.weight for style in request.styles],
        settings,
        masks=masks,
        device=device,
        report=Report(
            report.progress,
            lambda picture: report.preview(finished(picture.detach().float().cpu())),
            stops,
            report.state,
            report.keep,
            report.note,
        ),
    )
    return Restyled(finished(painted), settings, engine.label, stops.seen)


class _Remembered:
    """Whether anybody asked the engine to stop, however often it looked."""

    def __init__(self, stop_requested: Callable[[], bool]) -> None:
        self._stop_requested = stop_requested
        self.seen = False

    def __call__(self) -> bool:
        self.seen = self.seen or self._stop_requested()
        return self.seen


def _mask(image: Image.Image, width: int, height: int) -> Tensor:
    """(H, W) in [0, 1]: white is 1."""
    grey = image.convert("L").resize((width, height), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(grey)).float().div_(255)


def _at_size_of(picture: Tensor, like: Tensor) -> Tensor:
    if picture.shape[1:] == like.shape[1:]:
        return picture
    resized: Tensor = torch.nn.functional.interpolate(
        picture[None], size=like.shape[1:], mode="bilinear", antialias=True, align_corners=False
    )
    return resized[0]
