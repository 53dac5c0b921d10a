"""WikiArt against its stand-in: lists, their ends and their tricks, names, and works' own pages."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from core.sources.artwork import ItemError, SourceError
from core.sources.museum import Extent, Offer
from core.sources.museums.wikiart.lists import fetch_lists
from core.sources.museums.wikiart.museum import WikiArt
from core.sources.web.client import WebClient
from core.sources.web.policy import HostPolicy
from core.workspace import Workspace
from tests.standins.server import Answer, StandIn, as_json
from tests.standins.wikiart import WikiArtSite, Work, catalogue

FAST = HostPolicy(requests_per_second=0, concurrency=0, attempts=2, backoff_seconds=0.001, pause_seconds=0.01)


@dataclass
class Asked:
    """A query to a site, and the server that answers it."""

    server: StandIn
    web: WebClient
    museum: WikiArt

    def extent(self, limit: int | None = None) -> Extent:
        return self.museum.extent(self.web, limit)

    def offers(self) -> list[Offer]:
        return list(self.museum.offers(self.web))

    def numbers(self) -> list[int]:
        return [number(offer) for offer in self.offers()]

    def complete(self, offer: Offer) -> Offer:
        return self.museum.complete(self.web, offer)

    def pages(self, path: str) -> list[str]:
        return [request.param("page") for request in self.server.seen if request.path == path]


Ask = Callable[..., Asked]


@pytest.fixture
def ask(workspace: Workspace) -> Iterator[Ask]:
    """Ask a site: ask(site, genres=["yakusha-e"])."""
    with ExitStack() as stack:

        def make(site: WikiArtSite, **query: Any) -> Asked:
            server = stack.enter_context(StandIn(site.answer))
            museum = WikiArt(query, base_url=server.url)
            web = WebClient(workspace, policies={server.netloc: FAST}, allowed_hosts=(server.netloc,))
            return Asked(server, stack.enter_context(web), museum)

        yield make


def number(offer: Offer) -> int:
    """Of the stand-in's work."""
    return int(offer.artwork.source_id, 16) - int(Work(0).work_id, 16)


def works(count: int) -> list[Work]:
    return [Work(place) for place in range(1, count + 1)]


GENRE = "/en/paintings-by-genre/yakusha-e"


def test_a_genre_is_listed_whole_and_in_order(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(130)), genres=["Yakusha-e"])
    extent = asked.extent()
    assert (extent.artworks, extent.exact, extent.listing_requests, extent.details_share) == (130, True, 3, 0.0)
    assert asked.numbers() == list(range(1, 131))
    assert asked.pages(GENRE) == ["1", "2", "3"]


def test_an_offer_has_what_its_row_has(ask: Ask) -> None:
    asked = ask(WikiArtSite([Work(5, "Tōshūsai Sharaku", "Ōtani Oniji", slug="ōtani-oniji-iii")]), genres=["yakusha-e"])
    (offer,) = asked.offers()
    artwork = offer.artwork
    assert offer.key == "wikiart:577271cfedc2cb3880000005"
    assert (artwork.title, artwork.artist, artwork.date) == ("Ōtani Oniji", "Tōshūsai Sharaku", "1784")
    assert (artwork.genre, artwork.style, artwork.licence) == ("yakusha-e", "", "")
    assert artwork.page_url == "https://www.wikiart.org/en/t%C5%8Dsh%C5%ABsai-sharaku/%C5%8Dtani-oniji-iii"
    file = f"{asked.server.url}/10005/images/t%C5%8Dsh%C5%ABsai-sharaku/picture-5.jpg"
    assert offer.renditions == (f"{file}!Large.jpg", file)
    assert offer.preview_url == f"{file}!PinterestSmall.jpg"
    assert not offer.needs_detail
    assert asked.web.picture(offer.renditions).url == f"{file}!Large.jpg"
    completed = asked.complete(offer)
    assert completed.artwork.style == "Ukiyo-e"


def test_sizes_in_lists_are_not_kept_because_they_are_those_of_some_rendition(ask: Ask) -> None:
    (offer,) = ask(WikiArtSite(works(1)), genres=["yakusha-e"]).offers()
    assert offer.artwork.metadata == {}


@pytest.mark.parametrize("past_end", ["null", "empty", "error", "missing"])
def test_a_list_may_end_in_null_in_nothing_or_in_an_error(ask: Ask, past_end: str) -> None:
    asked = ask(WikiArtSite(works(120), past_end=past_end), genres=["yakusha-e"])
    assert len(asked.offers()) == 120
    assert asked.pages(GENRE) == ["1", "2", "3"]


