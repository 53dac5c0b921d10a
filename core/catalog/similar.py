"""The most similar pictures of a selection, and those of a colour. Descriptors lie beside the catalog: see
core.features.job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.catalog.nearness import ToColours, ToPicture
from core.catalog.selection import Selection
from core.errors import AtelierError, ConfigError
from core.features.choices import open_store
from core.features.descriptor import COLOUR_AND_TEXTURE, Descriptor
from core.features.store import FeatureStore, is_sha256
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog


class NotDescribedError(AtelierError):
    """A picture has no descriptor yet."""


@dataclass(frozen=True)
class SimilarPicture:
    sha256: str
    score: float  # 1: the same; 0: as far apart as two pictures taken at random


@dataclass(frozen=True)
class OfColour:
    sha256: str
    distance: float  # CIEDE2000 and rank; up to core.features.colour.SAME_COLOUR_WITHIN people call it that colour


def feature_store(workspace: Workspace, descriptor: Descriptor = COLOUR_AND_TEXTURE) -> FeatureStore:
    """The lab's descriptors as of now: a page keeps it while `is_current`. See core.features.choices."""
    return open_store(workspace, descriptor)


def similar_pictures(
    catalog: "Catalog",
    store: FeatureStore,
    sha256: str,
    *,
    selection: Selection = Selection(),  # noqa: B008, frozen
    count: int = 24,
) -> list[SimilarPicture]:
    """The pictures of a selection most like one, which itself is left out; the most similar first.

    Raises: NotFoundError, NotDescribedError, ConfigError for a count below 1.
    """
    if count < 1:
        raise ConfigError(f"At least one similar picture must be asked for; got {count}.")
    nearness = to_picture(catalog, store, sha256)
    nearest = catalog.page(selection, sort=nearness, limit=count + 1)
    return [
        SimilarPicture(tile.sha256, round(store.descriptor.score_of(tile.distance), 4))
        for tile in nearest
        if tile.sha256 != sha256 and tile.distance is not None
    ][:count]


def to_picture(catalog: "Catalog", store: FeatureStore, sha256: str) -> ToPicture:
    """The order of all pictures by how much they are like one. Raises: NotFoundError, NotDescribedError."""
    vector = store.vector(sha256) if is_sha256(sha256) else None
    if vector is None:
        catalog.picture(sha256)
        raise NotDescribedError(
            f"Picture {sha256[:12]} has not been described yet, so nothing can be compared with it. Describe the "
            "pictures first: python -m core catalog describe"
        )
    return ToPicture.of(store, vector, sha256)


def pictures_of_colour(
    catalog: "Catalog",
    colours: Sequence[str],
    *,
    selection: Selection = Selection(),  # noqa: B008, frozen
    count: int = 60,
) -> list[OfColour]:
    """The pictures of a selection that have all these colours among their main ones, the nearest first.

    Args:
        colours: as people write them: "#aa3322", "teal".
    Raises: ConfigError for what is no colour, or a count below 1.
    """
    if count < 1:
        raise ConfigError(f"At least one picture must be asked for; got {count}.")
    nearest = catalog.page(selection, sort=ToColours.read(colours), limit=count)
    return [OfColour(tile.sha256, round(tile.distance, 2)) for tile in nearest if tile.distance is not None]
