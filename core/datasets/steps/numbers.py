"""Random numbers that are a function of a seed and a place, and of nothing else.

SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014; constants of its public
domain reference). Written out rather than taken from numpy, because numpy's streams may change between its versions
(NEP 19) and drawn copies belong to a dataset for good; and because the numbers of a whole batch are made at once, each
picture's from its own seed.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

GAMMA, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

Seeds = NDArray[np.uint64]


def seed_for(recipe_seed: int, sha256: str, number: int) -> int:
    """Of the number-th draw of a picture, below 2**63: what drawn copies and contact sheets use."""
    return named_seed(f"{recipe_seed}/{sha256}/{number}")


def named_seed(text: str) -> int:
    """A seed below 2**63 of any text: near texts give unrelated seeds."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def seeds_of(seed: int, count: int) -> Seeds:
    """As many unrelated seeds, each below 2**63: those of the pictures of a batch."""
    return mixed(np.uint64(seed % 2**64) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA)) >> np.uint64(1)


def uniforms(seeds: Seeds, name: str, count: int) -> NDArray[np.float64]:
    """(B, count) numbers in [0, 1) for what `name` says, from seeds (B,)."""
    places = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA)
    bits = mixed(mixed(seeds ^ np.uint64(named_seed(name)))[:, None] + places[None, :])
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def mixed(values: Seeds) -> Seeds:
    """SplitMix64's finaliser; sums and products wrap, as they should."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(FIRST)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(SECOND)
    return values ^ (values >> np.uint64(31))
