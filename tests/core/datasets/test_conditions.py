import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets.build import build_dataset, free_name
from core.datasets.conditions import ConditionError, Term, Vocabulary, vocabulary
from core.datasets.listing import find_dataset, list_datasets
from core.datasets.pack import Pack, open_pack
from core.datasets.recipe import Recipe
from core.errors import ConfigError

RECIPE = Recipe(resolution=32, copies=("flip-lr",), test_share=0)


def pack_of(*rows: dict, test: int = 0, copies: int = 0) -> Pack:
    """A pack of pictures with these labels, the last `test` held out, the first `copies` with a copy at the end."""
    rows = tuple({"copy": "", "split": "train", **row} for row in rows)
    for row in rows[len(rows) - test :]:
        row["split"] = "test"
    rows += tuple({**row, "copy": "flip-lr"} for row in rows[:copies])
    splits = np.array([row["split"] for row in rows])
    images = np.zeros((len(rows), 1, 1, 3), np.uint8)
    manifest = {"id": "few", "name": "Few", "content_hash": "x"}
    return Pack(
        Path(), images, np.flatnonzero(splits == "train"), np.flatnonzero(splits == "test"), list(rows), manifest
    )


def labels(style: str = "", tags: tuple[str, ...] = (), artist: str = "", collections: tuple[str, ...] = ()) -> dict:
    return {"style": style, "genre": "", "artist": artist, "tags": list(tags), "collections": list(collections)}


def names(found: Vocabulary) -> list[str]:
    return [f"{term} {term.count}" for term in found.terms]


def test_a_built_dataset_keeps_the_labels_of_its_pictures(lab):
    pictures = lab.add_many(5)
    pictures[2] = replace(
        pictures[2], style="Pop Art", genre="still life", tags=("blue", "soup"), collections=("a", "b")
    )
    dataset = build_dataset(lab.workspace, pictures, RECIPE, name="Told").dataset
    assert dataset.manifest["labelled"] == {"artist": 5, "style": 1, "genre": 1, "tags": 1, "collections": 1}
    pack = open_pack(dataset.folder)
    (row, copy) = [row for row in pack.rows if row["sha256"] == pictures[2].sha256]
    for each in (row, copy):
        assert (each["style"], each["genre"], each["artist"]) == ("Pop Art", "still life", "A. Painter")
        assert (each["tags"], each["collections"]) == (["blue", "soup"], ["a", "b"])


def test_labels_learnt_after_a_build_change_nothing_until_it_is_built_again_under_another_name(lab):
    pictures = lab.add_many(6)
    before = build_dataset(lab.workspace, pictures, RECIPE, name="Blocks").dataset
    told = [replace(picture, style="Op Art") for picture in pictures]
    with pytest.raises(ConfigError, match="same pictures, but other labels"):
        build_dataset(lab.workspace, told, RECIPE, name="Blocks")
    after = build_dataset(lab.workspace, told, RECIPE, name=free_name(lab.workspace, "Blocks"))
    assert after.is_new
    assert after.dataset.id != before.id
    assert after.dataset.content_hash == before.content_hash
    assert [row["style"] for row in open_pack(before.folder).rows] == [""] * 12
    assert [row["style"] for row in open_pack(after.dataset.folder).rows] == ["Op Art"] * 12
    assert not build_dataset(lab.workspace, told, RECIPE, name="Third").is_new
    assert find_dataset(lab.workspace, "Third").id == after.dataset.id
    assert len(list_datasets(lab.workspace)) == 2


