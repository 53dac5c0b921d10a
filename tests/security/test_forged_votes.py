"""Votes that nobody was asked for do not count, whatever is sent in a rater's name."""

import json
from typing import Any

import pytest

from benchmarks.streamlit_client import Session
from core.studies.journal import Vote, VoteJournal
from core.studies.links import access, close_study, replace_link
from core.studies.study import Study
from core.studies.voting import withdraw
from tests.browser.conftest import App
from tests.security.conftest import attack, settled, small_study

CARD = "rating_card"


def votes(study: Study) -> list[Vote]:
    return VoteJournal(study.path).snapshot().votes


def told(rater: Session) -> dict[str, Any]:
    """What the card before a rater was told."""
    value = json.loads(rater.component(CARD).json)
    return value[0] if isinstance(value, list) else value


class Rater(Session):
    """A rater's tab, able to send what no card would."""

    def __init__(self, app: App, study: Study) -> None:
        super().__init__(app.url, page="rate", query=f"link={access(study).token}")

    async def start(self) -> "Rater":
        await self.until(lambda: any(found.label == "Start" for found in self.elements("button")), what="Start")
        await self.click("Start")
        await self.until(lambda: self.component(CARD) is not None, what="the card")
        await self.until(lambda: self.is_idle, what="rest")
        return self

    async def send(self, **values: Any) -> None:
        """An event "vote" with honest values, but for those given."""
        current = told(self)["current"]
        honest = {
            "presentation": current["id"] if current else "",
            "answer": 3,
            "response_ms": 900,
            "shown_at": "2026-11-21T10:00:00.000Z",
        }
        await self.send_raw("vote", {**honest, **values})

    async def send_raw(self, event: str, value: object) -> None:
        await self.trigger(self.component(CARD).id, event, value)
        await self.until(lambda: self.is_idle, what="rest")


@pytest.fixture
def study(shared: App) -> Study:
    return small_study(shared)


def test_an_honest_vote_counts(shared: App, study: Study) -> None:
    """That the tests below could fail."""

    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            await rater.send()
            assert [vote.answer for vote in votes(study)] == [3]

    attack(act)


FORGED: dict[str, dict[str, Any]] = {
    "an answer off the scale": {"answer": 6},
    "an answer below it": {"answer": 0},
    "an answer that is no number": {"answer": "5"},
    "a yes for a number": {"answer": True},
    "a fraction": {"answer": 4.5},
    "a list": {"answer": [5]},
    "no answer": {"answer": None},
    "a showing that never was": {"presentation": "AAAAAAAAAAAAAAAA"},
    "a path for a showing": {"presentation": "../../votes"},
    "a number for a showing": {"presentation": 7},
    "an object for a showing": {"presentation": {"$ne": ""}},
    "a very long showing": {"presentation": "x" * 1_000_000},
    "a time in words": {"response_ms": "soon"},
    "a time without end": {"response_ms": None},
}


@pytest.mark.parametrize("what", FORGED)
def test_forged_values_are_no_vote(what: str, shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            await rater.send(**FORGED[what])
            assert votes(study) == []
            assert "Traceback" not in rater.text()
            await rater.send()  # and the rater goes on unharmed
            assert [vote.answer for vote in votes(study)] == [3]

    attack(act)


@pytest.mark.parametrize("value", [None, 5, "vote", [], {}, [{}], {"presentation": None}, "x" * 100_000])
def test_an_event_of_another_shape_is_no_vote(value: object, shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            await rater.send_raw("vote", value)
            assert votes(study) == []
            assert not list(rater.elements("exception"))

    attack(act)


def test_over_long_and_hostile_values_are_not_kept_as_they_came(shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            await rater.send(
                response_ms=10**15,
                shown_at="\n" + json.dumps({"event": "vote", "answer": 5}) + "\n" + "x" * 100_000,
                point=[7, -3],
                rater="somebody-else",
                at="1999-01-01",
                role="attention",
                more="x" * 100_000,
            )
            (vote,) = votes(study)
            assert vote.response_ms < 10**9
            assert len(vote.shown_at) <= 40
            assert vote.role == "main"
            assert not vote.at.startswith("1999")
            assert (study.path / "votes.jsonl").stat().st_size < 4000

    attack(act)


def test_a_replayed_vote_counts_once(shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            first = told(rater)["current"]["id"]
            for answer in (3, 3, 5, 1):
                await rater.send(presentation=first, answer=answer)
            assert [vote.answer for vote in votes(study)] == [3]

    attack(act)


def test_a_showing_of_one_rater_takes_no_vote_of_another(shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as one, Rater(shared, study) as other:
            await one.start()
            await other.start()
            await other.send(presentation=told(one)["current"]["id"])
            assert votes(study) == []

    attack(act)


def test_answering_the_next_showing_before_its_turn_gains_no_second_vote(shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            current, upcoming = (told(rater)[which]["id"] for which in ("current", "upcoming"))
            for presentation in (upcoming, upcoming, current, upcoming, current):
                await rater.send(presentation=presentation)
            assert sorted(vote.presentation for vote in votes(study)) == sorted([current, upcoming])
            assert len({vote.item for vote in votes(study)}) == 2

    attack(act)


def test_a_study_that_closed_takes_no_vote_from_a_card_still_open(shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            close_study(study)
            await rater.send()
            assert votes(study) == []

    attack(act)


def test_a_link_that_was_replaced_takes_no_vote_from_a_card_still_open(shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            replace_link(study)
            await rater.send()
            assert votes(study) == []

    attack(act)


def test_a_rater_who_withdrew_gives_no_more_votes(shared: App, study: Study) -> None:
    async def act() -> None:
        async with Rater(shared, study) as rater:
            await rater.start()
            await rater.send()
            journal = VoteJournal(study.path)
            (rater_id,) = journal.snapshot().raters
            withdraw(study, journal, rater_id)
            await rater.send()
            assert votes(study) == []

    attack(act)


def test_an_invented_rater_in_the_address_is_nobody(shared: App, study: Study) -> None:
    async def act() -> None:
        for invented in ("AAAAAAAAAAAAAAAA", "../../x", "' OR 1=1", "x" * 5000):
            query = f"link={access(study).token}&rater={invented}"
            async with Session(shared.url, page="rate", query=query) as rater:
                await settled(rater)
                assert rater.component(CARD) is None
        assert VoteJournal(study.path).snapshot().raters == {}

    attack(act)
