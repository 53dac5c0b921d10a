"""Collections from WikiArt's stand-in, from the settings of a job to its ledger."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from core.jobs.folder import State
from core.sources.planning import plan
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.standins.server import StandIn
from tests.standins.wikiart import WikiArtSite, Work, catalogue

# No waiting where nothing refuses us.
QUICK = HostSettings(requests_per_second=0, concurrency=0, backoff_seconds=0.001, pause_seconds=0.02)

Rows = dict[int, dict[str, Any]]  # number of the work -> its row in the ledger


@pytest.fixture
def served(workspace: Workspace) -> Iterator[Callable[[WikiArtSite], StandIn]]:
    with ExitStack() as stack:

        def serve(site: WikiArtSite) -> StandIn:
            server = stack.enter_context(StandIn(site.answer))
            write_web_settings(workspace, WebSettings(hosts={server.netloc: QUICK}))
            return server

        yield serve


@pytest.fixture
def take(collect: Callable[..., Any]) -> Callable[..., Rows]:
    def run(server: StandIn, query: dict[str, Any], **settings: Any) -> Rows:
        _, end, rows = collect(source="wikiart", query=query, base_url=server.url, **settings)
        assert end.state == State.DONE, end.message
        first = int(Work(0).work_id, 16)
        return {int(row["source_id"], 16) - first: row for row in rows}

    return run


def test_every_work_of_a_genre_arrives_with_its_labels_or_has_its_reason(
    served: Callable[[WikiArtSite], StandIn], take: Callable[..., Rows]
) -> None:
    works = [
        Work(1, tags=("actors",), fields=(("Location", "Tokyo"),)),
        Work(2, rights="Fair use"),
        Work(3, rights=""),
        Work(4, framed=True),
        Work(5, framed=True, real_file=True),
        Work(6, without=("HD", "Large")),
        Work(7, suffix="png"),
        Work(8, slug="missing"),
    ]
    server = served(WikiArtSite(works, missing_pages=frozenset({works[7].path})))
    rows = take(server, {"genres": ["yakusha-e"]}, licences="free")
    assert {number: row["reason"] or row["state"] for number, row in rows.items()} == {
        1: "stored",
        2: "licence",
        3: "licence",
        4: "placeholder",
        5: "stored",
        6: "stored",
        7: "stored",
        8: "not_found",
    }
    artwork = rows[1]["artwork"]
    assert (artwork["genre"], artwork["style"], artwork["tags"]) == ("yakusha-e", "Ukiyo-e", ["actors"])
    assert (artwork["licence"], artwork["metadata"]["location"]) == ("Public domain", "Tokyo")
    assert (rows[1]["facts"]["width"], rows[1]["facts"]["height"]) == (750, 600)
    assert artwork["image_url"].endswith("!Large.jpg")
    assert rows[6]["facts"]["width"] == 1000  # the file itself, in place of the rendition that is not there


def test_originals_keep_their_own_format_and_size(
    served: Callable[[WikiArtSite], StandIn], take: Callable[..., Rows]
) -> None:
    server = served(WikiArtSite([Work(1), Work(2, suffix="png")]))
    rows = take(server, {"genres": ["yakusha-e"], "size": "original"}, licences="any")
    assert [(rows[number]["facts"]["suffix"], rows[number]["facts"]["width"]) for number in (1, 2)] == [
        ("jpg", 1000),
        ("png", 1000),
    ]


def test_bursts_of_plain_403s_cost_no_picture(
    served: Callable[[WikiArtSite], StandIn], take: Callable[..., Rows]
) -> None:
    server = served(WikiArtSite(catalogue(40), refuse_after=8, refuse_seconds=0.05, refusals=3))
    rows = take(server, {"artists": [f"Painter {letter}" for letter in "ABCDEFGHIJKL"]}, licences="any")
    assert len(rows) == 40
    assert {row["state"] for row in rows.values()} == {"stored"}


def test_a_collection_takes_no_more_than_its_limit(
    served: Callable[[WikiArtSite], StandIn], take: Callable[..., Rows]
) -> None:
    server = served(WikiArtSite(catalogue(300)))
    rows = take(server, {"genres": ["yakusha-e"]}, licences="any", limit=25)
    assert sum(row["state"] == "stored" for row in rows.values()) == 25


def test_a_plan_tells_what_a_collection_will_cost_and_shows_examples(
    served: Callable[[WikiArtSite], StandIn], workspace: Workspace
) -> None:
    server = served(WikiArtSite(catalogue(300)))
    settings = {"source": "wikiart", "query": {"genres": ["yakusha-e"]}, "limit": 100, "base_url": server.url}
    free = plan(workspace, {**settings, "licences": "free"})
    every = plan(workspace, {**settings, "licences": "any"})
    assert (free.artworks, free.wanted, free.requests) == (150, 100, 2 + 100 + 100)
    assert every.requests == 2 + 100
    assert [example.licence for example in free.examples] == ["Public domain"] * 3
    assert all(example.thumbnail for example in free.examples)