def test_a_pack_from_before_labels_opens_and_says_what_it_lacks(lab):
    folder = build_dataset(lab.workspace, lab.add_many(5), RECIPE, name="Old").dataset.folder
    rows = json.loads((folder / "index.json").read_text())
    kept = ("sha256", "artwork", "artist", "title", "copy", "split")
    index = json.dumps([{name: row[name] for name in kept} for row in rows]).encode()
    (folder / "index.json").write_bytes(index)
    manifest = json.loads((folder / "manifest.json").read_text())
    import hashlib

    manifest["index"] = {"sha256": hashlib.sha256(index).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    pack = open_pack(folder, verify=True)
    with pytest.raises(ConditionError, match=r"Old was built before labels.*no style and no tags: build it again"):
        vocabulary(pack, ("style", "tags"), 10)
    again = build_dataset(lab.workspace, lab.add_many(5), RECIPE, name="Old again")
    assert again.is_new
    assert "style" in open_pack(again.dataset.folder).rows[0]


def test_the_most_frequent_values_come_first_whatever_the_order_of_the_pictures():
    rows = [labels("Cubism")] * 4 + [labels("Realism")] * 6 + [labels("Baroque")] * 4
    expected = ["style: Realism 6", "style: Baroque 4", "style: Cubism 4"]
    assert names(vocabulary(pack_of(*rows), ("style",), 10)) == expected
    assert names(vocabulary(pack_of(*rows[::-1]), ("style",), 10)) == expected
    assert names(vocabulary(pack_of(*rows), ("style",), 2)) == expected[:2]


def test_held_out_pictures_and_copies_are_not_counted():
    rows = [labels("Cubism")] * 5 + [labels("Realism")] * 9
    found = vocabulary(pack_of(*rows, test=4, copies=5), ("style",), 10)
    assert names(found) == ["style: Cubism 5", "style: Realism 5"]


def test_values_of_too_few_pictures_and_values_of_all_are_left_out():
    rows = [labels(tags=("art", "sea"))] * 4 + [labels(tags=("art", "hill"))] * 3
    assert names(vocabulary(pack_of(*rows), ("tags",), 10)) == ["tags: sea 4"]
    assert names(vocabulary(pack_of(*rows), ("tags",), 10, fewest_pictures=3)) == ["tags: sea 4", "tags: hill 3"]


def test_spellings_and_lists_of_styles_are_told_apart_as_people_do():
    rows = [labels("Art-Nouveau, Naïve Art")] * 3 + [labels("art nouveau")] * 2 + [labels("Naive art")] + [labels()]
    found = vocabulary(pack_of(*rows), ("style",), 10)
    assert names(found) == ["style: Art-Nouveau 5", "style: Naïve Art 4"]
    assert found.matrix(rows[2:]).tolist() == [[1, 1], [1, 0], [1, 0], [0, 1], [0, 0]]


def test_an_artist_written_with_a_comma_is_one_artist():
    rows = [labels(artist="Hokusai, Katsushika")] * 4 + [labels(artist="Hiroshige")] * 4
    assert names(vocabulary(pack_of(*rows), ("artist",), 9)) == ["artist: Hiroshige 4", "artist: Hokusai, Katsushika 4"]


def test_the_matrix_has_a_one_for_every_term_of_a_row():
    rows = [
        labels("Cubism", tags=("blue", "sea"), collections=("a", "b")),
        labels("Realism", tags=("sea",), collections=("a",)),
    ]
    found = vocabulary(pack_of(*rows, *[labels()]), ("style", "tags", "collection"), 10, fewest_pictures=1)
    told = found.matrix(rows)
    assert told.dtype == np.float32
    assert told.shape == (2, 6)
    assert [[str(term) for term, one in zip(found.terms, row, strict=True) if one] for row in told] == [
        ["tags: sea", "collection: a", "style: Cubism", "tags: blue", "collection: b"],
        ["tags: sea", "collection: a", "style: Realism"],
    ]
    assert Vocabulary(()).matrix(rows).shape == (2, 0)


@pytest.mark.parametrize(
    ("columns", "at_most", "message"),
    [
        (("style", "genre"), 10, "None of the 8 training pictures has a genre: leave genre out"),
        (("style", "artist"), 10, r"All 8 training pictures have the same artist \(Bo\): leave artist out"),
        (("tags",), 10, r"No tag is told of 4 training pictures or more \(the most frequent, blue, of 2\)"),
        (("style", "collection"), 1, "None of the 1 most frequent terms is of the column collection.*Allow 3 terms"),
        (("mood",), 10, "not labelled by 'mood'.*style, genre, artist, tags, collection"),
        ((), 10, "not labelled by nothing"),
    ],
)
def test_a_column_without_values_is_named_with_what_to_do(columns, at_most, message):
    rows = [labels("Cubism", tags=("blue",) * (n < 2), artist="Bo", collections=("ab"[n % 2],)) for n in range(4)]
    rows += [labels("Realism", artist="Bo", collections=("ab"[n % 2],)) for n in range(4)]
    with pytest.raises(ConditionError, match=message):
        vocabulary(pack_of(*rows), columns, at_most)


def test_a_vocabulary_comes_back_from_json_and_damage_is_told():
    found = Vocabulary((Term("style", "Cubism", 4), Term("tags", "blue", 3)))
    assert Vocabulary.from_json(json.loads(json.dumps(found.to_json()))) == found
    for damaged in ([{"column": "style"}], 7, ["style"], [{"column": "style", "value": "x", "count": "many"}]):
        with pytest.raises(ConditionError, match="vocabulary"):
            Vocabulary.from_json(damaged)


def test_terms_that_were_not_learnt_cannot_be_asked_for():
    found = Vocabulary((Term("style", "Cubism", 4),))
    with pytest.raises(ConditionError, match="style: Op Art is not one of the 1 terms"):
        found.vector([Term("style", "Op Art", 4)])


def test_conditions_need_nothing_but_numpy():
    script = (
        "import sys; from core.datasets.conditions import Term, Vocabulary; "
        "Vocabulary((Term('style', 'Cubism', 4),)).read('cubism'); "
        "print(sorted({'duckdb', 'pandas', 'PIL', 'streamlit', 'torch', 'filelock'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    output = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"
