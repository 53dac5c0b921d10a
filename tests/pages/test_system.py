"""The System page tells what is there, and a report names nobody."""

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from core import system
from core.system import Fact
from core.workspace import Workspace

_ENTRY = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def system_page() -> AppTest:
    app = AppTest.from_file(str(_ENTRY), default_timeout=30)
    app.run()
    app.switch_page("app_pages/lab/system.py").run()
    assert not app.exception
    return app


def button(app: AppTest, label: str) -> Any:
    return next(found for found in app.button if found.label == label)


def text(app: AppTest) -> str:
    return "\n".join(found.value for found in app.markdown)


def test_the_page_shows_versions_and_a_report_to_copy(workspace: Workspace) -> None:
    app = system_page()
    assert "duckdb" in app.code[0].value
    assert "This app has the catalog open" in app.markdown[-1].value
    assert "Everything that Atelier needs is here." in app.success[0].value


def test_storage_that_does_not_last_is_the_first_thing_said(workspace: Workspace, monkeypatch: Any) -> None:
    monkeypatch.setenv("ATELIER_STORAGE", "ephemeral")
    app = system_page()
    assert "does not survive a restart" in app.warning[0].value
    assert "Download them" in app.warning[0].value


def test_speed_is_measured_when_it_is_asked_for(workspace: Workspace) -> None:
    app = system_page()
    assert "GFLOP/s" not in text(app)
    button(app, "Measure speed").click().run()
    assert "GFLOP/s" in text(app)


def test_a_backup_is_made_while_the_lab_is_open(workspace: Workspace, tmp_path: Path) -> None:
    app = system_page()
    folder = next(found for found in app.text_input if found.label == "Folder on this server")
    folder.set_value(str(tmp_path / "copies"))
    button(app, "Back up now").click().run()
    assert any("Saved and read back" in found.value for found in app.success)
    (made,) = (tmp_path / "copies").iterdir()
    assert (made / "backup.json").exists()


def test_a_backup_to_an_impossible_folder_is_refused_in_words(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    app = system_page()
    folder = next(found for found in app.text_input if found.label == "Folder on this server")
    folder.set_value(str(tmp_path / "file" / "inside"))
    button(app, "Back up now").click().run()
    assert "can be written" in app.error[0].value


def test_votes_without_a_backup_are_a_concern(workspace: Workspace) -> None:
    (workspace.studies / "one").mkdir()
    (workspace.studies / "one" / "votes.jsonl").write_text("")
    assert any("no backup" in found.value for found in system_page().warning)


def test_weights_that_are_missing_are_named_with_their_place(workspace: Workspace, monkeypatch: Any) -> None:
    monkeypatch.setenv("TORCH_HOME", str(workspace.root / "torch"))
    said = text(system_page())
    assert "vgg19-dcbb9e9d.pth" in said
    assert "SHA-256 begins `6726825d`" in said


def test_a_forged_file_of_weights_is_a_concern(workspace: Workspace, monkeypatch: Any) -> None:
    monkeypatch.setenv("TORCH_HOME", str(workspace.root / "torch"))
    (workspace.data / "weights").mkdir()
    (workspace.data / "weights" / "vgg19-dcbb9e9d.pth").write_bytes(b"forged")
    app = system_page()
    button(app, "Check the files").click().run()
    assert any("not the file its name claims" in found.value for found in app.warning)


def test_the_catalog_is_read_as_a_whole_when_asked(workspace: Workspace) -> None:
    app = system_page()
    assert "never read as a whole" in text(app)
    button(app, "Read all of it").click().run()
    assert "read as a whole just now" in text(app)


def test_facts_name_the_versions_and_where_things_are(workspace: Workspace) -> None:
    found = {fact.name: fact for fact in system.facts(workspace)}
    assert found["streamlit"].value.startswith("1.")
    assert found["Workspace"].value == str(workspace.root)
    assert found["Chosen by"].value == "ATELIER_HOME"
    assert found["Catalog"].value == "not made yet"


def test_a_report_is_plain_text_without_the_home_folder() -> None:
    secret = str(Path.home() / "lab")
    text = system.report([Fact("Storage", "Workspace", secret), Fact("Torch", "Starts", "no", "Install it.")])
    assert text.splitlines() == [
        "Storage",
        f"  Workspace  {Path('~/lab')}",
        "",
        "Torch",
        "  Starts     no   [!] Install it.",
    ]


def test_sizes_count_files_and_do_not_follow_links(workspace: Workspace) -> None:
    (workspace.images / "ab").mkdir()
    (workspace.images / "ab" / "picture.jpg").write_bytes(b"x" * 1500)
    (workspace.images / "loop").symlink_to(workspace.root, target_is_directory=True)
    sizes = {what: (files, size) for what, _, files, size in system.folder_sizes(workspace)}
    assert sizes["Pictures"][0] == 2
    assert 1500 <= sizes["Pictures"][1] < 3000
    assert sizes["Studies"] == (0, 0)


def test_sizes_read_well() -> None:
    assert [system.size_words(count) for count in (0, 999, 1500, 2_340_000, 812_000_000, 3.4e9, 2e12)] == [
        *("0 bytes", "999 bytes", "2 kB", "2.3 MB", "812 MB", "3.4 GB", "2.0 TB")
    ]


def test_torch_is_asked_in_a_process_of_its_own() -> None:
    found = {fact.name: fact for fact in system.check_torch()}
    assert found["Starts"].value == "yes"
    assert int(found["Threads"].value) >= 1
