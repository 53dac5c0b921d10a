"""A map over the catalog: which pictures stand on it, what they are called and coloured by, which lie in a lasso.

The map itself (core.features.maps) knows pictures by their hashes and nothing of the catalog. It is of a filter with
excluded pictures among the others, so that excluding some, which a map is used for, does not put it out of date.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.catalog.described import described_of
from core.catalog.filters.fields import FIELDS
from core.catalog.selection import Selection
from core.errors import NotFoundError
from core.features.colour import lab
from core.features.maps import PictureMap, drawn_by_hash
from core.features.store import FeatureStore

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

MOST_CLASSES = 100  # in a legend; what is rarer is one class, OTHERS
OTHERS = "Others"
UNKNOWN = {"decade": "No year", "my_tag": "No tag", "collection": "No collection", "excluded": "Kept"}
_CURATED = ("my_tag", "excluded")
# What a map can be coloured by, and what people call it.
COLOURINGS = {
    "artist": "Artist",
    "style": "Style",
    "genre": "Genre",
    "collection": "Collection",
    "decade": "Decade",
    "my_tag": "Your tags",
    "excluded": "Kept or excluded",
    "palette": "Main colour",
}
_FAMILIES = (  # of main colours, by lightness, chroma and hue in CIE Lab; where each begins, in degrees
    (20.0, "Reds"),
    (50.0, "Oranges and browns"),
    (78.0, "Yellows"),
    (108.0, "Greens"),
    (165.0, "Blue-greens"),
    (220.0, "Blues"),
    (308.0, "Violets"),
    (330.0, "Pinks"),
)
_GREY_CHROMA = 10.0


@dataclass(frozen=True)
class MapScope:
    """The pictures that a map of a selection is of."""

    key: str  # the selection as text, whatever pictures it has now
    rows: NDArray[np.int64]  # in the store
    names: NDArray[np.uint8]  # (N, 32)
    found: int  # described pictures of the selection, of which `rows` may be a sample
    missing: int  # pictures of the selection that are not described


@dataclass(frozen=True)
class Classes:
    """What the pictures of a map are coloured by."""

    names: tuple[str, ...]
    counts: tuple[int, ...]  # pictures on the map
    of: NDArray[np.uint16]  # (N,) of every picture, in the order of the map
    colours: NDArray[np.uint8] | None = None  # (N, 3) where every picture has a colour of its own


def map_scope(catalog: "Catalog", store: FeatureStore, selection: Selection, *, most: int) -> MapScope:
    everything = replace(selection, excluded="all")
    described = described_of(catalog, store, everything)
    names = store.digests(described.rows)
    drawn = drawn_by_hash(names, most)
    key = json.dumps(everything.to_json(), sort_keys=True, ensure_ascii=False)
    return MapScope(key, described.rows[drawn], names[drawn], len(described), described.missing)


def numbers_on_map(catalog: "Catalog", store: FeatureStore, found: PictureMap) -> NDArray[np.int32]:
    """(N,) the catalog's numbers of the pictures of a map, 0 for one that is no longer here."""

    def compute() -> NDArray[np.int32]:
        numbers, rows = catalog.described(store)
        of_row = np.zeros(len(store), np.int32)
        of_row[rows] = numbers
        on_map = store.rows([name.tobytes().hex() for name in found.names])
        return np.where(on_map >= 0, of_row[np.maximum(on_map, 0)], 0).astype(np.int32)

    return catalog.lasting(("numbers on a map", found.key, len(store)), compute)


