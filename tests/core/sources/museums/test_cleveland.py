"""Cleveland against its stand-in: the list, its filters, and rows that are not what was asked for."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import ConfigError
from core.sources.artwork import SourceError
from core.sources.museums.cleveland import FIRST_PAGE, PAGE, Cleveland
from core.sources.planning import plan
from core.workspace import Workspace
from tests.core.sources.museums.asking import Ask
from tests.standins.cleveland import LIST, ClevelandSite, Work, catalogue
from tests.standins.server import Answer, StandIn

Take = Callable[..., tuple[StandIn, dict[str, dict[str, Any]]]]


@pytest.fixture
def museum_name() -> str:
    return "cleveland"


def ids(*numbers: int) -> list[str]:
    return [str(90_000 + number) for number in numbers]


def test_the_list_is_read_page_by_page_and_in_its_order(ask_museum: Ask) -> None:
    asked = ask_museum(ClevelandSite(catalogue(1_250)).answer)
    extent = asked.extent()
    assert (extent.artworks, extent.exact, extent.listing_requests, extent.details_share) == (1_250, True, 3, 0.0)
    assert asked.ids() == ids(*range(1, 1_251))
    pages = [(request.param("skip"), request.param("limit")) for request in asked.requests(LIST)]
    assert pages == [("0", str(FIRST_PAGE)), ("100", str(PAGE)), ("1100", str(PAGE))]


def test_a_small_limit_costs_one_request_for_the_list(ask_museum: Ask) -> None:
    asked = ask_museum(ClevelandSite(catalogue(500)).answer)
    assert (asked.extent(50).listing_requests, asked.extent(150).listing_requests) == (1, 2)


def test_an_offer_has_what_its_row_has(ask_museum: Ask) -> None:
    (offer,) = ask_museum(ClevelandSite([Work(7)]).answer).offers()
    artwork = offer.artwork
    assert offer.key == "cleveland:90007"
    assert (artwork.title, artwork.artist, artwork.date) == ("Landscape No. 7", "Claude Monet", "c. 1880")
    assert (artwork.licence, artwork.tags) == ("CC0", ("Painting",))
    assert artwork.page_url == "https://clevelandart.org/art/1916.7"
    assert artwork.metadata["creators"] == "Claude Monet (French, 1840–1926)"
    assert artwork.metadata["accession_number"] == "1916.7"
    assert artwork.metadata["culture"] == "France, 19th century"
    assert (artwork.metadata["made_from"], artwork.metadata["made_to"]) == ("1880", "1885")
    assert not offer.needs_detail


def test_numbers_written_as_text_are_numbers(ask_museum: Ask) -> None:  # trap: `width` as int
    (offer,) = ask_museum(ClevelandSite([Work(7, row=(("creation_date_earliest", "1880"),))]).answer).offers()
    assert isinstance(offer.bytes, int)
    assert offer.bytes > 1_000
    assert offer.artwork.metadata["made_from"] == "1880"


def test_the_licence_is_asked_for_with_cc0_and_checked_in_every_row(ask_museum: Ask) -> None:  # trap: `cc=1`
    works = [Work(1), Work(2, licence="Copyrighted"), Work(3, licence="")]
    asked = ask_museum(ClevelandSite(works, deaf_to=frozenset({"cc0"})).answer)
    assert asked.outcomes() == dict(zip(ids(1, 2, 3), ["", "licence", "licence"], strict=True))
    (request,) = asked.requests(LIST)
    assert (request.param("cc0"), request.param("has_image"), request.param("cc")) == ("1", "1", "")
    assert not asked.extent().exact


def test_works_in_copyright_are_listed_when_all_licences_are_asked_for(ask_museum: Ask) -> None:
    works = [Work(1), Work(2, licence="Copyrighted")]
    asked = ask_museum(ClevelandSite(works).answer, cc0="false")
    assert [offer.artwork.licence for offer in asked.offers()] == ["CC0", "In copyright"]
    assert asked.requests(LIST)[0].param("cc0") == ""
    assert any("not CC0" in note for note in asked.extent().notes)


def test_the_choice_of_licences_decides_which_works_are_listed(take_from_museum: Take) -> None:
    site = ClevelandSite([Work(1), Work(2, licence="Copyrighted")])
    assert set(take_from_museum(site.answer, licences="free")[1]) == {"90001"}
    _, rows = take_from_museum(site.answer, licences="any")
    assert {number: row["artwork"]["licence"] for number, row in rows.items()} == {
        "90001": "CC0",
        "90002": "In copyright",
    }
    assert set(take_from_museum(site.answer, licences="any", query={"cc0": "true"})[1]) == {"90001"}


def test_filters_are_sent_as_the_museum_names_them(ask_museum: Ask) -> None:
    asked = ask_museum(
        ClevelandSite([Work(1)]).answer,
        text="landscape",
        type="painting",
        department="Modern European Painting and Sculpture",
        artists="Monet",
        title="Landscape",
        created="1870-1890",
    )
    assert asked.ids() == ids(1)
    sent = dict(asked.requests(LIST)[0].query)
    assert sent == {
        "q": "landscape",
        "type": "Painting",
        "department": "Modern European Painting and Sculpture",
        "artists": "Monet",
        "title": "Landscape",
        "created_after": "1870",
        "created_before": "1890",
        "cc0": "1",
        "has_image": "1",
        "skip": "0",
        "limit": "100",
    }


def test_rows_are_checked_because_a_server_may_pass_a_filter_over(ask_museum: Ask) -> None:
    works = [Work(1), Work(2, type="Print"), Work(3, earliest=1600, latest=1610), Work(4, department="Prints")]
    deaf = frozenset({"type", "department", "created_after", "created_before"})
    asked = ask_museum(
        ClevelandSite(works, deaf_to=deaf).answer,
        type="Painting",
        department="Modern European Painting and Sculpture",
        created="1800-1900",
    )
    assert asked.outcomes() == dict(zip(ids(1, 2, 3, 4), ["", *["not_matching"] * 3], strict=True))


def test_the_next_size_is_taken_where_the_web_file_is_missing(take_from_museum: Take) -> None:  # trap: `_web.jpg` 404
    works = [Work(1), Work(2, without=("web",)), Work(3, unlisted=("web",)), Work(4, without=("web", "print"))]
    _, rows = take_from_museum(ClevelandSite(works).answer)
    found = [(row["reason"] or row["state"], (row.get("facts") or {}).get("width")) for row in rows.values()]
    assert sorted(found, key=str) == [("not_found", None), ("stored", 450), ("stored", 900), ("stored", 900)]
    assert rows["90002"]["artwork"]["image_url"].endswith("1916.2_print.jpg")


def test_a_larger_size_can_be_asked_for(ask_museum: Ask) -> None:
    (offer,) = ask_museum(ClevelandSite([Work(1)]).answer, size="print").offers()
    assert [address.rpartition("_")[2] for address in offer.renditions] == ["print.jpg", "web.jpg"]
    full = ask_museum(ClevelandSite([Work(1)]).answer, size="full")
    assert full.offers()[0].renditions[0].endswith("_full.tif")
    assert any("TIFF" in note for note in full.extent().notes)


def test_a_record_without_pictures_has_its_reason(ask_museum: Ask) -> None:
    works = [Work(1, unlisted=("web", "print", "full")), Work(2, row=(("images", {"web": None}),))]
    asked = ask_museum(ClevelandSite(works, deaf_to=frozenset({"has_image"})).answer)
    assert set(asked.outcomes().values()) == {"no_picture"}


def test_a_row_of_nulls_is_an_offer_all_the_same(ask_museum: Ask) -> None:
    names = ("title", "creators", "culture", "technique", "type", "creation_date", "creation_date_earliest", "url")
    (offer,) = ask_museum(ClevelandSite([Work(1, row=tuple((name, None) for name in names))]).answer).offers()
    assert (offer.artwork.title, offer.artwork.artist, offer.artwork.tags) == ("", "", ())
    assert offer.artwork.date == "1885"
    assert offer.renditions


def test_a_row_that_stands_on_two_pages_is_one_offer(ask_museum: Ask) -> None:
    asked = ask_museum(ClevelandSite(catalogue(150), repeats_first=True).answer)
    found = asked.ids()
    assert len(found) == len(set(found)) == 149


def test_a_total_that_is_too_high_or_the_same_page_again_ends_the_list(ask_museum: Ask) -> None:
    assert len(ask_museum(ClevelandSite(catalogue(120), claimed=9_000).answer).offers()) == 120
    again = ask_museum(ClevelandSite(catalogue(300), same_page=True, claimed=9_000).answer)
    assert len(again.offers()) == 300
    assert len(again.requests(LIST)) == 3


def test_pages_that_are_shorter_than_asked_for_lose_nothing(ask_museum: Ask) -> None:
    asked = ask_museum(ClevelandSite(catalogue(130), most_rows=50).answer)
    assert asked.ids() == ids(*range(1, 131))


def test_a_query_that_finds_nothing_says_what_was_asked_for(ask_museum: Ask) -> None:
    asked = ask_museum(ClevelandSite(catalogue(5)).answer, text="submarine", type="Painting")
    with pytest.raises(SourceError, match="finds nothing for “submarine”, type Painting"):
        asked.extent()
    with pytest.raises(SourceError):
        asked.offers()


def test_a_plan_and_a_collection_ask_for_the_same_page_once(take_from_museum: Take, workspace: Workspace) -> None:
    site = ClevelandSite(catalogue(30))
    server, rows = take_from_museum(site.answer, query={"type": "Painting"}, limit=5)
    assert sum(row["state"] == "stored" for row in rows.values()) == 5
    found = plan(workspace, {"source": "cleveland", "query": {"type": "Painting"}, "base_url": server.url, "limit": 5})
    assert (found.artworks, found.wanted, found.requests, found.bytes_known) == (10, 5, 6, True)
    assert [example.licence for example in found.examples] == ["CC0"] * 3
    assert server.asked_for(LIST) == 1


def test_503_and_429_cost_no_row_and_no_picture(take_from_museum: Take) -> None:
    busy = Answer(503, b"busy", "text/plain")
    slow = Answer(429, b"slow", "text/plain", headers=(("Retry-After", "0"),))
    site = ClevelandSite(catalogue(6), faults={LIST: [busy], "/1916.1/1916.1_web.jpg": [slow, busy]})
    _, rows = take_from_museum(site.answer)
    assert [row["state"] for row in rows.values()] == ["stored"] * 6


def test_an_address_that_is_none_costs_its_own_work_only(take_from_museum: Take) -> None:
    broken = {"web": {"url": "http://[broken/1_web.jpg", "filesize": "none"}}
    _, rows = take_from_museum(ClevelandSite([Work(1, row=(("images", broken),)), Work(2)]).answer)
    assert {number: row["reason"] or row["state"] for number, row in rows.items()} == {
        "90001": "address",
        "90002": "stored",
    }


def test_the_museums_own_hosts_are_asked_elsewhere_with_a_base_url(ask_museum: Ask) -> None:
    asked = ask_museum(ClevelandSite([Work(1)], image_host="https://openaccess-cdn.clevelandart.org").answer)
    (offer,) = asked.offers()
    assert offer.renditions[0] == f"{asked.server.url}/1916.1/1916.1_web.jpg"
    assert offer.artwork.image_url == "https://openaccess-cdn.clevelandart.org/1916.1/1916.1_web.jpg"


def test_wrong_filters_are_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no filter 'colour'.*type, department"):
        Cleveland({"colour": "red"})
    with pytest.raises(ConfigError, match="cc0 must be true or false"):
        Cleveland({"cc0": "perhaps"})
    with pytest.raises(ConfigError, match="size must be one of web"):
        Cleveland({"size": "huge"})


def test_without_a_base_url_the_museums_own_hosts_are_asked() -> None:
    hosts = list(Cleveland({}).policies)
    assert hosts == ["openaccess-api.clevelandart.org", "openaccess-cdn.clevelandart.org"]
