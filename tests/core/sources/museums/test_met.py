"""The Met against its stand-in: searches, lists of departments, records, and a firewall."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from core.sources.artwork import ItemError, SourceError
from core.sources.licences import CC0, IN_COPYRIGHT
from core.sources.museums.met.museum import PAGE, WINDOW, Met
from core.sources.planning import plan
from core.workspace import Workspace
from tests.core.sources.museums.asking import Ask, Asked
from tests.standins.limits import IMPERVA, AfterBurst
from tests.standins.met import OBJECTS, SEARCH, MetSite, Work, catalogue
from tests.standins.server import Answer, StandIn, as_json

Take = Callable[..., tuple[StandIn, dict[str, dict[str, Any]]]]
OLD_SEARCH = "/public/collection/v1/search"


@pytest.fixture
def museum_name() -> str:
    return "met"


def numbers(asked: Asked) -> list[int]:
    return [int(number) for number in asked.ids()]


def records_asked_for(asked: Asked) -> int:
    return sum(request.path.startswith(f"{OBJECTS}/") for request in asked.server.seen)


def test_a_search_is_read_page_by_page_and_in_its_order(ask_museum: Ask) -> None:
    asked = ask_museum(MetSite(catalogue(1_250)).answer, text="landscape")
    extent = asked.extent()
    assert (extent.artworks, extent.exact, extent.listing_requests, extent.details_share) == (1_250, False, 3, 1.0)
    assert numbers(asked) == list(range(1, 1_251))
    pages = [(request.param("offset"), request.param("limit")) for request in asked.requests(SEARCH)]
    assert pages == [("0", str(PAGE)), ("500", str(PAGE)), ("1000", str(PAGE))]


def test_an_offer_is_completed_from_its_record(ask_museum: Ask) -> None:
    work = Work(
        45734,
        "Quail and Millet",
        "Kiyohara Yukinobu",
        department=6,
        more=1,
        record=(("tags", [{"term": "Birds", "AAT_URL": "http://vocab.getty.edu/1"}, {"term": "Birds"}]),),
    )
    asked = ask_museum(MetSite([work]).answer, text="quail")
    (offer,) = asked.offers()
    assert (offer.key, offer.needs_detail, offer.renditions) == ("met:45734", True, ())
    offer = asked.complete(offer)
    artwork = offer.artwork
    assert (artwork.title, artwork.artist, artwork.date) == ("Quail and Millet", "Kiyohara Yukinobu", "ca. 1600")
    assert (artwork.licence, artwork.tags) == (CC0, ("Birds",))
    assert artwork.page_url == "https://www.metmuseum.org/art/collection/search/45734"
    assert artwork.metadata["department"] == "Asian Art"
    assert (artwork.metadata["made_from"], artwork.metadata["medium"]) == ("1600", "Oil on canvas")
    assert "culture" not in artwork.metadata
    images = f"{asked.server.url}/CRDImages/ep"
    assert offer.renditions == (f"{images}/original/DP45734-1.jpg", f"{images}/web-large/DP45734-1.jpg")
    assert offer.preview_url == f"{images}/web-large/DP45734-1.jpg"


def test_the_small_picture_can_be_asked_for(ask_museum: Ask) -> None:
    asked = ask_museum(MetSite([Work(1)]).answer, text="landscape", size="web")
    renditions = asked.complete(asked.offers()[0]).renditions
    assert [address.split("/")[-2] for address in renditions] == ["web-large", "original"]


# Section 2.3 and the traps of searches.


def test_parameters_have_one_order_with_the_words_last_and_booleans_in_lower_case(ask_museum: Ask) -> None:
    asked = ask_museum(
        MetSite([Work(1, highlight=True)]).answer,
        text="landscape",
        created="1500-1700",
        highlight="Yes",
        medium="Paintings|Oil",
        department="European Paintings",
        match="title",
        place="Netherlands",
    )
    assert asked.outcomes() == {"1": ""}
    assert asked.requests(SEARCH)[0].query == (
        ("departmentId", "11"),
        ("isHighlight", "true"),
        ("hasImages", "true"),
        ("title", "true"),
        ("medium", "Paintings|Oil"),
        ("geoLocation", "Netherlands"),
        ("dateBegin", "1500"),
        ("dateEnd", "1700"),
        ("offset", "0"),
        ("limit", "500"),
        ("q", "landscape"),
    )


def test_totals_depend_on_the_order_of_parameters_and_ours_gives_all(ask_museum: Ask) -> None:
    works = [Work(number) for number in range(1, 14)]
    asked = ask_museum(MetSite(works).answer, text="landscape", department="11")
    assert asked.extent().artworks == 13  # with q before the filters there would be 1


def test_one_open_end_of_the_years_is_sent_as_two_ends(ask_museum: Ask) -> None:
    asked = ask_museum(MetSite([Work(1, begin=-500, end=-400)]).answer, text="landscape", created="..-300")
    assert numbers(asked) == [1]
    (request,) = asked.requests(SEARCH)
    assert int(request.param("dateBegin")) < -100_000
    assert request.param("dateEnd") == "-300"


@pytest.mark.parametrize("status", [404, 410, 503])
def test_the_retired_search_is_never_asked(ask_museum: Ask, status: int) -> None:  # trap: keep using v1/search
    asked = ask_museum(MetSite(catalogue(5), old_search=status).answer, text="landscape")
    assert len(asked.offers()) == 5
    assert asked.requests(OLD_SEARCH) == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_search_that_is_gone_is_told_with_what_still_works(ask_museum: Ask, status: int) -> None:
    asked = ask_museum(MetSite(catalogue(5), new_search=status).answer, text="landscape")
    with pytest.raises(SourceError, match=r"no longer where it was.*ids of objects"):
        asked.extent()


def test_pages_that_are_cut_lose_nothing_and_null_ends_them(ask_museum: Ask) -> None:
    asked = ask_museum(MetSite(catalogue(130), most_rows=50).answer, text="landscape")
    assert numbers(asked) == list(range(1, 131))
    ended = ask_museum(MetSite(catalogue(130), most_rows=50, window=100).answer, text="landscape")
    assert numbers(ended) == list(range(1, 101))
    assert ended.requests(SEARCH)[-1].param("offset") == "100"


def test_no_hits_are_told_with_what_was_asked_for(ask_museum: Ask) -> None:
    asked = ask_museum(MetSite(catalogue(5)).answer, text="submarine", department="11")
    with pytest.raises(SourceError, match="finds nothing for “submarine”, department European Paintings"):
        asked.extent()
    with pytest.raises(SourceError, match="finds nothing"):
        asked.offers()


def test_behind_ten_thousand_hits_the_departments_are_searched_one_by_one(ask_museum: Ask) -> None:
    asked = ask_museum(MetSite(catalogue(WINDOW + 40)).answer, text="landscape")
    assert any("10,040 hits" in note for note in asked.extent(limit=None).notes)
    assert sorted(numbers(asked)) == list(range(1, WINDOW + 41))
    reached = [int(request.param("offset")) + int(request.param("limit")) for request in asked.requests(SEARCH)]
    assert max(reached) == WINDOW


def test_a_department_with_more_than_ten_thousand_hits_is_gone_through_record_by_record(ask_museum: Ask) -> None:
    works = [Work(number, department=9) for number in range(1, WINDOW + 3)]
    works += [Work(WINDOW + 3, "Seascape", department=9)]
    asked = ask_museum(MetSite(works).answer, text="landscape", department="9")
    offers = asked.offers()
    assert len(offers) == WINDOW + 3
    assert [bool(asked.complete(offer).renditions) for offer in offers[WINDOW : WINDOW + 2]] == [True, True]
    with pytest.raises(ItemError, match="does not have the words “landscape”") as refusal:
        asked.complete(offers[-1])
    assert refusal.value.reason == "not_matching"


def test_without_words_the_list_of_the_department_is_gone_through(ask_museum: Ask) -> None:
    asked = ask_museum(MetSite(catalogue(40)).answer, department="13|11")
    extent = asked.extent()
    assert (extent.artworks, extent.listing_requests) == (20, 2)
    assert any("each of the 20 records" in note for note in extent.notes)
    assert numbers(asked) == [*range(1, 41, 4), *range(4, 41, 4)]
    assert [request.param("departmentIds") for request in asked.requests(OBJECTS)] == ["13", "11"]
    assert asked.requests(SEARCH) == []


# Records.


def test_both_404s_are_final_and_end_nothing(ask_museum: Ask) -> None:  # trap: stop on the first exception
    works = [Work(1, missing="never"), Work(2, missing="withdrawn"), Work(3)]
    asked = ask_museum(MetSite(works).answer, text="landscape")
    assert asked.outcomes() == {"1": "not_found", "2": "gone", "3": ""}
    count = records_asked_for(asked)
    assert asked.outcomes() == {"1": "not_found", "2": "gone", "3": ""}
    assert records_asked_for(asked) == count


def test_nulls_are_nothing_unusual(ask_museum: Ask) -> None:
    nulls = ("constituents", "tags", "culture", "period", "artistDisplayName", "additionalImages", "objectDate", "city")
    asked = ask_museum(MetSite([Work(1, record=tuple((name, None) for name in nulls))]).answer, text="landscape")
    artwork = asked.complete(asked.offers()[0]).artwork
    assert (artwork.artist, artwork.tags, artwork.date) == ("", (), "")


def test_has_images_is_not_trusted(ask_museum: Ask) -> None:  # trap: trust `hasImages`
    works = [Work(1, pictured=False), Work(2, public_domain=False), Work(3)]
    asked = ask_museum(MetSite(works).answer, text="landscape")
    assert asked.outcomes() == {"1": "no_picture", "2": "no_picture", "3": ""}
    with pytest.raises(ItemError, match="not in the public domain: © 2024 Artists Rights Society"):
        asked.complete(asked.offers()[1])


def test_a_picture_of_a_work_in_copyright_has_that_licence(ask_museum: Ask) -> None:
    def licence(*fields: tuple[str, Any]) -> str:
        record = (("primaryImage", "https://images.metmuseum.org/a/original/b.jpg"), *fields)
        asked = ask_museum(MetSite([Work(1, public_domain=False, record=record)]).answer, text="landscape")
        return asked.complete(asked.offers()[0]).artwork.licence

    assert licence() == IN_COPYRIGHT
    assert licence(("rightsAndReproduction", "")) == IN_COPYRIGHT
    assert licence(("isPublicDomain", None), ("rightsAndReproduction", "")) == ""
    assert licence(("isPublicDomain", "true"), ("rightsAndReproduction", "Public domain")) == ""


def test_every_filter_is_checked_on_every_record(ask_museum: Ask) -> None:
    works = [
        Work(1, object_name="Vase", classification="Vases", medium="Terracotta", begin=-500, end=-450, department=13),
        Work(2, object_name="Vase fragment", classification="Vases", medium="Terracotta", begin=-500, end=-450),
        Work(3, object_name="Vase", classification="Vases", medium="Terracotta", begin=1500, end=1510, department=13),
        Work(4, object_name="Vase", classification="Vases", medium="Silver", begin=-500, end=-450, department=13),
        Work(5, object_name="Bowl", classification="Vases", medium="Terracotta", begin=-500, end=-450, department=13),
        Work(6, object_name="Vase", classification="Glass", medium="Terracotta", begin=-500, end=-450, department=13),
        Work(7, object_name="Vase", classification="Vases", medium="Terracotta", begin=-500, end=-450, department=11),
        Work(8, object_name="Vase fragment", classification="Vases", medium="Terracotta", begin=-500, department=13),
    ]
    deaf = frozenset({"departmentId", "medium", "dateBegin", "dateEnd"})
    asked = ask_museum(
        MetSite(works, deaf_to=deaf).answer,
        text="landscape",
        department="Greek and Roman Art",
        medium="terracotta",
        classification="vases",
        object_name="vase",
        without="fragment",
        created="-600 to -400",
    )
    assert asked.outcomes() == {"1": "", **dict.fromkeys("2345678", "not_matching")}


def test_departments_are_known_by_the_names_that_records_give_them(ask_museum: Ask) -> None:
    works = [
        Work(1, department=21),
        Work(2, department=1),
        Work(3, department=21, record=(("department", "A New Wing"),)),
        Work(4, department=21, highlight=True),
    ]
    site = MetSite(works, deaf_to=frozenset({"departmentId", "isHighlight"}))
    asked = ask_museum(site.answer, text="landscape", department="Modern Art")
    assert asked.outcomes() == {"1": "", "2": "not_matching", "3": "", "4": ""}
    highlights = ask_museum(site.answer, text="landscape", highlight=True)
    assert highlights.outcomes() == {**dict.fromkeys("123", "not_matching"), "4": ""}


def test_all_pictures_of_a_work_have_keys_of_their_own(ask_museum: Ask) -> None:
    works = [Work(1, more=2), Work(2), Work(3, missing="withdrawn"), Work(4, more=1, pictured=False)]
    asked = ask_museum(MetSite(works).answer, text="landscape", all_images="true")
    assert asked.outcomes() == {"1": "", "1/2": "", "1/3": "", "2": "", "3": "gone", "4": "no_picture"}
    offers = {offer.artwork.source_id: asked.complete(offer) for offer in asked.offers()[:3]}
    assert [offer.renditions[0][-7:] for offer in offers.values()] == ["1-1.jpg", "1-2.jpg", "1-3.jpg"]
    assert "web-large" in offers["1/3"].renditions[1]
    assert offers["1/2"].artwork.title == offers["1"].artwork.title
    assert records_asked_for(asked) == 4


def test_only_the_first_picture_is_taken_by_default(ask_museum: Ask) -> None:
    asked = ask_museum(MetSite([Work(1, more=2)]).answer, text="landscape")
    assert asked.ids() == ["1"]
    assert records_asked_for(asked) == 0


def test_a_record_that_is_not_one_may_heal(ask_museum: Ask) -> None:
    site = MetSite([Work(1)], faults={f"{OBJECTS}/1": [as_json({"message": "try later"})]})
    asked = ask_museum(site.answer, text="landscape")
    assert asked.outcomes() == {"1": "bad_answer, for now"}


# Whole collections.


def test_a_burst_that_wakes_the_firewall_costs_no_work(take_from_museum: Take) -> None:  # trap: 80/s, retry 403 at once
    wall = AfterBurst(requests=30, per_seconds=10.0, block_seconds=0.1, block=IMPERVA, extends=True, times=2)
    _, rows = take_from_museum(wall(MetSite([Work(number) for number in range(1, 41)]).answer), query={"text": "land"})
    assert [row["state"] for row in rows.values()] == ["stored"] * 40
    assert wall.blocks == 2


def test_the_default_pace_is_two_a_second_and_a_block_rests_the_host_for_a_minute() -> None:
    policies = Met({"text": "vase"}).policies
    assert list(policies) == ["collectionapi.metmuseum.org", "images.metmuseum.org"]
    for policy in policies.values():
        assert policy.requests_per_second <= 2
        assert policy.burst <= 4
        assert 30 <= policy.pause_seconds <= 120


def test_every_work_arrives_or_has_its_reason(take_from_museum: Take, workspace: Workspace) -> None:
    site = MetSite(catalogue(60))
    server, rows = take_from_museum(site.answer, query={"department": "13", "without": "fragment"})
    assert {int(number): row["reason"] or row["state"] for number, row in rows.items()} == {
        number: "not_matching"
        if number % 12 == 1
        else "gone"
        if number % 50 == 7
        else "no_picture"
        if number % 10 == 0 or number % 15 == 0
        else "stored"
        for number in range(1, 61, 4)
    }
    before = len(server.seen)
    found = plan(
        workspace, {"source": "met", "query": {"department": "13", "without": "fragment"}, "base_url": server.url}
    )
    assert (found.artworks, found.requests, found.exact) == (15, 31, False)
    assert [example.licence for example in found.examples] == [CC0] * 3
    asked_anew = [request.path for request in server.seen[before:]]
    assert all(re.match(r"/CRDImages/", path) for path in asked_anew), asked_anew  # small pictures, for the examples


def test_a_refused_work_is_told_of_by_its_name(take_from_museum: Take) -> None:
    works = [Work(1, "Red Vase", object_name="Vase fragment"), Work(2, "Blue Vase", public_domain=False)]
    _, rows = take_from_museum(MetSite(works).answer, query={"text": "vase", "without": "fragment"})
    assert {row["artwork"]["title"]: (row["reason"], row["artwork"]["licence"]) for row in rows.values()} == {
        "Red Vase": ("not_matching", CC0),
        "Blue Vase": ("no_picture", IN_COPYRIGHT),
    }


def test_the_small_rendition_is_taken_where_the_original_is_missing(take_from_museum: Take) -> None:
    _, rows = take_from_museum(MetSite([Work(1, without=("original",))]).answer, query={"text": "landscape"})
    assert rows["1"]["facts"]["width"] == 300


def test_503_without_words_and_for_a_while_is_waited_for(take_from_museum: Take) -> None:
    busy = Answer(503, b"busy", "text/plain")
    site = MetSite([Work(1)], faults={SEARCH: [busy, busy], f"{OBJECTS}/1": [busy]})
    _, rows = take_from_museum(site.answer, query={"text": "landscape"})
    assert rows["1"]["state"] == "stored"
