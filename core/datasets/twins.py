"""Which pictures belong together, so that none of them is held out while another one is trained on."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.catalog.picture import PictureRef
from core.datasets.measure import Measurement
from core.datasets.split import join_groups

TWIN_DISTANCE = 3.0  # root mean square difference of two 8 x 8 colour signatures, 0..255
_BLOCK = 2048  # signatures compared at a time: 2,048 x 10,000 float32 distances are 80 MB


def group_pictures(pictures: Sequence[PictureRef], measurements: Mapping[str, Measurement]) -> dict[str, str]:
    """The group of each picture, by sha256: pictures of one artwork, and twins with the artworks they belong to.

    Twins are the same picture in other bytes (saved again, or scaled), recognised by equal colours on an 8 x 8 grid.
    """
    signatures = {
        picture.sha256: measurements[picture.sha256].signature
        for picture in pictures
        if measurements[picture.sha256].signature
    }
    twins = find_twins(signatures)
    labels: dict[str, list[tuple[str, object]]] = {}
    for picture in pictures:
        own = labels.setdefault(picture.sha256, [("picture", picture.sha256)])
        own.append(("artwork", picture.artwork_id))
    for first, second in twins:
        labels[first].append(("picture", second))
    names = list(labels)
    return dict(zip(names, join_groups(names, [labels[name] for name in names]), strict=True))


def find_twins(signatures: Mapping[str, str], distance: float = TWIN_DISTANCE) -> list[tuple[str, str]]:
    """Pairs of names whose signatures (hexadecimal, all of one length) differ by less than `distance`, 0..255."""
    if len(signatures) < 2:
        return []
    names = list(signatures)
    values = np.frombuffer(bytes.fromhex("".join(signatures.values())), np.uint8).reshape(len(names), -1)
    centred = values.astype(np.float32) - 127.5  # smaller numbers, so float32 products stay exact enough
    squares = np.square(centred).sum(axis=1)
    limit = distance**2 * values.shape[1]
    pairs = []
    for start in range(0, len(names), _BLOCK):
        block = centred[start : start + _BLOCK]
        squared = squares[start : start + _BLOCK, None] + squares[None] - 2 * block @ centred.T
        rows, columns = np.nonzero(squared < limit)
        pairs += [
            (names[start + row], names[column])
            for row, column in zip(rows, columns, strict=True)
            if start + row < column
        ]
    return pairs
