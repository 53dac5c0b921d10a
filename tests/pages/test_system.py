"""The System page tells what is there, and a report names nobody."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from core import system
from core.system import Fact
from core.workspace import Workspace

_ENTRY = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def test_the_page_shows_versions_and_a_report_to_copy(workspace: Workspace) -> None:
    import streamlit as st

    st.cache_resource.clear()
    app = AppTest.from_file(str(_ENTRY), default_timeout=30)
    app.run()
    app.switch_page("app_pages/lab/system.py").run()
    assert not app.exception
    assert "duckdb" in app.code[0].value
    assert "This app has the catalog open" in app.markdown[-1].value


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