def test_web_pages_of_a_list_may_end_in_an_error_too(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(61), browsers_only=True, past_end="missing"), genres=["yakusha-e"])
    assert len(asked.offers()) == 61


def test_a_list_that_tells_of_works_and_gives_none_is_asked_for_in_another_view(ask: Ask) -> None:
    nothing = as_json({"Paintings": None, "AllPaintingsCount": 3})
    assert len(ask(WikiArtSite(works(3), faults={GENRE: [nothing]}), genres=["yakusha-e"]).offers()) == 3


def test_a_server_error_before_the_end_is_no_end(ask: Ask) -> None:
    site = WikiArtSite(works(130))
    asked = ask(site, genres=["yakusha-e"])
    assert asked.extent().artworks == 130
    site.faults[GENRE] = [Answer(500)] * 50
    with pytest.raises(ItemError) as caught:
        asked.offers()
    assert caught.value.reason == "server_error"


def test_a_server_error_that_passes_is_waited_for(ask: Ask) -> None:
    site = WikiArtSite(works(130))
    asked = ask(site, genres=["yakusha-e"])
    asked.extent()
    site.faults[GENRE] = [Answer(500)]
    assert len(asked.offers()) == 130
    assert all(request.param("resultType") for request in asked.server.seen if request.path == GENRE)


def test_lists_of_a_genre_end_after_3600_works_whatever_their_count_says(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(3_700), counts={"yakusha-e": 22_000}), genres=["yakusha-e"])
    extent = asked.extent()
    assert (extent.artworks, extent.listing_requests) == (3_600, 60)
    assert "ends after 3,600 of its 22,000 works" in " ".join(extent.notes)
    assert len(asked.offers()) == 3_600
    assert asked.pages(GENRE)[-1] == "60"


def test_paging_never_waits_for_the_count_to_be_reached(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(70), counts={"yakusha-e": 500}), genres=["yakusha-e"])
    assert len(asked.offers()) == 70
    assert asked.pages(GENRE) == ["1", "2", "3"]


def test_short_pages_do_not_end_a_list_before_its_count_does(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(150), short_pages=True), genres=["yakusha-e"])
    assert len(asked.offers()) == 148


def test_a_server_that_gives_one_page_under_every_number_is_left(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(60), same_page=True, counts={"painter-a": 9_000}), genres=["yakusha-e"])
    assert len(asked.offers()) == 60
    assert asked.pages(GENRE) == ["1", "2"]


def test_a_work_that_stands_on_two_pages_or_in_two_lists_is_offered_once(ask: Ask) -> None:
    site = WikiArtSite(catalogue(130), repeats_first=True)
    asked = ask(site, genres=["yakusha-e", "bijinga"], styles=["ukiyo-e"], artists=["Painter A"], search="actor")
    numbers = asked.numbers()
    assert sorted(numbers) == list(range(1, 131))
    assert not asked.extent().exact
    assert "taken once" in " ".join(asked.extent().notes)


def test_several_lists_are_taken_in_turn_so_that_a_limit_takes_of_each(ask: Ask) -> None:
    site = WikiArtSite([*(Work(n, "Mark Rothko") for n in range(1, 131)), *(Work(n, "Mark Tobey") for n in (201, 202))])
    asked = ask(site, artists=["Mark Rothko", "Mark Tobey"])
    assert asked.numbers()[:6] == [1, 201, 2, 202, 3, 4]
    assert asked.extent(limit=62).listing_requests == 2
    assert asked.extent(limit=63).listing_requests == 3
    assert asked.extent().listing_requests == 4
    assert ask(WikiArtSite(catalogue(400)), genres=["yakusha-e", "bijinga"]).extent(limit=100).listing_requests == 2


def test_works_are_told_apart_by_their_ids_and_not_by_their_place_in_a_list(ask: Ask) -> None:
    before = {offer.key: offer.artwork.title for offer in ask(WikiArtSite(works(9)), genres=["yakusha-e"]).offers()}
    after = {offer.key: offer.artwork.title for offer in ask(WikiArtSite(works(9)[4:]), genres=["yakusha-e"]).offers()}
    assert after.items() <= before.items()


def test_nothing_is_asked_before_the_extent_is(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(3)), genres=["yakusha-e"], artists=["Mark Rothko"], search="actor")
    assert asked.museum.policies
    assert asked.server.seen == []


