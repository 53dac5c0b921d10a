"""Which pictures belong together, so that none of them is held out while another one is trained on."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.catalog.picture import PictureRef
from core.datasets.measure import Measurement
from core.datasets.split import join_groups

TWIN_DISTANCE = 3.0  # root mean square difference of two 8 x 8 colour signatures, 0..255
_SIDE = 8  # of a signature
_PLAIN_BELOW = 8.0  # deviation of a signature, 0..255
_BLOCK = 100_000  # pairs compared at a time: 80 MB each


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
    """Pairs of names whose signatures differ by less than `distance` (root mean square, 0..255).

    Plain pictures are left out: nearly white sheets all look alike in 8 x 8 colours and need not be one picture.

    Args:
        signatures: name -> 8 x 8 RGB, hexadecimal.
    """
    from scipy.spatial import cKDTree  # a third of a second that only a first plan should pay

    names = np.array(list(signatures))
    values = np.frombuffer(bytes.fromhex("".join(signatures.values())), np.uint8).reshape(len(names), _SIDE, _SIDE, 3)
    telling = values.reshape(len(names), _SIDE**2, 3).var(axis=1).mean(axis=1) >= _PLAIN_BELOW**2
    names, values = names[telling], values[telling].astype(np.float32)
    # Means over quarters are a projection: no pair lies farther apart there than in full. A tree finds the candidates.
    half = _SIDE // 2
    quarters = values.reshape(-1, 2, half, 2, half, 3).mean(axis=(2, 4)).reshape(len(names), 12) * half
    full = values.reshape(len(names), _SIDE**2 * 3)
    limit = distance * np.sqrt(full.shape[1])
    pairs = cKDTree(quarters).query_pairs(limit, output_type="ndarray") if len(names) else np.empty((0, 2), int)
    apart = np.concatenate(
        [
            np.square(full[block[:, 0]] - full[block[:, 1]]).sum(axis=1)
            for block in np.array_split(pairs, len(pairs) // _BLOCK + 1)
        ]
    )
    return [(str(names[first]), str(names[second])) for first, second in pairs[apart < limit**2]]
