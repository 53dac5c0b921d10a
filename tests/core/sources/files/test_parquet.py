import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.images import ImageError, ImageLimits, inspect
from core.sources.artwork import ItemError, SourceError
from core.sources.files.folder_tree import FolderTree
from core.sources.files.format import Opening, open_files, recognise
from core.sources.files.parquet import ParquetSource, split_of
from core.sources.files.parquet_pictures import PictureReader, read_schema
from core.sources.files.survey import Survey
from tests.core.sources.conftest import picture

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
CARD = b"""---
license: cc0-1.0
dataset_info:
  features:
  - name: image
    dtype: image
  - name: style
    dtype:
      class_label:
        names:
          '0': expressionism
          '1': art_nouveau
---
# Pictures
"""


def images(*numbers, path=None):
    return pa.array([{"bytes": picture(number), "path": path} for number in numbers], IMAGE)


def label(names):
    return {"_type": "ClassLabel", "names": names}


@pytest.fixture
def write(tmp_path):
    """Make a Parquet file below a folder: columns, what Hugging Face notes in the schema, rows per group."""

    def make(columns, key="data/train-00000-of-00001.parquet", *, features=None, group=1000, name="hf"):
        path = tmp_path / name / key
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pa.table(columns)
        if features is not None:
            table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
        pq.write_table(table, path, row_group_size=group)
        return tmp_path / name

    return make


def open_source(folder, **options) -> ParquetSource:
    return ParquetSource(Survey(FolderTree(folder)), Opening("files", folder / "scratch", **options))


def artworks(source):
    return [item.artwork for item in source.items()]


def test_class_names_come_from_the_schema_and_unknown_ones_stay_empty(write):
    features = {
        "image": {"_type": "Image"},
        "artist": label(["Unknown Artist", "vincent-van-gogh"]),
        "genre": label(["portrait", "Unknown Genre"]),
        "style": label(["Ukiyo_e", "Naive_Art_Primitivism"]),
    }
    folder = write({"image": images(1, 2), "artist": [0, 1], "genre": [0, 1], "style": [1, 0]}, features=features)
    source = open_source(folder)
    first, second = artworks(source)
    assert (first.artist, first.genre, first.style) == ("", "portrait", "Naïve Art (Primitivism)")
    assert (second.artist, second.genre, second.style) == ("Vincent van Gogh", "", "Ukiyo-e")
    assert second.metadata == {"artist": "vincent-van-gogh", "style": "Ukiyo_e", "split": "train"}
    assert [item.read() for item in source.items()] == [picture(1), picture(2)]
    assert [item.key for item in source.items()] == [
        "data/train-00000-of-00001.parquet#000000",
        "data/train-00000-of-00001.parquet#000001",
    ]


def test_class_names_come_from_the_card_where_the_schema_has_none_and_its_licence_is_only_told(write, fill):
    folder = write({"image": images(1, 2), "style": [1, -1]})
    fill({"README.md": CARD}, "hf")
    source = open_source(folder)
    assert [artwork.style for artwork in artworks(source)] == ["Art Nouveau (Modern)", ""]
    assert [artwork.licence for artwork in artworks(source)] == ["", ""]
    assert any("licence: cc0-1.0" in note for note in source.notes)


def test_a_card_that_is_not_understood_is_told_and_a_number_is_no_style(write, fill):
    folder = write({"image": images(1), "style": [1]})
    fill({"README.md": CARD.replace(b"'0':", b"'7':")}, "hf")
    source = open_source(folder)
    artwork = artworks(source)[0]
    assert (artwork.style, artwork.metadata["style"]) == ("", "1")
    assert "README.md is not understood" in source.notes[0]


def test_artbench_labels_are_mapped_by_name_and_a_column_of_styles_may_be_called_label(write):
    """Trap: expressionism is 0 here, while the folders of the same pictures begin with art_nouveau."""
    folder = write(
        {"image": images(1, 2), "label": [0, 1]}, features={"label": label(["expressionism", "art_nouveau"])}
    )
    found = artworks(open_source(folder))
    assert [artwork.style for artwork in found] == ["Expressionism", "Art Nouveau (Modern)"]
    assert found[1].metadata["label"] == "art_nouveau"


def test_classes_that_are_no_styles_become_tags(write):
    folder = write({"image": images(1), "label": [0]}, features={"label": label(["church_outdoor"])})
    assert artworks(open_source(folder))[0].tags == ("church outdoor",)


def test_other_columns_become_fields_as_in_a_labels_table_and_the_rest_metadata(write):
    folder = write(
        {
            "image": images(1, path="waves/great wave.png"),
            "Artist": ["Hokusai"],
            "year": [1831],
            "license": ["https://creativecommons.org/publicdomain/zero/1.0/"],
            "tags": [["sea", "boats"]],
            "caption": ["x" * 5000],
            "score": [0.25],
            "embedding": [[0.1, 0.2]],
        }
    )
    source = open_source(folder)
    artwork = artworks(source)[0]
    assert (artwork.title, artwork.artist, artwork.date, artwork.licence) == ("great wave", "Hokusai", "1831", "CC0")
    assert artwork.tags == ("sea", "boats")
    assert (len(artwork.metadata["caption"]), artwork.metadata["score"]) == (2000, "0.25")
    assert artwork.metadata["file"] == "waves/great wave.png"
    assert any("embedding" in note for note in source.notes)


