import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.build import DatasetError, build_dataset, free_name
from core.datasets.fit import apply_copy, fit_picture
from core.datasets.listing import broken_datasets, find_dataset, list_datasets
from core.datasets.pack import PackError, open_pack
from core.datasets.recipe import COPIES, Recipe
from core.errors import ConfigError, NotFoundError
from core.images import read_image
from tests.core.datasets.conftest import noise

RECIPE = Recipe(resolution=32, copies=("flip-lr", "rot90"), test_share=0.2)


def test_a_built_pack_holds_every_picture_and_the_copies_of_the_training_ones(lab):
    pictures = lab.add_many(10)
    built = build_dataset(lab.workspace, pictures, RECIPE, name="Ten")
    pack = open_pack(built.dataset.folder, verify=True)
    assert (pack.name, pack.id, pack.resolution) == ("Ten", built.dataset.id, 32)
    assert pack.images.shape == (10 + 8 * 2, 32, 32, 3)
    assert pack.images.dtype == np.uint8
    assert not pack.images.flags.writeable
    by_sha = {picture.sha256: picture for picture in pictures}
    for number, row in enumerate(pack.rows):
        picture = by_sha[row["sha256"]]
        pixels = fit_picture(read_image(lab.workspace.image(picture.sha256, picture.suffix)), RECIPE)
        expected = apply_copy(pixels, row["copy"]) if row["copy"] else pixels
        assert (pack.images[number] == expected).all()
        assert row["artwork"] == picture.artwork_id


def test_what_is_held_out_has_no_copies_anywhere(lab):
    recipe = Recipe(resolution=32, copies=tuple(COPIES), test_share=0.3)
    pack = open_pack(build_dataset(lab.workspace, lab.add_many(10), recipe, name="Split").dataset.folder)
    held_out = {pack.rows[row]["sha256"] for row in pack.test}
    trained = {pack.rows[row]["sha256"] for row in pack.train}
    assert (len(held_out), len(trained)) == (3, 7)
    assert not held_out & trained
    assert all(pack.rows[row]["copy"] == "" for row in pack.test)
    assert len(pack.train) == 7 * 6
    assert len(pack.train_pictures) == 7
    assert sorted([*pack.train, *pack.test]) == list(range(len(pack.images)))


def test_the_same_inputs_are_built_once_whatever_their_order_and_found_by_both_names(lab):
    pictures = lab.add_many(6)
    first = build_dataset(lab.workspace, pictures, RECIPE, name="First")
    stamp = (first.dataset.folder / "images.npy").stat().st_mtime_ns
    second = build_dataset(lab.workspace, pictures[::-1], RECIPE, name="Second")
    assert (first.is_new, second.is_new) == (True, False)
    assert second.dataset.id == first.dataset.id
    assert (first.dataset.folder / "images.npy").stat().st_mtime_ns == stamp
    assert len(list_datasets(lab.workspace)) == 1
    for name in ("First", "Second", first.dataset.id):
        assert find_dataset(lab.workspace, name).id == first.dataset.id


def test_any_change_of_the_inputs_changes_the_content_hash(lab):
    pictures = lab.add_many(6)
    recipes = [
        RECIPE,
        Recipe(resolution=48, test_share=0.2),
        Recipe(resolution=32, seed=1),
        Recipe(resolution=32, fit="pad"),
    ]
    hashes = {
        build_dataset(lab.workspace, pictures, recipe, name=f"Dataset {number}").dataset.content_hash
        for number, recipe in enumerate(recipes)
    }
    hashes.add(build_dataset(lab.workspace, pictures[:-1], RECIPE, name="Fewer").dataset.content_hash)
    assert len(hashes) == 5


def test_two_labs_give_the_same_pictures_the_same_hash_and_split(lab, tmp_path):
    from core.workspace import Workspace
    from tests.core.datasets.conftest import Lab

    other = Lab(Workspace(tmp_path / "other").create())
    pictures = lab.add_many(12)
    same = [other.add(noise(number), artwork=1000 - number) for number in range(12)]
    one = build_dataset(lab.workspace, pictures, RECIPE, name="One").dataset
    two = build_dataset(other.workspace, same, RECIPE, name="Two").dataset
    assert one.content_hash == two.content_hash
    packs = open_pack(one.folder), open_pack(two.folder)
    assert (packs[0].images == packs[1].images).all()
    assert (packs[0].test == packs[1].test).all()


def test_a_name_in_use_for_other_contents_is_refused_and_nothing_is_built(lab):
    pictures = lab.add_many(6)
    build_dataset(lab.workspace, pictures, RECIPE, name="Taken")
    with pytest.raises(ConfigError, match=r"already a dataset called 'Taken'.*Choose another name"):
        build_dataset(lab.workspace, pictures[:4], RECIPE, name="Taken")
    assert len(list_datasets(lab.workspace)) == 1
    assert free_name(lab.workspace, "Taken") == "Taken 2"
    assert free_name(lab.workspace, "New") == "New"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_a_name_that_is_none_is_refused(lab, name):
    with pytest.raises(ConfigError, match="needs a name"):
        build_dataset(lab.workspace, lab.add_many(3), RECIPE, name=name)


