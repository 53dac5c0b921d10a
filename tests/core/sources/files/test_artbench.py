from collections import Counter

import pytest

from core.sources.artwork import SourceError
from core.sources.files.format import Opening, open_files, recognise
from tests.core.sources.conftest import picture
from tests.core.sources.files.examples import ARTBENCH_STYLES, artbench, lay, lines


@pytest.fixture
def opening(tmp_path):
    return Opening("files", tmp_path / "scratch")


def opened(path, opening):
    source, found = open_files(path, opening=opening)
    return {item.key.rpartition("/")[2]: item.artwork for item in source.items()}, source, found


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
def test_the_release_is_recognised_from_a_folder_and_from_archives(tmp_path, opening, kind):
    artworks, source, found = opened(lay(artbench(), tmp_path / "data", kind), opening)
    assert (found.format, found.pictures, source.total()) == ("artbench", 30, 30)
    assert found.classes == dict.fromkeys(ARTBENCH_STYLES, 3)
    assert found.splits == {"train": 20, "test": 10}
    assert len({item.read() for item in source.items()}) == 30
    artwork = artworks["painter-9_work-0-1890.jpg"]
    assert (artwork.title, artwork.artist, artwork.date) == ("Work 0", "Painter 9", "1890")
    assert (artwork.style, artwork.licence) == ("Ukiyo-e", "In copyright")
    assert artwork.image_url == "https://x.example/painter-9_work-0-1890.jpg"
    assert artwork.metadata["class"] == "ukiyo_e"
    assert artwork.metadata["split"] == "train"


def test_artbench_labels_are_mapped_by_name_not_by_index(tmp_path, opening):
    files = artbench()
    table = files["ArtBench-10.csv"].decode().splitlines()
    files["ArtBench-10.csv"] = lines(table[0], *reversed(table[1:]))  # no row stands at the place of its picture
    artworks, _, _ = opened(lay(files, tmp_path / "data"), opening)
    for number, style in enumerate(ARTBENCH_STYLES):
        name = f"painter-{number}_work-2-18{number}2.jpg"
        artwork = artworks[name]
        assert (artwork.image_url, artwork.metadata["class"]) == (f"https://x.example/{name}", style)
        assert artwork.licence == ("In copyright" if number % 2 else "Public domain")


def test_pictures_without_a_row_are_described_by_their_names(tmp_path, opening):
    artworks, _, found = opened(lay(artbench(), tmp_path / "data"), opening)
    artwork = artworks["painter-1_work-1-1811.jpg"]
    assert (artwork.title, artwork.artist, artwork.date) == ("Work 1", "Painter 1", "1811")
    assert artwork.licence == ""
    assert "for 20 of 30 pictures" in found.notes[0]


def test_without_train_and_test_folders_the_table_tells_the_split(tmp_path, opening):
    artworks, _, found = opened(lay(artbench("images/", splits=False), tmp_path / "data"), opening)
    assert found.format == "artbench"
    assert found.splits == {"train": 10, "test": 10}
    assert Counter(artwork.metadata.get("split", "") for artwork in artworks.values()) == {
        "train": 10,
        "test": 10,
        "": 10,
    }


def test_without_the_table_rights_are_unknown_and_that_is_told(tmp_path, opening):
    artworks, _, found = opened(lay(artbench(table=False), tmp_path / "data"), opening)
    assert {artwork.licence for artwork in artworks.values()} == {""}
    assert "ArtBench-10.csv is not among the files" in found.notes[0]


def test_the_table_beside_the_archive_is_used(tmp_path, opening):
    files = artbench()
    table = files.pop("ArtBench-10.csv")
    lay(files, tmp_path / "data", "tar")
    (tmp_path / "data" / "ArtBench-10.csv").write_bytes(table)
    artworks, _, _ = opened(tmp_path / "data", opening)
    assert artworks["painter-5_work-0-1850.jpg"].licence == "In copyright"


def test_a_row_that_names_another_style_than_the_folder_is_not_used_and_told(tmp_path, opening):
    files = artbench()
    files["ArtBench-10.csv"] = files["ArtBench-10.csv"].replace(b",baroque,train", b",realism,train")
    artworks, _, found = opened(lay(files, tmp_path / "data"), opening)
    assert artworks["painter-1_work-0-1810.jpg"].image_url == ""
    assert any("gives 1 pictures another style" in note for note in found.notes)


def test_a_table_without_names_is_left_and_told(tmp_path, opening):
    files = artbench() | {"ArtBench-10.csv": b"id,label\n1,baroque\n"}
    _, source, found = opened(lay(files, tmp_path / "data"), opening)
    assert "has no column name" in found.notes[0]
    assert source.tables == ["ArtBench-10.csv"]  # a person may still choose it


def test_a_table_that_is_used_is_not_offered_as_labels(tmp_path, opening):
    _, source, _ = opened(lay(artbench(), tmp_path / "data"), opening)
    assert source.tables == []
    assert source.left_aside == {}


def test_a_copy_that_lacks_a_few_styles_is_still_artbench_and_one_that_lacks_most_is_not(tmp_path, opening):
    files = artbench("art/", table=False)
    eight = {key: data for key, data in files.items() if "/baroque/" not in key and "/realism/" not in key}
    assert opened(lay(eight, tmp_path / "eight"), opening)[2].format == "artbench"
    two = {key: data for key, data in files.items() if "/baroque/" in key or "/realism/" in key}
    assert opened(lay(two, tmp_path / "two"), opening)[2].format != "artbench"
    two = {f"ArtBench-10/{key}": data for key, data in two.items()}
    assert opened(lay(two, tmp_path / "called"), opening)[2].format == "artbench"


def test_folders_of_other_styles_too_are_not_artbench(tmp_path, opening):
    files = artbench(table=False) | {"artbench-10-imagefolder-split/train/cubism/a.jpg": picture(99)}
    assert opened(lay(files, tmp_path / "data"), opening)[2].format != "artbench"


def test_asked_for_by_name_where_it_is_not_it_says_what_there_is(tmp_path, opening):
    path = lay({"a.jpg": picture(1)}, tmp_path / "data")
    with pytest.raises(SourceError, match="1 pictures, 0 tables"):
        recognise(path, format_name="artbench", opening=opening)
