"""Paints and palettes: what lies on the table before a picture is begun.

Half of the palettes are set by hand, the others are found by rule, as a painter does who takes a family of hues and
one stranger. Every painting mixes its paints anew, so that no two have quite the same red.
"""

from dataclasses import dataclass

import numpy as np

from core.sources.painter.colour import Paint, distance

# name -> lightness, chroma, hue in OKLCH
PAINTS: dict[str, Paint] = {
    name: Paint(name, *values)
    for name, values in {
        "bone": (0.91, 0.018, 85),
        "chalk": (0.965, 0.008, 95),
        "cream": (0.92, 0.040, 92),
        "linen": (0.85, 0.030, 80),
        "straw": (0.87, 0.085, 95),
        "lemon": (0.90, 0.170, 103),
        "sulphur": (0.92, 0.120, 108),
        "cadmium yellow": (0.85, 0.175, 88),
        "gold": (0.78, 0.150, 80),
        "ochre": (0.68, 0.120, 74),
        "mustard": (0.66, 0.125, 90),
        "raw sienna": (0.58, 0.105, 66),
        "umber": (0.38, 0.045, 60),
        "burnt umber": (0.31, 0.045, 45),
        "tan": (0.73, 0.065, 68),
        "apricot": (0.82, 0.100, 65),
        "orange": (0.72, 0.185, 52),
        "tangerine": (0.69, 0.200, 45),
        "vermilion": (0.62, 0.215, 33),
        "scarlet": (0.57, 0.220, 28),
        "cadmium red": (0.53, 0.205, 27),
        "brick": (0.49, 0.130, 33),
        "rust": (0.50, 0.120, 45),
        "maroon": (0.33, 0.095, 22),
        "oxblood": (0.29, 0.080, 24),
        "crimson": (0.45, 0.170, 18),
        "rose": (0.66, 0.160, 10),
        "salmon": (0.74, 0.115, 30),
        "pink": (0.82, 0.080, 5),
        "shell": (0.89, 0.040, 35),
        "magenta": (0.54, 0.200, 350),
        "wine": (0.36, 0.110, 5),
        "plum": (0.36, 0.095, 335),
        "mauve": (0.68, 0.080, 325),
        "violet": (0.44, 0.150, 300),
        "lilac": (0.78, 0.070, 308),
        "aubergine": (0.26, 0.055, 320),
        "indigo": (0.30, 0.110, 276),
        "ultramarine": (0.39, 0.190, 267),
        "cobalt": (0.47, 0.165, 260),
        "cerulean": (0.64, 0.115, 238),
        "sky": (0.80, 0.065, 235),
        "slate": (0.50, 0.045, 250),
        "prussian": (0.29, 0.070, 250),
        "midnight": (0.22, 0.045, 268),
        "turquoise": (0.71, 0.105, 200),
        "teal": (0.47, 0.080, 200),
        "pine": (0.36, 0.065, 165),
        "viridian": (0.47, 0.095, 168),
        "emerald": (0.60, 0.145, 155),
        "leaf": (0.57, 0.140, 140),
        "lime": (0.82, 0.175, 122),
        "olive": (0.48, 0.085, 110),
        "moss": (0.42, 0.070, 125),
        "sage": (0.73, 0.045, 140),
        "mint": (0.88, 0.055, 165),
        "pearl": (0.84, 0.008, 240),
        "dove": (0.72, 0.010, 70),
        "ash": (0.58, 0.012, 90),
        "graphite": (0.36, 0.012, 260),
        "black": (0.19, 0.008, 40),
        "soot": (0.24, 0.016, 60),
    }.items()
}

# name -> ground, then what is laid over it, the most important first
PALETTES: dict[str, tuple[str, ...]] = {
    name: tuple(part.strip() for part in paints.split(","))
    for name, paints in {
        "ember": "maroon, vermilion, oxblood, orange, crimson, soot",
        "late summer": "gold, tangerine, cadmium yellow, vermilion, bone, brick",
        "harvest": "ochre, bone, cadmium yellow, rust, black, umber",
        "chapel": "aubergine, oxblood, midnight, wine, black, plum",
        "low light": "soot, graphite, umber, midnight, maroon, ash",
        "harbour": "sky, cobalt, bone, prussian, vermilion, sage",
        "deep water": "ultramarine, prussian, cobalt, midnight, turquoise, chalk",
        "lagoon": "turquoise, ultramarine, mint, viridian, lemon, salmon",
        "orchard": "leaf, cadmium red, olive, straw, pine, pink",
        "spring": "mint, pink, lemon, leaf, lilac, tangerine",
        "primary school": "chalk, cadmium red, ultramarine, cadmium yellow, black, leaf",
        "signal": "cadmium red, black, chalk, cadmium yellow, cobalt, scarlet",
        "carnival": "magenta, tangerine, violet, lemon, emerald, cobalt",
        "dusk": "violet, salmon, indigo, apricot, mauve, midnight",
        "dawn": "shell, salmon, lilac, apricot, sky, rose",
        "rose garden": "pink, crimson, rose, wine, leaf, cream",
        "wine cellar": "wine, plum, brick, oxblood, magenta, gold",
        "desert": "tan, rust, salmon, raw sienna, turquoise, cream",
        "adobe": "brick, tan, apricot, burnt umber, cobalt, shell",
        "moor": "moss, umber, mauve, olive, slate, straw",
        "forest": "pine, viridian, moss, black, lime, umber",
        "winter": "pearl, slate, chalk, sky, graphite, prussian",
        "fog": "dove, pearl, ash, lilac, bone, slate",
        "paper and ink": "bone, black, cream, soot, cadmium red, ash",
        "bleached": "cream, bone, straw, shell, pearl, tan",
        "citrus": "lemon, orange, lime, cadmium yellow, chalk, leaf",
        "iris": "lilac, violet, ultramarine, straw, plum, sage",
        "night market": "midnight, scarlet, gold, magenta, teal, lime",
        "kiln": "vermilion, burnt umber, orange, black, apricot, maroon",
        "sea wall": "teal, sky, sage, cream, rust, prussian",
        "field and sky": "cerulean, lemon, leaf, sky, olive, chalk",
        "beach": "straw, cerulean, cream, salmon, turquoise, tan",
        "velvet": "plum, ultramarine, wine, black, violet, vermilion",
        "brass": "mustard, black, ochre, umber, cream, olive",
        "pool": "cobalt, chalk, turquoise, cerulean, orange, mint",
        "workshop": "ash, orange, graphite, chalk, cobalt, mustard",
        "plum tree": "sage, plum, pink, moss, mauve, cream",
        "poppies": "emerald, scarlet, pine, vermilion, black, straw",
        "cobalt hour": "indigo, cobalt, lilac, midnight, salmon, cerulean",
        "ice cream": "cream, pink, mint, sky, lilac, apricot",
    }.items()
}

