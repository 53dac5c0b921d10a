"""Carrying colours from one picture to another in closed form, on pictures of any size.

Pictures are (3, H, W) float32, sRGB values in [0, 1]. What is found in a picture (its moments) is float64; what is done
to it goes through it in pieces, so that 24 megapixels need little more than their own memory.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.style.palette_settings import MAX_GAIN

_PIECE = 1 << 18  # pixels at a time: 3 MB, which the caches of a core hold
_FLOOR = 1e-10  # of a variance, in double precision; far below the step of 16 bits a channel
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, full range, as in JPEG


class Moments(NamedTuple):
    """Mean and covariance of a picture's colours."""

    mean: Tensor  # (3,) float64
    covariance: Tensor  # (3, 3) float64


class Affine(NamedTuple):
    """x -> matrix x + offset."""

    matrix: Tensor  # (3, 3) float64
    offset: Tensor  # (3,) float64


def moments(picture: Tensor, weights: Tensor | None = None) -> Moments:
    """Of all pixels, or weighted by (H, W) values of at least 0. Without any weight it is grey without spread."""
    pixels = picture.reshape(3, -1)
    shares = None if weights is None else weights.reshape(-1)
    count = torch.zeros((), dtype=torch.float64)
    first, second = torch.zeros(3, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64)
    for begin in range(0, pixels.shape[1], _PIECE):
        piece = pixels[:, begin : begin + _PIECE] - 0.5  # near their mean, so that float32 sums keep their digits
        weighted = piece if shares is None else piece * shares[begin : begin + _PIECE]
        count += piece.shape[1] if shares is None else shares[begin : begin + _PIECE].sum().cpu().double()
        first += weighted.sum(dim=1).cpu().double()
        second += (weighted @ piece.T).cpu().double()
    if count <= 0:
        return Moments(torch.full((3,), 0.5, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64))
    mean = first / count
    return Moments(mean + 0.5, second / count - torch.outer(mean, mean))


def mixed(parts: Sequence[Moments], weights: Sequence[float]) -> Moments:
    """Of all their pixels thrown together, each part in proportion to its weight."""
    total = sum(weights)
    mean = sum((part.mean * (weight / total) for part, weight in zip(parts, weights, strict=True)), torch.zeros(3))
    covariance = torch.zeros(3, 3, dtype=torch.float64)
    for part, weight in zip(parts, weights, strict=True):
        away = part.mean - mean
        covariance += (part.covariance + torch.outer(away, away)) * (weight / total)
    return Moments(mean, covariance)


def mkl(source: Moments, target: Moments, *, max_gain: float = MAX_GAIN) -> Affine:
    """The optimal transport between two Gaussians (Monge-Kantorovitch, linear; Pitié & Kokaram, 2007).

    T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2 is symmetric: of all linear maps with the right result it moves colours least.
    Where the source has no spread there is nothing to transport; no direction is stretched more than `max_gain` times.
    """
    root, inverse = _roots(source.covariance)
    matrix = inverse @ _roots(root @ target.covariance @ root)[0] @ inverse
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    return _around((vectors * values.clamp(0, max_gain)) @ vectors.T, source, target)


def coral(source: Moments, target: Moments, *, max_gain: float = MAX_GAIN) -> Affine:
    """Whiten, then colour: B^1/2 A^-1/2 (Sun, Feng & Saenko, 2016). May turn hues further than MKL does."""
    matrix = _roots(target.covariance)[0] @ _roots(source.covariance)[1]
    left, gains, right = torch.linalg.svd(matrix)
    return _around((left * gains.clamp(max=max_gain)) @ right, source, target)


def apply(picture: Tensor, change: Affine, amount: float = 1.0) -> Tensor:
    """The picture with its colours changed, `amount` of the way; not clamped, so that its moments are exact."""
    matrix = torch.eye(3, dtype=torch.float64) * (1 - amount) + change.matrix * amount
    small, offset = matrix.to(picture), (change.offset * amount).to(picture)
    return _in_pieces(picture, lambda piece: torch.addmm(offset[:, None], small, piece))


