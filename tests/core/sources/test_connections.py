"""Connections go to the address that was checked, and nowhere else. Loopback only."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from core.sources.artwork import ItemError
from core.sources.web import connections
from core.sources.web.addresses import AddressGuard
from core.sources.web.connections import PinnedPools
from tests.core.sources.test_addresses import PUBLIC, resolver
from tests.standins.server import CANARY, Answer, Request, StandIn

CERTIFICATE = (
    Path(__file__).parents[2] / "standins" / "museum_test.pem"
)  # of museum.test, signed by itself, with its key


class Canary:
    """Listens on an address that nothing may be led to."""

    def __init__(self, host: str = CANARY) -> None:
        self._socket = socket.create_server((host, 0))
        self._socket.settimeout(0.05)
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        self.port = self._socket.getsockname()[1]

    def was_reached(self) -> bool:
        try:
            self._socket.accept()[0].close()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    bird = Canary()
    yield bird
    bird.close()


def ask(pools: PinnedPools, url: str) -> tuple[int, bytes]:
    answer = pools.open("GET", pools.guard.target(url), headers={}, timeout_seconds=5)
    body = answer.read()
    answer.release_conn()
    return answer.status, body


def hello(_: Request) -> Answer:
    return Answer(200, b"hello")


def test_a_host_that_the_owner_allows_answers():
    with StandIn(hello) as server, PinnedPools(AddressGuard([server.netloc])) as pools:
        assert ask(pools, f"{server.url}/a%20b?c=d") == (200, b"hello")
        assert (server.seen[0].path, server.seen[0].query) == ("/a%20b", (("c", "d"),))


def test_a_name_that_the_owner_allows_reaches_this_machine_and_keeps_its_name_in_the_host_header():
    with StandIn(hello) as server:
        guard = AddressGuard(["lab.test"], resolve=resolver(["127.0.0.1"]))
        with PinnedPools(guard) as pools:
            assert ask(pools, f"http://lab.test:{server.port}/") == (200, b"hello")
        assert server.seen[0].headers["host"] == f"lab.test:{server.port}"


def test_a_canary_is_reached_by_whoever_is_allowed_to(canary):
    pools = PinnedPools(AddressGuard([f"{CANARY}:{canary.port}"]))
    with pytest.raises(urllib3.exceptions.HTTPError):
        pools.open("GET", pools.guard.target(canary.url), headers={}, timeout_seconds=0.05)
    assert canary.was_reached()


def test_a_redirect_to_a_private_address_is_not_followed(canary):
    redirect = Answer(302, headers=(("Location", f"{canary.url}/secret"),))
    with StandIn(lambda _: redirect) as server, PinnedPools(AddressGuard([server.netloc])) as pools:
        target = pools.guard.target(server.url)
        answer = pools.open("GET", target, headers={}, timeout_seconds=5)
        assert answer.status == 302
        with pytest.raises(ItemError) as caught:
            pools.guard.redirected(target, answer.headers["Location"])
        answer.close()
    assert (caught.value.reason, caught.value.final) == ("address", True)
    assert not canary.was_reached()


def test_a_name_that_resolves_to_a_private_address_is_not_connected_to(canary):
    with PinnedPools(AddressGuard(resolve=resolver([CANARY]))) as pools, pytest.raises(ItemError, match="this machine"):
        ask(pools, f"http://museum.example:{canary.port}/")
    assert not canary.was_reached()


def test_a_name_rebound_between_check_and_connection_leads_to_the_checked_address(canary, monkeypatch):
    """Resolved once for each connection: the answer that was judged is the one that is connected to."""
    tried = []

    def record(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError  # PUBLIC is an address of the world: no packet goes there

    monkeypatch.setattr(connections, "create_connection", record)
    pools = PinnedPools(AddressGuard(resolve=resolver([PUBLIC], [CANARY])))
    url = f"http://museum.example:{canary.port}/"
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        ask(pools, url)
    with pytest.raises(ItemError):
        ask(pools, url)
    assert tried == [(PUBLIC, canary.port)]
    assert not canary.was_reached()


def test_mixed_answers_lead_to_no_connection_at_all(canary, monkeypatch):
    monkeypatch.setattr(connections, "create_connection", lambda *_, **__: pytest.fail("something was connected to"))
    pools = PinnedPools(AddressGuard(resolve=resolver([PUBLIC, CANARY])))
    with pytest.raises(ItemError):
        ask(pools, f"http://museum.example:{canary.port}/")


def test_the_next_address_is_tried_when_the_first_does_not_answer():
    with StandIn(hello) as server:
        guard = AddressGuard(["lab.test"], resolve=resolver(["127.0.0.8", "127.0.0.1"]))
        with PinnedPools(guard) as pools:
            assert ask(pools, f"http://lab.test:{server.port}/") == (200, b"hello")


def test_both_kinds_of_addresses_are_tried_by_turns_and_not_all_of_them(monkeypatch):
    tried = []

    def record(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(connections, "create_connection", record)
    found = ["2606:4700::1", "2606:4700::2", "2606:4700::3", "1.1.1.1", "1.1.1.2"]
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        ask(PinnedPools(AddressGuard(resolve=resolver(found))), "http://museum.example/")
    assert tried == ["2606:4700::1", "1.1.1.1", "2606:4700::2", "1.1.1.2"]


def test_a_connection_is_kept_alive_and_resolved_once():
    asked = []

    def resolve(host: str, port: int, *_: int) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, 0, 6, "", ("127.0.0.1", port))]

    with StandIn(hello) as server, PinnedPools(AddressGuard(["lab.test"], resolve=resolve)) as pools:
        for _ in range(5):
            ask(pools, f"http://lab.test:{server.port}/")
    assert asked == ["lab.test"]


def test_a_name_that_cannot_be_resolved_is_a_fault_of_the_connection():
    def resolve(*_: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with PinnedPools(AddressGuard(resolve=resolve)) as pools, pytest.raises(urllib3.exceptions.NameResolutionError):
        ask(pools, "http://museum.example/")


def test_proxies_of_the_environment_are_not_used(canary, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    with StandIn(hello) as server, PinnedPools(AddressGuard([server.netloc])) as pools:
        assert ask(pools, server.url)[0] == 200
    assert not canary.was_reached()


def test_a_request_whose_connection_breaks_is_not_sent_again_by_itself():
    with StandIn(lambda _: Answer(200, b"hello", cut_after=2)) as server:
        with PinnedPools(AddressGuard([server.netloc])) as pools, pytest.raises(urllib3.exceptions.HTTPError):
            ask(pools, server.url)
        assert len(server.seen) == 1


class SecureServer:
    """Answers "hello" over TLS on 127.0.0.1 with the certificate of museum.test; remembers the names asked for."""

    def __init__(self) -> None:
        self.names: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._context = context
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain = self._listening.accept()[0]
            except OSError:
                return
            with contextlib.suppress(OSError), plain, self._context.wrap_socket(plain, server_side=True) as secure:
                secure.recv(65536)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)


@pytest.fixture
def secure_server() -> Iterator[SecureServer]:
    server = SecureServer()
    yield server
    server.close()


def secure_pools(*names: str, ca_file: str | None = str(CERTIFICATE)) -> PinnedPools:
    return PinnedPools(AddressGuard(names, resolve=resolver(["127.0.0.1"])), ca_file=ca_file)


def test_over_tls_the_pinned_connection_asks_for_the_name_and_checks_its_certificate(secure_server):
    with secure_pools("museum.test") as pools:
        assert ask(pools, f"https://museum.test:{secure_server.port}/") == (200, b"hello")
    assert secure_server.names == ["museum.test"]


def test_a_certificate_for_another_name_is_refused(secure_server):
    with secure_pools("other.test") as pools, pytest.raises(urllib3.exceptions.SSLError, match=r"other\.test"):
        ask(pools, f"https://other.test:{secure_server.port}/")


def test_a_certificate_that_no_authority_signed_is_refused(secure_server):
    with secure_pools("museum.test", ca_file=None) as pools, pytest.raises(urllib3.exceptions.SSLError):
        ask(pools, f"https://museum.test:{secure_server.port}/")
