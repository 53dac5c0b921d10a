import stat
import zipfile

import pytest

from core.images import ImageError, ImageLimits
from core.sources.archive import ArchiveSource
from core.sources.artwork import SourceError
from core.sources.files import unpacked
from tests.core.sources.conftest import picture


def read_all(source: ArchiveSource) -> dict[str, bytes | str]:
    """Key -> the bytes, or the reason why there are none."""
    found: dict[str, bytes | str] = {}
    for item in source.items():
        try:
            found[item.key] = item.read()
        except ImageError as error:
            found[item.key] = error.reason
    return found


def test_pictures_are_read_without_unpacking(packed, tmp_path):
    path = packed({"set/a.png": picture(1), "b.jpg": picture(2, "JPEG"), "notes.txt": b"x", "__MACOSX/._a.png": b"x"})
    before = set(tmp_path.rglob("*"))
    source = ArchiveSource(path)
    assert read_all(source) == {"b.jpg": picture(2, "JPEG"), "set/a.png": picture(1)}
    assert source.left_aside == {"other": 1, "hidden": 1}
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["../../evil.png", "/evil.png", "a/../../evil.png", "C:/evil.png", "..\\evil.png"])
def test_a_member_named_to_land_outside_is_refused(packed, name):
    assert (
        list(read_all(ArchiveSource(packed({name: picture(1), "good.png": picture(2)}))).values()).count("outside") == 1
    )


def test_a_link_in_an_archive_is_refused(packed):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert read_all(ArchiveSource(packed({link: b"/etc/passwd"}))) == {"link.png": "outside"}


def test_a_member_that_unpacks_to_far_more_than_its_size_is_refused(packed):
    assert read_all(ArchiveSource(packed({"bomb.png": bytes(50_000_000)}))) == {"bomb.png": "bomb"}


def test_a_member_that_is_too_large_is_refused_before_it_is_unpacked(packed):
    source = ArchiveSource(packed({"a.png": picture(1)}), limits=ImageLimits(max_bytes=50))
    assert read_all(source) == {"a.png": "too_many_bytes"}


def test_a_member_that_is_larger_than_announced_is_refused(packed):
    path = packed({"a.png": bytes(5000)})
    data = path.read_bytes()
    path.write_bytes(data.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little")))
    assert read_all(ArchiveSource(path)) == {"a.png": "damaged"}


def test_a_damaged_member_does_not_spoil_the_others(packed):
    path = packed({"a.png": picture(1), "b.png": picture(2)})
    data = bytearray(path.read_bytes())
    data[45] ^= 0xFF  # in the packed bytes of the first member
    path.write_bytes(bytes(data))
    assert read_all(ArchiveSource(path)) == {"a.png": "damaged", "b.png": picture(2)}


def test_an_encrypted_member_is_refused_with_advice(packed):
    path = packed({"a.png": picture(1)})
    data = path.read_bytes()
    directory = data.rindex(b"PK\x01\x02")
    path.write_bytes(data[: directory + 8] + b"\x01\x00" + data[directory + 10 :])
    item = next(iter(ArchiveSource(path).items()))
    with pytest.raises(ImageError, match="without a password"):
        item.read()


def test_too_many_members_or_too_much_in_all_is_refused_as_a_whole(packed, monkeypatch):
    path = packed({f"{number}.png": picture(number) for number in range(3)})
    monkeypatch.setattr(unpacked, "MAX_MEMBERS", 2)
    with pytest.raises(SourceError, match="3 files"):
        ArchiveSource(path)
    monkeypatch.setattr(unpacked, "MAX_MEMBERS", 10)
    monkeypatch.setattr(unpacked, "MAX_TOTAL_BYTES", 10)
    with pytest.raises(SourceError, match="unpack to"):
        ArchiveSource(path)


def test_two_members_of_one_name_are_two_pictures(packed):
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(packed({"a.png": picture(1)}), "a") as more:
        more.writestr("a.png", picture(2))
    assert read_all(ArchiveSource(more.filename)) == {"a (again).png": picture(2), "a.png": picture(1)}


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"Rar!")
    with pytest.raises(SourceError, match="not a zip archive"):
        ArchiveSource(tmp_path / "x.zip")
    with pytest.raises(SourceError, match="no file"):
        ArchiveSource(tmp_path / "none.zip")


def test_an_archive_without_pictures_is_refused(packed):
    with pytest.raises(SourceError, match="Found no picture"):
        list(ArchiveSource(packed({"a.txt": b"x"})).items())


def test_a_table_inside_is_offered(packed):
    source = ArchiveSource(packed({"set/labels.csv": b"file,artist\n", "set/a.png": picture(1)}))
    assert source.tables == ["set/labels.csv"]
    assert source.table("set/labels.csv") == b"file,artist\n"
