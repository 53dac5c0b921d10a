import json

import pytest

from core.sources.files.format import Opening, open_files
from tests.core.sources.conftest import picture
from tests.core.sources.files.examples import lay, lines, metadata_folder


@pytest.fixture
def opened(tmp_path):
    def open_example(files, kind="folder"):
        path = lay(files, tmp_path / "data", kind)
        source, found = open_files(path, opening=Opening("files", tmp_path / "scratch"))
        return {item.key: item.artwork for item in source.items()}, source, found

    return open_example


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_tables_beside_their_pictures_are_recognised_for_each_split(opened, kind):
    artworks, source, found = opened(metadata_folder(), kind)
    assert (found.format, found.pictures) == ("metadata_folder", 3)
    assert found.splits == {"train": 2, "test": 1}
    assert found.classes == {"Color Field Painting": 1, "Impressionism": 1, "Ukiyo-e": 1}
    assert found.notes == ()
    assert (source.tables, source.left_aside) == ([], {})
    monet = artworks["train/0001.jpg"]
    assert (monet.artist, monet.style, monet.genre) == ("Claude Monet", "Impressionism", "landscape")
    assert (monet.licence, monet.tags) == ("CC0", ("sea",))
    assert monet.metadata == {
        "text": "a quiet sea",
        "label": "sea",
        "split": "train",
        "file": "0001.jpg",
        "folder": "train",
    }
    assert artworks["test/0001.jpg"].artist == "Katsushika Hokusai"
    rothko = artworks["train/sub/0002.png"]
    assert (rothko.metadata["text"], rothko.genre) == ("red, on red", "")


def test_one_table_at_the_top_names_pictures_by_their_paths(opened):
    artworks, _, found = opened(
        {
            "a/1.png": picture(1),
            "b/1.png": picture(2),
            "metadata.csv": lines("file_name,title", "a/1.png,First", "b\\1.png,Second"),
        }
    )
    assert found.format == "metadata_folder"
    assert [artwork.title for artwork in artworks.values()] == ["First", "Second"]
    assert [artwork.tags for artwork in artworks.values()] == [(), ()]


def test_json_lines_are_read_with_their_lists(opened):
    rows = [
        {"file_name": "1.png", "tags": ["blue, pale", "sea"], "year": 1891, "box": {"x": 1}},
        {"file_name": "2.png"},
    ]
    artworks, _, _ = opened({"1.png": picture(1), "2.png": picture(2), "metadata.jsonl": lines(*map(json.dumps, rows))})
    first = artworks["1.png"]
    assert (first.date, first.title, first.metadata["box"]) == ("1891", "1", '{"x": 1}')
    assert first.tags == ("blue", "pale", "sea")


def test_labels_that_are_all_styles_are_taken_for_the_style(opened):
    artworks, _, found = opened(
        {
            "1.png": picture(1),
            "2.png": picture(2),
            "metadata.csv": lines("file_name,label", "1.png,ukiyo_e", "2.png,cubism"),
        }
    )
    assert [artwork.style for artwork in artworks.values()] == ["Ukiyo-e", "Cubism"]
    assert found.classes == {"Cubism": 1, "Ukiyo-e": 1}


def test_numbers_as_labels_are_kept_but_are_no_tags(opened):
    artworks, _, _ = opened({"1.png": picture(1), "metadata.csv": lines("file_name,label", "1.png,7")})
    assert (artworks["1.png"].tags, artworks["1.png"].metadata["label"]) == ((), "7")


def test_pictures_without_a_row_and_rows_without_a_picture_are_told(opened):
    artworks, _, found = opened(
        {
            "sea/1.png": picture(1),
            "sea/2.png": picture(2),
            "metadata.csv": lines("file_name,title", "sea/1.png,First", "gone.png,Lost"),
        }
    )
    assert artworks["sea/2.png"].tags == ("sea",)
    assert found.notes == (
        "1 of 2 pictures have no row, and are described by their paths alone.",
        "1 rows name a file that is not among the pictures, the first 'gone.png'.",
    )


def test_a_table_nearer_to_a_picture_wins(opened):
    artworks, _, _ = opened(
        {
            "train/1.png": picture(1),
            "metadata.csv": lines("file_name,title", "train/1.png,Far"),
            "train/metadata.csv": lines("file_name,title", "1.png,Near"),
        }
    )
    assert artworks["train/1.png"].title == "Near"


def test_a_table_that_names_files_outside_reaches_none(opened):
    artworks, _, found = opened(
        {"1.png": picture(1), "metadata.csv": lines("file_name,title", "1.png,Inside", "../../etc/passwd,Outside")}
    )
    assert list(artworks) == ["1.png"]
    assert "'../../etc/passwd'" in found.notes[0]


def test_a_metadata_table_without_file_name_is_something_else(opened):
    assert opened({"1.png": picture(1), "metadata.csv": lines("id,title", "1,First")})[2].format == "folder"


def test_a_damaged_table_beside_a_good_one_is_told(opened):
    files = metadata_folder() | {"test/metadata.jsonl": b'{"file_name": '}
    assert "test/metadata.jsonl cannot be used" in opened(files)[2].notes[0]
