"""Reading WikiArt's web pages."""

from core.sources.licences import IN_COPYRIGHT, PUBLIC_DOMAIN, normal
from core.sources.museums.wikiart import html_lists
from core.sources.museums.wikiart.html_lists import Row
from core.sources.museums.wikiart.work_page import Rendition, Term, WorkPage, read_work_page
from tests.standins.server import Request
from tests.standins.wikiart import WikiArtSite, Work

HOST = "uploads.example"


def page_of(work: Work) -> WorkPage:
    request = Request("GET", work.path, (), {"host": HOST}, 0.0)
    page = read_work_page(WikiArtSite([work]).answer(request).body.decode())
    assert page is not None
    return page


def test_a_work_page_tells_what_no_list_does() -> None:
    fields = (
        ("Series", "Actors of the season"),
        ("Original Title", "役者絵"),
        ("Location", "Tokyo"),
        ("Dimensions", "37 x 25 cm"),
    )
    page = page_of(
        Work(
            7, "Tōshūsai Sharaku", "Ōtani Oniji", "1794", styles=("ukiyo-e", "shin-hanga"), fields=fields, tags=("men",)
        )
    )
    assert (page.title, page.artist, page.date) == ("Ōtani Oniji", "Tōshūsai Sharaku", "1794")
    assert page.genres == (Term("yakusha-e", "yakusha-e"),)
    assert page.styles == (Term("Ukiyo-e", "ukiyo-e"), Term("Shin-hanga", "shin-hanga"))
    assert page.tags == ("men",)
    assert page.facts == {
        "original_title": "役者絵",
        "series": "Actors of the season",
        "location": "Tokyo",
        "dimensions": "37 x 25 cm",
    }
    assert page.work_id == Work(7).work_id


def test_rights_are_read_in_each_of_their_forms() -> None:
    assert normal(page_of(Work(1)).rights) == PUBLIC_DOMAIN
    assert normal(page_of(Work(1, rights="Fair use")).rights) == IN_COPYRIGHT
    assert page_of(Work(1, rights="")).rights == ""
    holder = read_work_page(
        '<div class="wiki-layout-artwork-info"><article><h3>No. 61</h3></article></div><div class="copyright-wrapper">'
        '<a class="copyright-author">Artists Rights Society</a> <a class="copyright-clear">Clear it</a></div>'
    )
    assert holder is not None
    assert normal(holder.rights) == IN_COPYRIGHT


def test_the_smallest_rendition_that_is_large_enough_comes_first_by_its_true_size() -> None:
    page = page_of(Work(3, width=2000, height=1500))
    names = [address.rsplit("/", 1)[1] for address in page.best("large")]
    assert names == ["picture-3.jpg!Large.jpg", "picture-3.jpg!HD.jpg", "picture-3.jpg"]
    assert page.best("original")[0] == f"http://{HOST}{Work(3).file}"


def test_thumbnails_of_the_gallery_are_never_a_rendition_to_collect() -> None:
    page = page_of(Work(3, width=300, height=240))
    assert page.best("large") == (f"http://{HOST}{Work(3).file}",)
    assert not any("PinterestSmall" in address for size in ("large", "original") for address in page.best(size))


def test_other_scans_of_a_work_are_not_taken_for_sizes_of_its_picture() -> None:
    page = page_of(Work(3))
    assert page.other_scans == (f"http://{HOST}/images/scans/3.jpg",)
    assert not set(page.other_scans) & {*page.best("large"), *page.best("original")}


def test_a_framed_work_whose_page_names_a_real_file_has_a_picture() -> None:
    assert page_of(Work(4, framed=True)).best("large") == ()
    real = page_of(Work(4, framed=True, real_file=True)).best("large")
    assert real == (f"http://{HOST}{Work(4).file}!Large.jpg", f"http://{HOST}{Work(4).file}")


def test_sizes_that_make_no_sense_do_not_hide_the_file() -> None:
    page = WorkPage(
        images=("https://a/b.jpg!Large.jpg",), renditions=(Rendition("Large", "https://a/b.jpg!Large.jpg", 0, 0),)
    )
    assert page.best("large") == ("https://a/b.jpg!Large.jpg", "https://a/b.jpg")


def test_a_page_that_is_no_work_is_told_apart_and_broken_scripts_do_no_harm() -> None:
    assert read_work_page("<html><title>Sign in</title><main>Please sign in.</main></html>") is None
    page = read_work_page(
        '<main ng-init="thumbnailSizesModel = {broken"><div class="wiki-layout-artwork-info"><article><h3>A</h3>'
        '</article></div><p ng-init="paintingJson = []"></p><img itemprop="image" src="https://a/b.jpg!Large.jpg"></main>'
    )
    assert page is not None
    assert page.best("original") == ("https://a/b.jpg", "https://a/b.jpg!HD.jpg", "https://a/b.jpg!Large.jpg")


def test_gallery_rows_name_the_file_behind_thumbnail_and_lazy_placeholder() -> None:
    html = """<ul class="wiki-masonry-container">
      <li><img src="https://u1/a.jpg!PinterestSmall.jpg"><a class="artwork-name" href="/en/x-y/first">First</a>
        <a class="artist-name">X Y • </a><span class="artwork-year">1916</span></li>
      <li><img src="/lazy-load-placeholder.png" img-source="'https://u2/b.png!PinterestSmall.jpg'">
        <a class="artwork-name" href="/en/x-y/second">Second</a></li>
      <li class="load-more">More</li></ul>"""
    assert html_lists.works(html) == (
        Row("", "/en/x-y/first", "First", "X Y", "1916", "https://u1/a.jpg"),
        Row("", "/en/x-y/second", "Second", image="https://u2/b.png"),
    )


def test_a_text_list_gives_path_title_and_year() -> None:
    html = """<ul class="painting-list-text"><li class="painting-list-text-row">
      <a href="/en/x-y/dune-1890">Dune</a><span>, 1890</span></li></ul>"""
    assert html_lists.works(html) == (Row("", "/en/x-y/dune-1890", "Dune", year="1890"),)


def test_artists_of_a_group_are_found_in_both_of_its_forms() -> None:
    genre = '<ul class="artists-group-list"><li><a href="/en/App?artistUrl=torii-kiyonaga">A</a></li></ul>'
    style = '<div class="artists-list-container"><ul><li data="artistUrl=mark-rothko ">B</li></ul></div>'
    assert html_lists.group_artists(genre) == ("torii-kiyonaga",)
    assert html_lists.group_artists(style) == ("mark-rothko",)


def test_what_a_title_claims_is_read() -> None:
    assert html_lists.works_claimed("<title>Yves Klein - 100 artworks - painting</title>") == 100
    assert html_lists.works_claimed("<title>Ivan Aivazovsky - 1,203 works</title>") == 1203
    assert html_lists.works_claimed("<title>Somebody</title>") is None