_WARM = ("ember", "late summer", "harvest", "kiln", "signal", "primary school", "poppies", "chapel")
_QUIET = ("bone", "chalk", "cream", "linen", "pearl", "dove", "ash", "graphite", "black", "soot", "umber", "midnight")


@dataclass(frozen=True)
class Palette:
    """Paints mixed for one painting: the ground, then those laid over it, the most important first."""

    name: str
    paints: tuple[Paint, ...]

    @property
    def ground(self) -> Paint:
        return self.paints[0]

    @property
    def lead(self) -> Paint:
        return self.paints[1]

    def over(self, number: int) -> Paint:
        """The paints besides the ground, round and round."""
        return self.paints[1 + number % (len(self.paints) - 1)]


def mix_palette(rng: np.random.Generator) -> Palette:
    if rng.random() < 0.58:
        warm = rng.random() < 0.3  # painters of fields love red, yellow and black above all
        name = str(rng.choice(_WARM if warm else list(PALETTES)))
        paints = [PAINTS[paint] for paint in PALETTES[name]]
        if rng.random() < 0.45:  # the same paints, another one in charge
            first = int(rng.integers(1, 4))
            paints[0], paints[first] = paints[first], paints[0]
        tail = [paints[position] for position in 2 + rng.permutation(len(paints) - 2)]
        paints = paints[:2] + tail
    else:
        name, paints = _found(rng)
    strength = float(rng.choice([0.8, 1.0, 1.18], p=[0.2, 0.45, 0.35]))
    return Palette(name, tuple(_mixed(paint, strength, rng) for paint in _told_apart(paints)))


def _found(rng: np.random.Generator) -> tuple[str, list[Paint]]:
    """A palette by rule: a family of hues, sometimes against a stranger, with one or two quiet paints."""
    rule = str(rng.choice(["neighbours", "neighbours and a stranger", "across the circle", "one hue", "three ways"]))
    hue = rng.normal(45, 28) if rng.random() < 0.35 else rng.uniform(0, 360)
    offsets = {
        "neighbours": (0, 18, -22, 35, -40),
        "neighbours and a stranger": (0, 20, -24, 170, 30),
        "across the circle": (0, 180, 12, 168, -15),
        "one hue": (0, 4, -6, 8, -3),
        "three ways": (0, 120, 240, 15, 135),
    }[rule]
    coloured = [paint for paint in PAINTS.values() if paint.chroma >= 0.05]
    chosen: list[Paint] = []
    for offset in offsets:
        wanted = (hue + offset) % 360
        near = sorted(coloured, key=lambda paint: abs((paint.hue - wanted + 180) % 360 - 180))[:6]
        fresh = [paint for paint in near if paint not in chosen] or near
        chosen.append(fresh[int(rng.integers(len(fresh)))])
    quiet = PAINTS[str(rng.choice(_QUIET))]
    chosen.insert(int(rng.integers(0, 4)), quiet)
    return rule, chosen


def _told_apart(paints: list[Paint]) -> list[Paint]:
    """Ground and lead must not vanish in each other: the most distant of the others changes places with the lead."""
    if distance(paints[0], paints[1]) < 0.12:
        best = max(range(1, len(paints)), key=lambda position: distance(paints[0], paints[position]))
        paints[1], paints[best] = paints[best], paints[1]
    return paints


def _mixed(paint: Paint, strength: float, rng: np.random.Generator) -> Paint:
    return paint.shifted(
        lightness=float(rng.normal(0, 0.022)),
        chroma=strength * float(rng.normal(1.0, 0.08)),
        hue=float(rng.normal(0, 4.5)),
    )
