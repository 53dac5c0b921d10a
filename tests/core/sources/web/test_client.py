"""What a museum sees of the client: JSON, pages, sizes and pictures, asked for once and remembered."""

import gzip
import time
from collections.abc import Callable

import pytest

from core.files import write_json
from core.pictures.store import PictureStore
from core.sources.artwork import ItemError, StoppedError
from core.sources.web.client import WebClient
from core.workspace import Workspace
from tests.core.sources.web.conftest import Site, picture_answer, png
from tests.standins.server import Answer, as_json

Make = Callable[..., WebClient]


def test_json_comes_with_an_honest_name_and_neither_referer_nor_cookies(site: Site, client: Make) -> None:
    url = site.tell("/a", as_json({"id": 1}, headers=(("Set-Cookie", "visitor=7"),)), as_json({"id": 2}))
    web = client(fresh_since=None)
    assert web.json(url) == {"id": 1}
    web.json(f"{url}?again=1")
    first, second = site.asked("/a")
    assert first.headers["user-agent"].startswith("Atelier/")
    assert not {"referer", "cookie"} & (set(first.headers) | set(second.headers))


def test_the_contact_of_the_owner_is_in_the_name(site: Site, client: Make, workspace: Workspace) -> None:
    write_json(workspace.data / "web.json", {"contact": "lab@atelier.example"})
    client().json(site.tell("/a", as_json(1)))
    assert "(+lab@atelier.example)" in site.asked("/a")[0].headers["user-agent"]


def test_a_host_gets_the_headers_of_its_policy_and_those_of_the_caller(site: Site, client: Make) -> None:
    web = client(policy={"headers": {"AIC-User-Agent": "Atelier"}})
    web.json(site.tell("/a", as_json(1)), headers={"X-Requested-With": "XMLHttpRequest"})
    headers = site.asked("/a")[0].headers
    assert (headers["aic-user-agent"], headers["x-requested-with"]) == ("Atelier", "XMLHttpRequest")


def test_an_answer_is_remembered_by_the_next_client(site: Site, client: Make) -> None:
    url = site.tell("/a", as_json([1, 2]))
    client().json(url)
    assert client().json(url) == [1, 2]
    assert len(site.asked("/a")) == 1


def test_an_answer_from_before_the_job_is_asked_for_again(site: Site, client: Make) -> None:
    url = site.tell("/a", as_json("old"), as_json("new"))
    client().json(url)
    assert client(fresh_since=time.time() + 1).json(url) == "new"


def test_answers_to_other_headers_are_other_answers(site: Site, client: Make) -> None:
    url = site.tell("/a", as_json("plain"), as_json("for scripts"))
    web = client()
    assert [web.json(url), web.json(url, headers={"X-Requested-With": "XMLHttpRequest"})] == ["plain", "for scripts"]


def test_a_404_of_metadata_is_final_says_what_the_server_said_and_is_not_asked_for_again(
    site: Site, client: Make
) -> None:
    url = site.tell("/object/9", as_json({"message": "ObjectID not found"}, 404))
    for web in (client(), client()):
        with pytest.raises(ItemError, match="ObjectID not found") as caught:
            web.json(url)
        assert (caught.value.reason, caught.value.final, caught.value.status) == ("not_found", True, 404)
    assert len(site.asked("/object/9")) == 1


def test_a_410_is_told_as_withdrawn(site: Site, client: Make) -> None:
    with pytest.raises(ItemError) as caught:
        client().json(site.tell("/a", Answer(410)))
    assert (caught.value.reason, caught.value.final) == ("gone", True)


def test_a_status_that_is_an_answer_here_is_told_at_once_and_asked_for_once(site: Site, client: Make) -> None:
    url = site.tell("/page/61", Answer(500, b"oops"))
    with pytest.raises(ItemError) as caught:
        client().json(url, give_up_on=(500,))
    assert caught.value.status == 500
    assert len(site.asked("/page/61")) == 1