def test_all_files_of_all_splits_are_read_in_the_order_of_their_names(write):
    write({"image": images(3)}, "data/train-00001-of-00002.parquet")
    write({"image": images(2)}, "data/train-00000-of-00002.parquet")
    folder = write({"image": images(1)}, "data/test-00000-of-00001.parquet")
    source = open_source(folder)
    assert source.total() == 3
    assert [artwork.metadata["split"] for artwork in artworks(source)] == ["test", "train", "train"]
    assert [item.read() for item in source.items()] == [picture(1), picture(2), picture(3)]


@pytest.mark.parametrize(
    ("key", "split"),
    [
        ("data/train-00000-of-00072.parquet", "train"),
        ("validation-00000.parquet", "validation"),
        ("val/0000.parquet", "validation"),
        ("default/test/0000.parquet", "test"),
        ("testament.parquet", ""),
        ("pictures.parquet", ""),
    ],
)
def test_the_split_is_read_from_names(key, split):
    assert split_of(key) == split


def test_a_plain_column_of_bytes_is_recognised_by_what_is_in_it(write):
    source = open_source(write({"thing": [b"text"], "data": [picture(1)]}, "a.parquet"))
    assert next(iter(source.items())).read() == picture(1)


def test_a_column_of_sounds_is_none_of_pictures_though_it_has_bytes_and_a_path(write):
    sound = pa.array([{"bytes": b"RIFF\x00\x00\x00\x00WAVEfmt ", "path": "a.wav"}], IMAGE)
    source = open_source(write({"audio": sound, "image": images(1)}))
    assert next(iter(source.items())).read() == picture(1)
    with pytest.raises(SourceError, match="No column of"):
        open_source(write({"audio": sound}, name="sounds"))


def test_of_several_picture_columns_the_first_is_taken_and_the_others_are_told(write):
    features = {"image": {"_type": "Image"}, "mask": {"_type": "Image"}}
    source = open_source(write({"image": images(1), "mask": images(2)}, features=features))
    assert next(iter(source.items())).read() == picture(1)
    assert "mask could hold pictures too" in source.notes[0]


def test_a_column_that_is_declared_to_hold_pictures_wins_over_one_that_only_looks_so(write):
    source = open_source(write({"image": images(1), "scan": images(2)}, features={"scan": {"_type": "Image"}}))
    assert next(iter(source.items())).read() == picture(2)


def test_rows_with_only_a_path_take_the_file_beside_or_are_refused_one_by_one(write, fill):
    """Trap: HF parquet with null bytes is not complete in itself."""
    rows = [
        {"bytes": None, "path": "images/1.png"},
        {"bytes": None, "path": "2.png"},
        {"bytes": None, "path": "gone.png"},
        {"bytes": None, "path": None},
        {"bytes": picture(5), "path": "5.png"},
    ]
    folder = write({"image": pa.array(rows, IMAGE)}, "data/train.parquet")
    fill({"data/images/1.png": picture(1), "elsewhere/2.png": picture(2)}, "hf")
    source = open_source(folder)
    items = list(source.items())
    assert [items[row].read() for row in (0, 1, 4)] == [picture(1), picture(2), picture(5)]
    for row, words in ((2, "only the name of a file, gone.png"), (3, "has no picture")):
        with pytest.raises(ItemError, match=words) as caught:
            items[row].read()
        assert (caught.value.reason, caught.value.final) == ("no_picture", True)
    assert "4 of 5 rows have no picture in them" in source.notes[0]


def test_a_name_that_several_files_share_is_given_to_none(write, fill):
    folder = write({"image": pa.array([{"bytes": None, "path": "1.png"}], IMAGE)}, "data/train.parquet")
    fill({"a/1.png": picture(1), "b/1.png": picture(2)}, "hf")
    with pytest.raises(ItemError):
        next(iter(open_source(folder).items())).read()


def test_a_path_that_leads_outside_is_not_followed(write, fill):
    folder = write({"image": pa.array([{"bytes": None, "path": "../../secret/1.png"}], IMAGE)}, "data/train.parquet")
    fill({"1.png": picture(1)}, "secret")
    with pytest.raises(ItemError):
        next(iter(open_source(folder).items())).read()


def test_a_bad_picture_is_refused_alone(write):
    rows = [{"bytes": b"no picture", "path": None}, {"bytes": picture(1), "path": None}]
    first, second = open_source(write({"image": pa.array(rows, IMAGE)})).items()
    with pytest.raises(ImageError):
        inspect(first.read())
    assert inspect(second.read()).facts.width == 40


def test_a_picture_over_the_limit_is_refused(write):
    source = open_source(write({"image": images(1)}), limits=ImageLimits(max_bytes=10))
    with pytest.raises(ImageError) as caught:
        next(iter(source.items())).read()
    assert caught.value.reason == "too_many_bytes"


