"""The collect job over the web, from a stand-in for WikiArt on loopback."""

import threading

import pytest

from core.jobs import control
from core.jobs.folder import JobError, State
from core.sources.collections import collections
from core.sources.job import retry_failed
from core.sources.outcome import read_outcome
from core.sources.planning import plan
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from tests.standins.server import Answer, StandIn
from tests.standins.wikiart import WikiArtSite, Work, catalogue

NO_WAITING = HostSettings(
    allowed=True, requests_per_second=0, concurrency=4, attempts=2, backoff_seconds=0, pause_seconds=0.02, pauses=2
)


@pytest.fixture
def standing_in(workspace):
    """Start a stand-in whose host need not be waited for; gives (server, settings of a collect job)."""
    servers = []

    def begin(site: WikiArtSite, **settings):
        server = StandIn(site.answer).__enter__()
        servers.append(server)
        write_web_settings(workspace, WebSettings(hosts={server.netloc: NO_WAITING}))
        usual = {"source": "wikiart", "query": {"genres": ["yakusha-e"]}, "limit": None, "base_url": server.url}
        return server, usual | settings

    yield begin
    for server in servers:
        server.__exit__()


def pictures_asked_for(server) -> list[str]:
    return [request.path for request in server.seen if "/images/" in request.path and request.method == "GET"]


def works(count: int, **facts) -> list[Work]:
    return [Work(number, **facts) for number in range(1, count + 1)]


def test_every_work_of_a_genre_arrives_with_its_page_and_licence(standing_in, collect):
    _server, settings = standing_in(WikiArtSite(works(7)))
    _job, end, rows = collect(**settings)
    assert (end.state, end.message) == (State.DONE, "7 pictures stored.")
    assert {row["artwork"]["licence"] for row in rows} == {"Public domain"}
    assert all("/en/torii-kiyonaga/actor-no" in row["artwork"]["page_url"] for row in rows)
    assert len({row["sha256"] for row in rows}) == 7


def test_a_licence_that_was_not_chosen_is_refused_before_its_picture_is_asked_for(standing_in, collect):
    server, settings = standing_in(WikiArtSite([Work(1), Work(2, rights="Fair Use")]))
    _job, _end, rows = collect(**settings)
    assert {row["state"]: row["reason"] for row in rows} == {"stored": "", "refused": "licence"}
    assert not [path for path in pictures_asked_for(server) if "picture-2" in path]
    refused = next(row for row in rows if row["state"] == "refused")
    assert refused["artwork"]["licence"] == "In copyright"  # what its page told is not lost


def test_any_licence_is_taken_when_allowed_and_stands_with_the_picture(standing_in, collect):
    _server, settings = standing_in(
        WikiArtSite([Work(1), Work(2, rights="Fair Use")]),
        licences="any",
        query={"genres": ["yakusha-e"], "details": True},
    )
    _job, _end, rows = collect(**settings)
    assert sorted(row["artwork"]["licence"] for row in rows) == ["In copyright", "Public domain"]


def test_a_limit_is_filled_although_some_works_are_refused(standing_in, collect):
    mixed = [Work(number, rights="Fair Use" if number % 2 else "Public domain") for number in range(1, 41)]
    _server, settings = standing_in(WikiArtSite(mixed), limit=10)
    _job, end, rows = collect(**settings)
    assert sum(row["state"] == "stored" for row in rows) == 10
    assert end.message.startswith("10 pictures stored")


def test_what_the_plan_asked_for_is_not_asked_again_by_the_collection(standing_in, collect, workspace):
    server, settings = standing_in(WikiArtSite(works(5)))
    found = plan(workspace, settings | {"collection": "c"})
    asked = [request.path for request in server.seen if "/images/" not in request.path]
    collect(**settings)
    later = [request.path for request in server.seen if "/images/" not in request.path][len(asked) :]
    assert found.artworks == 5
    assert not set(asked) & set(later)


def test_the_plan_says_what_the_collection_then_takes(standing_in, collect, workspace):
    server, settings = standing_in(WikiArtSite(works(130)), limit=100)
    found = plan(workspace, settings | {"collection": "c"})
    assert (found.artworks, found.wanted, found.bytes_known) == (130, 100, True)
    assert [example.licence for example in found.examples] == ["Public domain"] * 3
    assert all(example.thumbnail for example in found.examples)
    collect(**settings)
    assert found.requests == pytest.approx(len(server.seen), abs=15)
    assert not any(workspace.jobs.joinpath(name).exists() for name in ("plan", "dry-run"))


