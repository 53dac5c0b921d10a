"""Folders, zip and tar archives: nothing outside is read, nothing is written by a member's name."""

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import threading
import time
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.images import ImageError
from core.sources.artwork import SourceError
from core.sources.files import tar_tree, unpacked, zip_tree
from core.sources.files.folder_tree import FolderTree
from core.sources.files.format import Opening, open_files, open_tree
from core.sources.files.tar_tree import TarTree
from core.sources.files.zip_tree import ZipTree
from tests.core.sources.conftest import picture

PICTURE = picture(1)


def member(name: str, data: bytes = b"", **header) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in header.items():
        setattr(info, field, value)
    return info, data


@pytest.fixture
def tar(tmp_path):
    """Make a tar archive of these members and open it."""

    def make(*members, name="dataset.tar", mode="w"):
        with tarfile.open(tmp_path / name, mode) as archive:
            for info, data in members:
                archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
        return TarTree(tmp_path / name, tmp_path / "scratch")

    return make


def refused(tree, key) -> str:
    """Why a file of a tree is not read; it is given neither as its bytes, nor its head, nor as a path."""
    with pytest.raises(ImageError) as error:
        tree.read(key)
    assert tree.head(key) == b""
    return error.value.reason


def left_in(folder) -> list[str]:
    """Names of the files in a folder; locks are empty, and stay so that nobody waits at a file that is gone."""
    names = sorted(path.name for path in folder.rglob("*")) if folder.exists() else []
    return [name for name in names if not name.endswith(".lock")]


def test_files_of_all_trees_have_the_same_keys_and_bytes(tmp_path, tar, packed, fill):
    files = {"a/10.png": picture(10), "a/2.png": picture(2), "b.csv": b"x"}
    trees = [FolderTree(fill(files)), ZipTree(packed(files)), tar(*(member(key, data) for key, data in files.items()))]
    for tree in trees:
        assert list(tree.keys) == ["a/2.png", "a/10.png", "b.csv"]
        assert tree.read("a/10.png") == files["a/10.png"]
        assert tree.size("a/2.png") == len(files["a/2.png"])
        assert tree.head("a/2.png") == files["a/2.png"][:32]
        assert tree.path("a/2.png", tmp_path / "copies").read_bytes() == files["a/2.png"]
        tree.close()


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png", "..\\out.png", "C:\\out.png"])
def test_a_tar_member_named_to_land_outside_is_refused(tar, tmp_path, name):
    tree = tar(member(name, PICTURE), member("good.png", PICTURE))
    key = next(key for key in tree.keys if key != "good.png")
    assert refused(tree, key) == "outside"
    with pytest.raises(SourceError, match="could not be unpacked"):
        tree.path(key, tmp_path / "copies")
    assert tree.read("good.png") == PICTURE
    assert left_in(tmp_path / "copies") == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_in_a_tar_are_not_followed_wherever_they_lead(tar, tmp_path, kind):
    secret = tmp_path / "secret.png"
    secret.write_bytes(PICTURE)
    tree = tar(
        member("inside.png", PICTURE),
        member("link.png", type=kind, linkname="inside.png"),
        member("out.png", type=kind, linkname=str(secret)),
    )
    assert refused(tree, "link.png") == "outside"
    assert refused(tree, "out.png") == "outside"
    with pytest.raises(SourceError):
        tree.path("out.png", tmp_path / "copies")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_in_a_tar_are_refused(tar, kind):
    assert refused(tar(member("disk.png", type=kind, devmajor=1, devminor=5)), "disk.png") == "unreadable"


def test_a_file_with_holes_in_a_tar_is_refused_since_it_can_announce_any_size(tmp_path):
    info = tarfile.TarInfo("holes.png")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    struct.pack_into("12s12s", header, 386, b"00000000000\0", b"00000000020\0")
    struct.pack_into("12s", header, 483, b"77777777777\0")  # 8 GB, of which 16 bytes are there
    struct.pack_into("12s", header, 124, b"00000000020\0")
    struct.pack_into("8s", header, 148, b" " * 8)
    struct.pack_into("7s", header, 148, b"%06o\0" % sum(header))
    path = tmp_path / "holes.tar"
    path.write_bytes(bytes(header) + PICTURE[:16].ljust(512, b"\0") + bytes(1024))
    tree = TarTree(path, tmp_path / "scratch")
    assert refused(tree, "holes.png") in ("unreadable", "too_many_bytes")


