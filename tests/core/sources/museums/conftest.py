"""Fixtures of museums that are asked by words and filters."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from core.jobs.folder import End, State
from core.sources.museums.registry import open_museum
from core.sources.web.client import WebClient
from core.sources.web.settings import WebSettings, write_web_settings
from core.workspace import Workspace
from tests.core.sources.museums.asking import FAST, QUICK, Asked, Respond
from tests.standins.server import StandIn


@pytest.fixture
def museum_name() -> str:
    raise NotImplementedError("a module of tests names its museum")


@pytest.fixture
def ask_museum(workspace: Workspace, museum_name: str) -> Iterator[Callable[..., Asked]]:
    """Ask a site: ask_museum(site.answer, text="landscape")."""
    with ExitStack() as stack:

        def make(respond: Respond, **query: Any) -> Asked:
            server = stack.enter_context(StandIn(respond))
            museum = open_museum(museum_name, query, base_url=server.url)
            web = WebClient(workspace, policies={server.netloc: FAST}, allowed_hosts=(server.netloc,))
            return Asked(server, stack.enter_context(web), museum)

        yield make


@pytest.fixture
def take_from_museum(
    workspace: Workspace, museum_name: str, collect: Callable[..., tuple[Any, End, list[dict[str, Any]]]]
) -> Iterator[Callable[..., tuple[StandIn, dict[str, dict[str, Any]]]]]:
    """Run a collect job on a site: (the server, id -> the last row of the ledger)."""
    with ExitStack() as stack:

        def run(respond: Respond, *, query: dict[str, Any] | None = None, **settings: Any) -> Any:
            server = stack.enter_context(StandIn(respond))
            write_web_settings(workspace, WebSettings(contact="lab@example.org", hosts={server.netloc: QUICK}))
            _, end, rows = collect(source=museum_name, query=query or {}, base_url=server.url, **settings)
            assert end.state == State.DONE, end.message
            return server, {row["source_id"]: row for row in rows}

        yield run
