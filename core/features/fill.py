"""Filling a feature store from the thumbnails of pictures: what a job does, stopped and resumed as often as need be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.features.descriptor import Descriptor, describe_thumbnail
from core.features.store import FeatureStore, FeatureWriter

BATCH = 256


@dataclass
class Filled:
    described: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)  # sha256 -> why; asked for again the next time
    stopped: bool = False


def fill(
    folder: Path,
    descriptor: Descriptor,
    names: Sequence[str],
    thumbnail: Callable[[str], Path],
    *,
    batch: int = BATCH,
    progress: Callable[[int, int], None] | None = None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Filled:
    """Describe the pictures that have no vector yet.

    Args:
        names: sha256 of the pictures that should have one.
        batch: pictures between two looks at whether to stop, and what a kill may cost.
        thumbnail: where a picture's thumbnail lies, as Workspace.thumb.
        progress: called with (pictures done or given up, pictures that had no vector).
    Raises: FeatureStoreError if the folder holds another descriptor's vectors, or another process fills it.
    """
    result = Filled()
    with FeatureWriter(folder, descriptor) as writer:
        missing = list(dict.fromkeys(FeatureStore(folder, descriptor).missing(names)))
        for begin in range(0, len(missing), batch):
            if stop_requested():
                result.stopped = True
                break
            asked = missing[begin : begin + batch]
            described: list[str] = []
            vectors: list[NDArray[np.float32]] = []
            for name in asked:
                try:
                    vectors.append(describe_thumbnail(thumbnail(name).read_bytes(), descriptor))
                except OSError as error:  # a thumbnail that is lost or damaged: Pillow's errors are OSErrors too
                    result.unreadable[name] = str(error)
                else:
                    described.append(name)
            if described:
                writer.append(described, np.stack(vectors))
            result.described += len(described)
            if progress is not None:
                progress(begin + len(asked), len(missing))
    return result