def test_rows_with_missing_fields_are_taken_as_they_are(ask: Ask) -> None:
    rows = [
        {"id": 9223372036854775807, "title": None, "image": "http://127.0.0.1:9/a/b.jpg", "paintingUrl": "/en/x/a"},
        {"id": "577271cfedc2cb3880000009", "artistUrl": "/en/mark-rothko", "image": None},
        {"title": "Nothing to tell it by"},
        "no row",
    ]
    envelope = {"Paintings": rows, "AllPaintingsCount": 4, "PageSize": 60}
    site = WikiArtSite([], faults={GENRE: [as_json(envelope)]})
    first, second = ask(site, genres=["yakusha-e"]).offers()
    assert first.artwork.source_id == "9223372036854775807"  # as a float it would end in 808
    assert (second.artwork.artist, second.artwork.page_url, second.renditions) == ("Mark Rothko", "", ())


def test_works_of_an_artist_are_not_labelled_with_the_genre_they_were_looked_for_by(ask: Ask) -> None:
    site = WikiArtSite([Work(1, genres=("landscape",), styles=("shin-hanga",)), Work(2, genres=())])
    asked = ask(site, artists=["Torii Kiyonaga"], details=True)
    first, second = asked.offers()
    assert first.artwork.genre == first.artwork.style == ""
    assert first.needs_detail
    assert asked.extent().details_share == 1.0
    assert (asked.complete(first).artwork.genre, asked.complete(first).artwork.style) == ("landscape", "Shin-hanga")
    assert asked.complete(second).artwork.genre == ""


def test_json_is_asked_for_as_the_sites_own_pages_do(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(3), ajax_only=True), genres=["yakusha-e"])
    assert len(asked.offers()) == 3
    request = next(request for request in asked.server.seen if request.path == GENRE)
    assert request.headers["x-requested-with"] == "XMLHttpRequest"
    assert request.headers["referer"] == asked.server.url + GENRE
    assert "mozilla" not in request.headers.get("user-agent", "").lower()


def test_another_view_of_a_list_is_asked_for_where_the_first_is_gone(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(70), gone_views=frozenset({"masonry"})), artists=["Torii Kiyonaga"])
    assert len(asked.offers()) == 70
    assert asked.pages("/en/torii-kiyonaga/all-works") == ["1", "2"]
    assert asked.pages("/en/torii-kiyonaga/mode/all-paintings") == ["1"]


@pytest.mark.parametrize("query", [{"genres": ["yakusha-e"]}, {"artists": ["Torii Kiyonaga"]}])
def test_web_pages_in_place_of_json_are_read_as_lists_and_told_of(ask: Ask, query: dict[str, Any]) -> None:
    asked = ask(WikiArtSite(works(70), browsers_only=True), **query)
    extent = asked.extent()
    assert "web pages in place of its lists" in " ".join(extent.notes)
    assert (extent.artworks, extent.details_share) == (70 if "artists" in query else None, 1.0)
    offers = asked.offers()
    # Each has the id that JSON would have given: it is the same work on the day when JSON is back.
    assert asked.numbers() == list(range(1, 71))
    assert asked.complete(offers[1]).renditions[0].endswith("picture-2.jpg!Large.jpg")


def test_json_that_was_not_given_for_one_list_is_not_asked_for_the_next(ask: Ask) -> None:
    asked = ask(WikiArtSite(catalogue(60), browsers_only=True), artists=["Painter A", "Painter B"], genres=["bijinga"])
    assert len(asked.offers()) == 35
    with_json = [request.path for request in asked.server.seen if request.param("json")]
    assert set(with_json) == {"/en/paintings-by-genre/bijinga"}


def test_a_web_page_without_any_list_is_no_empty_list(ask: Ask) -> None:
    asked = ask(WikiArtSite(works(3), browsers_only=True), search="actor")
    with pytest.raises(SourceError, match="in place of the list of search 'actor'"):
        asked.extent()


def test_a_work_whose_page_is_missing_is_offered_all_the_same_when_only_web_pages_list_it(ask: Ask) -> None:
    missing = Work(2)
    site = WikiArtSite(works(2), browsers_only=True, missing_pages=frozenset({missing.path}))
    asked = ask(site, genres=["yakusha-e"])
    offer = asked.offers()[1]
    assert offer.artwork.source_id == missing.path.removeprefix("/en/")


