"""Guessing links and passphrases: beyond luck, and slowed besides."""

import time
from collections.abc import Iterator

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.streamlit_client import Session
from core.access.attempts import PER_ADDRESS, Attempts
from core.files import read_json
from core.studies.links import access
from tests.browser.conftest import App
from tests.browser.people import PASSPHRASE, secrets
from tests.security.conftest import attack, settled, small_study


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A lab of its own: failures are remembered."""
    served = App(tmp_path_factory.mktemp("guessed") / "lab", mode="shared", secrets=secrets())
    yield served
    served.stop()


def test_links_that_open_nothing_bring_a_wait_that_leaves_those_inside_alone(lab: App) -> None:
    study = small_study(lab)
    link = f"link={access(study).token}"

    async def act() -> None:
        async with Session(lab.url, page="rate", query=link) as inside, Session(lab.url, page="rate") as guesser:
            await settled(inside)
            for number in range(24):
                guesser.query = f"link={number:022d}"
                await guesser.rerun()
                said = await settled(guesser)
                if "too many failed attempts" in said:
                    break
            assert number > 19  # a class may mistype
            guesser.query = link  # while waiting not even the right one is looked at
            await guesser.rerun()
            assert "too many failed attempts" in await settled(guesser)
            await inside.rerun()
            assert study.title in await settled(inside)

    attack(act)
    assert read_json(lab.home / "data/access/links.json")["all"][0] >= 20


async def give(session: Session, passphrase: str) -> None:
    """Send a passphrase, whether or not the page would let it be sent."""
    field = next(found for found in session.elements("text_input") if found.label == "Passphrase")
    button = next(found for found in session.elements("button") if found.label == "Sign in")
    session._states[field.id] = WidgetState(id=field.id, string_value=passphrase)
    await session.rerun(WidgetState(id=button.id, trigger_value=True))


def test_many_connections_at_once_guess_no_faster_than_one(lab: App) -> None:
    began = time.monotonic()

    async def act() -> None:
        sessions = [Session(lab.url) for _ in range(12)]
        for session in sessions:
            await session.__aenter__()
            await settled(session)
        for session in sessions:
            await give(session, "a guess of many")
        for session in sessions:
            await settled(session)
            await session.__aexit__()

    attack(act)
    guesses = read_json(lab.home / "data/access/sign-ins.json")["all"][0]
    waited = sum(PER_ADDRESS.after(failures) for failures in range(guesses))  # before the last of them
    assert waited <= time.monotonic() - began
    assert guesses >= 4


def test_whoever_has_to_wait_gets_in_by_nothing_not_even_by_the_right_passphrase(lab: App) -> None:
    class Clock:
        now = time.time() - 1023  # fourteen failures, each as soon as it was allowed, take that long

        def __call__(self) -> float:
            return self.now

    clock = Clock()
    attempts = Attempts(lab.home / "data/access", "sign-ins", clock=clock)
    for _ in range(14):
        clock.now += attempts.seconds_to_wait("127.0.0.1")
        assert not attempts.attempt("127.0.0.1", lambda: False)

    async def act() -> None:
        async with Session(lab.url) as session:
            assert "You can try again in" in await settled(session)
            await give(session, PASSPHRASE)
            assert "You can try again in" in await settled(session)

    attack(act)
    assert not list((lab.home / "data/access").glob("sessions/*"))


def test_the_right_passphrase_gets_in_the_same_way(lab: App) -> None:
    """That the test above could fail."""

    async def act() -> None:
        async with Session(lab.url) as session:
            await settled(session)
            await give(session, PASSPHRASE)
            await session.until(lambda: "Collect pictures" in session.text(), what="the lab")

    attack(act)
