"""A lab in local mode does everything for whoever reaches it, and so lets nobody from elsewhere reach it."""

from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from benchmarks.streamlit_client import Session
from tests.browser.conftest import App
from tests.security.conftest import PAGES, attack, settled


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    served = App(tmp_path_factory.mktemp("local") / "lab")
    yield served
    served.stop()


def visit(app: App, *, named: str = "127.0.0.1", page: str = "", **options: Any) -> str:
    """What the app says to a visitor whose browser took `named` for the app's name. No name is looked up."""
    said: list[str] = []

    async def act() -> None:
        session = Session(f"http://{named}:{app.port}", page=page, host="127.0.0.1", **options)
        async with session:
            said.append(await settled(session))

    attack(act)
    return said[0]


def test_whoever_sits_at_this_computer_is_at_home(local: App) -> None:
    assert "Collect pictures" in visit(local)
    assert "Collect pictures" in visit(local, named="localhost")


@pytest.mark.parametrize("page", ["", *PAGES])
def test_a_name_that_was_pointed_at_this_computer_opens_nothing(page: str, local: App) -> None:
    said = visit(local, named="rebound.example", page=page)
    assert "This lab is not shared" in said
    assert "ATELIER\\_MODE=shared" in said or "ATELIER_MODE=shared" in said


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP"])
def test_a_proxy_that_nobody_told_the_lab_about_opens_nothing(name: str, local: App) -> None:
    assert "This lab is not shared" in visit(local, additional_headers={name: "198.51.100.7"})


def test_another_sites_page_gets_no_connection(local: App) -> None:
    with pytest.raises(InvalidStatus):
        visit(local, origin="https://evil.example")


def test_a_lab_that_listens_to_the_network_opens_nothing_until_its_owner_says_so(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    listens = App(tmp_path_factory.mktemp("open") / "lab", options=("--server.address=0.0.0.0",), start=False)
    for allowed, expected in (("", "This lab is not shared"), ("no", "This lab is not shared"), ("yes", "Collect")):
        monkeypatch.setenv("ATELIER_ALLOW_STRANGERS", allowed)
        listens.start()
        try:
            assert expected in visit(listens)
        finally:
            listens.stop()