def test_a_count_of_zero_with_a_title_claiming_works_is_told_as_a_rights_block(ask: Ask) -> None:
    site = WikiArtSite(works(3), withheld=frozenset({"yves-klein"}))
    with pytest.raises(SourceError, match="withholds the works of Yves Klein: their page speaks of 100 works"):
        ask(site, artists=["Yves Klein"]).extent()
    both = ask(site, artists=["Yves Klein", "Torii Kiyonaga"])
    assert both.extent().artworks == 3
    assert "withholds the works of Yves Klein" in both.extent().notes[0]
    assert len(both.offers()) == 3


def test_a_name_that_is_no_slug_is_found_by_the_search_for_artists(ask: Ask) -> None:
    site = WikiArtSite([Work(1, "Mark Rothko"), Work(2, "Mark Tobey")])
    asked = ask(site, artists=["Rothko, Mark"])
    assert asked.extent().notes[0] == "'Rothko, Mark' is taken to be Mark Rothko (mark-rothko)."
    assert asked.numbers() == [1]
    assert ask(site, artists=["Rothko"]).numbers() == [1]


def test_near_misses_are_offered_for_a_name_that_is_nobody_or_several(ask: Ask) -> None:
    site = WikiArtSite([Work(1, "Mark Rothko"), Work(2, "Mark Tobey")])
    with pytest.raises(SourceError, match=r"Did you mean Mark Rothko \(mark-rothko\), Mark Tobey \(mark-tobey\)\?"):
        ask(site, artists=["Mark"]).extent()
    with pytest.raises(SourceError, match=r"Did you mean Mark Rothko \(mark-rothko\)\?"):
        ask(site, artists=["Marc Rothko"]).extent()
    with pytest.raises(SourceError, match="Check the spelling"):
        ask(site, artists=["Nobody Atall"]).extent()
    with pytest.raises(SourceError, match="Near to it: yakusha-e"):
        ask(site, genres=["yakusha"]).extent()
    with pytest.raises(SourceError, match="finds no work for 'purple rain'"):
        ask(site, search="purple rain").extent()


def test_a_name_that_leads_to_nobody_is_not_looked_for_again(ask: Ask) -> None:
    found = {"ArtistsHtml": '<li class="title"><a href="/en/ghost">Nobody</a></li>', "Paintings": None}
    site = WikiArtSite(works(1), faults={"/en/Search/Nobody": [as_json(found)]})
    with pytest.raises(SourceError, match=r"names an artist Nobody \(ghost\), but has no page of them"):
        ask(site, artists=["Nobody"]).extent()


def test_the_heading_japanese_art_stands_for_its_styles(ask: Ask) -> None:
    site = WikiArtSite([Work(1), Work(2, styles=("shin-hanga",)), Work(3, styles=("abstract-expressionism",))])
    asked = ask(site, styles=["Japanese Art"])
    assert "stands for Shin-hanga, Ukiyo-e" in asked.extent().notes[0]
    assert {offer.artwork.style for offer in asked.offers()} == {"Ukiyo-e", "Shin-hanga"}


def test_beyond_the_cap_works_are_found_artist_by_artist_and_judged_by_their_own_pages(ask: Ask) -> None:
    # Even numbers are bijinga by the same painters: the naive folder would be full of them.
    site = WikiArtSite(catalogue(7_300, artists=3), counts={"yakusha-e": 22_000})
    plain = ask(site, genres=["yakusha-e"]).extent()
    asked = ask(site, genres=["yakusha-e"], beyond_cap=True)
    extent = asked.extent()
    assert extent.artworks == 22_000
    assert extent.listing_requests > plain.listing_requests
    assert extent.details_share > 0.5
    assert asked.extent(limit=200).details_share == 0.0
    offers = asked.offers()
    listed, candidates = offers[:3_600], offers[3_600:]
    assert not any(offer.needs_detail for offer in listed)
    assert {offer.artwork.genre for offer in listed} == {"yakusha-e"}
    assert all(offer.needs_detail and not offer.artwork.genre for offer in candidates)
    assert len(candidates) == 3_700
    painted = {number(offer): offer for offer in candidates}
    assert asked.complete(painted[7_299]).artwork.genre == "yakusha-e"
    with pytest.raises(ItemError) as caught:
        asked.complete(painted[7_300])
    assert (caught.value.reason, caught.value.final) == ("not_matching", True)


