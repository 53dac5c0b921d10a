"""The installation and its backups from the command line."""

import json
from pathlib import Path

from core.catalog.catalog import Catalog
from core.cli import main


def test_the_report_names_what_is_wrong(workspace, monkeypatch, capsys):
    monkeypatch.setenv("ATELIER_STORAGE", "ephemeral")
    assert main(["system"]) == 0
    printed = capsys.readouterr()
    assert "Survives a restart  no   [!] Ratings are stored in" in printed.out
    assert "to look at" in printed.err


def test_the_report_as_json_has_all_its_parts(workspace, capsys):
    assert main(["system", "--json", "--speed"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"facts", "catalog", "weights", "jobs", "troubles", "backups"}
    speed = [fact["name"] for fact in found["facts"] if fact["group"] == "Speed"]
    assert speed == ["Disk, one vote made durable", "Disk, large writes", "Pictures decoded", "Arithmetic"]
    assert not list(workspace.data.glob(".speed-*"))


def test_a_backup_is_made_and_checked(workspace, tmp_path, capsys):
    assert main(["backup", str(tmp_path / "copies"), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["check-backup", made["path"]]) == 0
    (Path(made["path"]) / "catalog.duckdb").write_bytes(b"")
    assert main(["check-backup", made["path"]]) == 1
    assert "missing or changed" in capsys.readouterr().err


def test_a_job_that_was_lost_is_told_with_what_to_do(workspace, capsys):
    from core.jobs import control

    control.create(workspace, "collect", {"source": "sample", "count": 1, "collection": "x"}, title="A lost one")
    assert main(["system"]) == 0
    assert "A lost one" in capsys.readouterr().out


def test_a_backup_beside_a_running_app_says_what_to_do(workspace, tmp_path, capsys):
    import subprocess
    import sys

    with Catalog(workspace.catalog):
        asked = subprocess.run(
            [sys.executable, "-m", "core", "backup", str(tmp_path / "copies")],
            capture_output=True,
            text=True,
            check=False,
        )
    assert asked.returncode == 1
    assert "in use" in asked.stderr
