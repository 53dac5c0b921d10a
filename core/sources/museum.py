"""The protocol of collections on the web. A museum is one module that implements `Museum`; see docs/architecture.md.

The museum knows its addresses and what its answers mean. It never touches the network itself: every request goes
through the WebClient it is handed, which is polite, remembers answers, and tells a stop from a fault.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.sources.artwork import Artwork

if TYPE_CHECKING:
    from core.sources.web.client import WebClient
    from core.sources.web.policy import HostPolicy


@dataclass(frozen=True)
class Offer:
    """One artwork of a museum, as far as it is known."""

    artwork: Artwork  # source and source_id set: they are the offer's identity everywhere
    renditions: tuple[str, ...] = ()  # addresses of the picture, the best first; empty: not known yet, or none
    preview_url: str = ""  # a small rendition for the examples of a plan
    bytes: int | None = None  # of the first rendition, where the museum says
    needs_detail: bool = False  # `complete` has to be asked for its picture, its rights or what the filters look at

    @property
    def key(self) -> str:
        return f"{self.artwork.source}:{self.artwork.source_id}"


@dataclass(frozen=True)
class Extent:
    """What can be said about a query from its first requests."""

    artworks: int | None  # how many can be had, caps of the museum considered; None: not known
    exact: bool  # False: some of these may turn out to have no picture, or not to match
    listing_requests: int  # to list all that is wanted
    details_share: float  # requests per artwork besides the picture: 0.0 to 1.0, or more
    notes: tuple[str, ...] = ()  # what a person should know before starting, in whole sentences


class Museum(Protocol):
    """A query to one museum."""

    name: str  # the source that its artworks name: "met"
    title: str  # "The Metropolitan Museum of Art"

    @property
    def policies(self) -> "Mapping[str, HostPolicy]":
        """Host ("collectionapi.metmuseum.org", with base URL "127.0.0.1:9000") -> how to treat it. The first is the one
        that lists and describes."""

    def extent(self, web: "WebClient", limit: int | None) -> Extent:
        """From as few requests as possible, the same ones that `offers` begins with. Raises: SourceError, ItemError."""

    def offers(self, web: "WebClient") -> Iterator[Offer]:
        """In a fixed order, every key once. Requests are made as the iterator advances. Raises: SourceError."""

    def complete(self, web: "WebClient", offer: Offer) -> Offer:
        """The offer with what only its own page or record tells. Called in a pool, for offers that need it.

        Raises: ItemError (gone, not_found, no_picture, not_matching, ...) if there is nothing to have.
        """
