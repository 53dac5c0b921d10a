"""Seeds for everything random in a training, each from the run's seed and what it is for."""

import hashlib


def seed_of(*parts: object) -> int:
    """A seed of 63 bits that depends on all parts: near numbers give unrelated seeds."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
