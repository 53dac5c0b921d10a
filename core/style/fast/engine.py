"""The engine "fast": networks that were trained to restyle in one pass, where their files are here."""

from functools import lru_cache

import torch
from torch import Tensor, nn

from core.style.engines import Report
from core.style.errors import StyleError
from core.style.fast import adain, johnson
from core.style.fast.settings import FastSettings
from core.style.neural.pyramid import resized
from core.style.neural.scales import fitted
from core.style.regions import laid_over, regions
from core.style.weights import Found, need, read_features


def run(
    content: Tensor,
    styles: list[Tensor],
    weights: list[float],
    settings: FastSettings,
    *,
    masks: list[Tensor | None] | None,
    device: str,
    report: Report,
) -> Tensor:
    """See Engine.run. Raises: WeightsError where a file is missing, with which, where and how large."""
    smallest = adain.SMALLEST_SIDE if settings.network == "adain" else johnson.SMALLEST_SIDE
    for picture in (content, *(styles if settings.network == "adain" else ())):
        if min(picture.shape[1:]) < smallest:
            raise StyleError(
                f"A picture of {picture.shape[2]} x {picture.shape[1]} pixels is too small for the fast engine: each "
                f"side needs at least {smallest}. Choose a larger one."
            )
    where = None if masks is None else regions(masks, weights, content.shape[1], content.shape[2])
    if settings.network == "adain":
        shares = None if where is None else where.shares
        painted = _adain(content, styles, weights, settings, shares, device, report)
    else:
        painted = _johnson(content, settings, device, report)
    report.progress(1, 1, "pictures")
    return painted if where is None else laid_over(content, painted, where.coverage)


def _adain(
    content: Tensor,
    styles: list[Tensor],
    weights: list[float],
    settings: FastSettings,
    shares: Tensor | None,
    device: str,
    report: Report,
) -> Tensor:
    encode = _adain_part("encoder", settings.encoder_file, device, report)
    decode = _adain_part("decoder", settings.decoder_file, device, report)
    seen = []
    for style in styles:
        height, width = fitted(style.shape[1], style.shape[2], settings.style_side, enlarge=False)
        height, width = max(height, adain.SMALLEST_SIDE), max(width, adain.SMALLEST_SIDE)
        seen.append(resized(style, height, width).to(device))
    painted = adain.restyle(
        encode,
        decode,
        content.to(device),
        seen,
        weights,
        alpha=settings.alpha,
        shares=None if shares is None else shares.to(device),
    )
    return painted.cpu().clone()


def _adain_part(part: str, given: str, device: str, report: Report) -> nn.Sequential:
    found = need(f"adain-{part}", given)
    report.note(f"Using {found.words}.")
    return _filled(found, part, device)


@lru_cache(maxsize=2)  # a folder of pictures, or a sheet, asks for the same ones again and again
def _filled(found: Found, part: str, device: str) -> nn.Sequential:
    network = adain.encoder() if part == "encoder" else adain.decoder()
    return adain.fill(network, read_features(found, adain.shapes(network)), device)


@lru_cache(maxsize=1)
def _transformer(found: Found, device: str) -> johnson.TransformerNet:
    network = johnson.TransformerNet()
    tensors = read_features(found, {name: tuple(part.shape) for name, part in network.state_dict().items()})
    return johnson.fill(network, tensors, device)


def _johnson(content: Tensor, settings: FastSettings, device: str, report: Report) -> Tensor:
    found = need(settings.style, settings.style_file)
    report.note(f"Using {found.words}. The network has one style of its own: the style pictures are not looked at.")
    painted = johnson.restyle(_transformer(found, device), content.to(device)).cpu()
    return torch.lerp(content, painted, settings.alpha)
