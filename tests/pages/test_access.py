"""The door of a shared lab, through the app's own router."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.access.passphrase import hash_passphrase
from core.workspace import Workspace

_ROUTER = Path(__file__).parents[2] / "streamlit_app.py"
PASSPHRASE = "five wet herons on a wall"
_HASHED = hash_passphrase(PASSPHRASE)


@pytest.fixture(autouse=True)
def shared_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_MODE", "shared")


def visit(**atelier: object) -> AppTest:
    app = AppTest.from_file(str(_ROUTER), default_timeout=60)
    app.secrets["atelier"] = atelier
    app.run()
    assert not app.exception
    return app


def sign_in(app: AppTest, passphrase: str) -> AppTest:
    app.text_input[0].set_value(passphrase)
    app.button[0].click().run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.error, *app.warning, *app.info])


def test_the_passphrase_opens_the_lab_and_signing_out_closes_it() -> None:
    app = visit(passphrase=_HASHED)
    assert app.title[0].value == "Sign in"
    sign_in(app, PASSPHRASE)
    assert app.title[0].value == "Atelier"
    next(button for button in app.button if button.label == "Sign out").click().run()
    assert app.title[0].value == "Sign in"
    assert "You are signed out" in said(app)


def test_a_wrong_passphrase_opens_nothing() -> None:
    app = sign_in(visit(passphrase=_HASHED), "five dry herons on a wall")
    assert app.title[0].value == "Sign in"
    assert "not the passphrase" in said(app)


def test_a_new_passphrase_ends_the_sessions_begun_with_the_old_one() -> None:
    app = sign_in(visit(passphrase=_HASHED), PASSPHRASE)
    app.secrets["atelier"] = {"passphrase": hash_passphrase("another one altogether")}
    app.run()
    assert app.title[0].value == "Sign in"


@pytest.mark.parametrize(
    ("atelier", "words"),
    [
        ({}, "Nobody can sign in"),
        ({"passphrase": ""}, "Nobody can sign in"),
        ({"owners": ["ada@example.org"]}, "Nobody can sign in"),  # by which provider?
        ({"passphrase": PASSPHRASE}, "python -m core passphrase"),
        ({"password": _HASHED}, "there is only: passphrase"),
    ],
)
def test_secrets_that_let_nobody_in_say_so(atelier: dict[str, object], words: str) -> None:
    app = visit(**atelier)
    assert app.title[0].value == "Sign in"
    assert words in said(app)
    assert not app.text_input


def test_no_page_of_the_lab_runs_for_a_stranger() -> None:
    for path in sorted((_ROUTER.parent / "app_pages").rglob("*.py")):
        if path.name == "rate.py":
            continue
        page = AppTest.from_file(str(path), default_timeout=60)  # the page alone, past the router
        page.secrets["atelier"] = {"passphrase": _HASHED}
        page.run()
        assert not page.exception
        assert "for the owners of the lab" in page.error[0].value
        assert not [*page.title, *page.button, *page.markdown, *page.dataframe]


def test_a_raters_server_has_no_door(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    monkeypatch.setenv("ATELIER_MODE", "raters")
    app = visit(passphrase=_HASHED)
    assert app.title[0].value == "Rating"
    assert not [*app.button, *app.text_input]
    assert not workspace.catalog.exists()
