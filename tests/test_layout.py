"""The folders keep the promises of docs/architecture.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_PROJECT = Path(__file__).resolve().parent.parent
_NEEDS_ONLY_TORCH = ("core/models", "core/training", "core/sampling", "core/metrics", "core/datasets/pack.py")


def _python_files(*roots: str) -> Iterator[Path]:
    for root in roots:
        path = _PROJECT / root
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _imported(path: Path) -> set[str]:
    """Dotted names of all imports of a file, those inside functions included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def _short(path: Path) -> str:
    return path.relative_to(_PROJECT).as_posix()


def _roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in _imported(path)}


def test_no_folder_beside_the_router_is_called_pages() -> None:
    """Streamlit takes such a folder for its old kind of app. Until the first visitor of a fresh server has run the
    router, it would then run files lying directly in it without the router and its access check, and greet whoever
    comes by a deep link with "Page not found".
    """
    assert not (_PROJECT / "pages").exists()
    assert list((_PROJECT / "app_pages").glob("*.py")) == []


def test_page_file_names_are_unique_over_all_groups() -> None:
    names = [path.stem for path in _python_files("app_pages")]
    assert len(names) == len(set(names))


def test_every_page_stands_in_the_router() -> None:
    router = (_PROJECT / "streamlit_app.py").read_text(encoding="utf-8")
    for path in _python_files("app_pages"):
        assert _short(path) in router


@pytest.mark.parametrize("path", list(_python_files("core")), ids=_short)
def test_core_knows_nothing_of_the_app(path: Path) -> None:
    assert not _roots(path) & {"streamlit", "ui", "app_pages"}


@pytest.mark.parametrize("path", list(_python_files(*_NEEDS_ONLY_TORCH)), ids=_short)
def test_what_a_bare_gpu_machine_runs_imports_no_catalog_and_no_web(path: Path) -> None:
    assert not _roots(path) & {"duckdb", "pandas", "requests", "bs4", "streamlit", "plotly", "scipy"}


@pytest.mark.parametrize("path", list(_python_files("ui")), ids=_short)
def test_shared_pieces_import_no_page(path: Path) -> None:
    assert "app_pages" not in _roots(path)
