import json

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.pictures.gallery import Gallery
from core.sampling.explorer import load_explorer
from core.sampling.points import Between, Given, Mixed
from core.sampling.records import read_point, read_records
from core.workspace import Workspace
from tests.core.training.packs import stripes
from tests.runs import make_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("lab")).create()
    presets = {"gan": "quick-gan", "vae": "quick-vae"}
    return {name: make_run(workspace, preset, epochs=(1, 2), grid_size=4) for name, preset in presets.items()}


@pytest.fixture(autouse=True)
def at_home(runs, monkeypatch):
    monkeypatch.setenv("ATELIER_HOME", str(runs["gan"].path.parents[1]))


@pytest.fixture
def sample(capsys):
    def run(*arguments):
        status = main(["sample", *map(str, arguments)])
        return status, capsys.readouterr()

    return run


def test_a_sheet_carries_its_points_and_is_drawn_again_the_same(runs, sample, tmp_path):
    out, second = tmp_path / "a.png", tmp_path / "b.png"
    assert sample(runs["gan"].id, "--count", 4, "--columns", 2, "--truncation", 0.8, "--seed", 3, "--out", out)[0] == 0
    assert [record.point.truncation for record in read_records(out)] == [0.8] * 4
    assert sample("--again", out, "--columns", 2, "--out", second)[0] == 0
    assert Image.open(second).tobytes() == Image.open(out).tobytes()


def test_a_folder_gets_a_file_for_each_picture_and_nothing_is_written_over(runs, sample, tmp_path):
    arguments = (runs["gan"].id, "--vary", 0.3, "--count", 3, "--seed", 4, "--out", tmp_path / "some")
    assert sample(*arguments)[0] == 0
    files = sorted((tmp_path / "some").iterdir())
    assert [file.name for file in files] == [f"quick-gan-0002-000{number}.png" for number in range(3)]
    assert all(isinstance(read_point(file).base, Between) for file in files)
    status, told = sample(*arguments)
    assert status == 1
    assert "exists already" in told.err


def test_a_picture_is_encoded_moved_and_morphed_into_another(runs, sample, tmp_path):
    Image.fromarray(stripes(1, 32)[0]).save(tmp_path / "stripes.png")
    assert main(["directions", runs["vae"].id, "--count", "2"]) == 0
    arguments = ("--encode", tmp_path / "stripes.png", "--move", "principal-1=1.5", "--to", "5:2", "--count", 4)
    assert sample(runs["vae"].id, *arguments, "--out", tmp_path / "morph.png")[0] == 0
    first, *_, last = [record.point for record in read_records(tmp_path / "morph.png")]
    assert isinstance(first.base, Given)
    assert first.base.of.label == "stripes.png"
    assert first.amount("principal-1") == last.amount("principal-1") == 1.5
    assert (last.base.seed, last.base.number) == (5, 2)


def test_forms_in_the_colours_of_others_are_a_grid_and_can_be_kept(runs, sample, tmp_path):
    out = tmp_path / "mixed.png"
    status, told = sample(
        runs["gan"].id, "--colours", "1:0", "1:1", "1:2", "--count", 2, "--keep", "--json", "--out", out
    )
    assert status == 0
    assert [type(record.point.base) for record in read_records(out)] == [Mixed] * 6
    assert Image.open(out).size == (3 * 34 - 2, 2 * 34 - 2)
    kept = json.loads(told.out)["kept"]
    assert [made.sha256 for made in Gallery(Workspace()).newest(6)] == kept[::-1]


def test_one_picture_is_used_again_at_another_epoch(runs, sample, tmp_path):
    assert sample(runs["gan"].id, "--count", 1, "--seed", 8, "--out", tmp_path / "new.png")[0] == 0
    assert sample("--again", tmp_path / "new.png", "--epoch", 1, "--out", tmp_path / "old.png")[0] == 0
    point = read_point(tmp_path / "old.png")
    assert (point.epoch, point.base.seed) == (1, 8)
    explorer = load_explorer(Workspace(), runs["gan"].id, 1)
    assert (np.asarray(Image.open(tmp_path / "old.png")) == explorer.draw([point])[0]).all()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--move", "principal-1"), "--move is NAME=NUMBER"),
        (("--move", "nowhere=1"), "direction of this model"),
        (("--slider", "x=1"), "--slider is N=VALUE"),
        (("--category", "1"), "only an InfoGAN has"),
        (("--to", "nothing.png"), "neither SEED:NUMBER nor a file"),
        (("--count", "0"), "must be at least 1"),
        (("--steps", "3"), "is no flow"),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_line(runs, sample, tmp_path, arguments, told):
    status, said = sample(runs["gan"].id, *arguments, "--out", tmp_path / "a.png")
    assert status == 1
    assert told in said.err
    assert not (tmp_path / "a.png").exists()


def test_directions_are_listed_with_what_they_do(runs, capsys):
    assert main(["directions", runs["vae"].id, "--count", "2", "--json"]) == 0
    assert [row["direction"] for row in json.loads(capsys.readouterr().out)] == ["principal-1", "principal-2"]


def test_the_nearest_picture_of_a_gan_is_saved_with_its_point(runs, capsys, tmp_path):
    Image.fromarray(stripes(1, 32)[0]).save(tmp_path / "stripes.png")
    arguments = [runs["gan"].id, str(tmp_path / "stripes.png"), "--steps", "4", "--starts", "2", "--device", "cpu"]
    assert main(["project", *arguments, "--out", str(tmp_path / "near.png"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["near"]["drawn"] == 512
    assert read_point(tmp_path / "near.png").pictures()[0].label == "stripes.png"
