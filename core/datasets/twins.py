"""Which pictures belong together, so that none of them is held out while another one is trained on."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

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

    Of equal ones the first stands for all, which are paired with it alone: a sheet that was saved a thousand times
    would make half a million pairs.

    Plain pictures are left out: nearly white sheets all look alike in 8 x 8 colours and need not be one picture.

    Args:
        signatures: name -> 8 x 8 RGB, hexadecimal.
    """
    from scipy.spatial import cKDTree  # a third of a second that only a first plan should pay

    firsts: dict[str, str] = {}  # by signature
    for name, signature in signatures.items():
        firsts.setdefault(signature, name)
    values = np.frombuffer(bytes.fromhex("".join(firsts)), np.uint8).reshape(-1, _SIDE, _SIDE, 3)
    telling = _telling(values)
    plain = {signature for signature, tells in zip(firsts, telling, strict=True) if not tells}
    equal = [
        (first, name)
        for name, signature in signatures.items()
        if (first := firsts[signature]) != name and signature not in plain
    ]
    names, values = np.array(list(firsts.values()))[telling], values[telling].astype(np.float32)
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
    return equal + [(str(names[first]), str(names[second])) for first, second in pairs[apart < limit**2]]


def _telling(values: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which signatures, (N, 8, 8, 3), are not plain; some at a time, as this needs eight times their memory."""
    blocks = np.array_split(values.reshape(-1, _SIDE**2, 3), len(values) // 4096 + 1)
    telling: NDArray[np.bool_] = np.concatenate([block.var(axis=1).mean(axis=1) >= _PLAIN_BELOW**2 for block in blocks])
    return telling