def reinhard(picture: Tensor, source: Tensor, target: Tensor, *, max_gain: float = MAX_GAIN) -> Tensor:
    """Mean and spread of each channel of l-alpha-beta (Reinhard et al., 2001).

    Args:
        source, target: (2, 3) mean and standard deviation, from `opponent_statistics`.
    """
    gain = (target[1] / source[1].clamp(min=1e-6)).clamp(max=max_gain)[:, None].to(picture)
    before, after = source[0][:, None].to(picture), target[0][:, None].to(picture)
    return _in_pieces(picture, lambda piece: _from_opponent((_to_opponent(piece) - before) * gain + after))


def opponent_statistics(picture: Tensor) -> Tensor:
    """(2, 3) float64: mean and standard deviation of the channels of l-alpha-beta."""
    pixels = picture.reshape(3, -1)
    first, second = torch.zeros(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    for begin in range(0, pixels.shape[1], _PIECE):
        piece = _to_opponent(pixels[:, begin : begin + _PIECE])
        first += piece.sum(dim=1).cpu().double()
        second += piece.square().sum(dim=1).cpu().double()
    mean = first / pixels.shape[1]
    return torch.stack([mean, (second / pixels.shape[1] - mean.square()).clamp(min=0).sqrt()])


def luminance(picture: Tensor) -> Tensor:
    """(3, H, W) -> (H, W), BT.601."""
    red, green, blue = picture.unbind(0)
    return _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue


def keep_chroma(result: Tensor, content: Tensor) -> Tensor:
    """The result's light and dark with the content's colours: Y of one, Cb and Cr of the other."""
    return _light_of(result, content)


def keep_luminance(result: Tensor, content: Tensor) -> Tensor:
    """The content's light and dark with the result's colours."""
    return _light_of(content, result)


def _light_of(light: Tensor, chroma: Tensor) -> Tensor:
    """Adding the same to R, G and B changes Y alone. Where that leaves the gamut, colour gives way, not light."""
    out = torch.empty_like(chroma)
    flat, flat_light, flat_chroma = out.view(3, -1), light.reshape(3, -1), chroma.reshape(3, -1)
    for begin in range(0, flat.shape[1], _PIECE):
        end = begin + _PIECE
        wanted = luminance(flat_light[:, begin:end]).clamp(0, 1)
        away = flat_chroma[:, begin:end] - luminance(flat_chroma[:, begin:end])
        room = torch.where(away > 0, (1 - wanted) / away.clamp(min=1e-9), wanted / (-away).clamp(min=1e-9))
        flat[:, begin:end] = (wanted + away * room.amin(dim=0).clamp(max=1)).clamp(0, 1)
    return out


def _around(matrix: Tensor, source: Moments, target: Moments) -> Affine:
    return Affine(matrix, target.mean - matrix @ source.mean)


def _roots(covariance: Tensor) -> tuple[Tensor, Tensor]:
    """Square root and inverse square root of a symmetric matrix; where it has no spread, the inverse is 0."""
    values, vectors = torch.linalg.eigh((covariance + covariance.T) / 2)
    root = values.clamp(min=0).sqrt()
    inverse = torch.where(values > _FLOOR, values.clamp(min=_FLOOR).rsqrt(), 0)
    return (vectors * root) @ vectors.T, (vectors * inverse) @ vectors.T


def _in_pieces(picture: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    out = torch.empty_like(picture, memory_format=torch.contiguous_format)
    before, after = picture.reshape(3, -1), out.view(3, -1)
    for begin in range(0, before.shape[1], _PIECE):
        after[:, begin : begin + _PIECE] = change(before[:, begin : begin + _PIECE])
    return out


# RGB -> cone responses (LMS) -> logarithm -> opponent channels, by the matrices of the paper
_TO_LMS = torch.tensor([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
_TO_OPPONENT = (
    torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, -2.0], [1.0, -1.0, 0.0]]) / torch.tensor([[3.0], [6.0], [2.0]]).sqrt()
)
_DARKEST = 1 / 255  # a logarithm needs a floor: 8 bits know nothing darker but black


def _to_opponent(pixels: Tensor) -> Tensor:
    return _TO_OPPONENT.to(pixels) @ (_TO_LMS.to(pixels) @ pixels).clamp(min=_DARKEST).log()


def _from_opponent(opponent: Tensor) -> Tensor:
    return torch.linalg.inv(_TO_LMS).to(opponent) @ (_TO_OPPONENT.T.to(opponent) @ opponent).exp()