def test_other_refusals_of_a_request_are_final(site: Site, client: Make) -> None:
    url = site.tell("/object/x", as_json({"message": "could not parse objectID"}, 400))
    with pytest.raises(ItemError, match="could not parse") as caught:
        client().json(url)
    assert (caught.value.final, caught.value.status, caught.value.attempts) == (True, 400, 1)


def test_html_in_place_of_json_is_tried_again_and_then_told_as_a_web_page(site: Site, client: Make) -> None:
    url = site.tell("/a", Answer(200, b"<!doctype html><html><body>Welcome</body></html>"))
    with pytest.raises(ItemError) as caught:
        client().json(url)
    assert (caught.value.reason, caught.value.final, caught.value.attempts) == ("web_page", False, 3)


def test_json_that_is_cut_off_inside_is_tried_again(site: Site, client: Make) -> None:
    url = site.tell("/a", Answer(200, b'{"id": ', "application/json"), as_json({"id": 7}))
    assert client().json(url) == {"id": 7}


def test_ids_of_nineteen_digits_keep_all_their_digits(site: Site, client: Make) -> None:
    url = site.tell("/a", Answer(200, b'{"contentId": 9223372036854775807}', "application/json"))
    assert client().json(url)["contentId"] == 9223372036854775807


def test_packed_json_is_unpacked(site: Site, client: Make) -> None:
    packed = gzip.compress(b'{"total": 3}')
    url = site.tell("/a", Answer(200, packed, "application/json", headers=(("Content-Encoding", "gzip"),)))
    assert client().json(url) == {"total": 3}


