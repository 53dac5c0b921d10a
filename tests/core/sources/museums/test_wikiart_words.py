"""What a person types for WikiArt, and WikiArt's addresses."""

from typing import Any

import pytest

from core.errors import ConfigError
from core.sources.museums.wikiart import addresses
from core.sources.museums.wikiart.addresses import Site
from core.sources.museums.wikiart.lists import find_genre, find_style, known_lists, members
from core.sources.museums.wikiart.museum import WikiArt, _labels
from core.sources.museums.wikiart.query import Kind, WorkList, read_query
from core.sources.museums.wikiart.work_page import Term

FILE = "https://uploads5.wikiart.org/images/huang-shen/summer.jpg"


def asked(**query: Any) -> WorkList:
    (work_list,) = read_query(query).lists
    return work_list


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Mark Rothko", "mark-rothko"),
        ("Georgia O'Keeffe", "georgia-o-keeffe"),
        ("M. C. Escher", "m-c-escher"),
        ("Joan Miró", "joan-miro"),
        ("Asger Jørn", "asger-jorn"),
        ("  mark-rothko ", "mark-rothko"),
        ("Color_Field_Painting", "color-field-painting"),
    ],
)
def test_a_typed_name_becomes_the_slug_that_stands_in_addresses(name: str, slug: str) -> None:
    assert addresses.slug(name) == slug


def test_genres_and_styles_are_found_by_slug_and_by_label() -> None:
    assert asked(genres=["Yakusha-e"]) == WorkList(Kind.GENRE, "yakusha-e", "yakusha-e")
    assert asked(styles=["color field painting"]) == WorkList(
        Kind.STYLE, "color-field-painting", "Color Field Painting"
    )
    assert asked(styles=["Sumi-e (Suiboku-ga)"]).slug == "suiboku-ga-0"
    assert asked(styles=["Naive Art (Primitivism)"]).slug == "na-ve-art-primitivism"


def test_a_genre_that_is_not_known_here_is_asked_for_all_the_same() -> None:
    assert asked(genres=["Quite New Genre"]) == WorkList(Kind.GENRE, "quite-new-genre", "Quite New Genre")


def test_japanese_art_is_a_heading_with_its_styles() -> None:
    assert find_style("Japanese Art") == ("japanese-art", "Japanese Art")
    assert {"ukiyo-e", "shin-hanga", "yamato-e"} <= {named.slug for named in members("japanese-art")}
    assert members("ukiyo-e") == ()


def test_the_offered_names_hold_those_that_our_users_start_with() -> None:
    lists = known_lists()
    assert "yakusha-e" in {named.slug for named in lists.genres}
    assert "color-field-painting" in {named.slug for named in lists.styles}
    assert "mark-rothko" in {named.slug for named in lists.artists}
    assert len({named.slug for named in lists.styles}) == len(lists.styles) > 180
    assert len({named.slug for named in lists.genres}) == len(lists.genres) > 55
    assert all(find_genre(named.label) == (named.slug, named.label) for named in lists.genres)
    assert all(find_style(named.label) == (named.slug, named.label) for named in lists.styles)


@pytest.mark.parametrize(
    ("address", "kind", "slug"),
    [
        ("https://www.wikiart.org/en/paintings-by-genre/yakusha-e?select=featured", Kind.GENRE, "yakusha-e"),
        (
            "https://www.wikiart.org/fr/paintings-by-style/surrealism-0#!#filterName:all-works",
            Kind.STYLE,
            "surrealism-0",
        ),
        ("www.wikiart.org/en/paintings-by-genre/bijinga/3", Kind.GENRE, "bijinga"),
        ("https://www.wikiart.org/en/mark-rothko", Kind.ARTIST, "mark-rothko"),
        ("https://www.wikiart.org/en/mark-rothko/all-works/text-list", Kind.ARTIST, "mark-rothko"),
        ("https://wikiart.org/en/Search/red%20square", Kind.SEARCH, "red square"),
    ],
)
def test_a_pasted_address_is_taken_for_the_list_it_shows(address: str, kind: Kind, slug: str) -> None:
    pasted = asked(artists=[address])
    assert (pasted.kind, pasted.slug) == (kind, slug)


@pytest.mark.parametrize(
    "address",
    [
        "https://www.wikiart.org/en/mark-rothko/no-61-1953",
        "https://www.wikiart.org/en/artists-by-nation/japanese",
        "https://www.wikiart.org/en/paintings-by-media/silk",
        "https://www.wikiart.org/",
        "https://www.metmuseum.org/art/collection/search/436535",
    ],
)
def test_an_address_that_shows_no_list_of_works_is_refused_with_what_to_paste_instead(address: str) -> None:
    with pytest.raises(ConfigError, match=r"[Pp]aste"):
        read_query({"artists": [address]})


def test_what_follows_the_hash_never_reaches_the_server_so_each_work_is_judged_by_its_page() -> None:
    narrowed = asked(
        artists=[
            "https://www.wikiart.org/en/mark-rothko/all-works#!#filterName:Style_color-field-painting,resultType:masonry"
        ]
    )
    assert narrowed.slug == "mark-rothko"
    assert [(work_list.kind, work_list.slug) for work_list in narrowed.only] == [(Kind.STYLE, "color-field-painting")]
    with pytest.raises(ConfigError, match="what follows the #"):
        read_query({"artists": ["https://www.wikiart.org/en/mark-rothko/all-works#!#filterName:Series_seagram"]})


