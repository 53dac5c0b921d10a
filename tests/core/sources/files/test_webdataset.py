import pytest

from core.sources.artwork import SourceError
from core.sources.files.format import Opening, open_files, recognise
from tests.core.sources.conftest import picture
from tests.core.sources.files.examples import lay, webdataset_shard


@pytest.fixture
def opening(tmp_path):
    return Opening("files", tmp_path / "scratch")


def laid(tmp_path, **shards):
    """A folder of shards, by their names."""
    (tmp_path / "shards").mkdir()
    for name, files in shards.items():
        lay(files, tmp_path / name, "tar").rename(tmp_path / "shards" / f"{name.replace('_', '-')}.tar")
    return tmp_path / "shards"


def test_one_shard_is_recognised_with_its_records(tmp_path, opening):
    source, found = open_files(lay(webdataset_shard(), tmp_path / "data", "tar"), opening=opening)
    assert (found.format, found.pictures) == ("webdataset", 3)
    sea, harbour, boat = source.items()
    assert (sea.artwork.title, sea.artwork.artist, sea.artwork.date) == ("Sea", "Claude Monet", "1891")
    assert sea.artwork.tags == ("blue, pale", "sea")
    assert (harbour.artwork.tags, harbour.artwork.licence) == (("harbour",), "CC0")
    assert boat.artwork.metadata["caption"] == "a boat at noon"
    assert sea.read() == picture(0, "JPEG")
    source.close()


def test_a_folder_of_shards_is_one_dataset_with_its_splits(tmp_path, opening):
    path = laid(
        tmp_path, train_00000=webdataset_shard(), train_00001=webdataset_shard(10), test_00000=webdataset_shard()
    )
    (path / "export.json").write_text("{}")
    source, found = open_files(path, opening=opening)
    assert (found.format, found.pictures) == ("webdataset", 9)
    assert found.splits == {"train": 6, "test": 3}
    items = {item.key: item for item in source.items()}
    assert len(items) == 9  # names that stand in two shards are two pictures
    assert items["train-00001.tar/0010.jpg"].read() == picture(10, "JPEG")
    assert items["test-00000.tar/0000.jpg"].artwork.metadata["split"] == "test"
    assert source.left_aside == {"other": 1}
    source.close()


def test_a_record_that_is_no_json_leaves_its_picture(tmp_path, opening):
    files = webdataset_shard() | {"0001.json": b"{"}
    source, found = open_files(lay(files, tmp_path / "data", "tar"), opening=opening)
    assert found.pictures == 3
    assert [item.artwork.title for item in source.items()][1] == "0001"


def test_tar_archives_without_records_are_not_shards(tmp_path, opening):
    pictures = {"1.png": picture(1), "2.png": picture(2)}
    assert open_files(lay(pictures, tmp_path / "data", "tar"), opening=opening)[1].format == "folder"
    with pytest.raises(SourceError, match="Found no picture"):
        recognise(laid(tmp_path, a=pictures, b=pictures), opening=opening)


def test_a_shard_that_was_cut_off_is_named(tmp_path, opening):
    path = laid(tmp_path, train_0=webdataset_shard(), train_1=webdataset_shard())
    shard = path / "train-1.tar"
    shard.write_bytes(shard.read_bytes()[:700])
    with pytest.raises(SourceError, match=r"train-1\.tar"):
        recognise(path, opening=opening)
