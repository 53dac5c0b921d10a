"""Connections pinned to a checked address, kept alive per host; Host, SNI and certificate keep the name."""

import contextlib
import socket
import ssl
import sys
import threading
import weakref
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection
from urllib3.util.ssl_ import create_urllib3_context

from core.sources.web.addresses import AddressGuard, Target

_MOST_ADDRESSES = 4  # of one host that are tried; each may take the whole timeout
_MOST_SITES = 64  # whose connections are kept; a table of addresses may name thousands


class _Pinned:
    """Mixed into urllib3's connections: resolves, checks and connects in one go."""

    def __init__(self, *args: Any, guard: AddressGuard, opened: "_Opened", **more: Any) -> None:
        super().__init__(*args, **more)
        self._guard = guard
        opened.add(self)

    def _new_conn(self: Any) -> socket.socket:
        """As in urllib3.connection.HTTPConnection, which names it as the place to establish a connection.

        Raises: ItemError("address"), final.
        """
        try:
            addresses = self._guard.addresses(self.host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        failure: OSError = OSError("no address")
        for address in _to_try(addresses):
            try:
                connected = create_connection(
                    (address, self.port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failure = error
            else:
                sys.audit("http.client.connect", self, self.host, self.port)
                return connected
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"no connection to {self.host} within {self.timeout} s") from failure
        raise NewConnectionError(self, f"no connection to {self.host}: {failure}") from failure


class _Opened:
    """The connections that there are. Safe between threads, and holds none of them alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()

    def add(self, connection: _Pinned) -> None:
        with self._lock:
            self._connections.add(connection)

    def shut_down(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            if connection.sock is not None:
                with contextlib.suppress(OSError):  # it has just ended by itself
                    connection.sock.shutdown(socket.SHUT_RDWR)


class _PinnedHTTP(_Pinned, HTTPConnection):
    pass


class _PinnedHTTPS(_Pinned, HTTPSConnection):
    pass


def _to_try(addresses: list[str]) -> list[str]:
    """IPv6 and IPv4 by turns, the kind that the system prefers first: where one of them is broken, as it is in many a
    home, that costs one timeout and not one for each of its addresses.
    """
    ranks: Counter[bool] = Counter()
    ranked = []
    for address in addresses:
        is_ipv6 = ":" in address
        ranked.append((ranks[is_ipv6], address))
        ranks[is_ipv6] += 1
    return [address for _, address in sorted(ranked, key=lambda pair: pair[0])][:_MOST_ADDRESSES]


class PinnedPools:
    """Connections to all hosts. Used from many threads; closed at the end.

    No proxy is taken from the environment, no redirect is followed, nothing is tried again, and no cookie is kept:
    all of that is the client's to decide.

    Args:
        connections_per_site: kept alive after use, at most.
        ca_file: whom certificates are to be signed by, in place of certifi's list.
    """

    def __init__(self, guard: AddressGuard, *, connections_per_site: int = 64, ca_file: str | None = None) -> None:
        self.guard = guard
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_verify_locations(ca_file or certifi.where())
        # One context for all: reading the list of authorities takes longer than many a request.
        self._opened = _Opened()
        self._manager = _Manager(
            guard, self._opened, num_pools=_MOST_SITES, maxsize=connections_per_site, ssl_context=context
        )

    def open(
        self,
        method: str,
        target: Target,
        *,
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request; the answer's body is yet to be read (`stream`, `read`) and then released (`release_conn`),
        or closed (`close`) if it is not wanted to its end.

        Args:
            timeout_seconds: to connect, and between two pieces of the answer.
        Raises: ItemError("address"), final; urllib3.exceptions.HTTPError (NameResolutionError, NewConnectionError,
            ConnectTimeoutError, ReadTimeoutError, ProtocolError, SSLError). To urllib3 the first two are kinds of
            ConnectTimeoutError: whoever tells them apart has to look for them first.
        """
        pool = self._manager.connection_from_host(target.host, target.port, target.scheme)
        return pool.urlopen(
            method,
            target.path,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=timeout_seconds, read=timeout_seconds),
            preload_content=False,
        )

    def interrupt(self) -> None:
        """End all that is under way: who waits for an answer, or the next piece of one, gets an HTTPError at once."""
        self._opened.shut_down()

    def close(self) -> None:
        self._manager.clear()

    def __enter__(self) -> "PinnedPools":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()


class _Manager(urllib3.PoolManager):
    """Only for its store of pools: the most recently used ones, safe between threads."""

    def __init__(self, guard: AddressGuard, opened: _Opened, **more: Any) -> None:
        super().__init__(**more)
        self._connections = {
            "http": partial(_PinnedHTTP, guard=guard, opened=opened),
            "https": partial(_PinnedHTTPS, guard=guard, opened=opened),
        }

    def _new_pool(self, scheme: str, host: str, port: int, request_context: Any = None) -> Any:
        pool = super()._new_pool(scheme, host, port, request_context)
        pool.ConnectionCls = self._connections[scheme]  # type: ignore[assignment]
        return pool
