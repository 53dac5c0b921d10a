"""Which weights a file holds, told by its content."""

import functools
import hashlib
from pathlib import Path


def hash_file(path: Path) -> str:
    """SHA-256, hexadecimal; remembered for as long as the file stays as it is. Raises: OSError."""
    stat = path.stat()
    return _hash(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=4_096)
def _hash(path: Path, changed: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
