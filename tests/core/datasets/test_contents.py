"""Looking into built datasets, and what two of them differ in."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.datasets.build import build_dataset
from core.datasets.contents import Contents
from core.datasets.differences import diff, setting_words
from core.datasets.listing import Dataset, selection_words
from core.datasets.pack import PackError, open_pack
from core.datasets.recipe import Recipe
from tests.core.datasets.conftest import Lab, noise

RECIPE = Recipe(resolution=32, copies=("flip-lr", "rot90"), test_share=0.25, max_cut_share=0.5)


@pytest.fixture
def pictures(lab: Lab):
    found = [
        replace(picture, title=f"Number {number}", style="Pop Art" if number % 2 else "", tags=("red",) * (number % 3))
        for number, picture in enumerate(lab.add_many(8))
    ]
    return [*found, lab.add(noise(20, 200, 40), artwork=20)]


def build(lab: Lab, pictures, name: str, recipe: Recipe = RECIPE) -> Dataset:
    return build_dataset(lab.workspace, pictures, recipe, name=name).dataset


def test_contents_tell_of_every_row_what_the_index_tells(lab, pictures):
    dataset = build(lab, pictures, "Whole")
    contents, pack = Contents(dataset.folder), open_pack(dataset.folder)
    assert (contents.train == pack.train_pictures).all()
    assert (contents.test == pack.test).all()
    assert sorted([*contents.train, *contents.test, *contents.copies]) == list(range(len(pack.rows)))
    for number, told in enumerate(pack.rows):
        row = contents.row(number)
        assert (row.picture.sha256, row.copy, row.picture.title) == (told["sha256"], told["copy"], told["title"])
    asked = [0, 9, 3]
    assert (contents.pixels(asked) == pack.images[asked]).all()
    assert contents.pixels([]).shape == (0, 32, 32, 3)
    assert contents.count_labels("style") == [("", 4), ("Pop Art", 4)]
    assert [row["reason"] for row in contents.dropped] == ["too narrow"]


def test_an_index_in_another_layout_says_the_same(lab, pictures):
    dataset = build(lab, pictures, "Whole")
    before = Contents(dataset.folder)
    path = dataset.folder / "index.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=2))
    after = Contents(dataset.folder)
    assert after.pictures == before.pictures
    assert after.copy_kinds == before.copy_kinds == ("flip-lr", "rot90")


def test_an_index_that_lost_rows_or_is_damaged_is_refused(lab, pictures):
    dataset = build(lab, pictures, "Whole")
    path = dataset.folder / "index.json"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-3] + lines[-1:]))
    with pytest.raises(PackError, match="index rows for 20 rows"):
        Contents(dataset.folder)
    path.write_bytes(b"[\n{nothing}\n]\n")
    with pytest.raises(PackError, match=r"index\.json is damaged"):
        Contents(dataset.folder)
    path.unlink()
    with pytest.raises(PackError, match=r"lacks the file index\.json"):
        Contents(dataset.folder)


def test_a_difference_tells_what_came_what_went_and_why(lab, pictures):
    old = build(lab, pictures[:5] + pictures[8:], "v2")
    newer = [picture for picture in pictures if picture != pictures[1]]
    new = build(lab, newer, "v3", replace(RECIPE, max_cut_share=1.0))
    found = diff(old, new)
    assert {change.sha256: change.why for change in found.came} == {
        **{picture.sha256: "new" for picture in pictures[5:8]},
        pictures[8].sha256: "too narrow",
    }
    assert [(change.sha256, change.why) for change in found.went] == [(pictures[1].sha256, "not chosen")]
    assert found.in_both == 4
    assert [(setting.name, setting.one, setting.other) for setting in found.recipe] == [("max_cut_share", 0.5, 1.0)]
    assert found.counts["kept"] == (5, 8)
    assert found.in_words().startswith("v3 = v2 − 1 not chosen + 3 new + 1 that had been too narrow; ")
    assert found.in_words().endswith("another recipe (may be lost at most)")
    back = diff(new, old)
    assert {change.why for change in back.went} == {"not chosen", "too narrow"}
    assert json.loads(json.dumps(back.to_json()))["in_words"] == back.in_words()


def test_pictures_in_both_may_change_sides_and_labels(lab, pictures):
    old = build(lab, pictures, "old", replace(RECIPE, seed=1))
    labelled = [replace(picture, style="Op Art") if picture == pictures[1] else picture for picture in pictures]
    new = build(lab, labelled, "new", replace(RECIPE, seed=4, resolution=48))
    found = diff(old, new)
    sides = [{picture.sha256 for picture in Contents(d.folder).pictures if picture.split == "test"} for d in (old, new)]
    assert {change.sha256 for change in found.moved} == sides[0] ^ sides[1] != set()
    assert all(("held out" in change.why) == (change.sha256 in sides[1]) for change in found.moved)
    assert [(change.sha256, change.why, change.detail) for change in found.relabelled] == [
        (pictures[1].sha256, "style", "style: Pop Art → Op Art")
    ]
    assert "1 with other labels; at 48 px instead of 32 px; another recipe (seed)" in found.in_words()


def test_a_dataset_does_not_differ_from_itself_nor_by_settings_that_count_for_nothing(lab, pictures):
    one = build(lab, pictures, "one", replace(RECIPE, pad_colour="white"))
    assert diff(one, one).is_none
    other = build(lab, pictures[:8], "other", replace(RECIPE, pad_colour="black"))
    found = diff(one, other)
    assert found.is_none
    assert found.in_words() == "other holds what one holds"


def test_settings_and_selections_are_told_in_words():
    assert setting_words("copies", ["flip-lr"]) == "flipped left to right"
    assert setting_words("copies", []) == "none"
    assert setting_words("max_cut_share", 0.5) == "50%"
    assert setting_words("steps", [{"kind": "rotate"}]).startswith("rotate")
    assert selection_words({"collections": ["prints", "drawings"], "min_side": 64}) == (
        "collections: prints, drawings; min side: 64"
    )
    assert selection_words(None) == "all pictures"


def test_pixels_that_are_not_those_of_the_manifest_are_refused(lab, pictures):
    dataset = build(lab, pictures, "Whole")
    np.save(dataset.folder / "images.npy", np.zeros((2, 32, 32, 3), np.uint8))
    with pytest.raises(PackError, match="but the manifest says"):
        Contents(dataset.folder).pixels([0])
