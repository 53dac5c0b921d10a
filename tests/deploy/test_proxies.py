"""deploy/nginx and deploy/caddy, run as they stand: what a visitor reaches, and what not."""

import asyncio
import gzip
import socket
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from benchmarks.streamlit_client import Session
from core.studies.journal import VoteJournal
from tests.deploy.proxies import HOSTS, Proxy

Found = TypeVar("Found")

BOTH = pytest.mark.parametrize("whose", ["lab", "raters"])


def in_a_loop(work: Coroutine[Any, Any, Found]) -> Found:
    """Run it in a thread of its own: a browser test of the same session keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def tab(proxy: Proxy, whose: str, **options) -> Session:
    """A session through the proxy, over TLS; 127.0.0.1 stands for the name, which is looked up nowhere."""
    page = options.pop("page", "")
    query = options.pop("query", "")
    reached = {"host": "127.0.0.1", "port": proxy.https_port, "ssl": proxy.tls(), "server_hostname": HOSTS[whose]}
    return Session(proxy.url(whose), page=page, query=query, **{**reached, **options})


@BOTH
def test_the_app_is_reached_over_tls(proxy, whose):
    assert proxy.ask(whose, "/_stcore/health").body == b"ok"
    page = proxy.ask(whose, "/")
    assert page.status == 200
    assert b"<title>" in page.body


@BOTH
def test_without_tls_a_visitor_is_sent_to_it(proxy, whose):
    reply = proxy.ask_without_tls(whose, "/rate")
    assert reply.status in (301, 308)
    assert reply.headers["Location"].startswith(f"https://{HOSTS[whose]}")
    assert reply.headers["Location"].endswith("/rate")


def test_a_rater_opens_a_link_through_the_proxy(proxy, study, link):
    async def rate() -> str:
        async with tab(proxy, "raters", page="rate", query=f"link={link}") as session:
            await session.until(lambda: session.is_idle and list(session.elements("button")), what="the first screen")
            return session.text()

    before = len(VoteJournal(study.path).events())
    assert "Paintings" in in_a_loop(rate())
    assert len(VoteJournal(study.path).events()) == before


def test_the_lab_asks_a_visitor_to_sign_in(proxy):
    async def look() -> str:
        async with tab(proxy, "lab", page="catalog") as session:
            await session.until(lambda: session.is_idle, what="an answer")
            return session.text()

    said = in_a_loop(look())
    assert "Sign in" in said or "sign in" in said
    assert "Catalog" not in said


@pytest.mark.parametrize("name", ["", "catalog", "studies", "system", "train", "queue"])
def test_the_raters_process_has_no_page_of_the_lab(proxy, name):
    async def look() -> tuple[str, set[str]]:
        async with tab(proxy, "raters", page=name) as session:
            await session.until(lambda: session.is_idle, what="an answer")
            return session.text(), {entry.url_pathname for entry in session.pages}

    said, pages = in_a_loop(look())
    assert pages <= {"", "rate"}
    assert "Sign in" not in said


def test_the_raters_process_opens_no_catalog_and_loads_no_torch(proxy, servers, link):
    async def look() -> None:
        async with tab(proxy, "raters", page="rate", query=f"link={link}") as session:
            await session.until(lambda: session.is_idle and list(session.elements("button")), what="the first screen")

    in_a_loop(look())
    process = psutil.Process(servers["raters"].process.pid)
    assert not [file for file in process.open_files() if "catalog" in file.path]
    if hasattr(process, "memory_maps"):
        assert not [entry for entry in process.memory_maps() if "libtorch" in entry.path or "duckdb" in entry.path]


@BOTH
def test_a_socket_that_another_site_opens_is_refused(proxy, whose):
    async def connect() -> None:
        async with tab(proxy, whose, origin="https://evil.example"):
            pass

    with pytest.raises(InvalidStatus, match="403"):
        in_a_loop(connect())


@BOTH
@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/"])
def test_numbers_about_the_server_are_for_nobody(proxy, whose, path):
    assert proxy.ask(whose, path).status == 404


@BOTH
def test_no_other_site_may_command_the_page(proxy, whose):
    reply = proxy.ask(whose, "/_stcore/host-config")
    assert reply.status == 200
    assert b'"allowedOrigins":[]' in reply.body
    assert reply.headers["Content-Type"].startswith("application/json")


def test_too_large_an_upload_is_refused_before_it_arrives(proxy):
    assert _refusal(proxy, "lab", "/_stcore/upload_file/a/b", announced_bytes=300 << 20) == 413


def test_large_bodies_are_refused_elsewhere(proxy):
    assert _refusal(proxy, "lab", "/_stcore/health", announced_bytes=2 << 20) == 413


def test_raters_upload_nothing(proxy):
    assert proxy.ask("raters", "/_stcore/upload_file/a/b", method="PUT", body=b"x").status == 403


@BOTH
@pytest.mark.parametrize("path", ["/", "/static/nothing.js", "/_stcore/health", "/_stcore/metrics"])
def test_every_answer_carries_the_headers_that_protect(proxy, whose, path):
    headers = proxy.ask(whose, path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert int(headers["Strict-Transport-Security"].removeprefix("max-age=")) >= 31536000
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert len(headers.get_all("X-Content-Type-Options")) == 1


def test_nobody_frames_the_lab_and_named_sites_may_frame_the_rating_page(proxy):
    lab, raters = (proxy.ask(whose, "/rate").headers for whose in ("lab", "raters"))
    assert lab["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in lab["Content-Security-Policy"]
    assert raters["X-Frame-Options"] is None
    assert raters["Content-Security-Policy"].endswith("frame-ancestors 'self' https://www.example.org")


def test_scripts_travel_packed(proxy):
    page = proxy.ask("lab", "/").body.decode()
    script = "/static/js/" + page.split("static/js/")[1].split('"')[0]
    reply = proxy.ask("lab", script, headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(reply.body) < 0.6 * len(gzip.decompress(reply.body))


def test_links_stand_in_no_log(proxy, link):
    async def look() -> None:
        async with tab(proxy, "raters", page="rate", query=f"link={link}") as session:
            await session.until(lambda: session.is_idle, what="an answer")

    proxy.ask("raters", f"/rate?link={link}")
    in_a_loop(look())
    logs = [path.read_text(errors="replace") for path in proxy.folder.glob("*.log")]
    assert logs
    assert not [log for log in logs if link in log]


def _refusal(proxy: Proxy, whose: str, path: str, *, announced_bytes: int) -> int:
    """The status given to a request whose body is only announced."""
    raw = socket.create_connection(("127.0.0.1", proxy.https_port), timeout=20)
    with proxy.tls().wrap_socket(raw, server_hostname=HOSTS[whose]) as connection:
        host = f"{HOSTS[whose]}:{proxy.https_port}"
        head = f"PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {announced_bytes}\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 4096)
        return int(connection.recv(64).split()[1])
