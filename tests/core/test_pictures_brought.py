"""Pictures that come into the lab one by one or by the folder: from a web address, and from where they lie."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError
from core.images import ImageError
from core.pictures.below import pictures_below
from core.pictures.chosen import facts_of
from core.pictures.fetched import FetchError, fetch_picture
from core.sources.artwork import ItemError
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.standins.server import Answer, Request, StandIn


def png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def serve(workspace: Workspace) -> Iterator[Callable[[dict[str, Answer]], str]]:
    """A server on loopback, allowed as its owner allows one, that answers paths as told."""
    answers: dict[str, Answer] = {}

    def answer(request: Request) -> Answer:
        return answers.get(request.path, Answer(404))

    with StandIn(answer) as server:

        def start(told: dict[str, Answer]) -> str:
            answers.update(told)
            hosts = {server.netloc: HostSettings(allowed=True, requests_per_second=0, backoff_seconds=0.01)}
            write_web_settings(workspace, WebSettings(hosts=hosts))
            return server.url

        yield start


def test_a_picture_is_kept_under_the_name_in_its_address(workspace, serve):
    url = serve({"/rooms/blue%20room.png": Answer(200, png())})
    chosen = fetch_picture(workspace, f"  {url}/rooms/blue%20room.png ")
    assert chosen.label == "blue room.png"
    assert facts_of(workspace, chosen).width == 50


def test_what_robots_txt_asks_to_leave_alone_is_left_alone(workspace, serve):
    url = serve({"/robots.txt": Answer(200, b"User-agent: *\nDisallow: /", "text/plain"), "/a.png": Answer(200, png())})
    with pytest.raises(ItemError, match="robots"):
        fetch_picture(workspace, f"{url}/a.png")


def test_a_page_in_place_of_a_picture_is_told_and_nothing_is_kept(workspace, serve):
    url = serve({"/a": Answer(200, b"<!doctype html><p>hello")})
    with pytest.raises((ItemError, ImageError)):
        fetch_picture(workspace, f"{url}/a")
    assert not any(workspace.images.rglob("*.*"))


def test_a_host_that_asks_for_a_long_wait_is_not_waited_for(workspace, serve):
    url = serve({"/a.png": Answer(503, headers=(("Retry-After", "600"),))})
    with pytest.raises(FetchError, match="did not arrive within 1 seconds"):
        fetch_picture(workspace, f"{url}/a.png", patience_seconds=1)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.9/a.png",
        "http://[::1]/a.png",
        "http://2130706441/a.png",
        "file:///etc/passwd",
        "ftp://127.0.0.9/a.png",
        "javascript:alert(1)",
        "nonsense",
        "",
    ],
)
def test_an_address_that_may_not_be_reached_is_refused(workspace, address):
    with pytest.raises(ItemError):
        fetch_picture(workspace, address, patience_seconds=5)


def test_the_pictures_of_a_folder_are_listed_in_order_without_what_is_hidden(tmp_path: Path):
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b/2.JPG", "a.png", "notes.txt", ".hidden/c.png", ".d.png"):
        (tmp_path / name).write_bytes(b"")
    assert [Path(found.path).relative_to(tmp_path).as_posix() for found in pictures_below(tmp_path)] == [
        "a.png",
        "b/2.JPG",
    ]


@pytest.mark.parametrize("place", ["", "missing"])
def test_a_folder_that_is_missing_or_without_pictures_says_so(tmp_path: Path, place: str):
    with pytest.raises(ConfigError, match=r"holds no|There is no folder"):
        pictures_below(tmp_path / place)
