"""Paths of a lab, and names that try to leave it."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from core.workspace import Workspace, slug


def test_the_root_is_what_was_given_else_the_environment_else_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATELIER_HOME", str(tmp_path / "env"))
    assert Workspace(tmp_path / "given").root == tmp_path / "given"
    assert Workspace().root == tmp_path / "env"
    monkeypatch.delenv("ATELIER_HOME")
    assert (Workspace().root / "streamlit_app.py").exists()


def test_creating_twice_is_fine_and_makes_every_folder(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path).create().create()
    for folder in (workspace.images, workspace.thumbs, workspace.datasets, workspace.queue, workspace.checkpoints):
        assert folder.is_dir()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc", "a\0b", ".hidden", "a..b", "x" * 129, "ä", "a b", "a\n"]
)
def test_a_name_that_could_leave_the_workspace_is_refused(tmp_path: Path, name: str) -> None:
    workspace = Workspace(tmp_path)
    for path_of in (workspace.dataset, workspace.job, workspace.run, workspace.study):
        with pytest.raises(ConfigError, match="not a valid name"):
            path_of(name)


@pytest.mark.parametrize("name", ["20261121-093012-quick-gan-4f2a", "a", "A.b_c-d"])
def test_names_we_make_are_accepted(tmp_path: Path, name: str) -> None:
    assert Workspace(tmp_path).run(name) == tmp_path / "checkpoints" / name


def test_pictures_lie_by_their_hash_and_nothing_else(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    sha256 = "ab" * 32
    assert workspace.image(sha256, "jpg") == tmp_path / "data" / "images" / "ab" / f"{sha256}.jpg"
    assert workspace.thumb(sha256).suffix == ".webp"
    assert workspace.facts(sha256).suffix == ".json"
    for wrong in ("ab", "AB" * 32, "../" + "a" * 61):
        with pytest.raises(ConfigError):
            workspace.image(wrong, "jpg")
    with pytest.raises(ConfigError):
        workspace.image(sha256, "../jpg")


def test_a_slug_is_always_a_valid_name(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for text in ("Mark Rothko: No. 61", "茨木", "", "---", "x" * 500, "a/../b"):
        assert workspace.run(slug(text)).parent == workspace.checkpoints
    assert slug("Mark Rothko: No. 61") == "mark-rothko-no-61"
    assert slug("茨木") == "untitled"
