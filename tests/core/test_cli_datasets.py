"""`python -m core dataset list | show | diff`."""

import json
import zipfile

import pytest

from core.cli import main
from core.datasets.build import build_dataset
from core.datasets.pack import open_pack
from core.datasets.recipe import Recipe
from core.workspace import Workspace
from tests.core.datasets.conftest import Lab


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_HOME", str(tmp_path))
    lab = Lab(Workspace().create())
    pictures = lab.add_many(6)
    build_dataset(lab.workspace, pictures[:5], Recipe(resolution=32), name="v1", selection={"collections": ["blocks"]})
    build_dataset(lab.workspace, pictures[1:], Recipe(resolution=48), name="v2")
    return lab


def test_a_dataset_is_shown_for_people_and_for_scripts(lab, capsys):
    assert main(["dataset", "show", "v1", "--verify"]) == 0
    told = capsys.readouterr().out
    assert "collections: blocks" in told
    assert "5 chosen, 5 kept" in told
    assert "(all hashes hold)" in told
    assert main(["dataset", "show", "v1", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["counts"]["kept"], value["labels"]["artist"]) == (5, {"A. Painter": 5})
    assert (value["runs"], value["studies"], value["verified"]) == ([], [], False)


def test_a_changed_pixel_fails_the_check(lab, capsys):
    (folder,) = lab.workspace.datasets.glob("v1-*")
    data = bytearray((folder / "images.npy").read_bytes())
    data[-1] ^= 1
    (folder / "images.npy").write_bytes(bytes(data))
    assert main(["dataset", "show", "v1"]) == 0
    assert main(["dataset", "show", "v1", "--verify"]) == 1
    assert "pixels in images.npy have changed" in capsys.readouterr().err


def test_two_datasets_are_compared(lab, capsys):
    assert main(["dataset", "diff", "v1", "v2"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("v2 = v1 − 1 not chosen + 1 new")
    assert "Resolution, px  32  →  48" in told
    assert main(["dataset", "diff", "v1", "v2", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert (len(value["came"]), len(value["went"]), value["recipe"]["resolution"]) == (1, 1, [32, 48])
    assert main(["dataset", "diff", "v1", "v9"]) == 1
    assert "No dataset called 'v9'. There are:" in capsys.readouterr().err


def test_the_datasets_are_listed(lab, capsys):
    assert main(["dataset", "list", "--json"]) == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} == {"v1", "v2"}


def test_a_dataset_leaves_as_a_zip_file_that_opens_as_one(lab, capsys, tmp_path):
    target = tmp_path / "out" / "v1.zip"
    assert main(["dataset", "export", "v1", str(target)]) == 0
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "elsewhere")
    (folder,) = (tmp_path / "elsewhere").iterdir()
    assert len(open_pack(folder, verify=True).images) == 5
    assert main(["dataset", "export", "v1", str(target)]) == 1
    assert "there already" in capsys.readouterr().err
