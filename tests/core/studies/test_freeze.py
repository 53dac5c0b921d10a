"""Opening a study hides everything a rater could learn from a file, and keeps everything an owner needs."""

import hashlib
import io
import json
import struct

import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError
from core.studies.conditions import NoisePictures, TestPictures
from core.studies.design import FlagRules, StudyDesign
from core.studies.errors import StudyError
from core.studies.freeze import create_study, encode
from core.studies.staircase import Staircase
from core.studies.stopping import StopRule
from core.studies.study import Study, list_studies, open_study
from core.studies.wording import Wording
from tests.core.studies.conftest import DrawnPictures


def chunks(png: bytes) -> list[str]:
    names, position = [], 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        names.append(png[position + 4 : position + 8].decode())
        position += 12 + length
    return names


def test_frozen_files_hold_nothing_but_pixels(study):
    for item in study.items:
        assert set(chunks(study.picture(item))) == {"IHDR", "IDAT", "atPd", "IEND"}  # atPd: random filling
        Image.open(io.BytesIO(study.picture(item))).verify()


def test_all_files_have_the_same_number_of_bytes_however_well_they_compress(workspace):
    flat = NoisePictures(2, block=64)
    sources = [DrawnPictures("real", 3, side=64), flat]
    frozen = create_study(workspace, "Flat and busy", StudyDesign(attention=1), sources)
    assert len({len(frozen.picture(item)) for item in frozen.items}) == 1


def test_the_filling_of_two_files_differs(study):
    tails = {study.picture(item)[-40:-16] for item in study.items}
    assert len(tails) == len(study.items)


def test_all_conditions_have_one_size_and_format(study):
    headers = {study.picture(item)[:33] for item in study.items}
    assert len(headers) == 1
    assert study.display_size == (512, 512)


def test_names_times_and_order_say_nothing(study):
    files = sorted((study.path / "images").iterdir())
    assert {path.stem for path in files} == set(study.items)
    assert len({path.stat().st_mtime_ns for path in files}) == 1
    ids = [entry["id"] for entry in study.manifest["items"]]
    assert ids == sorted(ids)
    assert all(len(item) == 16 and int(item, 16) >= 0 for item in ids)


def test_names_differ_between_two_studies_of_the_same_pictures(make_study):
    assert not set(make_study().items) & set(make_study().items)


def test_the_manifest_knows_where_each_picture_came_from(study):
    for item in study.items.values():
        assert item.sha256 == hashlib.sha256(study.picture(item.id)).hexdigest()
    generated = [item for item in study.items.values() if item.condition == "generated-1"]
    assert sorted(item.provenance["index"] for item in generated) == list(range(6))
    assert {item.provenance["seed"] for item in generated} == {1}


def test_pixels_survive_enlargement_by_whole_blocks(workspace):
    source = DrawnPictures("real", 1, side=32)
    frozen = create_study(workspace, "Blocks", StudyDesign(enlargement="pixels"), [source])
    (item,) = frozen.items
    shown = np.asarray(Image.open(io.BytesIO(frozen.picture(item))))
    assert np.array_equal(shown[8::16, 8::16], source.draw(workspace, None).images[0])


def test_smooth_enlargement_keeps_the_picture_and_hides_the_blocks():
    ramp = np.broadcast_to(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], (32, 32, 3))
    smooth = np.asarray(Image.open(io.BytesIO(encode(ramp, (32, 32), (512, 512), "smooth")))).astype(int)
    assert np.abs(np.diff(smooth, axis=1)).max() <= 2  # 8 between neighbouring pixels of the original
    assert np.abs(smooth.reshape(32, 16, 32, 16, 3).mean(axis=(1, 3)) - ramp)[:, 2:-2].max() < 1


def test_a_larger_condition_is_brought_down_to_the_smaller_one(workspace):
    mixed = create_study(
        workspace,
        "Two sizes",
        StudyDesign(),
        [DrawnPictures("generated", 2, side=16), DrawnPictures("real", 2, side=32)],
    )
    assert mixed.manifest["display"]["native_width"] == 16
    assert len({mixed.picture(item)[:33] for item in mixed.items}) == 1


def test_pictures_of_different_shapes_are_refused(workspace):
    class Wide(DrawnPictures):
        def draw(self, workspace, shape):
            pictures = super().draw(workspace, shape)
            return type(pictures)(pictures.images[:, :8], pictures.provenance)

    with pytest.raises(StudyError, match="different shapes"):
        create_study(workspace, "Shapes", StudyDesign(), [DrawnPictures("real", 2), Wide("generated", 2)])
    assert list_studies(workspace) == []


def test_a_refused_study_leaves_nothing_behind(workspace):
    class Broken(DrawnPictures):
        def draw(self, workspace, shape):
            pictures = super().draw(workspace, shape)
            return type(pictures)(pictures.images, pictures.provenance[:-1])

    with pytest.raises(ValueError):
        create_study(workspace, "Broken", StudyDesign(), [Broken("real", 2)])
    assert list(workspace.studies.iterdir()) == []


