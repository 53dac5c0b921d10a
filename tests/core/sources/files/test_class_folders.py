"""Class folders as torchvision's ImageFolder reads them, from folders and archives."""

import pytest

from core.sources.artwork import SourceError
from core.sources.files.format import Opening, open_files, recognise
from tests.core.sources.conftest import picture
from tests.core.sources.files.examples import lay

PLAIN = {"cat/1.jpg": picture(1, "JPEG"), "cat/2.jpg": picture(2, "JPEG"), "hunting_dog/1.jpg": picture(3, "JPEG")}
SPLIT = {
    "train/cat/1.jpg": picture(1, "JPEG"),
    "train/cat/2.jpg": picture(2, "JPEG"),
    "train/dog/1.jpg": picture(3, "JPEG"),
    "val/cat/3.jpg": picture(4, "JPEG"),
    "test/dog/3.jpg": picture(5, "JPEG"),
}


@pytest.fixture
def opened(tmp_path):
    def make(files, kind="folder", **options):
        opening = Opening("files", tmp_path / "scratch")
        source, found = open_files(lay(files, tmp_path / "data", kind), opening=opening, **options)
        return {item.key: item for item in source.items()}, found

    return make


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
@pytest.mark.parametrize("root", ["", "download/pets/"])
def test_class_folders_are_recognised_with_their_counts_wherever_they_lie(opened, kind, root):
    items, found = opened({root + key: data for key, data in PLAIN.items()}, kind)
    assert (found.format, found.pictures) == ("classes", 3)
    assert found.classes == {"cat": 2, "hunting_dog": 1}
    assert found.splits == {}
    dog = items[f"{root}hunting_dog/1.jpg"]
    assert (dog.artwork.tags, dog.artwork.style) == (("hunting dog",), "")
    assert dog.artwork.metadata["class"] == "hunting_dog"
    assert "split" not in dog.artwork.metadata
    assert dog.read() == PLAIN["hunting_dog/1.jpg"]


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
def test_train_val_and_test_above_the_classes_are_splits(opened, kind):
    items, found = opened(SPLIT, kind)
    assert found.classes == {"cat": 3, "dog": 2}
    assert found.splits == {"train": 3, "validation": 1, "test": 1}
    told = {key: (item.artwork.metadata["class"], item.artwork.metadata["split"]) for key, item in items.items()}
    assert told["train/dog/1.jpg"] == ("dog", "train")
    assert told["val/cat/3.jpg"] == ("cat", "validation")
    assert items["test/dog/3.jpg"].artwork.tags == ("dog",)


def test_classes_that_are_styles_fill_the_style_and_keep_the_folders_name(opened):
    items, found = opened({"Impressionism/1.jpg": picture(1), "Color_Field_Painting/a.jpg": picture(2)})
    assert "styles" in found.found
    artwork = items["Color_Field_Painting/a.jpg"].artwork
    assert (artwork.style, artwork.tags) == ("Color Field Painting", ())
    assert artwork.metadata["class"] == "Color_Field_Painting"


def test_an_unknown_class_is_no_tag(opened):
    items, _ = opened({"sea/1.jpg": picture(1), "unknown/2.jpg": picture(2)})
    assert items["unknown/2.jpg"].artwork.tags == ()
    assert items["unknown/2.jpg"].artwork.metadata["class"] == "unknown"


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(["a/1.jpg", "a/2.jpg"], id="one folder"),
        pytest.param(["1.jpg", "a/2.jpg", "b/3.jpg"], id="a picture beside the folders"),
        pytest.param(["a/1.jpg", "b/c/2.jpg"], id="folders of several depths"),
        pytest.param(["train/1.jpg", "test/2.jpg"], id="splits without classes"),
        pytest.param(["x/a/1.jpg", "y/b/2.jpg"], id="two folders of classes that are no splits"),
    ],
)
def test_other_layouts_are_folders_of_pictures_whose_folders_are_tags(opened, keys):
    items, found = opened({key: picture(number) for number, key in enumerate(keys)})
    assert (found.format, found.classes) == ("folder", {})
    for key in keys:
        assert items[key].artwork.tags == tuple(key.split("/")[:-1])
        assert "class" not in items[key].artwork.metadata


def test_a_person_may_take_class_folders_for_a_plain_folder(opened):
    items, found = opened(SPLIT, format_name="folder")
    assert found.format == "folder"
    assert items["val/cat/3.jpg"].artwork.tags == ("val", "cat")


def test_asked_for_by_name_where_there_are_none_it_says_what_there_is(tmp_path):
    path = lay({"1.jpg": picture(1), "notes.csv": b"file\n"}, tmp_path / "data")
    with pytest.raises(SourceError, match=r"is not 'Class folders': it holds 1 pictures, 1 tables.*another format"):
        recognise(path, format_name="classes", opening=Opening("files", tmp_path / "scratch"))


def test_a_labels_table_beside_class_folders_is_offered(opened, tmp_path):
    path = lay(PLAIN | {"labels.csv": b"file,artist\ncat/1.jpg,A\n"}, tmp_path / "data")
    source, found = open_files(path, opening=Opening("files", tmp_path / "scratch"))
    assert (found.format, source.tables) == ("classes", ["labels.csv"])
