"""Batches of 32 x 32 pictures as CIFAR-10, CIFAR-100 and ArtBench-10 are handed out: pickles, or plain records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.sources.artwork import SourceError
from core.sources.files.safe_pickle import PickleError, entry, load_pickle, text

SIDE = 32  # pixels
VALUES = 3 * SIDE * SIDE  # of a picture: its red plane, its green one, its blue one


@dataclass(frozen=True)
class Batch:
    pixels: np.ndarray  # (N, 3072) uint8, planes
    labels: list[int]  # numbers into the class names
    coarse_labels: list[int]  # CIFAR-100: numbers of the superclass; otherwise empty
    file_names: list[str]  # empty where the batch has none

    def picture(self, row: int) -> np.ndarray:
        """(32, 32, 3) uint8."""
        return self.pixels[row].reshape(3, SIDE, SIDE).transpose(1, 2, 0)


@dataclass(frozen=True)
class ClassNames:
    """Names by their numbers; empty: not known."""

    fine: list[str]
    coarse: list[str]
    are_styles: bool = False  # the file itself calls them so


def read_pickled(data: bytes, name: str) -> Batch:
    """Raises: SourceError if it is not a batch, or asks for more than data."""
    value = _loaded(data, name)
    pixels = entry(value, "data")
    if (
        not isinstance(pixels, np.ndarray)
        or pixels.dtype != np.uint8
        or pixels.size % VALUES
        or pixels.ndim not in (2, 4)
    ):
        raise SourceError(f"{name} is no batch of pictures: it needs an entry data of {VALUES:,} bytes per picture.")
    pixels = pixels.reshape(-1, VALUES)
    labels = _numbers(entry(value, "labels", "fine_labels"))
    if labels is None:
        raise SourceError(f"{name} has no labels: it needs an entry labels or fine_labels, one number per picture.")
    coarse = _numbers(entry(value, "coarse_labels")) or []
    file_names = entry(value, "filenames")
    names = [text(item) for item in file_names] if isinstance(file_names, list) else []
    for what, found in (("labels", labels), ("coarse_labels", coarse), ("filenames", names)):
        if (found or what == "labels") and len(found) != len(pixels):
            raise SourceError(f"{name} holds {len(pixels):,} pictures, but {len(found):,} {what}. Download it again.")
    return Batch(pixels, labels, coarse, names)


def read_binary(data: bytes, name: str, *, label_bytes: int) -> Batch:
    """Records of one label byte, or of two (coarse, fine), and 3,072 bytes of pixels.

    Raises: SourceError if the bytes are no whole number of records.
    """
    record = label_bytes + VALUES
    if not data or len(data) % record:
        raise SourceError(
            f"{name} has {len(data):,} bytes, which is no whole number of records of {record:,} bytes. "
            "It was cut off, or holds something else. Download it again."
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, record)
    labels = records[:, :label_bytes]
    coarse = labels[:, 0].tolist() if label_bytes == 2 else []
    return Batch(records[:, label_bytes:], labels[:, -1].tolist(), coarse, [])


def read_pickled_names(data: bytes, name: str) -> ClassNames:
    """From "meta" or "batches.meta". Raises: SourceError."""
    value = _loaded(data, name)
    styles = entry(value, "styles")
    fine = styles if styles is not None else entry(value, "label_names", "fine_label_names")
    coarse = entry(value, "coarse_label_names") or []
    if not isinstance(fine, list) or not isinstance(coarse, list):
        raise SourceError(f"{name} has no class names: it needs an entry styles, label_names or fine_label_names.")
    return ClassNames(
        [text(item).strip() for item in fine], [text(item).strip() for item in coarse], styles is not None
    )


def read_listed_names(data: bytes) -> list[str]:
    """From "batches.meta.txt": a name a line, in the order of their numbers."""
    return [line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()]


def check_labels(labels: Sequence[int], names: Sequence[str], batch_name: str) -> None:
    """Raises: SourceError for a label without a name. Nothing is checked where no names are known."""
    wrong = next((row for row, label in enumerate(labels) if not 0 <= label < len(names)), None) if names else None
    if wrong is not None:
        raise SourceError(
            f"{batch_name} gives picture {wrong:,} the class {labels[wrong]}, but there are names for "
            f"{len(names)} classes (0 to {len(names) - 1}). The batch and the class names do not belong together."
        )


def _loaded(data: bytes, name: str) -> Any:
    try:
        return load_pickle(data, name)
    except PickleError as error:
        raise SourceError(str(error)) from error


def _numbers(value: Any) -> list[int] | None:
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    return value if isinstance(value, list) and all(isinstance(item, int) for item in value) else None