def test_words_that_name_a_condition_are_refused(workspace):
    with pytest.raises(ConfigError, match="so know what competes"):
        create_study(workspace, "Is Real of seed 0 good?", StudyDesign(), [DrawnPictures("real", 2)])


def test_a_study_opens_by_id_and_in_the_list(workspace, study):
    assert open_study(workspace, study.id).items == study.items
    assert [entry.id for entry in list_studies(workspace)] == [study.id]


@pytest.mark.parametrize(
    "design",
    [
        {"kind": "rate-1-to-7"},
        {"wordings": {"en": Wording(" ")}},
        {"wordings": {"tlh": Wording("nuqneH?")}},
        {"items_per_rater": 0},
        {"repeats": -1},
        {"exposure": "staircase"},
        {"ties": True},
        {"pairing": "adaptive"},
        {"pairing": "odd", "kind": "better-of-two"},
        {"max_raters": 0},
    ],
)
def test_a_design_that_cannot_work_is_refused(design):
    with pytest.raises(ConfigError):
        StudyDesign(**design)


def test_a_design_survives_its_way_through_the_manifest(make_study):
    design = {
        "items_per_rater": 5,
        "wordings": {"de": Wording("Wie überzeugend?"), "en": Wording("How convincing?", consent="I agree.")},
        "stop": StopRule("judgements", 50),
        "flags": FlagRules(fast_ms=300),
        "staircase": Staircase(start_ms=400),
        "goal": "a half-width of 5 points",
    }
    study = make_study(**design)
    assert study.design == StudyDesign(**design, enlargement="pixels")
    assert study.design.languages == ("de", "en")


def test_a_study_of_the_first_format_is_read_as_it_was(study):
    manifest = json.loads((study.path / "manifest.json").read_text())
    design = manifest["design"]
    manifest["design"] = {
        **{name: design[name] for name in ("kind", "items_per_rater", "enlargement", "practice", "attention")},
        **{name: design[name] for name in ("repeats", "recommended_judgements", "recommended_raters")},
        "question": "How convincing?",
        "instructions": "Look.",
        "flags": {"fast_ms": 400, "fast_share": 0.2, "straight_line_votes": 8, "straight_line_share": 0.95},
    }
    manifest["format"] = 1
    del manifest["trials"]
    for entry in manifest["items"]:
        del entry["measures"]
    for entry in manifest["conditions"]:
        del entry["role"]
    (study.path / "manifest.json").write_text(json.dumps(manifest))
    old = Study(study.path)
    assert (old.design.question, old.design.flags.fast_ms) == ("How convincing?", 400)
    assert set(old.main_trials) == set(study.items)
    assert old.total_shown == 12


def write_pack(folder, images, splits):
    from core.datasets.pack import IMAGES, INDEX, MANIFEST, hash_pixels

    folder.mkdir(parents=True)
    np.save(folder / IMAGES, images)
    index = json.dumps(
        [
            {"sha256": str(row), "artwork": row, "artist": "", "copy": "", "split": split}
            for row, split in enumerate(splits)
        ]
    ).encode()
    (folder / INDEX).write_bytes(index)
    manifest = {
        "id": folder.name,
        "name": folder.name,
        "content_hash": "x",
        "recipe": {"resolution": images.shape[1]},
        "images": {"shape": images.shape, "sha256": hash_pixels(images)},
        "index": {"sha256": hashlib.sha256(index).hexdigest()},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest))


def test_real_pictures_come_from_the_test_split_alone(workspace):
    images = np.random.default_rng(0).integers(0, 256, (10, 16, 16, 3), np.uint8)
    write_pack(workspace.dataset("tiny"), images, ["train"] * 6 + ["test"] * 4)
    drawn = TestPictures("tiny", 3, seed=1).draw(workspace)
    rows = [entry["row"] for entry in drawn.provenance]
    assert len(set(rows)) == 3
    assert set(rows) <= {6, 7, 8, 9}
    assert np.array_equal(drawn.images, images[rows])


def test_a_test_split_with_too_few_pictures_says_so(workspace):
    write_pack(workspace.dataset("tiny"), np.zeros((5, 16, 16, 3), np.uint8), ["train"] * 3 + ["test"] * 2)
    study = create_study(workspace, "Few", StudyDesign(), [TestPictures("tiny", 8)])
    assert len(study.items) == 2
    assert "8 real pictures were asked for, but the test split holds only 2" in study.conditions[0].notes[0]


def test_a_dataset_without_test_split_is_refused(workspace):
    write_pack(workspace.dataset("tiny"), np.zeros((5, 16, 16, 3), np.uint8), ["train"] * 5)
    with pytest.raises(StudyError, match="holds no pictures back"):
        create_study(workspace, "None", StudyDesign(), [TestPictures("tiny", 8)])
