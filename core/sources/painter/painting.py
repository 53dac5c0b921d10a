"""From (seed, index) to a finished picture: what is painted, on which canvas, and how it was photographed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.sources.painter.bands import paint_frames, paint_squares, paint_target
from core.sources.painter.colour import Paint
from core.sources.painter.easel import Easel
from core.sources.painter.hard_edge import paint_arcs, paint_chevrons, paint_shapes
from core.sources.painter.lattices import paint_lattice, paint_totem
from core.sources.painter.open_fields import paint_lumps, paint_open_field, paint_quiet, paint_windows
from core.sources.painter.palettes import PAINTS, Palette, mix_palette
from core.sources.painter.soaks import paint_horizons, paint_soaks
from core.sources.painter.sprays import paint_spray
from core.sources.painter.stacked import paint_stack
from core.sources.painter.stripes import paint_pillars, paint_stripes
from core.sources.painter.touches import paint_touches
from core.sources.painter.veils import paint_petals, paint_rivulets, paint_veils
from core.sources.painter.zips import paint_zips

LONGEST_SIDE = 640  # pixels


@dataclass(frozen=True)
class Family:
    """A way of painting, and how often and on what shapes of canvas it is done."""

    words: str
    paint: Callable[[Easel, Palette], None]
    share: float
    aspects: tuple[float, ...]  # width / height, of which one is taken and varied a little


_TALL, _UPRIGHT, _SQUARE, _WIDE, _PANORAMA = 0.45, 0.78, 1.0, 1.3, 1.9

FAMILIES: dict[str, Family] = {
    "stack": Family("stacked rectangles", paint_stack, 13, (0.7, _UPRIGHT, 0.85, 0.6, 1.1)),
    "stripes": Family("stripes", paint_stripes, 14, (_SQUARE, _WIDE, 1.5, _UPRIGHT, _PANORAMA, _TALL)),
    "pillars": Family("poured pillars", paint_pillars, 5, (0.5, 0.6, _UPRIGHT, 0.9)),
    "zips": Family("zips", paint_zips, 9, (_UPRIGHT, _WIDE, _SQUARE, _TALL, 1.6)),
    "veils": Family("veils", paint_veils, 5, (_WIDE, 1.45, _SQUARE)),
    "rivulets": Family("rivulets", paint_rivulets, 2, (1.6, _WIDE, _PANORAMA)),
    "petals": Family("poured petals", paint_petals, 3, (_SQUARE, _UPRIGHT, _WIDE)),
    "soaks": Family("soak stains", paint_soaks, 7, (_WIDE, _UPRIGHT, _SQUARE, 1.5)),
    "horizons": Family("horizons", paint_horizons, 4, (_WIDE, 1.5, _SQUARE, _UPRIGHT)),
    "shapes": Family("hard-edge shapes", paint_shapes, 9, (_SQUARE, _UPRIGHT, _WIDE, 0.62)),
    "chevrons": Family("chevrons", paint_chevrons, 3, (_SQUARE, _WIDE, _UPRIGHT)),
    "arcs": Family("arcs", paint_arcs, 3, (_SQUARE, _WIDE, 1.6)),
    "target": Family("concentric rings", paint_target, 3, (_SQUARE, _SQUARE, _UPRIGHT)),
    "squares": Family("nested squares", paint_squares, 3, (_SQUARE,)),
    "frames": Family("concentric frames", paint_frames, 4, (_SQUARE, _UPRIGHT, _WIDE)),
    "touches": Family("fields of touches", paint_touches, 6, (_UPRIGHT, _SQUARE, _WIDE, 0.65)),
    "lattice": Family("crossing strokes", paint_lattice, 4, (_SQUARE, _UPRIGHT, _WIDE)),
    "totem": Family("leaning blocks", paint_totem, 4, (_TALL, 0.6, _UPRIGHT, _SQUARE)),
    "spray": Family("sprayed fields", paint_spray, 3, (_TALL, 0.65, _UPRIGHT, _WIDE)),
    "open field": Family("open fields", paint_open_field, 5, (_WIDE, _UPRIGHT, _SQUARE, 1.5)),
    "lumps": Family("hovering forms", paint_lumps, 5, (_UPRIGHT, _SQUARE, _WIDE)),
    "windows": Family("divided planes", paint_windows, 5, (_UPRIGHT, 0.85, _SQUARE)),
    "quiet": Family("quiet panels", paint_quiet, 4, (_SQUARE, _UPRIGHT, _WIDE, _PANORAMA)),
}

_CLOTHS = ("linen", "cream", "bone", "chalk", "tan", "dove")


@dataclass(frozen=True)
class Plan:
    """What is decided before the first touch of the brush. Cheap to make."""

    index: int
    seed: int
    family: str  # key of FAMILIES
    palette: Palette
    width: int  # pixels
    height: int


def plan(index: int, *, seed: int = 0) -> Plan:
    """Raises: ValueError for a negative index or seed."""
    return _begin(index, seed)[0]


def paint(index: int, *, seed: int = 0) -> Image.Image:
    """Painting `index` of a series: RGB, longest side about 640 pixels, the same for the same (seed, index)."""
    decided, rng = _begin(index, seed)
    cloth = PAINTS[str(rng.choice(_CLOTHS, p=[0.25, 0.25, 0.2, 0.14, 0.11, 0.05]))]
    easel = Easel(rng, decided.width, decided.height, cloth.shifted(lightness=float(rng.normal(0, 0.015))))
    FAMILIES[decided.family].paint(easel, decided.palette)
    _edges(easel, cloth)
    return easel.photograph()


def _begin(index: int, seed: int) -> tuple[Plan, np.random.Generator]:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, index))))
    shares = np.array([family.share for family in FAMILIES.values()])
    name = list(FAMILIES)[int(rng.choice(len(FAMILIES), p=shares / shares.sum()))]
    aspect = float(rng.choice(FAMILIES[name].aspects)) * float(np.exp(rng.normal(0, 0.06)))
    longest = int(LONGEST_SIDE - rng.integers(0, 33))
    width, height = (longest, round(longest / aspect)) if aspect >= 1 else (round(longest * aspect), longest)
    return Plan(index, seed, name, mix_palette(rng), width, height), rng


def _edges(easel: Easel, cloth: Paint) -> None:
    """How the picture ends: mostly with the photograph, sometimes with bare cloth, paper, shadow or a rail."""
    kind = str(easel.rng.choice(["none", "cloth", "paper", "rail", "shadow"], p=[0.66, 0.12, 0.07, 0.06, 0.09]))
    if kind == "none":
        return
    if kind == "paper":
        inset = easel.between(0.05, 0.13)
        frame = easel.box(inset, inset, easel.width - inset, easel.height - inset * easel.between(1.0, 1.5))
        easel.flat(easel.edge(-frame, fray=0.001), PAINTS["chalk"])
        return
    inset = {"cloth": easel.between(0.004, 0.02), "rail": easel.between(0.007, 0.014), "shadow": 0.004}[kind]
    frame = easel.box(inset, inset, easel.width - inset, easel.height - inset)
    if kind == "cloth":
        easel.lay(easel.edge(-frame, soft=0.004, stray=inset * 0.5, fray=0.002), cloth, body=0.9, tooth=0.08)
    elif kind == "rail":
        easel.lay(easel.edge(-frame), PAINTS["black"] if easel.chance(0.7) else PAINTS["tan"], body=0.97)
    else:
        shade = easel.edge(-frame, soft=0.012)
        easel.stain(shade, PAINTS["graphite"], strength=easel.between(0.2, 0.5))
