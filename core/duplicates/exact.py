"""Exact duplicates: pictures whose decoded pixels are equal, whatever their files are.

Two files with equal bytes are one image in the catalog already. What is left are files that differ in their metadata or
their packing (a JPEG with and without its EXIF data, a PNG compressed again), and only decoding tells.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from core.duplicates.hashes import hash_values, near_hashes
from core.duplicates.pairs import TooManyPairsError

# A hash is taken from a JPEG decoded at a smaller scale, and from any other file at full size: bits may turn over that.
_CANDIDATE_RADIUS = 8


def pixel_digest(image: Image.Image) -> str:
    """SHA-256 of a picture's size and pixels, as core.images.read_image gave it (upright, sRGB, mode RGB)."""
    digest = hashlib.sha256(f"{image.mode} {image.width} {image.height} ".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def exact_candidates(names: Sequence[str], sizes: Sequence[tuple[int, int]], hashes: Sequence[str]) -> list[str]:
    """The pictures worth decoding: those with another one of equal width and height and a hash nearly alike.

    Args:
        names: sha256 of each picture, each once.
        sizes: (width, height) of each, pixels.
        hashes: 16 hexadecimal digits each.
    """
    of_size: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, (width, height) in enumerate(sizes):
        of_size[width, height].append(place)
    values = hash_values(hashes)
    found: set[int] = set()
    for places in of_size.values():
        if len(places) == 1:
            continue
        distinct, label, count = np.unique(values[places], return_inverse=True, return_counts=True)
        near = count > 1
        try:
            pairs = near_hashes(distinct, _CANDIDATE_RADIUS, threads=1)
        except TooManyPairsError:  # nearly all are alike: decoding tells, only later
            near[:] = True
        else:
            near[pairs.first] = near[pairs.second] = True
        found.update(np.asarray(places)[near[label]].tolist())
    return sorted(names[place] for place in found)


def exact_groups(digests: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Pictures with equal pixels, smallest groups first. digests: sha256 of the file -> pixel_digest of it."""
    of_pixels: dict[str, list[str]] = defaultdict(list)
    for name, pixels in digests.items():
        of_pixels[pixels].append(name)
    groups = (tuple(sorted(names)) for names in of_pixels.values() if len(names) > 1)
    return sorted(groups, key=lambda group: (len(group), group))