def test_an_artist_named_whole_and_narrowed_is_taken_whole() -> None:
    narrowed = "https://www.wikiart.org/en/mark-rothko/all-works#!#filterName:Style_color-field-painting"
    assert asked(artists=["Mark Rothko", narrowed]).only == ()
    both = asked(artists=[narrowed, narrowed.replace("color-field-painting", "surrealism")])
    assert [work_list.slug for work_list in both.only] == ["color-field-painting", "surrealism"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"genres": [], "search": "  "},
        {"genre": ["yakusha-e"]},
        {"genres": [3]},
        {"artists": ["!!!"]},
        {"genres": ["yakusha-e"], "size": "huge"},
        {"genres": ["yakusha-e"], "details": "yes"},
    ],
)
def test_a_query_that_cannot_be_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        WikiArt(query)


def test_an_address_without_a_rendition_is_kept_whole_when_renditions_are_stripped() -> None:
    assert addresses.bare(FILE) == FILE
    assert addresses.bare(f"{FILE}!Large.jpg") == FILE
    assert addresses.bare("https://uploads1.wikiart.org/images/a/help!.jpg") == (
        "https://uploads1.wikiart.org/images/a/help!.jpg"
    )


def test_every_rendition_of_a_png_is_a_jpeg_and_the_file_comes_last_or_first() -> None:
    png = "https://uploads0.wikiart.org/00123/images/a/b.png"
    assert addresses.renditions(png, addresses.LARGE) == (f"{png}!Large.jpg", png)
    assert addresses.renditions(f"{png}!Blog.jpg", addresses.ORIGINAL) == (png, f"{png}!HD.jpg", f"{png}!Large.jpg")


@pytest.mark.parametrize(
    ("given", "asked_for"),
    [
        ("/images/matthias-grünewald/saint (1).jpg", "/images/matthias-gr%C3%BCnewald/saint%20%281%29.jpg"),
        ("/images/matthias-gr%C3%BCnewald/saint%20%281%29.jpg", "/images/matthias-gr%C3%BCnewald/saint%20%281%29.jpg"),
        ("/images/a/100%.jpg!Large.jpg", "/images/a/100%25.jpg!Large.jpg"),
        ("/images/a/%FCber.jpg", "/images/a/%FCber.jpg"),
    ],
)
def test_a_path_is_percent_encoded_exactly_once_and_keeps_its_exclamation_mark(given: str, asked_for: str) -> None:
    assert Site().picture(f"https://uploads3.wikiart.org{given}") == f"https://uploads3.wikiart.org{asked_for}"


def test_the_uploads_host_is_the_one_that_the_answer_names() -> None:
    for digit in range(9):
        address = f"https://uploads{digit}.wikiart.org/images/a/b.jpg"
        assert Site().picture(address) == address
    assert Site().picture("//uploads2.wikiart.org/images/a/b.jpg") == "https://uploads2.wikiart.org/images/a/b.jpg"


def test_a_base_url_stands_for_all_of_wikiarts_hosts() -> None:
    site = Site("http://127.0.0.1:9000")
    assert site.page("/en/mark-rothko", {"json": 2}) == "http://127.0.0.1:9000/en/mark-rothko?json=2"
    assert site.picture(FILE) == "http://127.0.0.1:9000/images/huang-shen/summer.jpg"
    assert site.picture("http://127.0.0.2:80/a.jpg") == "http://127.0.0.2:80/a.jpg"
    assert list(WikiArt({"genres": ["yakusha-e"]}, "http://127.0.0.1:9000").policies) == ["127.0.0.1:9000"]


def test_policies_name_the_host_of_pages_first_and_every_host_of_pictures() -> None:
    hosts = list(WikiArt({"genres": ["yakusha-e"]}).policies)
    assert hosts[0] == "www.wikiart.org"
    assert {f"uploads{digit}.wikiart.org" for digit in range(9)} | {"uploads.wikiart.org"} == set(hosts[1:])


def test_artist_urls_are_read_alike_as_path_as_slug_and_when_missing() -> None:
    assert addresses.artist_slug("/en/mark-rothko") == addresses.artist_slug("mark-rothko") == "mark-rothko"
    assert addresses.artist_slug("") == ""


@pytest.mark.parametrize(
    "address",
    [
        "https://uploads.wikiart.org/Content/images/FRAME-600x480.jpg",
        "https://uploads.wikiart.org/Content/images/ARTIST-480x600.jpg!Portrait.jpg",
        "https://uploads.wikiart.org/Content/wiki/img/favicon-256x256.png",
        "/Content/images/lazy-load-placeholder.png",
    ],
)
def test_placeholders_are_known_by_their_address(address: str) -> None:
    assert addresses.is_placeholder(address)
    assert not addresses.is_placeholder("https://uploads1.wikiart.org/images/a/picture-frame-600x480.jpg")


def test_a_genre_has_one_spelling_whether_a_list_or_a_page_names_it() -> None:
    page = (Term(label="Yakusha-E", slug="yakusha-e"), Term(label="Something New", slug="something-new"))
    assert _labels(page, find_genre) == "yakusha-e, Something New"
