"""Folders of small pictures and collect jobs that run in the test's own process."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.files import JsonLines
from core.jobs import control
from core.jobs.folder import End, JobFolder
from core.workspace import Workspace
from tests.core.pictures import encoded

Rows = list[dict[str, Any]]


def picture(number: int, image_format: str = "PNG") -> bytes:
    """A different picture for every number."""
    return encoded(Image.new("RGB", (40, 30), (number * 37 % 256, number * 11 % 256, number % 256)), image_format)


@pytest.fixture
def fill(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder with these files: {"a/b.jpg": bytes}."""

    def make(files: dict[str, bytes], name: str = "pictures") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for key, data in files.items():
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            (folder / key).write_bytes(data)
        return folder

    return make


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., Path]:
    """Make a zip archive with these members."""

    def make(files: dict[str | zipfile.ZipInfo, bytes], name: str = "pictures.zip") -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in files.items():
                archive.writestr(member, data)
        return tmp_path / name

    return make


@pytest.fixture
def collect(workspace: Workspace) -> Callable[..., tuple[JobFolder, End, Rows]]:
    """Run a collect job to its end; (job, how it ended, its ledger)."""

    def run(job: JobFolder | None = None, **settings: Any) -> tuple[JobFolder, End, Rows]:
        job = job or control.create(workspace, "collect", {"collection": "tests", **settings}, title="tests")
        end = control.run_here(workspace, job)
        return job, end, JsonLines(job.path / "ledger.jsonl").rows()

    return run