def test_a_row_group_is_not_read_again_for_each_of_its_rows(write, monkeypatch):
    folder = write({"image": images(*range(700))}, "a.parquet", group=300)
    path = folder / "a.parquet"
    schema = read_schema(path, "a")
    reader = PictureReader(path, "a", schema.pictures)
    begun = []
    begin = PictureReader._begin
    monkeypatch.setattr(PictureReader, "_begin", lambda self, row: (begun.append(row), begin(self, row))[1])
    assert [reader.read(row).data for row in range(700)] == [picture(row) for row in range(700)]
    assert begun == [0]
    reader = PictureReader(path, "a", schema.pictures)
    assert [reader.read(row).data for row in (650, 0, 299)] == [picture(row) for row in (650, 0, 299)]


def test_threads_that_ask_in_any_order_get_the_right_pictures(write):
    source = open_source(write({"image": images(*range(500))}, group=40))
    items = list(source.items())
    order = sorted(range(500), key=lambda row: (row // 8, -row))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda row: items[row].read(), order)) == [picture(row) for row in order]
    source.close()
    assert items[3].read() == picture(3)


def test_a_class_without_a_name_is_an_error_that_names_the_row(write):
    folder = write({"image": images(1, 2), "label": [0, 5]}, features={"label": label(["a", "b"])})
    with pytest.raises(SourceError, match=r"gives row 1 the label 5, but there are names for 2 \(0 to 1\)"):
        list(open_source(folder).items())


def test_tables_without_pictures_are_left_aside_and_told(write):
    write({"image": images(1)}, "data/train.parquet")
    folder = write({"words": ["x"]}, "meta/words.parquet")
    source = open_source(folder)
    assert (source.total(), source.left_aside) == (1, {"other": 1})


def test_files_that_are_no_parquet_empty_or_without_pictures_say_what_is_wrong(write, fill):
    with pytest.raises(SourceError, match=r"No column of .*none holds pictures \(found: words\)"):
        open_source(write({"words": ["x"], "numbers": [[1]]}, name="none"))
    with pytest.raises(SourceError, match="no Parquet file, or was cut off"):
        open_source(fill({"a.parquet": b"PAR1 and no more"}, "cut"))
    with pytest.raises(SourceError, match="have no rows"):
        list(open_source(write({"image": pa.array([], IMAGE)}, name="empty")).items())
    with pytest.raises(SourceError, match="no Parquet file"):
        open_source(fill({"a.txt": b""}, "nothing"))


def test_damage_among_the_rows_is_told_where_it_is_met(write):
    folder = write({"image": images(*range(50)), "artist": ["somebody"] * 50}, "a.parquet")
    path = folder / "a.parquet"
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    path.write_bytes(data)
    item = next(iter(open_source(folder).items()))
    with pytest.raises(ImageError, match="damaged"):
        item.read()


@pytest.mark.parametrize("kind", ["file", "folder", "zip", "tar"])
def test_parquet_is_recognised_and_read_from_a_file_a_folder_and_from_archives(write, tmp_path, kind):
    features = {"image": {"_type": "Image"}, "style": label(["baroque", "cubism"])}
    write({"image": images(3), "style": [1]}, "data/test-00000-of-00001.parquet", features=features)
    folder = write({"image": images(1, 2), "style": [0, 1]}, features=features)
    path = folder
    if kind == "file":
        path = folder / "data/train-00000-of-00001.parquet"
    elif kind != "folder":
        path = Path(shutil.make_archive(str(tmp_path / "art"), kind, folder))
    opening = Opening("files", tmp_path / "scratch")
    found = recognise(path, opening=opening)[0]
    assert (found.format, found.title) == ("parquet", "Hugging Face, Parquet with pictures")
    assert found.classes == ({"baroque": 1, "cubism": 1} if kind == "file" else {"baroque": 1, "cubism": 2})
    assert found.splits == ({"train": 2} if kind == "file" else {"test": 1, "train": 2})
    source, _found = open_files(path, opening=opening)
    assert [item.read() for item in source.items()][-2:] == [picture(1), picture(2)]
    assert source.left_aside == {}
    source.close()


def test_parquet_without_pictures_but_with_addresses_is_a_table_of_addresses(write, tmp_path):
    folder = write({"URL": ["https://museum.example/a.jpg"], "TEXT": ["x"]})
    found = recognise(folder, opening=Opening("files", tmp_path))
    assert [(taken.format, taken.web) for taken in found] == [("urls", True)]


def test_a_job_imports_rows_and_counts_those_without_a_picture(write, collect):
    rows = [{"bytes": picture(1), "path": None}, {"bytes": None, "path": "gone.png"}]
    folder = write({"image": pa.array(rows, IMAGE), "artist": ["Hokusai", "Hokusai"]})
    _job, end, rows = collect(source="files", path=str(folder))
    assert end.message == "1 picture stored, 1 refused."
    assert [(row["artwork"]["artist"], row["reason"]) for row in rows] == [("Hokusai", ""), ("Hokusai", "no_picture")]
