"""Whoever is no owner reaches no page, no callback and no fragment of the lab, whatever he sends."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from benchmarks.streamlit_client import Session
from core.studies.links import access
from core.studies.study import Study
from tests.browser.conftest import App
from tests.browser.people import secrets as secrets_with
from tests.security.conftest import PAGES, attack, owner, page_hash, sessions_of, settled
from tests.standins.identity import Provider, auth_section

XSRF = "a" * 32  # of the visitor's own making, as any is: cookie and connection only have to agree
FOR_EVERYBODY = {"", "rate"}  # the door is the first page


def test_a_stranger_is_handed_the_door_and_the_rating_page_alone(shared: App) -> None:
    async def act() -> None:
        async with Session(shared.url) as stranger:
            assert "Sign in" in await settled(stranger)
            assert {page.url_pathname for page in stranger.pages} == FOR_EVERYBODY

    attack(act)


@pytest.mark.parametrize("path", PAGES)
def test_asking_for_a_page_by_its_name_or_its_hash_brings_the_door(path: str, shared: App, study: Study) -> None:
    async def act() -> None:
        async with Session(shared.url, page=path, query=f"study={study.id}") as stranger:
            said = await settled(stranger)
            assert "Its owners sign in here" in said
            assert study.title not in said
            stranger._page_hash = page_hash(path)
            await stranger.rerun()
            said = await settled(stranger)
            assert "Its owners sign in here" in said
            assert study.title not in said
        async with Session(shared.url, page="rate", query=f"link={access(study).token}") as rater:
            await settled(rater)
            rater._page_hash = page_hash(path)  # as if a link of the lab had been clicked
            rater.page = path
            await rater.rerun()
            await rater.until(lambda: "Its owners sign in here" in rater.text(), what="the door")

    attack(act)


@pytest.mark.parametrize(
    "cookie",
    [
        "atelier_session=q7Jm3vXcT0sZk9Rb5LwYdA1uHf8NpGe2oKiVtUxWnSy",  # of a real one's form
        "atelier_session=../../../etc/passwd",
        "atelier_session=",
        "atelier_session=owner",
        "atelier_session=" + "A" * 6000,
        "atelier_session=%00",
        "atelier_session=*",
        "_streamlit_user=eyJlbWFpbCI6ImFkYUBleGFtcGxlLm9yZyJ9",
    ],
)
def test_made_up_cookies_let_nobody_in(cookie: str, shared: App) -> None:
    async def act() -> None:
        async with Session(shared.url, page="studies", additional_headers={"Cookie": cookie}) as stranger:
            assert "Its owners sign in here" in await settled(stranger)

    attack(act)


def identity_cookie(app: App, secret: str) -> dict[str, str]:
    """Ada's identity as Streamlit keeps it, signed by whoever knows `secret`."""
    claims = {
        "is_logged_in": True,
        "origin": app.url,
        "provider": "default",
        "iss": "https://id.example",
        "sub": "1",
        "iat": int(time.time()),
        "email": "ada@example.org",
        "email_verified": True,
    }
    signed = create_signed_value(secret, "_streamlit_user", json.dumps(claims))
    return {"Cookie": f"_streamlit_xsrf={XSRF}; _streamlit_user={signed.decode()}"}


@pytest.mark.parametrize(
    ("real", "guessed", "gets_in"),
    [
        ("kX9vQ2mTz7LwR4bN8cYp1sHd6fJg3aEu", "kX9vQ2mTz7LwR4bN8cYp1sHd6fJg3aEu", True),  # that the others could fail
        ("kX9vQ2mTz7LwR4bN8cYp1sHd6fJg3aEu", "secret", False),
        ("secret", "secret", False),  # a secret that can be guessed lets nobody in, not even whoever guessed it
        ("", "", False),
    ],
)
def test_an_identity_that_the_visitor_signed_himself_is_none(
    real: str, guessed: str, gets_in: bool, tmp_path: Path
) -> None:
    lab = App(tmp_path / "lab", mode="shared", start=False)
    provider = Provider(f"{lab.url}/oauth2callback", {}, url="http://127.0.0.9:9")  # nobody asks it
    lab.secrets = secrets_with(more='owners = ["ada@example.org"]\n' + auth_section(provider, real))
    lab.start()

    async def act() -> None:
        cookies = identity_cookie(lab, guessed)
        async with Session(lab.url, page="studies", token=XSRF, additional_headers=cookies) as stranger:
            assert ("Its owners sign in here" not in await settled(stranger)) is gets_in

    try:
        attack(act)
    finally:
        lab.stop()


def test_pressing_an_owners_button_from_a_raters_session_does_nothing(shared: App, study: Study) -> None:
    async def act() -> None:
        where = {"page": "studies", "query": f"study={study.id}"}
        async with owner(shared, **where) as lab:
            await lab.until(lambda: any("Close" in found.label for found in lab.elements("button")), what="the study")
            closing = next(found.id for found in lab.elements("button") if "Close" in found.label)
        async with Session(shared.url, page="rate", query=f"link={access(study).token}") as rater:
            await settled(rater)
            for page in ("rate", "studies"):
                rater._page_hash, rater.query = page_hash(page), where["query"]
                await rater.rerun(WidgetState(id=closing, trigger_value=True))
                await settled(rater)
        assert access(study).is_open

    attack(act)


def test_a_session_that_ended_presses_nothing_and_sees_nothing_more(shared: App, study: Study) -> None:
    async def act() -> None:
        async with owner(shared, page="studies", query=f"study={study.id}") as lab:
            await lab.until(lambda: any("Close" in found.label for found in lab.elements("button")), what="the study")
            await settled(lab)
            fragments = {placed.fragment_id for placed in lab._elements.values()} - {""}
            closing = next(found.id for found in lab.elements("button") if "Close" in found.label)
            sessions_of(shared).end_all("owner")
            for fragment in fragments:  # a fragment reruns without the router
                await lab.rerun(fragment_id=fragment)
                await settled(lab)
            assert fragments
            assert "Your session has ended" in lab.text()
            await lab.rerun(WidgetState(id=closing, trigger_value=True))  # a callback runs before it
            await lab.until(lambda: "Its owners sign in here" in lab.text() and lab.is_idle, what="the door")
            assert access(study).is_open
            assert study.title not in lab.text()

    attack(act)


def test_the_same_press_by_an_owner_does_close_the_study(shared: App, study: Study) -> None:
    """That the two tests above could fail."""

    async def act() -> None:
        async with owner(shared, page="studies", query=f"study={study.id}") as lab:
            await lab.until(lambda: any("Close" in found.label for found in lab.elements("button")), what="the study")
            await lab.click("Close")
            while access(study).is_open:
                await asyncio.sleep(0.05)

    attack(act)
