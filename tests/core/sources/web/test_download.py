"""Faults of the wire on the way to a picture: what is tried again, what goes on where it was, what is refused."""

import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.images import ImageLimits
from core.sources.artwork import ItemError, StoppedError
from core.sources.web.client import WebClient
from core.sources.web.parts import Parts
from core.workspace import Workspace
from tests.core.sources.conftest import picture
from tests.core.sources.web.conftest import FAST, Site, picture_answer, png, ranges
from tests.standins.server import Answer, Request, as_json

Make = Callable[..., WebClient]
DATA = png(1)
HTML = b"<!doctype html><html><body>We are back soon</body></html>"


def leftovers(workspace: Workspace) -> list[Path]:
    return list((workspace.data / "parts").glob("*"))


def refusal(web: WebClient, url: str) -> ItemError:
    with pytest.raises(ItemError) as caught:
        web.picture([url])
    return caught.value


def test_a_body_shorter_than_announced_goes_on_where_it_was(site: Site, client: Make) -> None:
    serve = ranges(DATA)
    cut = Answer(200, DATA, "image/png", headers=(("ETag", '"v1"'),), cut_after=1000)
    url = site.tell("/a.png", cut, serve)
    found = client().picture([url])
    assert (found.data, found.attempts) == (DATA, 2)
    second = site.asked("/a.png")[1].headers
    assert (second["range"], second["if-range"]) == ("bytes=1000-", '"v1"')


def test_the_range_goes_with_last_modified_where_there_is_no_strong_etag(site: Site, client: Make) -> None:
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    headers = (("ETag", 'W/"v1"'), ("Last-Modified", date))
    url = site.tell("/a.png", Answer(200, DATA, "image/png", headers=headers, cut_after=1000), picture_answer(DATA))
    assert client().picture([url]).data == DATA
    assert site.asked("/a.png")[1].headers["if-range"] == date


def test_without_etag_and_date_nothing_is_joined(site: Site, client: Make) -> None:
    url = site.tell("/a.png", picture_answer(DATA, cut_after=1000), picture_answer(DATA))
    assert client().picture([url]).data == DATA
    assert "range" not in site.asked("/a.png")[1].headers


def test_a_server_that_ignores_the_range_gives_the_whole_anew(site: Site, client: Make) -> None:
    headers = (("ETag", '"v1"'),)
    url = site.tell(
        "/a.png", Answer(200, DATA, "image/png", headers=headers, cut_after=1000), picture_answer(DATA, headers=headers)
    )
    assert client().picture([url]).data == DATA


def test_a_picture_that_changed_meanwhile_is_not_joined_to_the_old_one(site: Site, client: Make) -> None:
    cut = Answer(200, DATA, "image/png", headers=(("ETag", '"v1"'),), cut_after=1000)
    url = site.tell("/a.png", cut, ranges(png(2), etag='"v2"'))
    assert client().picture([url]).data == png(2)


def test_a_range_that_was_not_asked_for_is_not_joined(site: Site, client: Make) -> None:
    headers = (("ETag", '"v1"'),)
    wrong = Answer(206, DATA[500:], "image/png", headers=(*headers, ("Content-Range", f"bytes 500-9999/{len(DATA)}")))
    cut = Answer(200, DATA, "image/png", headers=headers, cut_after=1000)
    url = site.tell("/a.png", cut, wrong, ranges(DATA))
    assert client().picture([url]).data == DATA
    assert "range" not in site.asked("/a.png")[2].headers


def test_a_416_begins_anew_at_once(site: Site, client: Make) -> None:
    cut = Answer(200, DATA, "image/png", headers=(("ETag", '"v1"'),), cut_after=1000)
    url = site.tell("/a.png", cut, Answer(416), picture_answer(DATA))
    found = client().picture([url])
    assert (found.data, found.attempts) == (DATA, 3)


def test_a_body_that_is_always_short_is_told_so_and_can_be_tried_again(site: Site, client: Make) -> None:
    url = site.tell("/a.png", picture_answer(DATA, announce=len(DATA) + 100))
    error = refusal(client(), url)
    assert (error.reason, error.final, error.attempts) == ("incomplete", False, 3)


def test_what_arrived_before_a_failure_is_used_by_the_next_client_and_then_removed(
    site: Site, client: Make, workspace: Workspace
) -> None:
    cut = Answer(200, DATA, "image/png", headers=(("ETag", '"v1"'),), cut_after=1000)
    url = site.tell("/a.png", cut, Answer(500), Answer(500), ranges(DATA))
    assert refusal(client(), url).reason == "server_error"
    assert len(leftovers(workspace)) == 1
    assert client().picture([url]).data == DATA
    assert site.asked("/a.png")[3].headers["range"] == "bytes=1000-"
    assert not leftovers(workspace)


