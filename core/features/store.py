"""FeatureStore: the descriptors of a lab's pictures on disk, filled by a job a batch at a time, read by pages.

    <folder>/store.json           which descriptor, how long, how many rows a shard holds
    <folder>/names-0000.bin       32 bytes for each row: the picture's sha256
    <folder>/vectors-0000.f16     float16, row after row

Vectors are written, and on disk, before their names: a row counts once its name is whole. A kill in the middle of a
batch leaves a torn tail that readers do not see and the next writer cuts off. One process writes; any number read.
Rows are never changed or removed: a picture that left the catalog is masked by whoever asks.

float16 halves the file; its rounding (1 in 2,000) moves distances by less than a thousandth.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from core.errors import AtelierError, ConfigError
from core.features.descriptor import Descriptor
from core.files import read_json, write_json

ROWS_A_SHARD = 65_536  # 35 MB of a 269-long descriptor
_NAME_BYTES = 32
_KIND = np.dtype("<f2")


class FeatureStoreError(AtelierError):
    """The folder holds something else, or is being written to."""


class FeatureStore:
    """Reads; cheap to open, and complete as of then. `refresh` takes in what was written since."""

    def __init__(self, folder: Path, descriptor: Descriptor) -> None:
        """Raises: FeatureStoreError if the folder holds vectors of another descriptor."""
        self.folder = folder
        self.descriptor = descriptor
        self._rows_a_shard = _check(folder, descriptor)
        self._names = np.empty((0, _NAME_BYTES), np.uint8)
        self.shards: list[NDArray[np.float16]] = []  # (rows, D) of each shard, mapped from the files
        self._order: NDArray[np.int64] | None = None
        self._keys = np.empty(0, np.uint64)
        self.refresh()

    def refresh(self) -> "FeatureStore":
        names: list[NDArray[np.uint8]] = []
        shards: list[NDArray[np.float16]] = []
        for number in range(1 << 30):
            rows = complete_rows(self.folder, number, self.descriptor.length)
            if rows == 0:
                break
            names.append(
                np.fromfile(_names_path(self.folder, number), np.uint8, rows * _NAME_BYTES).reshape(-1, _NAME_BYTES)
            )
            path = _vectors_path(self.folder, number)
            shards.append(np.memmap(path, _KIND, "r", shape=(rows, self.descriptor.length)))
            if rows < self._rows_a_shard:
                break
        self._names = np.concatenate(names) if names else np.empty((0, _NAME_BYTES), np.uint8)
        self.shards, self._order = shards, None
        return self

    def is_current(self) -> bool:
        """Whether nothing was written since it was read."""
        last = max(0, len(self.shards) - 1)
        return all(
            complete_rows(self.folder, number, self.descriptor.length)
            == (len(self.shards[number]) if number < len(self.shards) else 0)
            for number in (last, last + 1)
        )

    def __len__(self) -> int:
        return sum(len(shard) for shard in self.shards)

    def name(self, row: int) -> str:
        """sha256 of the picture in a row."""
        return self._names[row].tobytes().hex()

    def names(self, rows: Iterable[int]) -> list[str]:
        return [self.name(int(row)) for row in rows]

    def digests(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(R, 32) the names as bytes."""
        return self._names[rows]

    def rows(self, names: Sequence[str]) -> NDArray[np.int64]:
        """(len(names),) the row of each picture, -1 where it has none yet."""
        asked = _digests(names)
        order, keys = self._index()
        wanted = _keys_of(asked)
        if len(keys) == 0:
            return np.full(len(names), -1, np.int64)
        places = np.searchsorted(keys, wanted)
        rows = order[np.minimum(places, len(keys) - 1)]
        found = np.where((self._names[rows] == asked).all(axis=1), rows, -1)
        # two of many million pictures may share the eight bytes that were looked up: the right one stands behind
        shared = np.flatnonzero((found < 0) & (keys[np.minimum(places + 1, len(keys) - 1)] == wanted))
        for i in shared.tolist():
            for row in order[places[i] : np.searchsorted(keys, wanted[i], side="right")].tolist():
                if (self._names[row] == asked[i]).all():
                    found[i] = row
        return found

    def vector(self, name: str) -> NDArray[np.float32] | None:
        """(D,) of a picture, None if it has none yet."""
        row = int(self.rows([name])[0])
        return None if row < 0 else self.vectors([row])[0]

    def vectors(self, rows: Iterable[int]) -> NDArray[np.float32]:
        """(R, D) float32 of some rows."""
        picked = [self.shards[row // self._rows_a_shard][row % self._rows_a_shard] for row in map(int, rows)]
        return np.array(picked, dtype=np.float32).reshape(-1, self.descriptor.length)

    def mask(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """(len(self),) True for the rows of these pictures: what a search over a selection is limited to."""
        mask = np.zeros(len(self), dtype=bool)
        rows = self.rows(names)
        mask[rows[rows >= 0]] = True
        return mask

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those without a vector: what a job has left to do."""
        return [name for name, row in zip(names, self.rows(names).tolist(), strict=True) if row < 0]

    def _index(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        if self._order is None:
            keys = _keys_of(self._names)
            order = np.argsort(keys, kind="stable")
            self._keys = keys[order]
            self._order = order  # last: another thread that sees it finds the keys there, too
        return self._order, self._keys


class FeatureWriter:
    """The one process that fills a store; a context manager."""

    def __init__(self, folder: Path, descriptor: Descriptor, *, rows_a_shard: int = ROWS_A_SHARD) -> None:
        self.folder = folder
        self.descriptor = descriptor
        self._rows_a_shard = rows_a_shard
        self._lock = FileLock(folder / "lock", timeout=0)

    def __enter__(self) -> "FeatureWriter":
        """Raises: FeatureStoreError if another process writes, or the folder holds another descriptor's vectors."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise FeatureStoreError(
                f"Another process is describing pictures into {self.folder.name} now. Wait for it, or stop that job."
            ) from error
        try:
            header = self.folder / "store.json"
            if not header.exists():
                facts = {
                    "descriptor": self.descriptor.name,
                    "length": self.descriptor.length,
                    "rows_a_shard": self._rows_a_shard,
                }
                write_json(header, facts)
            self._rows_a_shard = _check(self.folder, self.descriptor)
            self._number = 0
            while self._cut_torn_tail() == self._rows_a_shard:
                self._number += 1
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock.release()

    def append(self, names: Sequence[str], vectors: NDArray[np.floating]) -> None:
        """Add rows; they are on disk when this returns. Names that are there already must not be added again.

        Raises: ConfigError if a vector has another length, or is not finite.
        """
        digests = _digests(names)
        rows = np.asarray(vectors, dtype=np.float32).reshape(len(names), -1)
        if len(names) and rows.shape[1] != self.descriptor.length:
            raise ConfigError(f"{self.descriptor.name} has {self.descriptor.length} numbers; got {rows.shape[1]}.")
        if not np.isfinite(rows).all() or np.abs(rows).max(initial=0) > np.finfo(_KIND).max:
            raise ConfigError("A descriptor has numbers that are not finite.")
        begin = 0
        while begin < len(names):
            there = complete_rows(self.folder, self._number, self.descriptor.length)
            if there == self._rows_a_shard:
                self._number += 1
                continue
            end = min(len(names), begin + self._rows_a_shard - there)
            with _vectors_path(self.folder, self._number).open("ab") as handle:
                _write(handle, rows[begin:end].astype(_KIND).tobytes())
            with _names_path(self.folder, self._number).open("ab") as handle:
                _write(handle, digests[begin:end].tobytes())
            begin = end

    def _cut_torn_tail(self) -> int:
        """Whole rows of the current shard, after cutting off what a killed writer left behind them."""
        rows = complete_rows(self.folder, self._number, self.descriptor.length)
        for path, row_bytes in (
            (_vectors_path(self.folder, self._number), self.descriptor.length * _KIND.itemsize),
            (_names_path(self.folder, self._number), _NAME_BYTES),
        ):
            if path.exists() and path.stat().st_size != rows * row_bytes:
                with path.open("rb+") as handle:
                    handle.truncate(rows * row_bytes)
        return rows


def complete_rows(folder: Path, number: int, length: int) -> int:
    try:
        names = _names_path(folder, number).stat().st_size // _NAME_BYTES
        vectors = _vectors_path(folder, number).stat().st_size // (length * _KIND.itemsize)
    except FileNotFoundError:
        return 0
    return min(names, vectors)


def _check(folder: Path, descriptor: Descriptor) -> int:
    """Rows a shard, as the folder was begun."""
    try:
        facts = read_json(folder / "store.json")
    except ValueError as error:
        raise FeatureStoreError(
            f"{folder.name}/store.json is damaged. Delete the folder; it can be filled again."
        ) from error
    if facts is None:
        return ROWS_A_SHARD  # not begun yet: nothing in it
    named, length = (facts.get("descriptor"), facts.get("length")) if isinstance(facts, dict) else (None, None)
    if (named, length) != (descriptor.name, descriptor.length):
        raise FeatureStoreError(
            f"{folder.name} holds vectors of {named} with {length} numbers, not of {descriptor.name} with "
            f"{descriptor.length}. Choose another folder, or delete this one; it can be filled again."
        )
    return int(facts["rows_a_shard"])


def _names_path(folder: Path, number: int) -> Path:
    return folder / f"names-{number:04d}.bin"


def _vectors_path(folder: Path, number: int) -> Path:
    return folder / f"vectors-{number:04d}.f16"


def is_sha256(text: str) -> bool:
    """Whether pictures can be named like this."""
    return len(text) == 2 * _NAME_BYTES and all(digit in "0123456789abcdef" for digit in text)


def _digests(names: Sequence[str]) -> NDArray[np.uint8]:
    """(N, 32). Raises: ConfigError for what is no sha256."""
    try:
        raw = bytes.fromhex("".join(names))
    except ValueError as error:
        raise ConfigError(f"Pictures are named by their sha256; {error}.") from error
    if any(len(name) != 2 * _NAME_BYTES for name in names):
        raise ConfigError("Pictures are named by their sha256, 64 hexadecimal digits.")
    return np.frombuffer(raw, np.uint8).reshape(len(names), _NAME_BYTES)


def _keys_of(digests: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(digests[:, :8]).view(np.uint64).ravel()


def _write(handle: BinaryIO, data: bytes) -> None:
    handle.write(data)
    handle.flush()
    os.fsync(handle.fileno())