def test_an_answer_that_unpacks_without_end_is_given_up(
    site: Site, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.web.answers.MOST_BYTES", 300_000)
    packed = gzip.compress(b" " * 30_000_000)
    url = site.tell("/a", Answer(200, packed, "application/json", headers=(("Content-Encoding", "gzip"),)))
    web = client()
    with pytest.raises(ItemError) as caught:
        web.json(url)
    assert (caught.value.reason, caught.value.final) == ("too_many_bytes", True)
    assert web.received_bytes < 1_000_000


def test_a_page_is_read_in_the_charset_it_names(site: Site, client: Make) -> None:
    page = '<html><meta charset="iso-8859-1"><body>Grünewald</body></html>'.encode("latin-1")
    found = client().text(site.tell("/a", Answer(200, page, "text/html")))
    assert "Grünewald" in found.text


def test_a_page_says_where_it_was_found(site: Site, client: Make) -> None:
    url = site.tell("/old", Answer(301, headers=(("Location", "/new"),)))
    site.tell("/new", Answer(200, b"<html>here</html>"))
    assert client().text(url).url == site.server.url + "/new"
    assert client().text(url).url == site.server.url + "/new"  # remembered


def test_the_size_of_a_picture_is_asked_for_without_the_picture(site: Site, client: Make) -> None:
    assert client().size(site.tell("/a.png", picture_answer(png(1)))) == len(png(1))
    assert site.asked("/a.png")[0].method == "HEAD"


def test_a_server_that_refuses_head_is_left_in_peace(site: Site, client: Make) -> None:
    url = site.tell("/a.png", lambda request: Answer(403) if request.method == "HEAD" else picture_answer(png(1)))
    web = client()
    with pytest.raises(ItemError):
        web.size(url)
    assert web.picture([url]).data == png(1)
    assert [request.method for request in site.asked("/a.png")] == ["HEAD", "GET"]


def test_a_picture_comes_in_its_best_rendition(site: Site, client: Make) -> None:
    best, small = site.tell("/a.png", picture_answer(png(1))), site.tell("/a-small.png", picture_answer(png(2)))
    picture = client().picture([best, small])
    assert (picture.data, picture.url, picture.attempts, picture.remembered) == (png(1), best, 1, False)
    assert not site.asked("/a-small.png")


def test_only_a_missing_rendition_leads_to_the_next_one(site: Site, client: Make) -> None:
    """As on WikiArt: !HD and !Large are missing for one work while the bare file is there."""
    bare = site.tell("/a.jpg", picture_answer(png(1)))
    picture = client().picture([f"{bare}!HD.jpg", f"{bare}!Large.jpg", bare])
    assert (picture.url, picture.attempts) == (bare, 3)


def test_a_server_error_asks_for_the_same_rendition_again(site: Site, client: Make) -> None:
    best = site.tell("/a.png", Answer(503), picture_answer(png(1)))
    small = site.tell("/a-small.png", picture_answer(png(2)))
    picture = client().picture([best, small])
    assert (picture.url, picture.attempts) == (best, 2)
    assert not site.asked("/a-small.png")


def test_a_picture_without_any_rendition_is_not_found_and_final(site: Site, client: Make) -> None:
    with pytest.raises(ItemError) as caught:
        client().picture([site.server.url + "/a", site.server.url + "/b"])
    assert (caught.value.reason, caught.value.final, caught.value.attempts) == ("not_found", True, 2)


def test_a_missing_rendition_is_not_asked_for_by_the_next_client(site: Site, client: Make) -> None:
    bare = site.tell("/a.jpg", picture_answer(png(1)))
    for _ in range(2):
        client().picture([f"{bare}!HD.jpg", bare])
    assert len(site.asked("/a.jpg!HD.jpg")) == 1


def test_a_picture_that_was_kept_is_read_from_the_lab(site: Site, client: Make, workspace: Workspace) -> None:
    url = site.tell("/a.png", picture_answer(png(1)))
    web = client()
    picture = web.picture([url])
    web.kept(picture, PictureStore(workspace).keep(picture.data).facts.sha256)
    again = client().picture([url])
    assert (again.data, again.attempts, again.remembered) == (png(1), 0, True)
    assert len(site.asked("/a.png")) == 1


def test_a_picture_that_nobody_kept_is_asked_for_again(site: Site, client: Make) -> None:
    """A cut off JPEG without Content-Length is found out by decoding only; it must not count as had."""
    url = site.tell("/a.png", picture_answer(png(1)))
    client().picture([url])
    assert not client().picture([url]).remembered


def test_a_kept_picture_that_is_gone_from_the_lab_is_asked_for_again(
    site: Site, client: Make, workspace: Workspace
) -> None:
    url = site.tell("/a.png", picture_answer(png(1)))
    web = client()
    picture = web.picture([url])
    facts = PictureStore(workspace).keep(picture.data).facts
    web.kept(picture, facts.sha256)
    workspace.image(facts.sha256, facts.suffix).unlink()
    assert not web.picture([url]).remembered


def test_an_address_is_percent_encoded_once_and_keeps_its_exclamation_mark(site: Site, client: Make) -> None:
    encoded = site.tell("/matthias-gr%C3%BCnewald/a%20(1).jpg!Large.jpg", picture_answer(png(1)))
    plain = site.server.url + "/matthias-grünewald/a (1).jpg!Large.jpg"
    web = client()
    assert web.picture([plain]).data == web.picture([encoded]).data == png(1)


def test_a_placeholder_in_the_list_is_never_asked_for(site: Site, client: Make) -> None:
    frame = site.tell("/Content/images/FRAME-600x480.jpg", picture_answer(png(1)))
    with pytest.raises(ItemError) as caught:
        client().picture([frame])
    assert (caught.value.reason, caught.value.final) == ("placeholder", True)
    assert not site.asked("/Content/images/FRAME-600x480.jpg")


def test_a_placeholder_that_a_redirect_leads_to_is_not_taken_for_the_work(site: Site, client: Make) -> None:
    url = site.tell("/a.jpg", Answer(302, headers=(("Location", "/images/FRAME-600x480.jpg"),)))
    site.tell("/images/FRAME-600x480.jpg", picture_answer(png(1)))
    small = site.tell("/small.jpg", picture_answer(png(2)))
    assert client().picture([url, small]).url == small


def test_a_placeholder_is_known_by_its_content_too(site: Site, client: Make, workspace: Workspace) -> None:
    import hashlib

    write_json(
        workspace.data / "placeholders.json", [{"words": "a frame", "sha256": hashlib.sha256(png(1)).hexdigest()}]
    )
    with pytest.raises(ItemError, match="a frame") as caught:
        client().picture([site.tell("/a.png", picture_answer(png(1)))])
    assert caught.value.reason == "placeholder"


@pytest.mark.parametrize("header", ["noai", "noimageai, noindex", "atelier: noindex"])
def test_an_opted_out_picture_is_refused_before_its_body_and_never_asked_for_again(
    site: Site, client: Make, header: str
) -> None:
    url = site.tell("/a.png", picture_answer(png(1), headers=(("X-Robots-Tag", header),)))
    web = client()
    with pytest.raises(ItemError) as caught:
        web.picture([url])
    assert (caught.value.reason, caught.value.final, caught.value.attempts) == ("opted_out", True, 1)
    assert web.received_bytes == 0


def test_what_other_robots_are_told_does_not_concern_us(site: Site, client: Make) -> None:
    url = site.tell("/a.png", picture_answer(png(1), headers=(("X-Robots-Tag", "otherbot: noai"),)))
    assert client().picture([url]).data == png(1)


def test_an_owner_may_decide_not_to_heed_opt_outs_and_that_is_noted(
    site: Site, client: Make, workspace: Workspace
) -> None:
    write_json(workspace.data / "web.json", {"honour_opt_out": False})
    web = client()
    url = site.tell("/a.png", picture_answer(png(1), headers=(("X-Robots-Tag", "noai"),)))
    assert web.picture([url]).data == png(1)
    assert any("Opt-out" in note for note in web.notes)


def test_nothing_that_robots_txt_disallows_is_asked_for(site: Site, client: Make) -> None:
    site.tell("/robots.txt", Answer(200, b"User-agent: *\nDisallow: /private/\n", "text/plain"))
    url = site.tell("/private/a", as_json(1))
    with pytest.raises(ItemError) as caught:
        client().json(url)
    assert (caught.value.reason, caught.value.final) == ("robots", True)
    assert not site.asked("/private/a")


def test_robots_txt_is_asked_for_once_by_all_clients(site: Site, client: Make) -> None:
    url = site.tell("/a", as_json(1))
    for _ in range(2):
        client(fresh_since=time.time() + 60).json(url)
    assert len(site.asked("/robots.txt")) == 1


def test_robots_txt_is_not_followed_for_a_written_reason_which_is_noted(
    site: Site, client: Make, workspace: Workspace
) -> None:
    site.tell("/robots.txt", Answer(200, b"User-agent: *\nDisallow: /\n", "text/plain"))
    write_json(
        workspace.data / "web.json", {"hosts": {site.netloc: {"robots_override": "The museum allowed us by mail."}}}
    )
    web = client()
    assert web.json(site.tell("/a", as_json(1))) == 1
    assert any("The museum allowed us by mail." in note for note in web.notes)


def test_a_crawl_delay_slows_down(site: Site, client: Make) -> None:
    site.tell("/robots.txt", Answer(200, b"User-agent: *\nCrawl-delay: 0.05\n", "text/plain"))
    web = client(policy={"burst": 3})
    for number in range(4):
        web.json(site.tell(f"/{number}", as_json(number)))
    sent = [site.asked(f"/{number}")[0].at for number in range(4)]
    assert sent[3] - sent[0] > 0.1  # three times 0.05, and a moment of grace


def test_a_robots_txt_that_cannot_be_read_stops_everything_but_for_no_good(site: Site, client: Make) -> None:
    site.tell("/robots.txt", Answer(503))
    url = site.tell("/a", as_json(1))
    with pytest.raises(ItemError) as caught:
        client().json(url)
    assert not caught.value.final
    assert not site.asked("/a")


def test_a_stop_is_heeded_before_anything_is_asked(site: Site, client: Make) -> None:
    with pytest.raises(StoppedError):
        client(stop_requested=lambda: True).json(site.tell("/a", as_json(1)))
    assert not site.server.seen
