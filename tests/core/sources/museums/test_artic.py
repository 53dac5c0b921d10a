"""The Art Institute of Chicago against its stand-in: search, window, pictures by IIIF, challenges."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import ConfigError
from core.sources.artwork import ItemError, SourceError
from core.sources.licences import IN_COPYRIGHT, PUBLIC_DOMAIN
from core.sources.museums.artic import PAGE, WINDOW, ArtInstitute
from core.sources.planning import plan
from core.workspace import Workspace
from tests.core.sources.museums.asking import Ask
from tests.standins.artic import IIIF, LIST, SEARCH, ArticSite, Work, catalogue
from tests.standins.limits import CLOUDFLARE, AfterBurst
from tests.standins.server import Request, StandIn

Take = Callable[..., tuple[StandIn, dict[str, dict[str, Any]]]]


@pytest.fixture
def museum_name() -> str:
    return "artic"


def is_picture(request: Request) -> bool:
    return request.path.startswith(IIIF)


def test_a_search_is_read_page_by_page_and_in_its_order(ask_museum: Ask) -> None:
    asked = ask_museum(ArticSite([Work(number) for number in range(1, 251)]).answer, text="landscape")
    extent = asked.extent()
    assert (extent.artworks, extent.exact, extent.listing_requests, extent.details_share) == (250, True, 3, 0.0)
    assert asked.ids() == [str(number) for number in range(1, 251)]
    pages = [(request.param("page"), request.param("limit")) for request in asked.requests(SEARCH)]
    assert pages == [("1", str(PAGE)), ("2", str(PAGE)), ("3", str(PAGE))]
    assert asked.extent(limit=150).listing_requests == 2


def test_an_offer_has_what_its_row_has(ask_museum: Ask) -> None:
    work = Work(27992, "Under the Wave off Kanagawa")
    asked = ask_museum(ArticSite([work]).answer, text="wave")
    (offer,) = asked.offers()
    artwork = offer.artwork
    assert (offer.key, offer.needs_detail) == ("artic:27992", False)
    assert (artwork.title, artwork.artist) == ("Under the Wave off Kanagawa", "Katsushika Hokusai")
    assert (artwork.date, artwork.style, artwork.licence) == ("1830/33", "ukiyo-e", PUBLIC_DOMAIN)
    assert artwork.tags == ("Print", "woodblock print", "waves")
    assert artwork.page_url == "https://www.artic.edu/artworks/27992"
    assert artwork.metadata["artist"] == "Katsushika Hokusai Japanese, 1760-1849"
    assert (artwork.metadata["made_from"], artwork.metadata["made_to"]) == ("1830", "1833")
    assert "Words under CC BY" not in str(artwork)
    assert "description" not in asked.requests(SEARCH)[0].param("fields").split(",")


def test_pictures_are_where_the_answer_says(ask_museum: Ask) -> None:  # trap: hard-coded IIIF host
    work = Work(1)
    asked = ask_museum(ArticSite([work], iiif_url="https://pictures.example.org/iiif/3/").answer)
    renditions = asked.offers()[0].renditions
    base = f"https://pictures.example.org/iiif/3/{work.image_id}/full"
    assert renditions == tuple(f"{base}/{width},/0/default.jpg" for width in (843, 600, 400, 200))


def test_the_museums_own_picture_server_is_asked_elsewhere_with_a_base_url(ask_museum: Ask) -> None:
    asked = ask_museum(ArticSite([Work(1)], iiif_url="https://www.artic.edu/iiif/2").answer)
    (offer,) = asked.offers()
    assert offer.renditions[0] == f"{asked.server.url}/iiif/2/{Work(1).image_id}/full/843,/0/default.jpg"
    assert offer.preview_url == f"{asked.server.url}/iiif/2/{Work(1).image_id}/full/200,/0/default.jpg"
    assert offer.artwork.image_url.startswith("https://www.artic.edu/iiif/2/")


def test_large_pictures_are_asked_for_of_works_in_the_public_domain_only(ask_museum: Ask) -> None:
    works = [Work(1), Work(2, public_domain=False)]
    asked = ask_museum(ArticSite(works).answer, size="1686", public_domain="no")
    widths = [[int(url.split("/")[-3].rstrip(",")) for url in offer.renditions] for offer in asked.offers()]
    assert widths == [[1686, 843, 600, 400, 200], [843, 600, 400, 200]]


def test_an_answer_without_the_address_of_pictures_may_heal(ask_museum: Ask) -> None:
    asked = ask_museum(ArticSite([Work(1)], iiif_url=" ").answer)
    with pytest.raises(ItemError, match="no address of its pictures") as error:
        asked.offers()
    assert not error.value.final


def test_filters_are_clauses_of_the_query(ask_museum: Ask) -> None:
    asked = ask_museum(
        ArticSite([Work(1)]).answer,
        text="landscape",
        type="print",
        artist="Hokusai",
        style="Ukiyo-e",
        place="Japan",
        department="Arts of Asia",
        created="1800-1850",
    )
    assert asked.outcomes() == {"1": ""}
    sent = dict(asked.requests(SEARCH)[0].query)
    assert {name: value for name, value in sent.items() if name != "fields"} == {
        "q": "landscape",
        "query[bool][must][0][term][is_public_domain]": "true",
        "query[bool][must][1][match_phrase][artwork_type_title]": "Print",
        "query[bool][must][2][match_phrase][department_title]": "Arts of Asia",
        "query[bool][must][3][match_phrase][artist_title]": "Hokusai",
        "query[bool][must][4][match_phrase][style_titles]": "Ukiyo-e",
        "query[bool][must][5][match_phrase][place_of_origin]": "Japan",
        "query[bool][must][6][range][date_end][gte]": "1800",
        "query[bool][must][7][range][date_start][lte]": "1850",
        "page": "1",
        "limit": "100",
    }


def test_one_filter_is_the_query_itself_and_none_is_no_query(ask_museum: Ask) -> None:
    one = ask_museum(ArticSite([Work(1)]).answer)
    one.offers()
    assert one.requests(SEARCH)[0].param("query[term][is_public_domain]") == "true"
    none = ask_museum(ArticSite([Work(1)]).answer, public_domain=False)
    none.offers()
    assert not any(name.startswith("query") for name, _ in none.requests(SEARCH)[0].query)


def test_rows_are_checked_because_a_search_is_generous(ask_museum: Ask) -> None:
    works = [
        Work(1),
        Work(2, type="Painting"),
        Work(3, artist="Utagawa Hiroshige"),
        Work(4, start=1700, end=1710),
        Work(5, start=None, end=None),
        Work(6, public_domain=False),
        Work(7, place=None),
    ]
    asked = ask_museum(
        ArticSite(works, deaf=True).answer, type="Print", artist="hokusai", place="Japan", created="1800-1850"
    )
    assert asked.outcomes() == {
        "1": "",
        **dict.fromkeys("2345", "not_matching"),
        "6": "licence",
        "7": "",
    }
    assert not asked.extent().exact


def test_works_in_copyright_say_so(ask_museum: Ask) -> None:
    works = [Work(1, public_domain=False), Work(2, public_domain=False, row=(("copyright_notice", None),))]
    works += [Work(3, row=(("is_public_domain", None),))]
    offers = ask_museum(ArticSite(works).answer, public_domain="false").offers()
    assert [offer.artwork.licence for offer in offers] == [IN_COPYRIGHT, IN_COPYRIGHT, ""]


def test_a_work_without_image_id_has_no_picture(ask_museum: Ask) -> None:
    asked = ask_museum(ArticSite([Work(1, pictured=False), Work(2)]).answer)
    assert asked.outcomes() == {"1": "no_picture", "2": ""}
    assert not asked.extent().exact


def test_nulls_are_nothing_unusual(ask_museum: Ask) -> None:
    names = ("title", "artist_title", "date_display", "date_start", "style_titles", "subject_titles", "credit_line")
    (offer,) = ask_museum(ArticSite([Work(1, row=tuple((name, None) for name in names))]).answer).offers()
    assert (offer.artwork.title, offer.artwork.artist, offer.artwork.style) == ("", "", "")
    assert offer.artwork.date == "1833"
    assert offer.renditions


def test_a_row_that_stands_on_two_pages_is_one_offer(ask_museum: Ask) -> None:
    works = [Work(number) for number in range(1, 151)]
    found = ask_museum(ArticSite(works, repeats_first=True).answer).ids()
    assert len(found) == len(set(found)) == 149


def test_a_total_that_is_too_high_ends_with_the_rows(ask_museum: Ask) -> None:
    asked = ask_museum(ArticSite([Work(number) for number in range(1, 121)], claimed=900).answer)
    assert len(asked.offers()) == 120
    assert len(asked.requests(SEARCH)) == 3


def test_behind_ten_thousand_the_list_of_all_works_is_gone_through(ask_museum: Ask) -> None:  # trap: beyond 10,000
    works = [Work(number) for number in range(1, WINDOW + 31)]
    works += [Work(WINDOW + 31, "Seascape"), Work(WINDOW + 32, public_domain=False), Work(WINDOW + 33, type="Vessel")]
    works += [Work(WINDOW + 34, place=None)]
    asked = ask_museum(ArticSite(works).answer, text="landscape", type="Print", place="Japan")
    extent = asked.extent()
    assert extent.artworks == WINDOW + 30
    assert not extent.exact
    assert any("all 10,034 works" in note for note in extent.notes)
    assert asked.ids() == [str(number) for number in range(1, WINDOW + 31)]
    assert max(int(request.param("page")) for request in asked.requests(SEARCH)) == WINDOW // PAGE
    assert len(asked.requests(LIST)) == 101


def test_a_limit_within_the_window_never_asks_for_the_whole_list(ask_museum: Ask) -> None:
    asked = ask_museum(ArticSite([Work(number) for number in range(1, 301)], claimed=59_000).answer)
    extent = asked.extent(limit=200)
    assert (extent.artworks, extent.listing_requests) == (59_000, 2)
    assert asked.requests(LIST) == []


def test_a_query_that_finds_nothing_says_what_was_asked_for(ask_museum: Ask) -> None:
    asked = ask_museum(ArticSite(catalogue(5)).answer, text="submarine", created="1700..")
    with pytest.raises(SourceError, match="finds nothing for “submarine”, created 1700 to"):
        asked.extent()


def test_the_contact_is_in_the_header_that_the_museum_asks_for(take_from_museum: Take) -> None:
    server, _ = take_from_museum(ArticSite([Work(1)]).answer)
    for request in server.seen:
        assert "lab@example.org" in request.headers["aic-user-agent"]
        assert request.headers["aic-user-agent"] == request.headers["user-agent"]
        assert "referer" not in request.headers


def test_one_request_a_second_from_a_single_thread() -> None:  # trap: parallel image threads
    policies = ArtInstitute({}).policies
    assert list(policies) == ["api.artic.edu", "www.artic.edu"]
    for policy in policies.values():
        assert (policy.requests_per_second, policy.concurrency) == (1.0, 1)
        assert policy.agent_header == "AIC-User-Agent"


def test_every_work_arrives_or_has_its_reason(take_from_museum: Take) -> None:
    works = [Work(1), Work(2, stale=True), Work(3, pictured=False), Work(4, widths=(200, 400)), Work(5)]
    server, rows = take_from_museum(ArticSite(works).answer)
    assert {number: row["reason"] or row["state"] for number, row in rows.items()} == {
        "1": "stored",
        "2": "not_found",
        "3": "no_picture",
        "4": "stored",
        "5": "stored",
    }
    assert rows["4"]["artwork"]["image_url"].endswith("/full/400,/0/default.jpg")
    assert rows["5"]["artwork"]["licence"] == PUBLIC_DOMAIN
    assert uuid.UUID(server.seen[-1].path.split("/")[3])


def test_a_challenge_pauses_the_host_and_costs_no_picture(take_from_museum: Take) -> None:
    wall = AfterBurst(6, 10.0, 0.1, CLOUDFLARE, times=2, chosen=is_picture)
    _, rows = take_from_museum(wall(ArticSite([Work(number) for number in range(1, 16)]).answer))
    assert [row["state"] for row in rows.values()] == ["stored"] * 15
    assert wall.blocks == 2


def test_a_plan_warns_of_challenges_and_asks_for_the_list_once(workspace: Workspace, take_from_museum: Take) -> None:
    server, _ = take_from_museum(ArticSite(catalogue(40)).answer, limit=4)
    found = plan(workspace, {"source": "artic", "query": {}, "base_url": server.url, "limit": 4})
    assert (found.artworks, found.wanted, found.requests) == (32, 4, 5)
    assert any("only a browser can pass" in note for note in found.notes)
    assert len([request for request in server.seen if request.path == SEARCH]) == 1


def test_wrong_filters_are_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no filter 'medium'.*type, department"):
        ArtInstitute({"medium": "ink"})
    with pytest.raises(ConfigError, match="size must be one of 843"):
        ArtInstitute({"size": "full"})
