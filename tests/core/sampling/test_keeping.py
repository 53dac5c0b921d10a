import io
import json

import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError
from core.pictures.carried import NoRequestError
from core.pictures.chosen import ChosenPicture, keep_picture
from core.pictures.gallery import Gallery
from core.sampling.again import used_again
from core.sampling.directions import Direction, keep_learned, kept_directions, learned_id, remove_learned
from core.sampling.explorer import load_explorer
from core.sampling.keeping import files, keep, made_record, read_point
from core.sampling.records import POINT_KEY, Record, encode_sheet, read_record, read_records, record_of
from core.training.grids import make_grid
from core.workspace import Workspace
from tests.core.training.packs import stripes
from tests.runs import make_run


@pytest.fixture
def run(tmp_path):
    return make_run(Workspace(tmp_path).create(), "quick-gan", epochs=(1, 2), grid_size=4)


@pytest.fixture
def explorer(run):
    return load_explorer(Workspace(run.path.parents[1]), run.id)


def workspace_of(explorer):
    return Workspace(explorer.folder.path.parents[1])


def a_direction(explorer, title="warmer"):
    vector = np.eye(explorer.latent_dim, dtype=np.float32)[1]
    return Direction(learned_id(vector), title, "learned", vector, explorer.epoch)


def png_of(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_file_carries_all_that_draws_its_picture_again(explorer):
    direction = a_direction(explorer)
    explorer.adopt([direction])
    point = explorer.seeds(5, 1, truncation=0.8)[0].moved(direction.id, 2.0)
    data = files(explorer, [point])[0]
    assert read_point(data) == point
    elsewhere = load_explorer(workspace_of(explorer), explorer.run)  # has never heard of the direction
    record = read_record(data)
    elsewhere.adopt(record.directions)
    assert (elsewhere.draw([record.point])[0] == np.asarray(Image.open(io.BytesIO(data)))).all()
    assert record.weights == explorer.weights_hash
    assert "warmer +2" in Image.open(io.BytesIO(data)).info["Description"]


def test_the_same_point_is_the_same_file(explorer):
    points = explorer.seeds(5, 1)
    assert files(explorer, points) == files(explorer, points)


def test_a_sheet_carries_the_points_of_all_its_pictures(explorer):
    direction = a_direction(explorer)
    explorer.adopt([direction])
    points = [one.moved(direction.id, number) for number, one in enumerate(explorer.seeds(5, 3))]
    records = [record_of(explorer, point) for point in points]
    data = encode_sheet(make_grid(explorer.draw(points)), records, {"seed": 5})
    assert [record.point for record in read_records(data)] == points
    assert [len(record.directions) for record in read_records(data)] == [0, 1, 1]
    assert Image.open(io.BytesIO(data)).info["seed"] == "5"


def test_kept_pictures_name_the_model_and_the_picture_that_they_came_from(explorer):
    workspace = workspace_of(explorer)
    parent = keep_picture(workspace, png_of(stripes(1, 32)[0]), label="stripes.png")
    from core.sampling.points import Given, Point

    latent = explorer.latents(explorer.seeds(0, 1))[0]
    point = Point(explorer.run, explorer.epoch, Given.of_numbers(latent, "projected", parent))
    made = keep(workspace, explorer, [point, *explorer.seeds(1, 1)])
    assert [one.way for one in made] == ["sample", "sample"]
    assert made[0].parents == (parent,)
    assert made[0].label.startswith("Quick GAN, epoch 2")
    assert made_record(Gallery(workspace).find(made[0].sha256)).point == point
    assert keep(workspace, explorer, [point])[0].sha256 == made[0].sha256


def test_a_picture_of_this_lab_can_be_used_again_exactly(explorer):
    again = used_again(workspace_of(explorer), record_of(explorer, explorer.seeds(1, 1)[0]))
    assert (again.can_draw, again.exact, again.words) == (True, True, "")


def test_changed_weights_are_told(explorer):
    record = record_of(explorer, explorer.seeds(1, 1)[0])
    changed = Record(record.point, "0" * 64, record.model)
    again = used_again(workspace_of(explorer), changed)
    assert (again.can_draw, again.exact) == (True, False)
    assert "not those that drew this picture" in again.words


def test_an_epoch_that_was_not_kept_is_stood_in_for_by_the_nearest_and_told(explorer):
    record = record_of(explorer, explorer.seeds(1, 1)[0])
    explorer.folder.weights_path(2).unlink()
    again = used_again(workspace_of(explorer), record)
    assert (again.point.epoch, again.exact) == (1, False)
    assert "epoch 1 of the same run stands in" in again.words


def test_a_run_that_is_gone_is_told(explorer, tmp_path):
    record = record_of(explorer, explorer.seeds(1, 1)[0])
    again = used_again(Workspace(tmp_path / "other").create(), record)
    assert not again.can_draw
    assert "Import its network" in again.words


def test_the_same_weights_are_found_in_another_run(explorer):
    record = record_of(explorer, explorer.seeds(1, 1)[0])
    folder = explorer.folder.path
    folder.rename(folder.with_name("copied-elsewhere"))
    again = used_again(workspace_of(explorer), record)
    assert (again.point.run, again.point.epoch, again.exact) == ("copied-elsewhere", 2, True)


def test_an_imported_network_draws_the_pictures_of_the_one_that_was_exported(explorer, tmp_path):
    from core.model_files.export import export_network
    from core.model_files.importing import import_network

    record = record_of(explorer, explorer.seeds(1, 1)[0])
    exported = tmp_path / "network.safetensors"
    export_network(explorer.folder, 2, "safetensors", exported)
    other = Workspace(tmp_path / "other").create()
    run = import_network(other, exported, "brought")
    again = used_again(other, record)
    assert (again.point.run, again.exact) == (run, True)
    drawn = load_explorer(other, run, again.point.epoch).draw([again.point])
    assert (drawn == explorer.draw([record.point])).all()


def test_a_parent_that_is_not_here_is_told_but_hinders_nothing(explorer):
    from core.sampling.points import Given, Point

    latent = explorer.latents(explorer.seeds(0, 1))[0]
    given = Given.of_numbers(latent, "encoded", ChosenPicture(sha256="b" * 64, label="lost.jpg"))
    again = used_again(workspace_of(explorer), record_of(explorer, Point(explorer.run, explorer.epoch, given)))
    assert again.exact
    assert "lost.jpg" in again.words


@pytest.mark.parametrize("text", ["no JSON", "[1, 2]", '{"point": {"run": "x"}}', '{"point": 3}'])
def test_a_damaged_record_is_refused(text):
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text(POINT_KEY, text)
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=info)
    with pytest.raises((NoRequestError, ConfigError)):
        read_record(buffer.getvalue())


