"""Hosts: a museum's addresses, or those of another server in place of them."""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from core.sources.web.policy import HostPolicy


class Hosts:
    """Which servers a museum consists of.

    Args:
        policies: host -> how to treat it; the first is the one that lists and describes.
        base_url: "http://127.0.0.1:9000": asked in place of all of them. Empty: the museum itself.
        together: how to treat that one server.
    """

    def __init__(self, policies: Mapping[str, HostPolicy], *, base_url: str, together: HostPolicy) -> None:
        self._own = policies
        self._base = urlsplit(base_url.rstrip("/")) if base_url else None
        self.policies = {self._base.netloc: together} if self._base else dict(policies)

    def at(self, url: str) -> str:
        """Where an address of the museum is asked for. Addresses of other servers stay as they are."""
        try:
            split = urlsplit(url)
        except ValueError:  # no address at all: the client says so when it is the work's turn
            return url
        if self._base is None or split.hostname not in self._own:
            return url
        path = self._base.path + split.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, split.query, split.fragment))