def test_a_stopped_collection_goes_on_and_asks_for_nothing_that_was_final(standing_in, workspace, collect):
    site = WikiArtSite(works(60))
    stop_after, stopped = 10, threading.Event()
    server, settings = standing_in(site)
    job = control.create(workspace, "collect", {"collection": "c", **settings}, title="c")
    usual = server.answer

    def answer(request):
        if len(pictures_asked_for(server)) >= stop_after and not stopped.is_set():
            stopped.set()
            control.stop(workspace, job)
        return usual(request)

    server.answer = answer
    _job, end, rows = collect(job)
    assert end.state is State.STOPPED
    assert 0 < len(rows) < 60
    before = len(server.seen)
    final = {row["artwork"]["image_url"].removeprefix(server.url) for row in rows}
    _job, end, rows = collect(job)
    assert (end.state, len(rows)) == (State.DONE, 60)
    assert not final & {request.path for request in server.seen[before:]}


def test_failed_items_are_tried_again_only_when_asked_and_then_only_they(standing_in, workspace, collect):
    broken = Work(2)
    site = WikiArtSite([Work(1), broken, Work(3)])
    server, settings = standing_in(site, query={"genres": ["yakusha-e"], "size": "original"})
    site.faults[broken.file] = [Answer(500)] * NO_WAITING.attempts
    job, end, rows = collect(**settings)
    assert end.message == "2 pictures stored, 1 failed."
    failed = next(row for row in rows if row["state"] == "failed")
    assert (failed["reason"], failed["attempts"]) == ("server_error", NO_WAITING.attempts)
    assert [item.reason for item in read_outcome(job.path).failed] == ["server_error"]

    before = len(pictures_asked_for(server))
    assert retry_failed(workspace, job) == 1
    assert control.wait(job, 60).state is State.DONE
    outcome = read_outcome(job.path)
    assert (outcome.stored, outcome.failed) == (3, [])
    assert pictures_asked_for(server)[before:] == [broken.file]


def test_failures_beside_a_filled_limit_are_not_opened_again(standing_in, workspace, collect):
    broken = Work(1)
    site = WikiArtSite([broken, *works(5)[1:]])
    _server, settings = standing_in(site, query={"genres": ["yakusha-e"], "size": "original"}, limit=2)
    site.faults[broken.file] = [Answer(500)] * NO_WAITING.attempts
    job, _end, _rows = collect(**settings)
    with pytest.raises(JobError, match="higher limit"):
        retry_failed(workspace, job)
    assert len(read_outcome(job.path).failed) == 1


def test_a_collection_without_failures_has_nothing_to_try_again(standing_in, workspace, collect):
    _server, settings = standing_in(WikiArtSite(works(2)))
    job, _end, _rows = collect(**settings)
    with pytest.raises(JobError, match="Nothing failed"):
        retry_failed(workspace, job)


def test_a_host_that_refuses_everything_ends_the_job_and_counts_no_item_as_bad(standing_in, collect, workspace):
    site = WikiArtSite(works(30))
    server, settings = standing_in(site)
    usual = site.answer
    refusing = threading.Event()
    refusing.set()
    server.answer = lambda request: (
        Answer(403, b"<html>no</html>") if "/images/" in request.path and refusing.is_set() else usual(request)
    )
    job, end, rows = collect(**settings)
    assert end.state is State.FAILED
    assert server.netloc in end.message
    assert not [row for row in rows if row["state"] == "refused"]
    refusing.clear()
    _job, end, rows = collect(job)
    assert end.state is State.DONE
    assert read_outcome(job.path).stored == 30


def test_the_same_work_in_a_second_collection_is_not_fetched_again(standing_in, collect):
    server, settings = standing_in(WikiArtSite(works(4)))
    collect(**settings)
    before = len(pictures_asked_for(server))
    _job, end, _rows = collect(**settings, collection="again")
    assert end.message == "4 pictures stored, 4 of them known already."
    assert len(pictures_asked_for(server)) == before


def test_collections_tell_what_was_wanted_what_came_and_under_which_licences(standing_in, collect, workspace):
    _server, settings = standing_in(WikiArtSite([*works(3), Work(9, rights="Fair Use")]))
    collect(**settings, collection="prints")
    (report,) = collections(workspace)
    assert (report.name, report.source, report.state) == ("prints", ("wikiart",), "done")
    assert (report.wanted, report.arrived, report.failed) == (4, 3, {"licence": 1})
    assert report.licences == {"Public domain": 3}
    assert report.bytes > 0


def test_a_catalogue_of_several_pages_arrives_whole(standing_in, collect):
    _server, settings = standing_in(WikiArtSite(catalogue(300)), licences="any")
    _job, end, rows = collect(**settings)
    assert end.state is State.DONE
    assert len(rows) == len({row["key"] for row in rows})
    assert all(row["state"] == "stored" for row in rows)
