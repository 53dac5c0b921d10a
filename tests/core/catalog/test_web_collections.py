"""What museums give, as the catalog has it: one artwork in however many collections, each with its licence."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.catalog.selection import Selection
from core.jobs import control
from core.jobs.folder import State
from core.sources.licences import CC0, PUBLIC_DOMAIN
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.standins import artic, cleveland, met, wikiart
from tests.standins.server import StandIn

HURRIED = HostSettings(allowed=True, requests_per_second=0, concurrency=0, attempts=2, backoff_seconds=0)
Museum = tuple[Callable[[int], Any], dict[str, Any], str]  # makes a site with works; query; licence of each
MUSEUMS: dict[str, Museum] = {
    "wikiart": (
        lambda count: wikiart.WikiArtSite([wikiart.Work(number) for number in range(1, count + 1)]),
        {"genres": ["yakusha-e"]},
        PUBLIC_DOMAIN,
    ),
    "met": (
        lambda count: met.MetSite([met.Work(number) for number in range(1, count + 1)]),
        {"text": "landscape"},
        CC0,
    ),
    "cleveland": (
        lambda count: cleveland.ClevelandSite([cleveland.Work(number) for number in range(1, count + 1)]),
        {},
        CC0,
    ),
    "artic": (
        lambda count: artic.ArticSite([artic.Work(number) for number in range(1, count + 1)]),
        {},
        PUBLIC_DOMAIN,
    ),
}


@pytest.mark.parametrize("name", MUSEUMS)
def test_a_work_that_comes_by_two_collections_is_one_artwork_with_its_licence(
    workspace: Workspace, catalog: Catalog, name: str
) -> None:
    site, query, licence = MUSEUMS[name]
    with StandIn(site(3).answer) as server:
        _collect(workspace, server, "first", source=name, query=query)
        _collect(workspace, server, "second", source=name, query=query)
    ingest_pending(catalog, workspace)
    ids = [row[0] for row in catalog.read("SELECT id FROM artworks")]
    assert len(ids) == 3
    assert all(artwork.startswith(f"{name}:") and "first" not in artwork for artwork in ids)
    assert [catalog.count(Selection(collections=(collection,))) for collection in ("first", "second")] == [3, 3]
    assert catalog.licences() == [(licence, 3)]
    assert all(page.startswith("https://") for (page,) in catalog.read("SELECT page_url FROM artworks"))


def test_works_of_several_museums_with_the_same_number_are_several_artworks(
    workspace: Workspace, catalog: Catalog
) -> None:
    with ExitStack() as stack:
        for name, (site, query, _) in MUSEUMS.items():
            server = stack.enter_context(StandIn(site(2).answer))
            _collect(workspace, server, "all", source=name, query=query)
    ingest_pending(catalog, workspace)
    assert catalog.sources() == dict.fromkeys(MUSEUMS, 2)


def test_a_second_collection_takes_nothing_away_from_what_the_first_told_of_a_work(
    workspace: Workspace, catalog: Catalog
) -> None:
    with StandIn(wikiart.WikiArtSite([wikiart.Work(1)]).answer) as server:
        queries: list[dict[str, Any]] = [
            {"genres": ["yakusha-e"], "details": True},
            {"styles": ["ukiyo-e"]},  # its list tells of no genre, and no page is asked for
        ]
        for number, query in enumerate(queries):
            _collect(workspace, server, str(number), source="wikiart", query=query, licences="any")
            ingest_pending(catalog, workspace)
    assert catalog.read("SELECT style, genre, licence FROM artworks") == [("Ukiyo-e", "yakusha-e", PUBLIC_DOMAIN)]
    assert catalog.count(Selection(text="yakusha-e")) == 1


def test_a_table_of_addresses_describes_the_pictures_of_its_own_collection_only(
    workspace: Workspace, catalog: Catalog
) -> None:
    with StandIn(wikiart.WikiArtSite([wikiart.Work(1)]).answer) as server:
        address = f"{server.url}{wikiart.Work(1).file}"
        for name, rights in (("free", "CC0"), ("unknown", "")):
            table = workspace.root / f"{name}.csv"
            table.write_text(f"image_url,page_url,license\n{address},https://museum.example/1,{rights}\n")
            _collect(workspace, server, name, source="urls", path=str(table), licences="any", base_url="")
    ingest_pending(catalog, workspace)
    # The second table says nothing about rights; what the first said of its own picture stays.
    assert catalog.licences(Selection(collections=("free",))) == [(CC0, 1)]
    assert catalog.licences(Selection(collections=("unknown",))) == [("", 1)]


def _collect(workspace: Workspace, server: StandIn, collection: str, **settings: Any) -> None:
    write_web_settings(workspace, WebSettings(hosts={server.netloc: HURRIED}))
    usual = {"query": {}, "limit": None, "base_url": server.url, "collection": collection}
    job = control.create(workspace, "collect", usual | settings, title=collection)
    end = control.run_here(workspace, job)
    assert end.state is State.DONE, end.message
