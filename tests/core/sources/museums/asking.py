"""A museum, the stand-in that answers in its place, and the client between them."""

from collections.abc import Callable
from dataclasses import dataclass

from core.sources.artwork import ItemError
from core.sources.museum import Extent, Museum, Offer
from core.sources.web.client import WebClient
from core.sources.web.policy import HostPolicy
from core.sources.web.settings import HostSettings
from tests.standins.server import Answer, Request, StandIn

# No waiting where nothing refuses us.
FAST = HostPolicy(requests_per_second=0, concurrency=0, attempts=3, backoff_seconds=0.001, pause_seconds=0.02)
QUICK = HostSettings(requests_per_second=0, concurrency=0, attempts=3, backoff_seconds=0.001, pause_seconds=0.02)


@dataclass
class Asked:
    """A query to a site, and the server that answers it."""

    server: StandIn
    web: WebClient
    museum: Museum

    def extent(self, limit: int | None = None) -> Extent:
        return self.museum.extent(self.web, limit)

    def offers(self) -> list[Offer]:
        return list(self.museum.offers(self.web))

    def ids(self) -> list[str]:
        return [offer.artwork.source_id for offer in self.offers()]

    def complete(self, offer: Offer) -> Offer:
        return self.museum.complete(self.web, offer)

    def outcomes(self) -> dict[str, str]:
        """Id of each offer -> "" or the reason for which there is nothing to have, "for now" if that may heal."""
        found = {}
        for offer in self.offers():
            try:
                completed = self.complete(offer) if offer.needs_detail else offer
                found[offer.artwork.source_id] = "" if completed.renditions else "no_picture"
            except ItemError as error:
                found[offer.artwork.source_id] = error.reason if error.final else f"{error.reason}, for now"
        return found

    def requests(self, path: str) -> list[Request]:
        return [request for request in self.server.seen if request.path == path]


Respond = Callable[[Request], Answer]
Ask = Callable[..., Asked]  # ask(site.answer, type="Painting")