def shown_on_map(catalog: "Catalog", selection: Selection, numbers: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(N,) which pictures of a map fit a selection, as it is now."""
    shown = catalog.shown(selection)
    inside = (numbers > 0) & (numbers < shown.size)
    inside[inside] = shown[numbers[inside]] != 0
    return inside


def classes(catalog: "Catalog", numbers: NDArray[np.int32], by: str, *, key: str, most: int = MOST_CLASSES) -> Classes:
    """What pictures are coloured by, the largest class first; decades in their order.

    Args:
        numbers: (N,) of pictures, 0 for none.
        by: one of COLOURINGS.
        key: of these numbers, under which the answer is remembered.
    Raises: NotFoundError for another way to colour.
    """
    if by not in COLOURINGS:
        raise NotFoundError("way to colour a map", by, list(COLOURINGS))
    return catalog.remembered(
        ("classes", key, by, most),
        lambda: _by_palette(catalog, numbers) if by == "palette" else _by_value(catalog, numbers, by, most),
    )


def inside(places: NDArray[np.floating], outline: Sequence[Sequence[float]]) -> NDArray[np.bool_]:
    """(N,) which places lie in an outline that is closed by itself (even-odd rule).

    Args:
        places: (N, 2).
        outline: at least three corners.
    """
    corners = np.asarray(outline, np.float64)
    found = np.zeros(len(places), dtype=bool)
    if len(corners) < 3:
        return found
    lowest, highest = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero(((places >= lowest) & (places <= highest)).all(axis=1))
    x, y = places[near, 0].astype(np.float64), places[near, 1].astype(np.float64)
    odd = np.zeros(len(near), dtype=bool)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 != y2:
            crossed = (y1 > y) != (y2 > y)
            odd ^= crossed & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    found[near] = odd
    return found


def hashes_of(found: PictureMap, chosen: NDArray[np.bool_]) -> list[str]:
    return [name.tobytes().hex() for name in found.names[chosen]]


_VALUES = {
    "artist": "SELECT image_number, arg_min(artist, number) FROM artworks GROUP BY image_number",
    "style": "SELECT image_number, coalesce(arg_min(style, number) FILTER (WHERE style <> ''), '') FROM artworks "
    "GROUP BY image_number",
    "genre": "SELECT image_number, coalesce(arg_min(genre, number) FILTER (WHERE genre <> ''), '') FROM artworks "
    "GROUP BY image_number",
    "collection": "SELECT a.image_number, arg_min(m.collection, m.added_at) FROM memberships m "
    "JOIN artworks a ON a.number = m.artwork_number GROUP BY a.image_number",
    "my_tag": "SELECT image_number, arg_max(tag, given_at) FROM picture_tags WHERE image_number > 0 "
    "GROUP BY image_number",
    "excluded": "SELECT image_number, 'Excluded' FROM exclusions WHERE image_number > 0",
}


@dataclass(frozen=True)
class _Coded:
    labels: list[str]
    of_image: NDArray[np.int32]  # by the number of a picture: its label, -1 where unknown


def _coded(catalog: "Catalog", by: str) -> _Coded:
    image, value = _columns(catalog, _query(by))
    labels, codes = np.unique(value.astype(str), return_inverse=True)
    of_image = np.full(int(image.max(initial=0)) + 1, -1, np.int32)
    of_image[image] = np.where(labels == "", -1, np.arange(len(labels)))[codes] if len(labels) else -1
    return _Coded(labels.tolist(), of_image)


def _by_value(catalog: "Catalog", numbers: NDArray[np.int32], by: str, most: int) -> Classes:
    keeps = catalog.remembered if by in _CURATED else catalog.lasting
    coded: _Coded = keeps(("map values", by), lambda: _coded(catalog, by))
    known = (numbers > 0) & (numbers < len(coded.of_image))
    of = np.full(len(numbers), -1, np.int64)
    of[known] = coded.of_image[numbers[known]]
    counts = np.bincount(of[of >= 0], minlength=len(coded.labels))
    there = np.flatnonzero(counts)
    by_size = there[np.argsort(-counts[there], kind="stable")]
    kept, rest = by_size[: most - 2], by_size[most - 2 :]
    if by == "decade":
        kept = np.sort(kept)
    names = [f"{coded.labels[code]}s" if by == "decade" else coded.labels[code] for code in kept]
    amounts = counts[kept].tolist()
    place = np.full(len(coded.labels) + 1, len(kept) + bool(rest.size), np.int64)  # the last, which -1 means: unknown
    place[kept] = np.arange(len(kept))
    if rest.size:
        place[rest] = len(kept)
        names.append(f"{OTHERS} ({len(rest):,})")
        amounts.append(int(counts[rest].sum()))
    unknown = int(np.count_nonzero((of < 0) & (numbers > 0)))
    if unknown:
        names.append(UNKNOWN.get(by, "Unknown"))
        amounts.append(unknown)
    return Classes(tuple(names), tuple(amounts), place[of].astype(np.uint16))


def _query(by: str) -> str:
    """(number of a picture, value), one row for each picture that has any."""
    if by == "decade":
        decade = FIELDS["decade"].sql
        return (
            f"SELECT a.image_number, min({decade})::INTEGER::VARCHAR FROM artworks a WHERE {decade} IS NOT NULL "
            "GROUP BY a.image_number"
        )
    return _VALUES[by]


def _by_palette(catalog: "Catalog", numbers: NDArray[np.int32]) -> Classes:
    of_image: NDArray[np.int32] = catalog.lasting("tints", lambda: _tints(catalog))
    known = (numbers > 0) & (numbers < len(of_image))
    packed = np.full(len(numbers), -1, np.int64)
    packed[known] = of_image[numbers[known]]
    told = np.maximum(packed, 0)
    colours = np.stack((told >> 16 & 255, told >> 8 & 255, told & 255), axis=-1).astype(np.uint8)
    of = _family(colours)
    names = (*(name for _, name in _FAMILIES), "Black", "Grey", "White", "Unknown")
    of[packed < 0] = len(names) - 1
    colours[packed < 0] = 128
    counts = np.bincount(of[numbers > 0], minlength=len(names))
    there = np.flatnonzero(counts)
    place = np.zeros(len(names), np.uint16)
    place[there] = np.arange(len(there))
    return Classes(
        tuple(names[code] for code in there), tuple(counts[there].tolist()), place[of].astype(np.uint16), colours
    )


def _tints(catalog: "Catalog") -> NDArray[np.int32]:
    """By the number of a picture: its main colour as 0xrrggbb, -1 where unknown."""
    image, colour = _columns(
        catalog, "SELECT number, ('0x' || substr(tint, 2))::UINTEGER::INTEGER AS colour FROM images WHERE tint <> ''"
    )
    of_image = np.full(int(image.max(initial=0)) + 1, -1, np.int32)
    of_image[image] = colour
    return of_image


def _columns(catalog: "Catalog", sql: str) -> tuple[NDArray[np.int64], NDArray[Any]]:
    with catalog.cursor() as cursor:
        first, second = cursor.execute(sql).fetchnumpy().values()
    return np.asarray(first, np.int64), np.asarray(second)


def _family(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    values = lab(colours)
    lightness, chroma = values[:, 0], np.hypot(values[:, 1], values[:, 2])
    hue = np.degrees(np.arctan2(values[:, 2], values[:, 1])) % 360
    starts = np.array([start for start, _ in _FAMILIES])
    # pinks go on to where reds begin, past 360 degrees
    family = (np.searchsorted(starts, hue, side="right") - 1) % len(_FAMILIES)
    grey = len(_FAMILIES) + np.where(lightness < 25, 0, np.where(lightness > 85, 2, 1))
    return np.where((chroma < _GREY_CHROMA) | (lightness < 8), grey, family)
