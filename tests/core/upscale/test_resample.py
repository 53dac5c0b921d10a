"""Making pictures larger without a network."""

import numpy as np
from PIL import Image

from core.upscale.resample import back_projected, enlarged, opaque_colours, resized, sharpened


def painting(height: int, width: int) -> np.ndarray:
    """(H, W, 3): stripes and blobs whose finest parts a quarter of the size can just hold."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    wave = 0.5 + 0.25 * np.sin(columns / 2.3) + 0.25 * np.cos(rows / 3.1 + columns / 17)
    step = ((rows // 16 + columns // 16) % 2) * 0.6 + 0.2
    return np.stack([wave, step, 0.5 * wave + 0.5 * step], axis=2).astype(np.float32)


def psnr(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((found - wanted) ** 2)))


def test_a_flat_picture_stays_flat_by_every_filter() -> None:
    flat = np.full((9, 12, 3), 0.37, np.float32)
    for kind in ("lanczos", "bicubic", "nearest"):
        assert np.allclose(enlarged(flat, 4, kind), 0.37, atol=1e-6)
    assert np.allclose(back_projected(flat, 4, 5), 0.37, atol=1e-5)


def test_nearest_repeats_every_pixel() -> None:
    picture = np.random.default_rng(0).random((5, 7, 3), np.float32)
    assert np.array_equal(enlarged(picture, 4, "nearest"), picture.repeat(4, axis=0).repeat(4, axis=1))


def test_floats_agree_with_what_pillow_makes_of_bytes() -> None:
    values = np.random.default_rng(1).integers(90, 160, (10, 14, 3), np.uint8)  # no overshoot: bytes would cut it off
    wanted = np.asarray(Image.fromarray(values).resize((56, 40), Image.Resampling.LANCZOS), np.float32)
    assert (
        np.abs(enlarged(values.astype(np.float32) / 255, 4) * 255 - wanted).max() < 1.5
    )  # twice rounded to bytes on the way


def test_back_projection_made_small_again_agrees_better_with_the_picture() -> None:
    original = painting(96, 128)
    small = np.clip(resized(original, 32, 24, "bicubic"), 0, 1)
    plain, corrected = enlarged(small, 4), back_projected(small, 4, 8)

    def error(large: np.ndarray) -> float:
        return float(np.abs(resized(large, 32, 24, "bicubic") - small).mean())

    assert error(corrected) < error(plain) / 3
    assert psnr(corrected, original) > psnr(plain, original)


def test_back_projection_tells_of_every_pass() -> None:
    told: list[int] = []
    back_projected(painting(16, 16), 2, 3, after_pass=lambda done, state: told.append(done))
    assert told == [1, 2, 3]


def test_sharpening_steepens_an_edge_and_leaves_flat_parts_alone() -> None:
    picture = np.full((8, 40, 3), 0.3, np.float32)
    picture[:, 20:] = 0.7
    result = sharpened(picture, 2.0, 80)
    assert result[4, 19, 0] < 0.25
    assert result[4, 20, 0] > 0.75
    assert np.allclose(result[:, :8], 0.3, atol=1e-6)
    assert result.max() <= 1


def test_hidden_pixels_take_the_colour_of_the_nearest_that_shows() -> None:
    picture = np.zeros((6, 6, 3), np.float32)
    picture[:, :3] = (0.9, 0.2, 0.1)
    alpha = np.zeros((6, 6), np.float32)
    alpha[:, :3] = 1
    assert np.allclose(opaque_colours(picture, alpha), (0.9, 0.2, 0.1))
    assert np.array_equal(opaque_colours(picture, np.zeros_like(alpha)), picture)
