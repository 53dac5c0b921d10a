"""Fixtures for all tests: every test has a lab of its own."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from core.workspace import Workspace

# Before anything loads torch: its threads sleep, instead of spinning, while they wait for one another.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:  # `make test`: one process per core, so that more threads would only wait
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def packages_looked_through_once() -> Iterator[None]:
    """For each AppTest, Streamlit reads what all installed packages tell of themselves (0.3 seconds), in search of
    components. They stay the same while the tests run."""
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ATELIER_HOME in a fresh folder, so that no test can touch a person's pictures."""
    home = tmp_path / "lab"
    monkeypatch.setenv("ATELIER_HOME", str(home))
    monkeypatch.delenv("ATELIER_MODE", raising=False)
    return home


@pytest.fixture
def workspace(lab_home: Path) -> Workspace:
    return Workspace(lab_home).create()
