"""Which weights a file holds, told by the numbers alone: a network that was exported and imported keeps its name."""

import functools
import hashlib
import json
from pathlib import Path

_BLOCK = 1 << 20
_MOST_HEADER = 100_000_000  # bytes, as safetensors itself allows


def hash_weights(path: Path) -> str:
    """SHA-256, hexadecimal, of a safetensors file without its metadata; remembered while the file stays as it is.

    Raises: OSError; ValueError for another kind of file.
    """
    stat = path.stat()
    return _hash(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=4_096)
def _hash(path: Path, changed: int, size: int) -> str:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(size, _MOST_HEADER):
            raise ValueError(f"{path.name} is no safetensors file")
        tensors = json.loads(file.read(length))
        tensors.pop("__metadata__", None)
        digest = hashlib.sha256(json.dumps(tensors, sort_keys=True).encode())
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
