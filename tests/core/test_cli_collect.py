"""The command line of Collect, against a stand-in on loopback."""

import json

import pytest
from PIL import Image

from core import cli
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.standins.server import Answer, StandIn
from tests.standins.wikiart import WikiArtSite, Work


@pytest.fixture
def server(workspace: Workspace):
    works = [Work(number, rights="Fair Use" if number == 3 else "Public domain") for number in range(1, 9)]
    with StandIn(WikiArtSite(works).answer) as server:
        fast = HostSettings(requests_per_second=0, backoff_seconds=0)
        write_web_settings(workspace, WebSettings(hosts={server.netloc: fast}))
        yield server


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = cli.main(list(arguments))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_dry_run_says_what_it_would_take_and_collects_nothing(server, workspace, capsys):
    status, out, _err = run(
        capsys, "collect", "wikiart", "--genre", "yakusha-e", "--limit", "5", "--dry-run", "--base-url", server.url
    )
    assert status == 0
    assert "8 artworks found, 5 wanted" in out
    assert "requests" in out
    assert "MB" in out
    assert "Actor No. 1" in out
    assert list(workspace.jobs.glob("*/job.json")) == []
    assert list(workspace.images.rglob("*.*")) == []


def test_a_dry_run_as_json_names_numbers_and_examples(server, capsys):
    _status, out, _err = run(
        capsys, "collect", "wikiart", "--genre", "yakusha-e", "--dry-run", "--base-url", server.url, "--json"
    )
    found = json.loads(out)
    assert (found["artworks"], found["source"]) == (8, "wikiart")
    assert [example["title"] for example in found["examples"]] == ["Actor No. 1", "Actor No. 2", "Actor No. 4"]


def test_collections_tell_what_was_wanted_what_arrived_and_why_not(server, capsys):
    run(capsys, "collect", "wikiart", "--genre", "yakusha-e", "--base-url", server.url, "--collection", "actors")
    _status, out, _err = run(capsys, "collections", "--json")
    (row,) = json.loads(out)
    assert (row["name"], row["source"], row["wanted"], row["arrived"]) == ("actors", ["wikiart"], 8, 7)
    assert row["failed"] == {"licence": 1}
    assert row["licences"] == {"Public domain": 7}
    _status, out, _err = run(capsys, "collections")
    assert "licence 1" in out


def test_a_server_that_was_not_named_is_not_reached_by_a_redirect(server, capsys, workspace):
    usual = server.answer
    with StandIn(lambda request: usual(request), host="127.0.0.9") as canary:

        def answer(request):
            if "/images/" in request.path:
                return Answer(302, headers=(("Location", f"{canary.url}{request.path}"),))
            return usual(request)

        server.answer = answer
        run(capsys, "collect", "wikiart", "--genre", "yakusha-e", "--base-url", server.url, "--collection", "c")
        assert canary.seen == []
    _status, out, _err = run(capsys, "collections", "--json")
    assert json.loads(out)[0]["failed"]["address"] == 7


def test_a_mistyped_filter_is_refused_with_the_ones_that_exist(capsys):
    status, _out, err = run(capsys, "collect", "met", "--filter", "department", "--dry-run")
    assert status == 1
    assert "name=value" in err


def test_nothing_asked_for_is_refused_in_words(capsys):
    status, _out, err = run(capsys, "collect", "wikiart", "--dry-run")
    assert status == 1
    assert "genre" in err


def test_files_say_what_they_were_taken_for_and_a_dry_run_imports_nothing(workspace, tmp_path, capsys):
    for split, style, number in (("train", "ukiyo_e", 1), ("train", "baroque", 2), ("test", "baroque", 3)):
        path = tmp_path / "set" / split / style / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (number * 40, 0, 90)).save(path)
    _status, out, _err = run(capsys, "collect", "files", str(tmp_path / "set"), "--dry-run")
    assert "3 pictures" in out
    assert "baroque 2" in out
    assert "test 1" in out
    assert list(workspace.jobs.glob("*/job.json")) == []


def test_a_failed_item_is_tried_again_by_the_name_of_its_collection(server, workspace, capsys):
    usual = server.answer
    broken = {"on": True}

    def answer(request):
        if broken["on"] and "picture-5" in request.path:
            return Answer(500)
        return usual(request)

    server.answer = answer
    run(capsys, "collect", "wikiart", "--genre", "yakusha-e", "--base-url", server.url, "--collection", "actors")
    broken["on"] = False
    status, out, _err = run(capsys, "collect", "retry", "actors")
    assert status == 0
    assert "7 pictures stored" in out