def test_a_part_survives_a_kill_and_is_gone_on_with(
    site: Site, client: Make, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = png(3, size=(600, 400))
    headers = (("ETag", '"v1"'),)
    slow = Answer(200, data, "image/png", headers=headers, drip_seconds=0.2, drip_bytes=65_536)
    url = site.tell("/a.png", slow, ranges(data))
    script = (
        "import sys; from core.sources.web.client import WebClient; from core.workspace import Workspace\n"
        "with WebClient(Workspace(sys.argv[1]), allowed_hosts=[sys.argv[2]]) as web: web.picture([sys.argv[3]])"
    )
    command = [sys.executable, "-c", script, str(workspace.root), site.netloc, url]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[4])
    until = time.monotonic() + 20
    while sum(path.stat().st_size for path in leftovers(workspace)) < 100_000 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    [left] = leftovers(workspace)
    assert client().picture([url]).data == data
    resumed = site.asked("/a.png")[1].headers["range"]
    assert int(resumed.removeprefix("bytes=").rstrip("-")) >= 100_000 - 1000, left


def test_parts_that_nobody_took_up_for_days_are_removed(client: Make, workspace: Workspace) -> None:
    folder = workspace.data / "parts"
    folder.mkdir()
    (folder / "old.part").write_bytes(b"{}\n")
    os.utime(folder / "old.part", (0, 0))
    (folder / "new.part").write_bytes(b"{}\n")
    client()
    assert [path.name for path in leftovers(workspace)] == ["new.part"]


def test_a_part_torn_by_a_kill_is_begun_anew(site: Site, client: Make, workspace: Workspace) -> None:
    url = site.tell("/a.png", picture_answer(DATA))
    folder = workspace.data / "parts"
    folder.mkdir()
    (folder / f"{hashlib.sha256(url.encode()).hexdigest()[:40]}.part").write_bytes(b'{"url": "htt')
    assert client().picture([url]).data == DATA
    assert not leftovers(workspace)


def test_small_pictures_never_touch_the_folder_of_parts(site: Site, client: Make, workspace: Workspace) -> None:
    client().picture([site.tell("/a.png", ranges(DATA))])
    assert not (workspace.data / "parts").exists()


def test_a_dropped_connection_is_tried_again(site: Site, client: Make) -> None:
    url = site.tell("/a.png", picture_answer(DATA, cut_after=0), picture_answer(DATA))
    assert client().picture([url]).attempts == 2


def test_a_server_that_is_not_there_is_told_as_a_lost_connection(client: Make, site: Site) -> None:
    url = site.tell("/a.png", picture_answer(DATA))
    gone = url.replace("127.0.0.1", "127.0.0.8")
    web = client(policies={f"127.0.0.8:{site.server.port}": FAST}, allowed_hosts=["127.0.0.8"])
    error = refusal(web, gone)
    assert (error.reason, error.final, error.attempts) == ("connection", False, 0)


def test_a_slow_drip_counts_as_a_timeout(site: Site, client: Make) -> None:
    drip = picture_answer(DATA, drip_seconds=0.01, drip_bytes=8)
    url = site.tell("/a.png", drip, picture_answer(DATA))
    found = client(policy={"slow_seconds": 0.05, "slowest_bytes_per_second": 100_000}).picture([url])
    assert (found.data, found.attempts) == (DATA, 2)


def test_silence_counts_as_a_timeout(site: Site, client: Make) -> None:
    url = site.tell("/a.png", picture_answer(DATA, delay_seconds=0.3))
    error = refusal(client(policy={"timeout_seconds": 0.05, "attempts": 2}), url)
    assert (error.reason, error.final, error.attempts) == ("timeout", False, 2)


def test_zero_bytes_are_asked_for_again_and_then_told_as_empty(site: Site, client: Make) -> None:
    """A naive step trusts a 200."""
    error = refusal(client(), site.tell("/a.png", picture_answer(b"")))
    assert (error.reason, error.final, error.attempts) == ("empty", False, 3)


def test_a_web_page_that_is_called_a_picture_is_none(site: Site, client: Make) -> None:
    error = refusal(client(), site.tell("/a.jpg", Answer(200, HTML, "image/jpeg")))
    assert (error.reason, error.final, error.attempts) == ("web_page", False, 3)


def test_a_picture_that_is_called_a_web_page_is_one(site: Site, client: Make) -> None:
    assert client().picture([site.tell("/a.png", Answer(200, DATA, "text/html"))]).data == DATA


def test_json_in_place_of_a_picture_is_final(site: Site, client: Make) -> None:
    error = refusal(client(), site.tell("/a.png", as_json({"error": "no"})))
    assert (error.reason, error.final, error.attempts) == ("not_a_picture", True, 1)


def test_webp_under_the_name_of_a_jpeg_is_taken_for_what_it_is(site: Site, client: Make) -> None:
    data = picture(1, "WEBP")
    assert client().picture([site.tell("/a.jpg", Answer(200, data, "image/jpeg"))]).data == data


def test_a_packed_picture_is_unpacked(site: Site, client: Make) -> None:
    headers = (("Content-Encoding", "gzip"), ("ETag", '"v1"'))
    url = site.tell("/a.png", Answer(200, gzip.compress(DATA), "image/png", headers=headers))
    assert client().picture([url]).data == DATA
    assert site.asked("/a.png")[0].headers["accept-encoding"] == "identity"


