"""What the server answers besides pages: files, uploads, components. None of it needs a page, so none may trust one."""

import json
from pathlib import Path

import pytest

from core.access.sessions import Sessions
from tests.browser.conftest import App
from tests.security.conftest import ask, owner_cookie, small_study

SECRET = "the-owners-own-words"
CLIMBS = (
    "../../../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "..%5c..%5c..%5cetc%5cpasswd",
    "....//....//....//etc/passwd",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "\\\\127.0.0.9\\share\\x",
    "%00",
)
ROUTES = ("media", "component", "app/static", "static", "_stcore/bidi-components", "_stcore", "studies", "data", "")


@pytest.fixture
def secret(shared: App) -> Path:
    """A file of the lab that no visitor may read, reached from the server's folders by a relative path."""
    path = shared.home / "data/studies/private.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SECRET)
    return path


@pytest.mark.parametrize("route", ROUTES)
def test_no_path_climbs_out_of_a_route(route: str, shared: App, secret: Path) -> None:
    up = "/".join([".."] * 12)
    for climb in (*CLIMBS, f"{up}{secret}", f"{up}{secret}".replace("/", "%2f"), str(secret), "secrets.toml"):
        for cookie in ({}, {"Cookie": owner_cookie(shared)}):
            _, body = ask(shared, "GET", f"/{route}/{climb}".replace("//", "/", 1), **cookie)
            assert SECRET.encode() not in body
            assert b"root:" not in body
            assert b"scrypt:" not in body


@pytest.mark.parametrize(
    "name", ["streamlit_app.py", ".streamlit/config.toml", "core/cli.py", "data/access/sign-ins.json"]
)
def test_the_servers_own_files_are_served_by_no_route(name: str, shared: App) -> None:
    for route in ROUTES:
        _, body = ask(shared, "GET", f"/{route}/{name}")
        assert b"import streamlit" not in body
        assert b"[server]" not in body


def test_pictures_of_a_study_are_named_by_nothing_that_can_be_guessed(shared: App) -> None:
    study = small_study(shared)
    for item in study.items:
        for name in (item, f"{item}.png", f"{study.id}/{item}.png", f"studies/{study.id}/pictures/{item}.png"):
            for route in ("media", "app/static", "studies", "data"):
                _, body = ask(shared, "GET", f"/{route}/{name}")
                assert not body.startswith(b"\x89PNG")


@pytest.mark.parametrize("path", ["_stcore/agent/interact", "_stcore/agent"])
def test_programs_have_no_way_past_the_pages(path: str, shared: App) -> None:
    for method in ("GET", "POST"):
        status, body = ask(shared, method, f"/{path}", b"{}", Content_Type="application/json")
        assert status >= 400 or b"<!doctype html>" in body.lower()


def test_what_the_server_says_of_itself_to_anybody_names_nobody(shared: App) -> None:
    cookie = owner_cookie(shared)
    for path in ("_stcore/health", "_stcore/host-config", "_stcore/metrics"):
        _, body = ask(shared, "GET", f"/{path}")
        assert cookie.partition("=")[2].encode() not in body
        assert str(shared.home).encode() not in body
        assert b"owner" not in body


def test_the_session_folder_holds_nothing_to_sign_in_with(shared: App) -> None:
    token = owner_cookie(shared).partition("=")[2]
    folder = shared.home / "data/access/sessions"
    for path in folder.glob("*.json"):
        text = path.read_text() + path.name
        assert token not in text
        record = json.loads(path.read_text())
        for value in (path.stem, *map(str, record.values())):
            assert Sessions(folder).owner_of(value) is None