def test_two_members_of_one_name_are_two_files(tar):
    tree = tar(member("a/1.png", picture(1)), member("a/1.png", picture(2)), member("./a/1.png", picture(3)))
    assert len(tree.keys) == 3
    assert {tree.read(key) for key in tree.keys} == {picture(1), picture(2), picture(3)}


def test_hidden_files_are_left_aside_and_counted_in_every_tree(tar, packed, fill):
    files = {
        ".DS_Store": b"x",
        "__MACOSX/._1.png": b"x",
        "a/.thumb/2.png": PICTURE,
        "Thumbs.db": b"x",
        "1.png": PICTURE,
    }
    for tree in (ZipTree(packed(files)), tar(*(member(key, data) for key, data in files.items()))):
        assert (list(tree.keys), tree.left_aside["hidden"]) == (["1.png"], 4)
    folder = FolderTree(fill(files))
    assert (list(folder.keys), folder.left_aside["hidden"]) == (["1.png"], 4)


def test_a_tar_that_is_cut_off_is_refused_as_a_whole_and_says_how_far_it_goes(tar, tmp_path):
    tar(member("1.png", picture(1)), member("2.png", os.urandom(5000))).close()
    path = tmp_path / "dataset.tar"
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(SourceError, match=r"after 2 files .* Download or pack it again"):
        TarTree(path, tmp_path / "scratch")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\0" * 100, id="short"),
        pytest.param(b"no archive at all" * 100, id="text"),
        pytest.param(b"\x1f\x8b\x08\0\0\0\0\0", id="gzip without content"),
        pytest.param(b"BZh9" + b"\1" * 50, id="bzip2 of nonsense"),
        pytest.param(b"\xfd7zXZ\x00" + b"\1" * 50, id="xz of nonsense"),
        pytest.param(gzip.compress(b"not a tar" * 200), id="gzip of something else"),
    ],
)
def test_what_is_no_tar_is_refused_and_leaves_nothing_behind(tmp_path, data):
    path = tmp_path / "dataset.tar"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"dataset\.tar"):
        TarTree(path, tmp_path / "scratch")
    assert not [name for name in left_in(tmp_path / "scratch") if name.endswith(".part")]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(124, b"\x80" + b"\xff" * 11, id="largest size"),
        pytest.param(124, b"\xff" * 12, id="negative size"),
        pytest.param(124, b"77777777777\0", id="8 GB that are not there"),
        pytest.param(124, b"no number!!\0", id="size in letters"),
        pytest.param(0, b"\xff\xfe\x00name", id="name of no encoding"),
    ],
)
def test_a_hostile_header_ends_in_a_refusal_never_in_its_bytes(tmp_path, place, value):
    header = bytearray(tarfile.TarInfo("1.png").tobuf(tarfile.GNU_FORMAT))
    header[place : place + len(value)] = value
    struct.pack_into("8s", header, 148, b" " * 8)
    struct.pack_into("7s", header, 148, b"%06o\0" % (sum(header) & 0o777777))
    path = tmp_path / "hostile.tar"
    path.write_bytes(bytes(header) + bytes(1024))
    try:
        tree = TarTree(path, tmp_path / "scratch")
    except SourceError:
        return
    for key in tree.keys:
        if tree.size(key):
            with pytest.raises(ImageError):
                tree.read(key)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_packed_tar_is_unpacked_once_however_often_it_is_opened(tar, tmp_path, packing):
    members = [member(f"a/{number}.png", picture(number)) for number in range(3)]
    tree = tar(*members, name=f"dataset.tar.{packing}", mode=f"w:{packing}")
    assert [tree.read(key) for key in tree.keys] == [picture(number) for number in range(3)]
    (copy,) = left_in(tmp_path / "scratch")
    made = (tmp_path / "scratch" / copy).stat().st_ino
    again = TarTree(tmp_path / f"dataset.tar.{packing}", tmp_path / "scratch")
    assert again.read("a/2.png") == picture(2)
    assert left_in(tmp_path / "scratch") == [copy]
    assert (tmp_path / "scratch" / copy).stat().st_ino == made