def test_nothing_to_train_on_is_refused_with_the_reasons(lab):
    plain = [lab.add(Image.new("RGB", (40, 40), (number, 0, 0)), artwork=number) for number in range(3)]
    with pytest.raises(DatasetError, match=r"None of the 3 pictures.*3 near-solid"):
        build_dataset(lab.workspace, plain, RECIPE, name="Plain")
    with pytest.raises(DatasetError, match="holds no pictures"):
        build_dataset(lab.workspace, [], RECIPE, name="Empty")
    assert list_datasets(lab.workspace) == []


def test_the_manifest_says_what_was_asked_and_what_was_dropped(lab):
    pictures = [*lab.add_many(6), lab.add(noise(9, 200, 40), artwork=9)]
    dataset = build_dataset(lab.workspace, pictures, RECIPE, name="Told", selection={"artists": ["A. Painter"]}).dataset
    manifest = json.loads((dataset.folder / "manifest.json").read_text())
    assert manifest["selection"] == {"artists": ["A. Painter"]}
    assert Recipe.from_json(manifest["recipe"]) == RECIPE
    assert manifest["artists"] == {"A. Painter": 6}
    assert manifest["counts"]["kept"] == 6
    (dropped,) = manifest["dropped"]
    assert dropped["sha256"] == pictures[-1].sha256
    assert (dropped["reason"], dropped["cut_share"]) == ("too narrow", 0.8)


def test_a_picture_that_goes_missing_after_it_was_measured_is_left_out_with_its_reason(lab):
    pictures = lab.add_many(6)
    build_dataset(lab.workspace, pictures, RECIPE, name="All")
    lab.workspace.image(pictures[2].sha256, "png").unlink()
    dataset = build_dataset(lab.workspace, pictures, Recipe(resolution=48), name="Without").dataset
    assert dataset.counts["kept"] == 5
    (dropped,) = dataset.manifest["dropped"]
    assert (dropped["sha256"], dropped["reason"]) == (pictures[2].sha256, "unreadable")


def test_progress_rises_to_its_total_and_is_full_once_the_dataset_is_there(lab):
    reports = []

    def on_progress(done: int, total: int, *, message: str, unit: str = "pictures") -> None:
        reports.append((done, total, unit))
        assert done < total or len(list_datasets(lab.workspace)) == 1

    dataset = build_dataset(lab.workspace, lab.add_many(70), RECIPE, name="Seen", on_progress=on_progress).dataset
    count = dataset.counts["rows"]
    pictures = [done for done, total, unit in reports if (total, unit) == (70, "pictures")]
    rows = [done for done, total, unit in reports if (total, unit) == (count, "rows")]
    assert (pictures, rows) == (sorted(pictures), sorted(rows))
    assert len(pictures) + len(rows) == len(reports)
    assert reports[-1] == (count, count, "rows")


def test_an_unknown_dataset_names_those_there_are(lab):
    build_dataset(lab.workspace, lab.add_many(4), RECIPE, name="Known")
    with pytest.raises(NotFoundError, match=r"No dataset called 'Unknown'\. There are: Known"):
        find_dataset(lab.workspace, "Unknown")


def test_a_damaged_folder_hides_no_other_dataset_and_is_named(lab):
    whole = build_dataset(lab.workspace, lab.add_many(4), RECIPE, name="Whole").dataset
    (lab.workspace.datasets / "stray").mkdir()
    assert [dataset.id for dataset in list_datasets(lab.workspace)] == [whole.id]
    assert broken_datasets(lab.workspace) == [
        f"{lab.workspace.datasets / 'stray'} is not a dataset: it has no manifest.json."
    ]


@pytest.fixture
def folder(lab):
    return build_dataset(lab.workspace, lab.add_many(4), RECIPE, name="Pack").dataset.folder


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def one_other_pixel(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("file", "damage", "message"),
    [
        ("images.npy", Path.unlink, "lacks the file images.npy"),
        ("index.json", Path.unlink, "lacks the file index.json"),
        ("manifest.json", Path.unlink, "has no manifest.json"),
        ("images.npy", cut_short, "images.npy cannot be read"),
        ("images.npy", one_other_pixel, "pixels in images.npy have changed"),
        ("index.json", one_other_pixel, "index.json is not the one it was built with"),
        ("manifest.json", lambda path: path.write_text("{"), "manifest.json is damaged"),
        ("manifest.json", lambda path: path.write_text("{}"), "lacks its id, name or content hash"),
        ("images.npy", lambda path: np.save(path, np.zeros((2, 32, 32, 3), np.uint8)), "but the manifest says"),
    ],
)
def test_a_damaged_pack_says_what_is_wrong(folder, file, damage, message):
    damage(folder / file)
    with pytest.raises(PackError, match=message):
        open_pack(folder, verify=True)


def test_a_pack_opens_with_nothing_but_numpy(folder):
    script = (
        "import sys; from pathlib import Path; from core.datasets.pack import open_pack; "
        "print(open_pack(Path(sys.argv[1])).images.shape); "
        "print(sorted({'duckdb', 'pandas', 'PIL', 'streamlit', 'torch', 'filelock'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    output = subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert output.splitlines()[1] == "[]"
