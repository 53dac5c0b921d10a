"""Offers of museums whose list tells all there is to know, also that a row is not what was asked for."""

from dataclasses import dataclass

from core.sources.artwork import ItemError
from core.sources.museum import Offer


@dataclass(frozen=True)
class ListedOffer(Offer):
    """A row of a list. One that should not be there needs `settled`, so that it is told of like any other item."""

    refused_for: str = ""  # one of core.sources.reasons.REASONS; empty: it is what was asked for
    refusal: str = ""  # in a sentence


def settled(offer: Offer) -> Offer:
    """What a museum's `complete` makes of such an offer, without a request. Raises: ItemError, final."""
    if isinstance(offer, ListedOffer) and offer.refused_for:
        raise ItemError(offer.refused_for, offer.refusal, final=True, attempts=0)
    return offer
