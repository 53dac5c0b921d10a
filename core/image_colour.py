"""From the many ways in which files hold colour to one: sRGB, 8 bits a channel, nothing transparent."""

import io
from functools import lru_cache
from typing import cast

import numpy as np
from PIL import Image, ImageCms


def plain_mode(image: Image.Image, notes: list[str]) -> Image.Image:
    """One of L, LA, RGB, RGBA, CMYK, LAB: palettes resolved, 16 and 32 bits a channel scaled to 8."""
    mode = image.mode
    if mode.startswith("I;16"):
        return _scaled(np.asarray(image.convert("I") if mode == "I;16B" else image, dtype=np.float32), 65535.0)
    if mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float32)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if mode == "I" and low >= 0 and high <= 65535:
            return _scaled(values, 65535.0)
        if mode == "F" and low >= 0 and high <= 1:
            return _scaled(values, 1.0)
        notes.append(f"Its values reach from {low:g} to {high:g} and were stretched to black and white.")
        return _scaled(values - low, max(high - low, 1e-12))
    if mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if mode == "PA" or "transparency" in image.info else "RGB")
    if mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        return image.copy()
    return image.convert({"1": "L", "La": "LA", "RGBa": "RGBA"}.get(mode, "RGB"))


def _scaled(values: np.ndarray, white: float) -> Image.Image:
    """(H, W) floats, 0 is black, `white` is white -> mode L."""
    return Image.fromarray(np.rint(np.clip(np.nan_to_num(values) * (255.0 / white), 0, 255)).astype(np.uint8), "L")


def srgb(image: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    """Mode RGB or RGBA in sRGB; the embedded colour profile is applied where there is one that fits."""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colour = image.convert(image.mode[:-1]) if alpha is not None else image
    if colour.mode == "LAB" or (profile and not (colour.mode in ("L", "RGB") and _is_srgb(profile))):
        try:
            transform = _transform(profile if colour.mode != "LAB" else None, colour.mode)
            colour = cast(Image.Image, ImageCms.applyTransform(colour, transform))
        except (ImageCms.PyCMSError, OSError, ValueError) as error:
            if colour.mode == "LAB":
                raise
            notes.append(f"Its colour profile could not be applied ({error}); taken as sRGB.")
    elif colour.mode == "CMYK":
        notes.append("CMYK without a colour profile; converted by formula.")
    colour = colour.convert("RGB")
    if alpha is not None:
        colour.putalpha(alpha)
    return colour


def over_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")


@lru_cache(maxsize=32)
def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform:
    """From an embedded profile (None: CIE Lab) to sRGB; building one costs as much as decoding a small picture."""
    source = ImageCms.createProfile("LAB") if profile is None else ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


@lru_cache(maxsize=32)
def _is_srgb(profile: bytes) -> bool:
    try:
        description = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        return False  # unreadable: srgb will say so
    return description.strip().lower().startswith("srgb")
