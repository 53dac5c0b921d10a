"""Traps of collecting that lie between the parts: what a retry opens, which bytes are kept, what importing does."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import pytest

from core.jobs import control
from core.jobs.folder import End, JobFolder
from core.sources.job import retry_failed
from core.sources.outcome import read_outcome
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.standins.server import Answer, StandIn
from tests.standins.wikiart import WikiArtSite, Work

HURRIED = HostSettings(allowed=True, requests_per_second=0, concurrency=2, attempts=1, backoff_seconds=0)
Collect = Callable[..., tuple[JobFolder, End, list[dict[str, Any]]]]


@pytest.fixture
def gather(workspace: Workspace, collect: Collect) -> Iterator[Callable[..., Any]]:
    """Collect the files of a site: (server, job, rows of the ledger)."""
    servers = []

    def run(site: WikiArtSite) -> tuple[StandIn, JobFolder, list[dict[str, Any]]]:
        server = StandIn(site.answer).__enter__()
        servers.append(server)
        write_web_settings(workspace, WebSettings(hosts={server.netloc: HURRIED}))
        query = {"genres": ["yakusha-e"], "size": "original"}
        job, _, rows = collect(source="wikiart", query=query, limit=None, base_url=server.url)
        return server, job, rows

    yield run
    for server in servers:
        server.__exit__()


def test_an_opt_out_is_never_asked_for_again_not_even_by_a_retry(
    workspace: Workspace, gather: Callable[..., Any]
) -> None:
    opted_out, broken = Work(1), Work(2)
    site = WikiArtSite([opted_out, broken, Work(3)])
    site.faults[opted_out.file] = [Answer(200, b"x", "image/jpeg", headers=(("X-Robots-Tag", "noai"),))]
    site.faults[broken.file] = [Answer(500)]
    server, job, _ = gather(site)
    assert retry_failed(workspace, job) == 1
    control.wait(job, 60)
    outcome = read_outcome(job.path)
    assert (outcome.stored, outcome.refused_by_reason(), outcome.failed) == (2, {"opted_out": 1}, [])
    assert server.asked_for(opted_out.file) == 1


def test_the_bytes_that_a_museum_sent_are_kept_and_never_saved_anew(
    workspace: Workspace, gather: Callable[..., Any]
) -> None:
    site = WikiArtSite([Work(1), Work(2, suffix="png")])
    _, _, rows = gather(site)
    sent = {urlopen(row["artwork"]["image_url"]).read() for row in rows}
    kept = {workspace.image(row["sha256"], row["facts"]["suffix"]).read_bytes() for row in rows}
    assert kept == sent
    assert len(kept) == 2


def test_a_restart_or_a_failure_shifts_no_names(workspace: Workspace, collect: Collect) -> None:
    """Names by counter would: the second work would be number one after the first had failed."""
    with StandIn(WikiArtSite([Work(1), Work(2)]).answer) as both, StandIn(WikiArtSite([Work(2)]).answer) as second:
        write_web_settings(workspace, WebSettings(hosts={server.netloc: HURRIED for server in (both, second)}))
        settings = {"source": "wikiart", "query": {"genres": ["yakusha-e"]}, "limit": None}
        found = [collect(**settings, base_url=server.url)[2] for server in (both, second)]
    first_time = {row["source_id"]: row["sha256"] for row in found[0]}
    assert {row["source_id"]: row["sha256"] for row in found[1]} == {Work(2).work_id: first_time[Work(2).work_id]}


def test_importing_the_collectors_asks_nobody() -> None:
    code = """
import importlib, pkgutil, socket
def refuse(*_, **__): raise AssertionError("importing must not ask the network")
socket.socket.connect = socket.getaddrinfo = refuse
import core.sources
for module in pkgutil.walk_packages(core.sources.__path__, "core.sources."):
    importlib.import_module(module.name)
print("all imported")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert run.stdout.strip() == "all imported", run.stderr
