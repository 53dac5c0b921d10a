"""The stand-ins misbehave as they say, and the real client takes them for what they are."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import urllib3

from core.images import ImageError, inspect
from core.jobs.folder import State
from core.sources.files.url_table import UrlTable
from core.sources.reasons import REASONS
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.standins import __main__ as by_hand
from tests.standins.cleveland import ClevelandSite, catalogue
from tests.standins.contents import CONTENTS, Content
from tests.standins.faults import FAULTS, Faulty, assigned, by_chance
from tests.standins.limits import (
    BLOCKS,
    UNAVAILABLE,
    AfterBurst,
    AtFirst,
    Responder,
    Robots,
    Tagged,
    except_robots,
    slow_down,
    too_many,
)
from tests.standins.pictures import flat_picture
from tests.standins.server import Answer, Request, StandIn
from tests.standins.table import TABLE, TableSite

PATIENT = HostSettings(
    allowed=True, requests_per_second=1000, burst=100, attempts=5, backoff_seconds=0.01, pause_seconds=0.02, pauses=50
)
Got = urllib3.BaseHTTPResponse


def good(_request: Request) -> Answer:
    return Answer(200, flat_picture(1, 96, 72), "image/jpeg")


@pytest.fixture
def serve() -> Iterator[Callable[[Responder], Callable[..., Got]]]:
    """Start a server: get = serve(answer); get("/a.jpg", Range="bytes=5-")."""
    with ExitStack() as stack:

        def begin(answer: Responder) -> Callable[..., Got]:
            server = stack.enter_context(StandIn(answer))
            http = stack.enter_context(urllib3.PoolManager())

            def get(path: str, **headers: str) -> Got:
                return http.request("GET", server.url + path, headers=headers, redirect=False, retries=False)

            return get

        yield begin


def faulty(name: str) -> Faulty:
    return Faulty(good, lambda request: request.path, lambda _key: FAULTS[name], elsewhere="http://127.0.0.2:9")


@pytest.mark.parametrize("block", BLOCKS)
def test_a_burst_is_blocked_for_a_while_with_a_page(serve, block):
    limit = AfterBurst(3, 60.0, 0.2, BLOCKS[block], times=1)
    get = serve(limit(good))
    assert [get("/a.jpg").status for _ in range(5)] == [200, 200, 200, 403, 403]
    assert get("/robots.txt").status == 200
    time.sleep(0.25)
    assert get("/a.jpg").status == 200
    assert (limit.blocks, len(limit.blocked)) == (1, 2)


def test_a_block_that_extends_goes_on_as_long_as_somebody_asks(serve):
    get = serve(AfterBurst(1, 60.0, 0.3, extends=True, times=1)(good))
    get("/a.jpg")
    for _ in range(5):
        assert get("/a.jpg").status == 403
        time.sleep(0.1)
    time.sleep(0.3)
    assert get("/a.jpg").status == 200


@pytest.mark.parametrize("block", BLOCKS)
def test_no_item_of_a_collection_is_marked_bad_for_a_block_of_the_host(workspace, collect, block):
    limit = AfterBurst(20, 60.0, 0.1, BLOCKS[block], times=2)
    _server, rows = collected(workspace, collect, limit(ClevelandSite(catalogue(60)).answer))
    assert [row["state"] for row in rows] == ["stored"] * 60
    assert limit.blocks == 2


def test_no_item_of_a_collection_is_marked_bad_for_requests_to_slow_down(workspace, collect):
    answers = (too_many(), too_many("seconds", seconds=1), too_many("date", seconds=1), UNAVAILABLE)
    server, rows = collected(workspace, collect, AtFirst(answers)(ClevelandSite(catalogue(12)).answer))
    assert [row["state"] for row in rows] == ["stored"] * 12
    first, *_, last = (request.at for request in server.seen if except_robots(request))
    assert last - first >= 1.0, "what was asked for by Retry-After was waited for"


def collected(workspace: Workspace, collect: Any, answer: Responder) -> tuple[StandIn, list[dict[str, Any]]]:
    with StandIn(answer) as server:
        write_web_settings(workspace, WebSettings(hosts={server.netloc: PATIENT}))
        _job, end, rows = collect(source="cleveland", query={}, base_url=server.url)
    assert end.state is State.DONE, end.message
    return server, rows


def test_slowing_down_is_asked_for_without_a_time_with_seconds_and_with_a_date(serve):
    get = serve(AtFirst((too_many(), too_many("seconds", seconds=2), too_many("date", seconds=90)))(good))
    assert "Retry-After" not in get("/").headers
    assert get("/").headers["Retry-After"] == "2"
    assert 60 < parsedate_to_datetime(get("/").headers["Retry-After"]).timestamp() - time.time() <= 90
    assert get("/").status == 200


def test_too_fast_a_client_gets_429_until_the_window_has_passed(serve):
    get = serve(slow_down(2, 0.3, retry_after="seconds")(good))
    assert [get("/").status for _ in range(4)] == [200, 200, 429, 429]
    time.sleep(0.35)
    assert get("/").status == 200


def test_robots_txt_has_rules_or_is_withheld(serve):
    text = serve(Robots()(good))("/robots.txt").data.decode()
    assert [line.partition(":")[0] for line in text.splitlines()] == [
        "User-agent",
        "Disallow",
        "Crawl-delay",
        "Sitemap",
    ]
    assert serve(Robots(status=403)(good))("/robots.txt").status == 403


def test_header_lines_are_sent_as_they_stand_two_of_a_name_included(serve):
    lines = (("X-Robots-Tag", "otherbot: noai"), ("X-Robots-Tag", "noimageai"))
    assert serve(Tagged(lines)(good))("/a.jpg").headers.getlist("X-Robots-Tag") == ["otherbot: noai", "noimageai"]


def test_a_transfer_that_was_dropped_goes_on_where_ranges_are_honoured(serve):
    whole = good(Request("GET", "/", (), {}, 0.0)).body
    get = serve(faulty("dropped in the middle, Range honoured"))
    with pytest.raises(urllib3.exceptions.HTTPError):
        get("/a.jpg")
    rest = get("/a.jpg", Range="bytes=100-")
    assert (rest.status, rest.data) == (206, whole[100:])
    assert rest.headers["Content-Range"] == f"bytes 100-{len(whole) - 1}/{len(whole)}"


@pytest.mark.parametrize(("answered", "status"), [("ignored", 200), ("answered with 416", 416)])
def test_a_transfer_that_was_dropped_does_not_go_on_where_ranges_are_not(serve, answered, status):
    get = serve(faulty(f"dropped in the middle, Range {answered}"))
    with pytest.raises(urllib3.exceptions.HTTPError):
        get("/a.jpg")
    assert get("/a.jpg", Range="bytes=100-").status == status


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_content_arrives_or_is_refused_as_it_says(content: Content):
    from PIL import Image

    data = content.make(Image.effect_mandelbrot((120, 90), (-3, -2.5, 2, 2.5), 50).convert("RGB"))
    try:
        found = (inspect(data).facts.suffix, "")
    except ImageError as error:
        found = (content.suffix, error.reason)
    assert found == (content.suffix, content.reason)


def test_faults_name_reasons_that_are_shown_in_words():
    assert {fault.reason for fault in FAULTS.values()} - {""} <= set(REASONS)


def test_faults_are_assigned_evenly_and_the_same_for_a_seed():
    keys = [str(number) for number in range(2000)]
    chosen = assigned(keys, share=0.1, seed=1)
    assert chosen == assigned(reversed(keys), share=0.1, seed=1)
    assert chosen != assigned(keys, share=0.1, seed=2)
    assert len(chosen) == 200
    counts = {fault: list(chosen.values()).count(fault) for fault in FAULTS.values()}
    assert max(counts.values()) - min(counts.values()) <= 1


def test_faults_by_chance_hit_about_their_share_and_the_same_pictures_each_time():
    first, second = by_chance(0.1, seed=1), by_chance(0.1, seed=1)
    hit = [number for number in range(2000) if first(str(number))]
    assert hit == [number for number in range(2000) if second(str(number))]
    assert 150 <= len(hit) <= 250


def test_the_table_of_pictures_names_what_its_server_has(serve, tmp_path):
    get = serve(TableSite(3).answer)
    path = tmp_path / "pictures.csv"
    path.write_bytes(get(TABLE).data)
    addresses = [offer.renditions[0] for offer in UrlTable(path).offers(None)]
    assert len(addresses) == 3 + len(CONTENTS)
    assert {get("/" + address.split("/", 3)[3]).status for address in addresses} == {200}
    assert get("/pictures/3.jpg").status == get("/contents/none.jpg").status == 404


@pytest.mark.parametrize("site", by_hand.SITES)
def test_every_stand_in_can_be_run_by_hand(serve, site):
    assert serve(by_hand.SITES[site](5))("/robots.txt").status in (200, 404)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/10001/images/a/picture-1.jpg!Large.jpg", "/10001/images/a/picture-1.jpg"),
        ("/10001/images/a/picture-1.jpg", "/10001/images/a/picture-1.jpg"),
        ("/1916.7/1916.7_print.jpg", "1916.7"),
        ("/iiif/2/2d48-1/full/843,/0/default.jpg", "2d48-1"),
        ("/CRDImages/ep/original/DP7-001.jpg", "DP7-001.jpg"),
        ("/en/paintings-by-genre/yakusha-e", None),
        ("/api/artworks/", None),
    ],
)
def test_renditions_of_one_picture_share_their_fault(path, key):
    assert by_hand.picture_asked_for(Request("GET", path, (), {}, 0.0)) == key
