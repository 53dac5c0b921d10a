"""The sample collection: pictures by Atelier's own painter, free of rights, the same on every machine for a seed."""

import io
from collections.abc import Iterator

from PIL import Image

from core.sources.artwork import Artwork
from core.sources.painter.painting import FAMILIES, Plan, plan
from core.sources.painter.painting import paint as paint_picture

SOURCE = "sample"
ARTIST = "Atelier painter"
LICENCE = "CC0"
_JPEG_QUALITY = 92


def paintings(count: int, seed: int = 0) -> Iterator[tuple[Artwork, bytes]]:
    """The first `count` paintings of a series with their JPEG bytes, one after the other."""
    for index in range(count):
        yield painting(index, seed)


def painting(index: int, seed: int = 0) -> tuple[Artwork, bytes]:
    """One painting of a series and its JPEG bytes; for process pools, nothing but (index, seed) is needed."""
    return artwork(index, seed), jpeg(index, seed)


def paint(index: int, *, seed: int = 0) -> Image.Image:
    """The picture itself, RGB."""
    return paint_picture(index, seed=seed)


def artwork(index: int, seed: int = 0) -> Artwork:
    """What the catalogue says of a painting. Cheap: nothing is painted for it."""
    decided = plan(index, seed=seed)
    family = FAMILIES[decided.family]
    return Artwork(
        source=SOURCE,
        source_id=f"{seed}-{index}",
        title=_title(decided),
        artist=ARTIST,
        style=family.words,
        genre="abstract",
        tags=(family.words, decided.palette.name),
        licence=LICENCE,
        metadata={
            "family": decided.family,
            "palette": decided.palette.name,
            "paints": ", ".join(paint.name for paint in decided.palette.paints),
            "seed": str(seed),
            "index": str(index),
        },
        synthetic=True,
    )


def jpeg(index: int, seed: int = 0) -> bytes:
    buffer = io.BytesIO()
    paint(index, seed=seed).save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def _title(decided: Plan) -> str:
    ground, lead = decided.palette.ground.name, decided.palette.lead.name
    joined = {
        "stripes": f"{lead}, {ground}",
        "pillars": f"{lead} standing",
        "zips": f"{ground}, parted by {lead}",
        "touches": f"{lead} among {ground}",
        "quiet": f"{ground}, quiet",
        "target": f"{lead} in {ground}",
        "squares": f"{lead} in {ground}",
        "frames": f"{lead} within {ground}",
        "horizons": f"{lead} under {ground}",
        "open field": f"Edges, {lead}",
    }.get(decided.family, f"{lead} over {ground}")
    return f"{joined[0].upper()}{joined[1:]}, no. {decided.index + 1}"
