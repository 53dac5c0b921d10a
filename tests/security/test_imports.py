"""Hostile files brought in through the pages: nothing runs, lands outside the lab, or fills the memory."""

import io
import os
import pickle
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import streamlit as st
import torch
from PIL import Image
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from core.errors import AtelierError
from core.model_files.importing import import_network
from core.workspace import Workspace
from tests.core.pictures import encoded
from tests.security.conftest import files_below

_ROUTER = Path(__file__).parents[2] / "streamlit_app.py"


@pytest.fixture(autouse=True)
def fresh_server() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


class Payload:
    """What unpickling would run."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self.marker),)


def hostile_models(marker: Path) -> dict[str, bytes]:
    pickled = pickle.dumps(Payload(marker))
    saved = io.BytesIO()
    torch.save({"weights": Payload(marker)}, saved)
    honest = save({"weight": torch.zeros(2)})
    return {
        "model.pt": saved.getvalue(),
        "model.pth": pickled,
        "model.safetensors": pickled,  # a pickle under a trusted name
        "inside.safetensors": honest + pickled,  # behind the tensors
        "header.safetensors": (len(pickled)).to_bytes(8, "little") + pickled,
        "huge.safetensors": (1 << 62).to_bytes(8, "little") + b"{}",
        "saved.safetensors": saved.getvalue(),
        "model.onnx": pickled,
        "model.zip": saved.getvalue(),
    }


@pytest.mark.parametrize("name", list(hostile_models(Path("x"))))
def test_a_model_that_is_a_program_is_refused_and_not_run(name: str, workspace: Workspace, tmp_path: Path) -> None:
    marker = tmp_path / "it-ran"
    path = tmp_path / name
    path.write_bytes(hostile_models(marker)[name])
    with pytest.raises(AtelierError):
        import_network(workspace, path, "a gift")
    assert not marker.exists()
    assert not list(workspace.checkpoints.iterdir())


def test_the_payload_does_run_where_somebody_unpickles_it(tmp_path: Path) -> None:
    """That the test above could fail."""
    pickle.loads(hostile_models(tmp_path / "it-ran")["model.pth"])
    assert (tmp_path / "it-ran").exists()


def packed(members: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        for name, target in (links or {}).items():
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, target)
    return buffer.getvalue()


def collect_page() -> AppTest:
    page = AppTest.from_file(str(_ROUTER), default_timeout=60)
    page.query_params["from"] = "upload"
    page.run().switch_page("app_pages/gather/collect.py")
    page.query_params["from"] = "upload"
    return page.run()


def picture(colour: int) -> bytes:
    return encoded(Image.new("RGB", (40, 30), (colour, 90, 20)))


def test_an_uploaded_archive_puts_nothing_outside_the_lab(workspace: Workspace, tmp_path: Path) -> None:
    climbs = ("../../../climbed.png", "/absolute.png", "..\\..\\windows.png", "C:\\drive.png", "a/../../b.png")
    data = packed(
        {"honest.png": picture(1), **{name: picture(9) for name in climbs}}, {"link.png": "/etc/passwd", "up": "../.."}
    )
    before = files_below(tmp_path)
    page = collect_page()
    assert not page.exception
    page.file_uploader(key="files-0").upload("gift.zip", data).run()
    assert not page.exception
    made = files_below(tmp_path) - before
    assert all(path.is_relative_to(workspace.root) for path in made)
    for name in ("climbed", "absolute", "windows", "drive", "passwd"):
        assert not [path for path in made if name in path.name]
    assert not Path("/absolute.png").exists()


@pytest.mark.parametrize(
    "name", ["../../../climbed.png", "/tmp/absolute.png", "..\\windows.png", "a\x00b.png", "." * 300, "CON"]
)
def test_the_name_of_an_upload_leads_nowhere(name: str, workspace: Workspace, tmp_path: Path) -> None:
    before = files_below(tmp_path)
    page = collect_page()
    page.file_uploader(key="files-0").upload(name, picture(3)).run()
    assert not page.exception
    made = files_below(tmp_path) - before
    assert all(path.resolve().is_relative_to(workspace.root) for path in made)


def test_bombs_are_refused_within_little_memory(workspace: Workspace) -> None:
    image = io.BytesIO()
    Image.new("L", (14_000, 14_000)).save(image, "PNG")  # 200 MB of pixels in 190 kB
    archive = packed({"zeros.png": bytes(300_000_000)})  # 300 MB in 300 kB
    page = collect_page()
    before = psutil.Process().memory_info().rss
    page.file_uploader(key="files-0").upload("bomb.png", image.getvalue()).run()
    assert not page.exception
    page.file_uploader(key="files-0").upload("bomb.zip", archive).run()
    assert not page.exception
    assert psutil.Process().memory_info().rss - before < 150_000_000
