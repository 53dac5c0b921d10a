import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lmdb
import pytest

from core.images import ImageError, ImageLimits, inspect
from core.sources.artwork import SourceError
from core.sources.files.folder_tree import FolderTree
from core.sources.files.format import Opening, open_files, recognise
from core.sources.files.lsun import LsunSource
from core.sources.files.survey import Survey
from core.sources.opening import list_source, open_labels
from tests.core.sources.conftest import picture


@pytest.fixture
def write(tmp_path):
    """Make databases of these entries below one folder: {"ukiyo_e_lmdb": {b"key": b"value"}}."""

    def make(databases, name="lsun") -> Path:
        for folder, entries in databases.items():
            path = tmp_path / name / folder
            path.mkdir(parents=True)
            with lmdb.open(str(path), map_size=1 << 26) as environment, environment.begin(write=True) as transaction:
                for key, value in entries.items():
                    transaction.put(key, value)
        return tmp_path / name

    return make


def hexadecimal(number: int) -> bytes:
    return f"{number:040x}".encode()


def open_source(folder, **options) -> LsunSource:
    return LsunSource(Survey(FolderTree(folder)), Opening("files", folder / "scratch", **options))


def test_each_database_of_artbench_is_a_style_and_its_name_is_not_one_of_lsuns_own(write):
    """Trap: the usual reader refuses categories that are not among LSUN's ten."""
    source = open_source(
        write(
            {
                "ukiyo_e_lmdb": {hexadecimal(1): picture(1, "WEBP"), hexadecimal(2): picture(2, "JPEG")},
                "post_impressionism_train_lmdb": {hexadecimal(3): picture(3, "PNG")},
            }
        )
    )
    items = list(source.items())
    assert source.total() == 3
    assert [item.artwork.style for item in items] == ["Post-Impressionism", "Ukiyo-e", "Ukiyo-e"]
    assert items[0].artwork.metadata == {"class": "post_impressionism", "split": "train"}
    assert [inspect(item.read()).facts.format for item in items] == ["PNG", "WEBP", "JPEG"]
    assert items[1].key == f"ukiyo_e_lmdb/{hexadecimal(1).decode()}"


def test_other_categories_become_tags_and_their_split_is_kept(write):
    items = list(open_source(write({"church_outdoor_val_lmdb": {b"a": picture(1)}})).items())
    assert (items[0].artwork.style, items[0].artwork.tags) == ("", ("church outdoor",))
    assert items[0].artwork.metadata == {"class": "church_outdoor", "split": "validation"}


def test_a_single_database_is_named_after_its_own_folder(write):
    folder = write({"bedroom_lmdb": {b"a": picture(1)}}) / "bedroom_lmdb"
    item = next(iter(open_source(folder).items()))
    assert (item.key, item.artwork.tags) == ("a", ("bedroom",))


def test_keys_are_the_same_each_time_and_bytes_that_are_no_text_are_told_as_digits(write):
    folder = write({"x_lmdb": {b"b": picture(1), b"\xff\x00": picture(2), b"a": picture(3)}})
    first, second = ([item.key for item in open_source(folder).items()] for _ in range(2))
    assert first == second == ["x_lmdb/a", "x_lmdb/b", "x_lmdb/0xff00"]


def test_a_bad_value_is_refused_alone(write):
    entries = {b"a": picture(1), b"b": b"no picture", b"c": b"", b"d": picture(4)}
    items = {item.key[-1]: item for item in open_source(write({"x_lmdb": entries})).items()}
    for key in "bc":
        with pytest.raises(ImageError):
            inspect(items[key].read())
    assert inspect(items["d"].read()).facts.width == 40


def test_a_value_over_the_limit_is_refused_before_it_is_read(write):
    source = open_source(write({"x_lmdb": {b"a": picture(1) * 100}}), limits=ImageLimits(max_bytes=1000))
    with pytest.raises(ImageError) as caught:
        next(iter(source.items())).read()
    assert caught.value.reason == "too_many_bytes"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such permissions")
def test_read_only_media_without_a_lock_file_are_read_and_nothing_is_written(write, tmp_path, monkeypatch):
    """Trap: opening with locks fails on read-only media; key lists are cached into the working directory."""
    folder = write({"x_lmdb": {b"a": picture(1)}})
    (folder / "x_lmdb/lock.mdb").unlink()
    working = tmp_path / "working"
    working.mkdir()
    monkeypatch.chdir(working)
    for path in (folder / "x_lmdb/data.mdb", folder / "x_lmdb", folder):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        items = list(open_source(folder).items())
        assert items[0].read() == picture(1)
        assert [path.name for path in folder.rglob("*")] == ["x_lmdb", "data.mdb"]
        assert list(working.iterdir()) == []
    finally:
        for path in (folder, folder / "x_lmdb"):
            path.chmod(0o755)