def test_a_packed_tar_that_was_replaced_is_unpacked_anew(tar, tmp_path):
    tar(member("1.png", picture(1)), name="d.tar.gz", mode="w:gz").close()
    tree = tar(member("1.png", picture(2) * 2), name="d.tar.gz", mode="w:gz")
    assert tree.read("1.png") == picture(2) * 2


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_tar_that_unpacks_to_too_much_is_stopped_on_the_way(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(unpacked, "MAX_TOTAL_BYTES", 3_000_000)
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(pack(bytes(20_000_000)))
    with pytest.raises(SourceError, match="would unpack to"):
        TarTree(path, tmp_path / "scratch")
    assert left_in(tmp_path / "scratch") == []


def test_a_packed_tar_that_is_cut_off_is_refused_and_leaves_nothing_behind(tar, tmp_path):
    tar(member("1.png", os.urandom(50_000)), name="d.tar.gz", mode="w:gz").close()
    path = tmp_path / "cut.tar.gz"
    path.write_bytes((tmp_path / "d.tar.gz").read_bytes()[:30_000])
    scratch = tmp_path / "other"
    with pytest.raises(SourceError, match="damaged or cut off"):
        TarTree(path, scratch)
    assert left_in(scratch) == []


def test_a_tar_of_too_many_files_or_bytes_is_refused_as_a_whole(tar, monkeypatch):
    monkeypatch.setattr(unpacked, "MAX_MEMBERS", 2)
    with pytest.raises(SourceError, match="at most 2 are accepted"):
        tar(*(member(f"{number}.png", b"x") for number in range(3)))
    monkeypatch.setattr(unpacked, "MAX_MEMBERS", 10)
    monkeypatch.setattr(unpacked, "MAX_TOTAL_BYTES", 100)
    with pytest.raises(SourceError, match="would unpack to"):
        tar(member("1.png", bytes(101)))


def test_a_file_larger_than_asked_for_is_not_read(tar, packed, fill):
    files = {"1.png": os.urandom(1000)}
    for tree in (FolderTree(fill(files)), ZipTree(packed(files)), tar(member("1.png", files["1.png"]))):
        with pytest.raises(ImageError) as error:
            tree.read("1.png", 999)
        assert error.value.reason == "too_many_bytes"
        assert len(tree.read("1.png", 1000)) == 1000


@pytest.mark.parametrize("name", ["../../evil.mdb", "a/" * 60 + "data.mdb", "CON.mdb", "x\ny.mdb", "data.mdb"])
def test_names_in_the_scratch_folder_owe_nothing_to_the_names_of_members(tar, packed, tmp_path, name):
    for tree in (tar(member(name, b"content")), ZipTree(packed({name: b"content"}))):
        copies = tmp_path / "copies"
        (key,) = tree.keys
        try:
            path = tree.path(key, copies)
        except SourceError:
            assert ".." in name
            continue
        assert path.parent == copies
        assert path.name.removesuffix(".unpacked").isalnum()
        assert path.read_bytes() == b"content"
        assert tree.path(key, copies) == path


def test_a_zip_member_that_is_a_link_or_a_bomb_is_not_unpacked_to_disk_either(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(zip_tree, "_SMALL", 1000)
    link = zipfile.ZipInfo("link.mdb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    bomb = zipfile.ZipInfo("bomb.mdb")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    tree = ZipTree(packed({link: b"/etc/passwd", bomb: bytes(5_000_000)}))
    for key in tree.keys:
        with pytest.raises(SourceError, match="could not be unpacked"):
            tree.path(key, tmp_path / "copies")
    assert left_in(tmp_path / "copies") == []


def test_a_folder_reads_no_pipe_and_no_link_to_outside(fill, tmp_path):
    folder = fill({"1.png": PICTURE})
    (tmp_path / "secret.png").write_bytes(PICTURE)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(folder / "pipe.png")
    tree = FolderTree(folder)
    with pytest.raises(ImageError) as error:
        tree.read("link.png")
    assert error.value.reason == "outside"
    assert refused(tree, "pipe.png") == "unreadable"
    for key in ("link.png", "pipe.png", "../secret.png"):
        with pytest.raises(SourceError):
            tree.path(key, tmp_path / "copies")


def test_a_link_to_outside_is_not_looked_into_for_what_it_is(fill, tmp_path):
    folder = fill({"1.png": PICTURE})
    (tmp_path / "secret").write_bytes(PICTURE)
    (folder / "link").symlink_to(tmp_path / "secret")
    assert FolderTree(folder).head("link") == b""


def test_folders_that_are_links_are_not_followed_and_are_counted(fill, tmp_path):
    folder = fill({"1.png": PICTURE})
    (folder / "round").symlink_to(folder)
    tree = FolderTree(folder)
    assert (list(tree.keys), tree.left_aside["linked_folder"]) == (["1.png"], 1)


def test_an_archive_is_known_by_its_content_whatever_its_name(tar, packed, tmp_path):
    tar(member("1.png", PICTURE), name="dataset.zip").close()
    packed({"1.png": PICTURE}, name="other.tar")
    assert isinstance(open_tree(tmp_path / "dataset.zip", tmp_path / "scratch"), TarTree)
    assert isinstance(open_tree(tmp_path / "other.tar", tmp_path / "scratch"), ZipTree)


def test_hostile_members_are_refused_one_by_one_and_the_rest_of_the_dataset_arrives(tar, tmp_path):
    tar(
        member("sea/1.png", PICTURE),
        member("sea/../../../2.png", PICTURE),
        member("sea/3.png", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    ).close()
    source, found = open_files(tmp_path / "dataset.tar", opening=Opening("files", tmp_path / "scratch"))
    reasons = []
    for item in source.items():
        try:
            item.read()
        except ImageError as error:
            reasons.append(error.reason)
    assert (found.pictures, reasons) == (3, ["outside", "outside"])


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_header_of_any_size_is_never_read_into_memory(tmp_path, kind):
    size = tar_tree.MAX_HEADER_BYTES + 512
    header = tarfile.TarInfo("long")
    header.type, header.size = kind, size
    path = tmp_path / "long.tar"
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(size) + tarfile.TarInfo("1.png").tobuf() + bytes(1024))
    with pytest.raises(SourceError, match="a header of more than"):
        TarTree(path, tmp_path / "scratch")


def test_names_in_pax_headers_are_read_and_guarded_as_others(tar):
    long_name = "/".join(["sea"] * 60) + "/1.png"
    tree = tar(member(long_name, PICTURE), member("2.png", PICTURE, pax_headers={"path": "../out.png"}))
    assert tree.read(long_name) == PICTURE
    assert refused(tree, "../out.png") == "outside"


def test_a_name_longer_than_any_system_has_it_is_no_archive(tar):
    with pytest.raises(SourceError, match="a name of 5,000 characters"):
        tar(member("a" * 5000, PICTURE))


@pytest.mark.parametrize("damage", ["flipped", "cut"])
def test_a_damaged_header_in_the_middle_is_told_and_the_rest_is_not_left_out_in_silence(tar, tmp_path, damage):
    tar(*(member(f"{number}.png", b"x" * 600) for number in range(10))).close()
    path = tmp_path / "dataset.tar"
    data = bytearray(path.read_bytes())
    place = 4 * (512 + 1024)
    data[place + 10] ^= 0xFF
    path.write_bytes(data if damage == "flipped" else data[: place + 200])
    with pytest.raises(SourceError, match=r"after 4 files .* header of the next file is damaged"):
        TarTree(path, tmp_path / "scratch")


def test_a_tar_without_zeroes_at_its_end_is_whole(tar, tmp_path):
    tar(member("1.png", PICTURE.ljust(1024))).close()
    path = tmp_path / "dataset.tar"
    path.write_bytes(path.read_bytes()[: 512 + 1024])
    assert TarTree(path, tmp_path / "scratch").read("1.png") == PICTURE.ljust(1024)


def test_many_members_of_one_name_all_have_short_keys(tmp_path, tar):
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "same.zip", "w") as archive:
        warnings.simplefilter("ignore")
        for number in range(300):
            archive.writestr("a/b.png", str(number))
    for tree in (ZipTree(tmp_path / "same.zip"), tar(*(member("a/b.png", b"%d" % number) for number in range(300)))):
        assert {tree.read(key) for key in tree.keys} == {b"%d" % number for number in range(300)}
        assert list(tree.keys)[-1] == "a/b.png"
        assert "a/b (again 299).png" in tree.keys
        assert max(map(len, tree.keys)) < 25


@pytest.mark.parametrize("name", ["", ".", "./", "a//b"])
def test_members_with_odd_names_do_not_spoil_the_others(tmp_path, tar, name):
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        warnings.simplefilter("ignore")
        for content in (b"1", b"2"):
            info = zipfile.ZipInfo("any")
            info.filename = name
            archive.writestr(info, content)
        archive.writestr("good.png", PICTURE)
    for tree in (ZipTree(tmp_path / "odd.zip"), tar(member(name), member(name), member("good.png", PICTURE))):
        assert tree.read("good.png") == PICTURE
        for key in tree.keys:
            assert key
            tree.head(key)


def test_names_that_begin_with_the_folder_itself_are_files_like_others(packed, tar):
    names = ("./1.png", "././a/2.png", "a/./3.png")
    for tree in (ZipTree(packed(dict.fromkeys(names, PICTURE))), tar(*(member(name, PICTURE) for name in names))):
        assert list(tree.keys) == ["1.png", "a/2.png", "a/./3.png"]
        assert tree.left_aside["hidden"] == 0


def test_names_with_thousands_of_digits_are_sorted_not_counted(packed):
    many = "9" * 5000
    tree = ZipTree(packed({f"{many}.png": PICTURE, "10.png": PICTURE, "09.png": PICTURE}))
    assert list(tree.keys) == ["09.png", "10.png", f"{many}.png"]


def test_names_that_are_no_utf_8_become_text_that_can_be_stored(fill, tar, tmp_path):
    folder = fill({"caf\u00e9.png": picture(1)})
    try:
        (folder / os.fsdecode(b"caf\xe9.png")).write_bytes(picture(2))
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    packed_tree = tar(member("caf\u00e9.png", picture(1)), member(os.fsdecode(b"caf\xe9.png"), picture(2)))
    for tree in (FolderTree(folder), packed_tree):
        assert set(tree.keys) == {"caf\u00e9.png", "caf\u00e9 (again).png"}
        assert {tree.read(key) for key in tree.keys} == {picture(1), picture(2)}
        for key in tree.keys:
            assert key.encode()
            assert tree.size(key)
            assert tree.head(key)
            assert tree.path(key, tmp_path / "copies").read_bytes() == tree.read(key)


def test_a_tar_whose_last_file_is_a_zip_archive_is_a_tar(tar, packed, tmp_path):
    inner = packed({"inner.png": PICTURE}).read_bytes()
    tar(member("1.png", PICTURE), member("more.zip", inner)).close()
    tree = open_tree(tmp_path / "dataset.tar", tmp_path / "scratch")
    assert list(tree.keys) == ["1.png", "more.zip"]


def test_archives_inside_are_left_aside_and_counted(tar, packed, tmp_path):
    inner = packed({"inner.png": PICTURE}, name="inner.zip").read_bytes()
    files = {"1.png": PICTURE, "more.zip": inner, "more.tar.gz": inner}
    tar(*(member(key, data) for key, data in files.items())).close()
    for path in (packed(files, name="outer.zip"), tmp_path / "dataset.tar"):
        source, found = open_files(path, opening=Opening("files", tmp_path / "scratch"))
        assert found.pictures == source.total() == 1
        assert source.left_aside["archive"] == 2
        source.close()


@pytest.mark.parametrize("name", ["only.zip", "only.bin"])
def test_a_folder_that_holds_one_archive_is_that_archive(fill, packed, tmp_path, name):
    folder = fill({name: packed({"1.png": PICTURE}).read_bytes()}, name="download")
    assert list(open_tree(folder, tmp_path / "scratch").keys) == ["1.png"]


def test_a_folder_that_holds_a_link_to_an_archive_elsewhere_or_a_pipe_opens_neither(fill, packed, tmp_path):
    elsewhere = packed({"1.png": PICTURE})
    for number, make in enumerate((lambda path: path.symlink_to(elsewhere), os.mkfifo)):
        folder = fill({}, name=f"download{number}")
        make(folder / "only.zip")
        assert list(open_tree(folder, tmp_path / "scratch").keys) == ["only.zip"]


def test_a_packed_tar_that_shrank_as_no_pictures_do_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacked, "HARMLESS_BYTES", 2_000_000)
    tar_file = tarfile.TarInfo("1.png")
    tar_file.size = 30_000_000
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(gzip.compress(tar_file.tobuf() + bytes(tar_file.size + 1024)))
    with pytest.raises(SourceError, match="more than 100 times its size"):
        TarTree(path, tmp_path / "scratch")
    assert left_in(tmp_path / "scratch") == []


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_damage_in_the_middle_of_a_packed_tar_is_told(tar, tmp_path, packing):
    tar(member("1.png", os.urandom(300_000)), name=f"d.tar.{packing}", mode=f"w:{packing}").close()
    path = tmp_path / f"hurt.tar.{packing}"
    data = bytearray((tmp_path / f"d.tar.{packing}").read_bytes())
    data[150_000:150_400] = bytes(400)
    path.write_bytes(data)
    with pytest.raises(SourceError, match="damaged or cut off"):
        TarTree(path, tmp_path / "other")
    assert left_in(tmp_path / "other") == []


def test_a_disk_that_is_nearly_full_is_said_so_and_not_called_damage(tar, tmp_path, monkeypatch):
    tar(member("1.png", PICTURE), name="d.tar.gz", mode="w:gz").close()
    monkeypatch.setattr(unpacked, "_KEPT_FREE_BYTES", 1 << 62)
    with pytest.raises(SourceError, match=r"nearly full.*Free some space"):
        TarTree(tmp_path / "d.tar.gz", tmp_path / "other")
    assert left_in(tmp_path / "other") == []


def test_a_second_reader_waits_for_the_first_and_takes_what_it_unpacked(tmp_path):
    target = tmp_path / "scratch" / "x.unpacked"
    half, go_on = threading.Event(), threading.Event()

    def slowly():
        yield b"first "
        half.set()
        assert go_on.wait(20)
        yield b"half"

    def never():
        raise AssertionError("it was unpacked twice")
        yield b""

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(unpacked.written_once, target, slowly())
        assert half.wait(20)
        second = pool.submit(unpacked.written_once, target, never())
        assert not target.exists()
        go_on.set()
        assert {first.result(20), second.result(20)} == {target}
    assert target.read_bytes() == b"first half"


def test_what_a_killed_process_left_half_unpacked_is_removed_when_something_is_unpacked_again(tar, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for name, hours in (("old.1.part", 2), ("young.2.part", 0), ("old.unpacked", 30), ("young.unpacked", 2)):
        (scratch / name).write_bytes(b"x")
        then = time.time() - hours * 3600
        os.utime(scratch / name, (then, then))
    tar(member("1.png", PICTURE), name="d.tar.gz", mode="w:gz").close()
    assert {"young.2.part", "young.unpacked"} < set(left_in(scratch))
    assert not {"old.1.part", "old.unpacked"} & set(left_in(scratch))