def test_a_picture_without_a_record_is_refused():
    with pytest.raises(NoRequestError, match="holds no point"):
        read_record(png_of(stripes(1, 32)[0]))


def test_learned_directions_are_kept_with_the_run_until_they_are_removed(explorer):
    direction = a_direction(explorer)
    keep_learned(explorer.folder, direction)
    kept = kept_directions(explorer.folder, explorer.epoch)
    assert [(one.id, one.title, one.epoch) for one in kept] == [(direction.id, "warmer", 2)]
    assert (kept[0].vector == direction.vector).all()
    assert explorer.directions().keys() == {direction.id}
    remove_learned(explorer.folder, direction.id)
    assert kept_directions(explorer.folder, explorer.epoch) == []


def test_a_damaged_direction_is_passed_over_and_one_from_elsewhere_refused(explorer):
    direction = a_direction(explorer)
    keep_learned(explorer.folder, direction)
    (explorer.folder.path / "directions" / "learned-0123456789ab.json").write_text("{")
    assert len(kept_directions(explorer.folder, explorer.epoch)) == 1
    with pytest.raises(ConfigError, match="length"):
        Direction.from_json(direction.to_json() | {"vector": ""})
    with pytest.raises(ConfigError, match="of another model"):
        explorer.adopt([Direction("learned-y", "y", "learned", np.ones(1, np.float32), 1)])
    with pytest.raises(ConfigError, match="not a learned direction"):
        remove_learned(explorer.folder, "learned-../../run")
    assert json.loads(json.dumps(direction.to_json()))["title"] == "warmer"