def test_the_same_database_is_read_by_several_sources_and_threads_at_once(write):
    """The C library opens a file only once in a process."""
    folder = write({"x_lmdb": {hexadecimal(number): picture(number) for number in range(60)}})
    sources = [open_source(folder) for _ in range(3)]
    items = [item for source in sources for item in source.items()]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda item: item.read(), items)) == [picture(number) for number in range(60)] * 3


def test_a_database_that_was_cut_off_or_is_none_says_so(write, fill):
    folder = write({"x_lmdb": {hexadecimal(number): picture(number) * 50 for number in range(50)}})
    data = folder / "x_lmdb/data.mdb"
    whole = data.read_bytes()
    data.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"x_lmdb/data\.mdb was cut off"):
        open_source(folder)
    data.write_bytes(b"something else" * 1000)
    with pytest.raises(SourceError, match="no LMDB database"):
        open_source(folder)
    with pytest.raises(SourceError, match="Found no LSUN database"):
        open_source(fill({"a.png": picture(1)}))


def test_damage_inside_a_database_is_told_while_listing(write):
    folder = write({"x_lmdb": {hexadecimal(number): picture(number) for number in range(200)}})
    data = folder / "x_lmdb/data.mdb"
    whole = bytearray(data.read_bytes())
    for page in range(2, len(whole) // 4096):
        whole[page * 4096 + 10] ^= 0xFF  # flags: no page is what it was
    data.write_bytes(whole)
    with pytest.raises(SourceError, match="is damaged"):
        list(open_source(folder).items())


def test_an_empty_database_is_told(write):
    source = open_source(write({"x_lmdb": {b"a": picture(1)}, "y_lmdb": {}}))
    assert source.total() == 1
    assert source.notes == ["1 of 2 databases are empty: y_lmdb."]
    with pytest.raises(SourceError, match="are empty"):
        list(open_source(write({"y_lmdb": {}}, "nothing")).items())


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_databases_are_recognised_and_read_from_a_folder_and_from_archives(write, tmp_path, kind):
    path = write({"ukiyo_e_lmdb": {b"a": picture(1), b"b": picture(2) * 20}, "baroque_lmdb": {b"c": picture(3)}})
    if kind != "folder":
        path = Path(shutil.make_archive(str(tmp_path / "art"), kind, path))
    opening = Opening("files", tmp_path / "scratch")
    found = recognise(path, opening=opening)[0]
    assert (found.format, found.title, found.pictures) == ("lsun", "LSUN databases", 3)
    assert found.classes == {"baroque": 1, "ukiyo_e": 2}
    source, _found = open_files(path, opening=opening)
    assert {item.key: item.read() for item in source.items()} == {
        "baroque_lmdb/c": picture(3),
        "ukiyo_e_lmdb/a": picture(1),
        "ukiyo_e_lmdb/b": picture(2) * 20,
    }
    assert source.left_aside == {}
    source.close()


def test_a_table_beside_the_databases_can_be_their_labels(write, fill):
    folder = write({"ukiyo_e_lmdb": {b"one.webp": picture(1), b"two.webp": picture(2)}})
    fill({"labels.csv": b"file,artist\ntwo.webp,Kiyonaga\n"}, "lsun")
    source = open_source(folder)
    listing = list_source(source, open_labels(source, "labels.csv"))
    assert [item.artwork.artist for item in listing.items] == ["", "Kiyonaga"]


def test_a_job_imports_the_good_values_and_names_the_bad_ones(write, collect):
    folder = write({"ukiyo_e_lmdb": {b"a": picture(1), b"b": b"no picture"}, "baroque_lmdb": {b"c": picture(3)}})
    _job, end, rows = collect(source="files", path=str(folder))
    assert end.message == "2 pictures stored, 1 refused."
    assert {row["key"]: (row["artwork"]["style"], row["reason"]) for row in rows} == {
        "baroque_lmdb/c": ("Baroque", ""),
        "ukiyo_e_lmdb/a": ("Ukiyo-e", ""),
        "ukiyo_e_lmdb/b": ("Ukiyo-e", "not_a_picture"),
    }
