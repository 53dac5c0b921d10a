"""What saving as JPEG leaves of a picture, computed for a batch on any device, without files.

ITU-T T.81: YCbCr after JFIF, colours at half the size, 8 x 8 cosine transforms, the tables of annex K scaled by a
quality from 1 to 100 as the Independent JPEG Group's library scales them. Only what is lost matters here, so entropy
coding, which loses nothing, is left out. Agrees with torchvision.transforms.v2.functional.jpeg to about one value of
255 on average (tests hold it to that).
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.datasets.steps.drawing import DrawnBatch
from core.datasets.steps.sending import sent

_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)  # table K.1
_CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
)  # table K.2
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_TO_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))
_BLOCK = 16  # pixels: what colours at half the size need


def jpeg(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """Images float32 (B, 3, H, W) from 0 to 255."""
    height, width = images.shape[2:]
    whole = F.pad(images.round(), (0, -width % _BLOCK, 0, -height % _BLOCK), mode="replicate")
    quality = drawn.numbers["quality"]
    scale = np.where(quality < 50, np.floor(5000 / quality), 200 - 2 * quality)[:, None, None]
    tables = [
        sent(np.clip(np.floor((np.array(table) * scale + 50) / 100), 1, 255).astype(np.float32), images.device)
        for table in (_LUMINANCE, _CHROMINANCE)
    ]  # (B, 8, 8) each
    ycc = _turned(whole, _TO_YCC).round()
    luminance = _through_blocks(ycc[:, :1] - 128, tables[0]) + 128
    colours = _through_blocks(F.avg_pool2d(ycc[:, 1:], 2).round(), tables[1])
    colours = F.interpolate(colours.round(), scale_factor=2, mode="bilinear", align_corners=False)
    back = _turned(torch.cat([luminance.round().clamp(0, 255), colours.clamp(-128, 127)], dim=1), _TO_RGB)
    return back[:, :, :height, :width].round()


def _through_blocks(planes: Tensor, table: Tensor) -> Tensor:
    """Planes (B, C, H, W) there and back through rounded cosine coefficients."""
    batch, channels, height, width = planes.shape
    cosines = _cosines(planes.device)
    blocks = planes.reshape(batch, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    steps = table[:, None, None, None]
    kept = torch.round(cosines @ blocks @ cosines.T / steps) * steps
    return (cosines.T @ kept @ cosines).transpose(3, 4).reshape(planes.shape)


def _cosines(device: torch.device) -> Tensor:
    """(8, 8): orthonormal, a row for each frequency."""
    frequency, place = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    matrix = np.cos((2 * place + 1) * frequency * math.pi / 16) / 2
    matrix[0] /= math.sqrt(2)
    return sent(matrix.astype(np.float32), device)


def _turned(images: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    """Each pixel's three channels by a matrix."""
    weights = sent(np.array(matrix, np.float32), images.device)
    return torch.einsum("oc,bchw->bohw", weights, images)
