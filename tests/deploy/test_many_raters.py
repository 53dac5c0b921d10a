"""Several raters at once over real websockets, also while the server is killed: nothing accepted is lost."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from benchmarks.raters import Rater, compare_with_journal, rate
from benchmarks.streamlit_client import SessionError
from core.catalog.catalog import Catalog
from core.studies import links
from core.studies.check import check_study
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.studies.votes_table import ingest_votes
from core.workspace import Workspace
from tests.core.studies.conftest import DrawnPictures
from tests.deploy.conftest import Server, start_server

VOTES, RATERS = 5, 6
THINK_SECONDS = 0.4


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return tmp_path / "rated"


@pytest.fixture
def study(lab: Path) -> Study:
    sources = [DrawnPictures("generated", 4, seed=1), DrawnPictures("real", 4, seed=2)]
    design = StudyDesign(enlargement="pixels", items_per_rater=VOTES)
    return create_study(Workspace(lab).create(), "Paintings", design, sources)


def start(lab: Path) -> Server:
    server = start_server("raters", lab, STREAMLIT_SERVER_ALLOWED_HOSTS="127.0.0.1")
    server.wait()
    return server


def vote(server: Server, study: Study, *, kill_after: int | None = None) -> list[Rater]:
    """All raters at once, each until done or until the server is gone. kill_after: votes accepted in all."""
    token = links.access(study).token
    seen = [Rater() for _ in range(RATERS)]

    async def one(number: int) -> None:
        try:
            await rate(server.url, token, VOTES, THINK_SECONDS, number, seen[number])
        except (SessionError, ConnectionClosed, OSError):
            if kill_after is None:
                raise

    async def kill() -> None:
        while sum(len(rater.accepted) for rater in seen) < (kill_after or 0):
            await asyncio.sleep(0.005)
        server.process.kill()

    async def everybody() -> None:
        work = [one(number) for number in range(RATERS)]
        await asyncio.gather(*work, *([kill()] if kill_after else []))

    with ThreadPoolExecutor(1) as thread:  # a browser test of the same session keeps a loop in this one
        thread.submit(asyncio.run, everybody()).result()
    return seen


def test_every_vote_is_kept_once_and_every_picture_judged_alike(lab, study):
    server = start(lab)
    try:
        seen = vote(server, study)
    finally:
        server.process.terminate()
        server.process.wait(15)
    found = compare_with_journal(study, seen)
    assert (found["accepted"], found["in_journal"]) == (RATERS * VOTES, RATERS * VOTES)
    assert (found["lost"], found["unseen"], found["doubled"]) == (0, 0, 0)
    least, most = found["judgements_per_picture"]
    assert most - least <= 1


def test_a_server_killed_under_voting_keeps_what_it_had_accepted(lab, study):
    server = start(lab)
    seen = vote(server, study, kill_after=RATERS)
    server.process.wait(15)
    found = compare_with_journal(study, seen)
    assert found["accepted"] >= RATERS
    assert (found["lost"], found["doubled"]) == (0, 0)
    assert found["unseen"] <= RATERS  # taken, but the server died before it could say so: at most the one on its way
    # and a new server goes on where the old one was, past whatever line the kill has torn
    server = start(lab)
    try:
        again = vote(server, study)
    finally:
        server.process.terminate()
        server.process.wait(15)
    after = compare_with_journal(study, [*seen, *again])
    assert (after["lost"], after["doubled"]) == (0, 0)
    with Catalog(Workspace(lab).catalog) as catalog:
        ingest_votes(catalog, Workspace(lab))
        assert check_study(study, VoteJournal(study.path), catalog).problems == ()
