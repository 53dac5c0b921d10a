"""The catalog from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.cli import main
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha

Out = pytest.CaptureFixture[str]


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    jobs = Jobs(workspace)
    jobs.collect(
        "seas",
        [
            jobs.stored("a.jpg", 1, artist="Ada", title="Calm sea", width=400),
            jobs.stored("b.jpg", 2, artist="Ada", title="Rough sea", width=900),
            jobs.stored("c.jpg", 3, artist="Bo", title="Harbour", width=640),
        ],
    )
    return workspace


def answer(capsys: Out, *arguments: str) -> object:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def titles(capsys: Out, *arguments: str) -> list[str]:
    found = answer(capsys, "catalog", "find", *arguments)
    assert isinstance(found, dict)
    return [picture["title"] for picture in found["pictures"]]


def test_find_lists_what_fits_in_the_order_asked_for(filled: Workspace, capsys: Out) -> None:
    assert titles(capsys, "--where", "artist = Ada", "--sort", "title") == ["Calm sea", "Rough sea"]
    assert titles(capsys, "--sort", "title", "--limit", "1", "--offset", "1") == ["Harbour"]
    assert main(["catalog", "find", "--where", "width > 500"]) == 0
    printed = capsys.readouterr()
    assert "Rough sea" in printed.out
    assert "Calm sea" not in printed.out
    assert "2 pictures fit" in printed.err


def test_a_filter_that_cannot_be_understood_is_one_clear_line(filled: Workspace, capsys: Out) -> None:
    assert main(["catalog", "find", "--where", "artits = Ada"]) == 1
    assert "Did you mean artist?" in capsys.readouterr().err
    assert main(["catalog", "find", "--sort", "beauty"]) == 1
    assert main(["catalog", "find", "--collection", "hills"]) == 1


def test_what_was_excluded_comes_back_by_undo_and_by_restoring(filled: Workspace, capsys: Out) -> None:
    act = answer(capsys, "catalog", "exclude", "--where", "artist = Ada", "--reason", "torn")
    assert isinstance(act, dict)
    assert act["pictures"] == 2
    assert titles(capsys) == ["Harbour"]
    assert titles(capsys, "--show", "excluded", "--where", "reason = torn and width > 500") == ["Rough sea"]
    answer(capsys, "catalog", "restore-pictures", "--where", "width > 500")
    assert len(titles(capsys)) == 2
    answer(capsys, "catalog", "undo")
    assert titles(capsys) == ["Harbour"]
    answer(capsys, "catalog", "undo", str(act["number"]))
    timeline = answer(capsys, "catalog", "timeline")
    assert isinstance(timeline, list)
    assert [entry["act"] for entry in timeline] == ["undo", "undo", "restore", "exclude"]


def test_an_act_needs_to_be_told_which_pictures(filled: Workspace, capsys: Out) -> None:
    for command in (["exclude", "--reason", "torn"], ["tag", "sea"], ["untag", "sea"], ["restore-pictures"]):
        assert main(["catalog", *command]) == 1
        assert "Which pictures?" in capsys.readouterr().err
    assert main(["catalog", "undo"]) == 1
    assert "no act that could be undone" in capsys.readouterr().err


def test_pictures_are_tagged_and_untagged(filled: Workspace, capsys: Out) -> None:
    assert main(["catalog", "tag", "sea", "--where", "artist = Ada"]) == 0
    assert "2 pictures tagged 'sea'" in capsys.readouterr().out
    assert main(["catalog", "untag", "sea", "--where", "width > 500"]) == 0
    assert titles(capsys, "--where", "my_tag = sea") == ["Calm sea"]


def test_a_saved_selection_stands_for_its_filter_and_is_narrowed_by_others(filled: Workspace, capsys: Out) -> None:
    saved = answer(capsys, "catalog", "selections", "--save", "adas", "--where", "artist = Ada or artist = Zoe")
    assert saved == [{"name": "adas", "pictures": 2, "selection": {"where": "artist = Ada or artist = Zoe"}}]
    assert titles(capsys, "--selection", "adas", "--where", "width > 500 or width < 100") == ["Rough sea"]
    assert main(["catalog", "selections", "--rename", "adas", "hers"]) == 0
    assert main(["catalog", "find", "--selection", "adas"]) == 1
    assert answer(capsys, "catalog", "selections", "--delete", "hers") == []


def test_decisions_are_gone_back_to(filled: Workspace, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.catalog.snapshots.FROM_PICTURES", 2)
    assert answer(capsys, "catalog", "snapshots") == []
    answer(capsys, "catalog", "exclude", "--collection", "seas", "--reason", "torn")
    made = answer(capsys, "catalog", "snapshots")
    assert isinstance(made, list)
    assert titles(capsys) == []
    assert main(["catalog", "snapshots", "--go-back", made[0]["name"]]) == 0
    assert len(titles(capsys)) == 3


def test_a_dataset_can_be_refused_for_want_of_a_choice(filled: Workspace, capsys: Out) -> None:
    assert main(["dataset", "build", "--name", "x"]) == 1
    assert "Which pictures?" in capsys.readouterr().err


def test_a_backup_is_restored_and_what_was_there_is_kept(filled: Workspace, tmp_path: Path, capsys: Out) -> None:
    titles(capsys)
    backup = answer(capsys, "catalog", "backup", str(tmp_path / "backups"))
    assert isinstance(backup, dict)
    assert backup["pictures"] == 3
    answer(capsys, "catalog", "exclude", "--where", "artist = Ada", "--reason", "torn")
    restored = answer(capsys, "catalog", "restore", str(tmp_path / "backups"))
    assert isinstance(restored, dict)
    assert len(titles(capsys)) == 3
    with Catalog(Path(restored["kept"])) as before:
        assert before.count(Selection(excluded="excluded")) == 2


def test_a_damaged_backup_replaces_nothing(filled: Workspace, tmp_path: Path, capsys: Out) -> None:
    titles(capsys)
    backup = answer(capsys, "catalog", "backup", str(tmp_path / "backups"))
    assert isinstance(backup, dict)
    copy = Path(backup["path"]) / "catalog.duckdb"
    copy.write_bytes(copy.read_bytes()[:-1] + b"?")
    answer(capsys, "catalog", "tag", "kept", "--collection", "seas")
    assert main(["catalog", "restore", str(tmp_path / "backups")]) == 1
    assert "missing or changed" in capsys.readouterr().err
    assert len(titles(capsys, "--where", "my_tag = kept")) == 3
    assert main(["catalog", "restore", str(tmp_path)]) == 1


def test_a_question_in_sql_is_answered_as_table_json_and_file(filled: Workspace, tmp_path: Path, capsys: Out) -> None:
    sql = "SELECT artist, count(*) AS works FROM artworks GROUP BY artist ORDER BY artist"
    found = answer(capsys, "catalog", "sql", sql)
    assert isinstance(found, dict)
    assert found["rows"] == [["Ada", 2], ["Bo", 1]]
    assert main(["catalog", "sql", sql]) == 0
    assert capsys.readouterr().out.split() == ["artist", "works", "Ada", "2", "Bo", "1"]
    assert main(["catalog", "sql", sql, "--csv", str(tmp_path / "a.csv")]) == 0
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "artist,works\nAda,2\nBo,1\n"
    assert main(["catalog", "sql", "DROP TABLE images"]) == 1
    assert len(titles(capsys)) == 3


def test_somebody_else_who_has_the_catalog_is_named_by_process(filled: Workspace, capsys: Out) -> None:
    with Catalog(filled.catalog) as catalog:
        catalog.count()
        ran = subprocess.run(
            [sys.executable, "-m", "core", "catalog", "find"], capture_output=True, text=True, check=False
        )
    assert ran.returncode == 1
    assert "is in use by process" in ran.stderr
    assert sha(1)[:12] not in ran.stdout


def test_all_that_is_known_about_one_picture_is_told(filled: Workspace, capsys: Out) -> None:
    assert main(["catalog", "exclude", "--where", "artist = Bo", "--reason", "torn"]) == 0
    told = answer(capsys, "catalog", "show", sha(3)[:10])
    assert isinstance(told, dict)
    assert (told["sha256"], told["excluded"], told["artworks"][0]["title"]) == (sha(3), "torn", "Harbour")
    assert main(["catalog", "show", sha(3)]) == 0
    printed = capsys.readouterr().out
    assert "Harbour" in printed
    assert "exclude by owner: torn" in printed
    assert main(["catalog", "show", "ffff"]) == 1
    assert "no picture" in capsys.readouterr().err.lower()