def test_a_packed_picture_that_is_cut_off_is_begun_anew(site: Site, client: Make) -> None:
    packed, headers = gzip.compress(DATA), (("Content-Encoding", "gzip"), ("ETag", '"v1"'))
    cut = Answer(200, packed, "image/png", headers=headers, cut_after=1000)
    url = site.tell("/a.png", cut, Answer(200, packed, "image/png", headers=headers))
    assert client().picture([url]).data == DATA
    assert "range" not in site.asked("/a.png")[1].headers


def test_a_picture_announced_too_large_is_not_read_and_a_smaller_rendition_taken(site: Site, client: Make) -> None:
    large = site.tell("/a.png", picture_answer(png(2, size=(300, 200))))
    small = site.tell("/small.png", picture_answer(DATA))
    web = client(limits=ImageLimits(max_bytes=20_000))
    assert web.picture([large, small]).url == small
    assert web.received_bytes == len(DATA)
    error = refusal(web, large)
    assert (error.reason, error.final) == ("too_many_bytes", True)


def test_a_picture_that_grows_too_large_without_announcing_it_is_cut_off(site: Site, client: Make) -> None:
    data = png(2, size=(600, 400))
    unannounced = Answer(200, data, "image/png", headers=(("Content-Length", ""), ("Connection", "close")))
    web = client(limits=ImageLimits(max_bytes=100_000))
    assert refusal(web, site.tell("/a.png", unannounced)).reason == "too_many_bytes"
    assert web.received_bytes < 300_000


def test_a_header_of_too_many_pixels_leads_to_a_smaller_rendition(site: Site, client: Make) -> None:
    header = png(1)[:16] + (20_000).to_bytes(4, "big") * 2 + png(1)[24:]
    crc = __import__("zlib").crc32(header[12:29]).to_bytes(4, "big")
    bomb = site.tell("/bomb.png", picture_answer(header[:29] + crc + header[33:]))
    small = site.tell("/small.png", picture_answer(DATA))
    assert client().picture([bomb, small]).url == small


@pytest.mark.parametrize("slow", [{"drip_seconds": 60.0, "drip_bytes": 100}, {"delay_seconds": 60.0}])
def test_a_stop_interrupts_a_picture_that_is_slow_to_come(site: Site, client: Make, slow: dict[str, Any]) -> None:
    url = site.tell("/a.png", picture_answer(DATA, **slow))
    web = client(policy={"timeout_seconds": 30.0}, stop_requested=lambda: bool(site.asked("/a.png")))
    before = time.monotonic()
    with pytest.raises(StoppedError):
        web.picture([url])
    assert time.monotonic() - before < 20


def test_a_picture_of_unknown_length_that_a_stop_cut_short_is_not_taken_for_whole(site: Site, client: Make) -> None:
    unannounced = (("Content-Length", ""), ("Connection", "close"))
    url = site.tell("/a.png", Answer(200, DATA, "image/png", headers=unannounced, drip_seconds=60.0, drip_bytes=1000))
    arrived: list[float] = []

    def stop_a_little_later() -> bool:  # when the next piece is waited for
        if clients and clients[0].received_bytes:
            arrived.append(time.monotonic())
        return bool(arrived) and time.monotonic() - arrived[0] > 0.15

    clients: list[WebClient] = []
    clients.append(client(policy={"timeout_seconds": 30.0, "slow_seconds": 30.0}, stop_requested=stop_a_little_later))
    with pytest.raises(StoppedError):
        clients[0].picture([url])


def test_what_arrived_before_a_stop_is_used_afterwards(site: Site, client: Make) -> None:
    data = png(3, size=(600, 400))
    stopped = False

    def slow(request: Request) -> Answer:
        return Answer(200, data, "image/png", headers=(("ETag", '"v1"'),), drip_seconds=0.05, drip_bytes=65_536)

    def stop_when_some_arrived() -> bool:
        return stopped or web.received_bytes > 100_000

    url = site.tell("/a.png", slow, ranges(data))
    web = client(stop_requested=lambda: False)
    web = client(stop_requested=stop_when_some_arrived)
    with pytest.raises(StoppedError):
        web.picture([url])
    assert client().picture([url]).data == data
    assert int(site.asked("/a.png")[1].headers["range"].removeprefix("bytes=").rstrip("-")) > 50_000


def test_a_part_that_a_full_disk_cut_off_is_not_added_to(tmp_path):
    resource = pytest.importorskip("resource")  # a limit on the size of files stands in for the full disk
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    pieces = [bytes([number]) * 300_000 for number in range(1, 4)]
    part = Parts(tmp_path).of("http://127.0.0.1/a.jpg")
    part.begin(validator='"v1"', total=1_000_000)
    part.grow(pieces[0])
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, unlimited[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            part.grow(pieces[1])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    part.release()  # there is room again
    again = Parts(tmp_path).of("http://127.0.0.1/a.jpg")
    assert bytes(again.data) == b"".join(pieces[:2])
    again.remove()
    assert not list(tmp_path.iterdir())