def test_a_group_whose_page_names_no_artists_ends_at_the_cap_and_says_so(ask: Ask) -> None:
    site = WikiArtSite(works(3_700), counts={"yakusha-e": 22_000}, group_artists=False)
    asked = ask(site, genres=["yakusha-e"], beyond_cap=True)
    assert asked.extent().artworks == 3_600
    assert "names no artists" in " ".join(asked.extent().notes)
    assert len(asked.offers()) == 3_600


def test_an_artist_narrowed_to_a_style_is_judged_work_by_work(ask: Ask) -> None:
    site = WikiArtSite(
        [
            Work(1, "Mark Rothko", styles=("color-field-painting",)),
            Work(2, "Mark Rothko", styles=("abstract-expressionism",)),
        ]
    )
    address = "https://www.wikiart.org/en/mark-rothko/all-works#!#filterName:Style_color-field-painting"
    asked = ask(site, artists=[address])
    assert not asked.extent().exact
    assert asked.extent().details_share == 1.0
    assert ask(site, artists=[address], genres=["yakusha-e"]).extent().details_share == 0.5
    first, second = asked.offers()
    assert asked.complete(first).artwork.style == "Color Field Painting"
    with pytest.raises(ItemError, match="does not name style Color Field Painting"):
        asked.complete(second)


def test_a_placeholder_is_offered_and_its_page_decides(ask: Ask) -> None:
    asked = ask(WikiArtSite([Work(1, framed=True), Work(2, framed=True, real_file=True)]), genres=["yakusha-e"])
    withheld, shown = asked.offers()
    assert withheld.renditions == shown.renditions == ()
    assert withheld.needs_detail
    with pytest.raises(ItemError) as caught:
        asked.complete(withheld)
    assert (caught.value.reason, caught.value.final) == ("placeholder", True)
    assert asked.web.picture(asked.complete(shown).renditions).data[:2] == b"\xff\xd8"


def test_where_large_and_hd_are_missing_the_file_itself_is_taken(ask: Ask) -> None:
    site = WikiArtSite([Work(1, without=("HD", "Large")), Work(2, suffix="png")])
    asked = ask(site, genres=["yakusha-e"])
    bare, png = asked.offers()
    assert asked.web.picture(bare.renditions).url.endswith("picture-1.jpg")
    assert asked.web.picture(png.renditions).url.endswith("picture-2.png!Large.jpg")
    originals = ask(site, genres=["yakusha-e"], size="original")
    assert originals.web.picture(originals.offers()[1].renditions).data.startswith(b"\x89PNG")


def test_rights_are_asked_for_where_they_decide(ask: Ask) -> None:
    site = WikiArtSite([Work(1), Work(2, rights="Fair use"), Work(3, rights="")])
    asked = ask(site, genres=["yakusha-e"], rights_needed=True)
    assert asked.extent().details_share == 1.0
    offers = [asked.complete(offer) for offer in asked.offers()]
    assert [offer.artwork.licence for offer in offers] == ["Public domain", "In copyright", ""]
    assert not any(offer.needs_detail for offer in offers)


def test_a_page_that_is_no_work_is_not_understood_and_may_be_one_another_time(ask: Ask) -> None:
    site = WikiArtSite(works(2), faults={Work(1).path: [Answer(200, b"<html><body>Odd</body></html>")]})
    asked = ask(site, genres=["yakusha-e"])
    offer = asked.offers()[0]
    with pytest.raises(ItemError) as caught:
        asked.complete(offer)
    assert (caught.value.reason, caught.value.final) == ("bad_answer", False)
    gone = replace(offer, artwork=replace(offer.artwork, page_url="https://www.wikiart.org/en/nobody/nothing"))
    with pytest.raises(ItemError) as caught:
        asked.complete(gone)
    assert caught.value.reason == "not_found"


def test_lists_of_genres_and_styles_are_refreshed_from_their_pages(ask: Ask) -> None:
    asked = ask(WikiArtSite([]), genres=["yakusha-e"])
    lists = fetch_lists(asked.web, base_url=asked.server.url)
    assert [(named.slug, named.label, named.group, named.count) for named in lists.genres[:2]] == [
        ("yakusha-e", "yakusha-e", "Listed together", 1_000),
        ("bijinga", "bijinga", "Listed together", 1_001),
    ]
    assert lists.styles[2].label == "Color Field Painting"
    empty = ask(WikiArtSite([], faults={"/en/paintings-by-genre/": [Answer(200, b"<html></html>")]}), search="x")
    with pytest.raises(SourceError, match="redesigned"):
        fetch_lists(empty.web, base_url=empty.server.url)
