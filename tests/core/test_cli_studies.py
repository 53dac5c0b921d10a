"""Human studies from the command line."""

import json

import pytest

from core.cli import main
from core.studies.journal import VoteJournal
from core.studies.links import access
from core.studies.study import list_studies, open_study
from tests.core.studies.results.simulated import by_condition, rate


@pytest.fixture
def folder(tmp_path):
    """Five pictures of one's own."""
    from PIL import Image

    path = tmp_path / "restyled"
    path.mkdir()
    for number in range(5):
        Image.new("RGB", (48, 48), (40 * number, 90, 200 - 30 * number)).save(path / f"{number}.png")
    return path


def create(folder, *more):
    return main(
        ["study", "create", "--name", "Which you like", "--folder", str(folder), "--noise", "--items", "4", *more]
    )


@pytest.fixture
def voted(workspace, folder):
    assert create(folder) == 0
    (study,) = list_studies(workspace)
    journal = VoteJournal(study.path)
    for _ in range(3):
        rate(study, journal, by_condition({"restyled-1": [4, 5], "noise-1": [1, 2]}))
    return study


def test_a_study_is_opened_and_its_id_and_link_are_printed(workspace, folder, capsys):
    more = ["--attention", "1", "--language", "de", "en", "--stop-after-raters", "12", "--invite", "2"]
    assert create(folder, *more, "--page", "http://127.0.0.1:9000/studies") == 0
    lines = capsys.readouterr().out.splitlines()
    study = open_study(workspace, lines[0])
    token = access(study).token
    assert lines[1] == f"http://127.0.0.1:9000/rate?link={token}"
    assert len(lines) == 4  # and two invitations
    assert study.design.languages == ("de", "en")
    assert study.design.stop.in_words() == "after 12 raters have finished"
    assert [condition.count for condition in study.conditions] == [4, 4]


def test_the_report_is_printed_or_everything_as_json(voted, capsys):
    assert main(["study", "results", voted.id]) == 0
    assert "3 raters rated single pictures" in capsys.readouterr().out
    assert main(["study", "results", voted.id, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["all"]["measure"] == "mean"
    assert [condition["value"] for condition in value["all"]["conditions"]] == [4.5, 1.5]
    assert value["all"]["counts"]["judgements"] == 24


def test_an_export_lies_in_the_folder(voted, tmp_path, capsys):
    assert main(["study", "export", voted.id, "--out", str(tmp_path / "out"), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert "votes-clean.parquet" in value["files"]
    assert all((tmp_path / "out" / name).is_file() for name in value["files"])
    assert main(["study", "export", voted.id, "--out", str(tmp_path / "out")]) == 1
    assert "not an empty folder" in capsys.readouterr().err


def test_a_whole_study_is_found_whole_and_a_damaged_one_fails(voted, capsys):
    assert main(["study", "check", voted.id]) == 0
    assert "journal and table agree on 24 votes" in capsys.readouterr().out
    next((voted.path / "images").iterdir()).unlink()
    assert main(["study", "check", voted.id]) == 1
    assert "is missing" in capsys.readouterr().err


def test_studies_are_listed(voted, capsys):
    assert main(["study", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["study"], row["votes"], row["raters"], row["open"]) == (voted.id, 24, 3, True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--from", "no-such-run:4"], "no-such-run"),
        (["--real", "test"], "there is none"),
        (["--preset", "atelier-gan"], "PRESET:DATASET"),
        (["--stop-on", "2027-01-31", "--stop-after-raters", "3"], "by one rule"),
        (["--kind", "better-of-two", "--language", "xx"], "xx"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_one_line(workspace, folder, capsys, more, said):
    assert create(folder, *more) == 1
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert list_studies(workspace) == []


def test_an_unknown_study_is_refused_with_those_there_are(voted, capsys):
    assert main(["study", "results", "../etc"]) == 1
    assert voted.id in capsys.readouterr().err
