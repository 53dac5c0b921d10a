"""What happens to pictures on their way out: nothing at all, or upright sRGB of the size that was asked for.

The five modes bear the names under which dataset tools know them.
"""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from core.errors import ConfigError
from core.images import read_image

ORIGINAL = "original"
RESIZES = {
    ORIGINAL: "The original files, byte for byte",
    "no": "Upright sRGB in the original size",
    "border": "Whole, on a white square",
    "keep_ratio": "Shorter side as given",
    "keep_ratio_largest": "Longer side as given",
    "center_crop": "The middle square",
}
ENCODINGS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
_QUALITY = 95  # of JPEG and WebP
LARGEST_SIDE = 8192  # pixels


@dataclass(frozen=True)
class Resize:
    """How pictures leave the lab. Raises: ConfigError."""

    mode: str = ORIGINAL  # one of RESIZES
    side: int = 512  # pixels; means nothing for "original" and "no"
    encoding: str = "jpg"  # one of ENCODINGS; means nothing for "original"
    enlarge: bool = False  # also pictures that are smaller than `side`

    def __post_init__(self) -> None:
        if self.mode not in RESIZES:
            raise ConfigError(f"resize must be one of {', '.join(RESIZES)}; got {self.mode!r}.")
        if self.encoding not in ENCODINGS:
            raise ConfigError(f"encoding must be one of {', '.join(ENCODINGS)}; got {self.encoding!r}.")
        if isinstance(self.side, bool) or not isinstance(self.side, int) or not 16 <= self.side <= LARGEST_SIDE:
            raise ConfigError(f"side must be a whole number of pixels from 16 to {LARGEST_SIDE:,}; got {self.side!r}.")

    def suffix(self, original: str) -> str:
        return original if self.mode == ORIGINAL else self.encoding

    def encoded(self, path: Path) -> tuple[bytes, int, int]:
        """Bytes, width and height of a picture as it leaves. Raises: core.images.ImageError."""
        picture = resized(read_image(path), self)
        buffer = io.BytesIO()
        options = {} if self.encoding == "png" else {"quality": _QUALITY}
        picture.save(buffer, ENCODINGS[self.encoding], **options)
        return buffer.getvalue(), picture.width, picture.height


def resized(picture: Image.Image, resize: Resize) -> Image.Image:
    """An upright RGB picture in its new size, by Pillow's antialiased bicubic."""
    side = resize.side
    width, height = picture.size
    if resize.mode in (ORIGINAL, "no"):
        return picture
    if resize.mode == "center_crop":
        short = min(width, height)
        target = side if resize.enlarge else min(side, short)
        return ImageOps.fit(picture, (target, target), Image.Resampling.BICUBIC)
    reference = min(width, height) if resize.mode == "keep_ratio" else max(width, height)
    share = side / reference if resize.enlarge else min(1.0, side / reference)
    scaled = picture.resize((max(1, round(width * share)), max(1, round(height * share))), Image.Resampling.BICUBIC)
    if resize.mode != "border":
        return scaled
    square = Image.new("RGB", (side, side), "white")
    square.paste(scaled, ((side - scaled.width) // 2, (side - scaled.height) // 2))
    return square
