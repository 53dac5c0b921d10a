"""Where the pictures of a study come from, besides runs and test splits."""

import io

import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError
from core.pictures.gallery import Gallery
from core.studies.conditions import NoisePictures, PresetPictures
from core.studies.design import StudyDesign
from core.studies.errors import StudyError
from core.studies.freeze import create_study
from core.studies.picture_files import FolderPictures, GalleryPictures
from tests.core.pictures import encoded
from tests.core.studies.conftest import DrawnPictures
from tests.pages.test_study_form import untrained_run


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "restyled"
    made.mkdir()
    for number in range(4):
        Image.new("RGB", (60, 40), (60 * number, 10, 200)).save(made / f"{number}.png")
    (made / "notes.txt").write_text("not a picture")
    return made


def test_a_folder_is_fitted_to_the_shape_of_the_others_and_says_what_it_left_out(workspace, folder):
    drawn = FolderPictures(str(folder), "Mine", 10).draw(workspace, (16, 32))
    assert drawn.images.shape == (4, 16, 32, 3)
    assert [entry["file"] for entry in drawn.provenance] == ["0.png", "1.png", "2.png", "3.png"]
    assert tuple(drawn.images[3, 8, 16]) == (180, 10, 200)
    notes = " ".join(drawn.notes)
    assert "10 pictures were asked for, but restyled holds 4" in notes
    assert "1 files of restyled were left out, the first one: notes.txt" in notes
    assert "4 pictures of restyled were cut to 32×16 pixels" in notes


def test_a_folder_alone_is_shown_square_and_never_enlarged_beyond_its_smallest_side(workspace, folder):
    assert FolderPictures(str(folder), "", 2).draw(workspace, None).images.shape == (2, 40, 40, 3)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_pictures_is_refused(workspace, tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError, match="Give a folder with JPEG, PNG or WebP"):
        FolderPictures(str(tmp_path / name), "", 2).draw(workspace, None)


def test_a_folder_competes_with_generated_pictures_at_their_size(workspace, folder):
    study = create_study(
        workspace,
        "Both",
        StudyDesign(kind="rate-1-to-10", enlargement="pixels"),
        [FolderPictures(str(folder), "Mine", 2), DrawnPictures("generated", 2)],
    )
    assert study.manifest["display"]["native_width"] == 16
    assert [condition.kind for condition in study.conditions] == ["restyled", "generated"]


def test_noise_takes_the_shape_of_the_others_and_attention_squares_are_coarse(workspace):
    fine = NoisePictures(2, seed=1).draw(workspace, (16, 24))
    coarse = NoisePictures(2, seed=1, block=8).draw(workspace, (16, 24))
    assert fine.images.shape == coarse.images.shape == (2, 16, 24, 3)
    assert len(np.unique(coarse.images[0].reshape(-1, 3), axis=0)) <= 6
    assert (coarse.images[:, :8, :8] == coarse.images[:, :1, :1]).all()


def test_a_preset_competes_with_pictures_of_all_its_runs(workspace):
    first, second = untrained_run(workspace), untrained_run(workspace, again=True)
    drawn = PresetPictures("quick-gan", "tiny", 5).draw(workspace)
    runs = [entry["run"] for entry in drawn.provenance]
    assert len(drawn.images) == 5
    assert set(runs[:2]) == {first, second}
    assert runs.count(first) + runs.count(second) == 5
    with pytest.raises(StudyError, match="No run of atelier-gan on tiny"):
        PresetPictures("atelier-gan", "tiny", 5).draw(workspace)


def test_measures_of_what_differs_besides_the_model_are_kept_with_each_picture(workspace, tmp_path):
    for name, level in (("dark", 20), ("light", 230)):
        (tmp_path / name).mkdir()
        Image.new("RGB", (32, 32), (level, level, level)).save(tmp_path / name / "a.png")
    study = create_study(
        workspace,
        "Lighting",
        StudyDesign(),
        [FolderPictures(str(tmp_path / "dark"), "Dark", 1), FolderPictures(str(tmp_path / "light"), "Light", 1)],
    )
    values = {item.condition: item.measures["brightness"] for item in study.items.values()}
    assert values["restyled-1"] < 0.1
    assert values["restyled-2"] > 0.9
    assert set(next(iter(study.items.values())).measures) == {"brightness", "contrast", "sharpness", "colourfulness"}
    assert Image.open(io.BytesIO(study.picture(next(iter(study.items))))).mode == "RGB"


def gallery_hashes(workspace, count=3):
    gallery = Gallery(workspace)
    pictures = [encoded(Image.new("RGB", (60, 40), (60 * number, 10, 200))) for number in range(count)]
    return tuple(gallery.keep(picture, way="style", title="Street", label="patch: x").sha256 for picture in pictures)


def test_pictures_made_here_compete_in_the_order_in_which_they_were_chosen(workspace):
    hashes = gallery_hashes(workspace)[::-1]
    drawn = GalleryPictures(hashes, "Patch").draw(workspace, (16, 32))
    assert [entry["sha256"] for entry in drawn.provenance] == list(hashes)
    assert tuple(drawn.images[0, 8, 16]) == (120, 10, 200)
    assert drawn.notes == ("3 pictures of Patch were cut to 32×16 pixels, their middle kept.",)


def test_more_than_were_chosen_cannot_be_shown_and_that_is_said(workspace):
    drawn = GalleryPictures(gallery_hashes(workspace), "Patch").more(2).draw(workspace, (40, 60))
    assert len(drawn.images) == 3
    assert drawn.notes == ("5 pictures of Patch were asked for; 3 were chosen.",)


def test_pictures_of_the_gallery_that_are_gone_are_counted_and_none_at_all_is_refused(workspace):
    one, two = gallery_hashes(workspace, 2)
    workspace.image(two, "png").unlink()
    assert "and 1 of them is gone" in GalleryPictures((one, two), "Patch").draw(workspace, None).notes[0]
    with pytest.raises(StudyError, match="Choose others in the gallery"):
        GalleryPictures((two,), "Patch").draw(workspace, None)
    with pytest.raises(ConfigError, match="nothing of it can compete"):
        GalleryPictures((), "Patch")


def test_restyled_pictures_become_a_study_that_says_where_each_came_from(workspace):
    hashes = gallery_hashes(workspace)
    study = create_study(workspace, "Look", StudyDesign(kind="rate-1-to-10"), [GalleryPictures(hashes, "Patch")])
    assert {item.provenance["sha256"] for item in study.items.values()} == set(hashes)
