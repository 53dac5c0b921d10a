"""How close an enlarged picture comes to the original: PSNR and SSIM, against bicubic and Lanczos.

A picture is made small (bicubic, antialiased, 8 bits), enlarged again, and compared, a border left out, as the papers
of the field do.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from core.upscale.resample import enlarged, resized

_WINDOW_PIXELS = 11  # of SSIM (Wang et al., 2004)
_WINDOW_SIGMA = 1.5
_SMALLEST_SIDE = 16  # pixels that have to be left without the border

Enlarge = Callable[[np.ndarray], np.ndarray]  # (h, w, 3) -> (h * scale, w * scale, 3), both in [0, 1]


@dataclass(frozen=True)
class Scores:
    """Means over pictures."""

    psnr_y: float  # dB, of the luminance
    ssim_y: float
    psnr_rgb: float
    ssim_rgb: float
    pictures: int

    def to_json(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def made_small(picture: np.ndarray, scale: int) -> np.ndarray:
    """(H, W, 3) in [0, 1], sides multiples of scale -> (H / scale, W / scale, 3) in steps of 1/255, as files are."""
    height, width = picture.shape[:2]
    small = resized(picture, width // scale, height // scale, "bicubic")
    return np.rint(np.clip(small, 0, 1) * 255).astype(np.float32) / np.float32(255)


def fitted(picture: np.ndarray, scale: int, most: int | None = None) -> np.ndarray:
    """The middle of a picture whose sides are multiples of scale, and at most `most` pixels."""
    height, width = (min(side, most or side) // scale * scale for side in picture.shape[:2])
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]


def compare(
    pictures: Sequence[np.ndarray],
    scale: int,
    methods: Mapping[str, Enlarge] | None = None,
    *,
    after_picture: Callable[[int], None] = lambda done: None,
) -> dict[str, Scores]:
    """Scores of each method, of bicubic and of Lanczos on the same pictures.

    Args:
        pictures: (H, W, 3) in [0, 1] each.
        methods: name -> what enlarges a small picture.
    Raises: ValueError if no picture is large enough.
    """
    tried: dict[str, Enlarge] = {
        **(methods or {}),
        "bicubic": lambda small: enlarged(small, scale, "bicubic"),
        "lanczos": lambda small: enlarged(small, scale, "lanczos"),
    }
    rows: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in tried}
    for done, picture in enumerate(pictures, 1):
        original = fitted(picture, scale)
        if min(original.shape[:2]) < _SMALLEST_SIDE + 2 * scale:
            continue
        small = made_small(original, scale)
        for name, enlarge in tried.items():
            rows[name].append(_scores_of_one(enlarge(small), original, scale))
        after_picture(done)
    if not rows["bicubic"]:
        raise ValueError("no picture is large enough to compare")
    return {name: _mean(found) for name, found in rows.items()}


def _mean(rows: list[tuple[float, float, float, float]]) -> Scores:
    psnr_y, ssim_y, psnr_rgb, ssim_rgb = (math.fsum(column) / len(rows) for column in zip(*rows, strict=True))
    return Scores(psnr_y, ssim_y, psnr_rgb, ssim_rgb, len(rows))


def _scores_of_one(found: np.ndarray, original: np.ndarray, border: int) -> tuple[float, float, float, float]:
    found, original = (
        np.rint(part[border:-border, border:-border] * 255) / np.float32(255) for part in (found, original)
    )
    mine, theirs = luminance(found), luminance(original)
    return psnr(mine, theirs), ssim(mine, theirs), psnr(found, original), ssim(found, original)


def luminance(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) in [0, 1] -> (H, W), 16/255 to 235/255 (ITU-R BT.601), which the papers of the field measure on."""
    weights = np.array([65.481, 128.553, 24.966], np.float32)
    result: np.ndarray = (picture @ weights + 16) / np.float32(255)
    return result


def psnr(found: np.ndarray, original: np.ndarray) -> float:
    """dB, for values in [0, 1]; 100 for equal pictures."""
    error = float(np.mean((found.astype(np.float64) - original) ** 2))
    return min(100.0, -10 * math.log10(error)) if error > 0 else 100.0


def ssim(found: np.ndarray, original: np.ndarray) -> float:
    """Mean structural similarity of values in [0, 1], where the whole window lies in the picture; colours one by one.

    Args: (H, W) or (H, W, C), each side at least 11 pixels.
    """
    if found.ndim == 3:
        return float(np.mean([ssim(found[:, :, index], original[:, :, index]) for index in range(found.shape[2])]))
    from scipy import ndimage

    places = np.arange(_WINDOW_PIXELS) - _WINDOW_PIXELS // 2
    window = np.exp(-(places**2) / (2 * _WINDOW_SIGMA**2))
    window /= window.sum()
    edge = _WINDOW_PIXELS // 2

    def mean(values: np.ndarray) -> np.ndarray:
        across = ndimage.correlate1d(ndimage.correlate1d(values, window, axis=0), window, axis=1)
        inside: np.ndarray = across[edge:-edge, edge:-edge]
        return inside

    a, b = found.astype(np.float64), original.astype(np.float64)
    mean_a, mean_b = mean(a), mean(b)
    variance_a, variance_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    likeness = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float(np.mean(likeness / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))))
