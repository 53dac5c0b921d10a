import os

import pytest

from core.images import ImageError
from core.sources.artwork import SourceError
from core.sources.folder import FolderSource
from tests.core.sources.conftest import picture


def keys(source: FolderSource) -> list[str]:
    return [item.key for item in source.items()]


def test_sub_folders_are_read_in_natural_order_and_become_tags(fill):
    source = FolderSource(fill({"10.png": picture(1), "2.png": picture(2), "Color_Field/late/x.png": picture(3)}))
    assert keys(source) == ["2.png", "10.png", "Color_Field/late/x.png"]
    artwork = list(source.items())[2].artwork
    assert artwork.tags == ("Color Field", "late")
    assert artwork.metadata == {"file": "x.png", "folder": "Color_Field/late"}


def test_what_is_no_picture_is_left_aside_and_counted(fill):
    source = FolderSource(
        fill(
            {
                "a.png": picture(1),
                "._a.png": b"AppleDouble",
                ".DS_Store": b"x",
                "Thumbs.db": b"x",
                "notes.txt": b"hello",
                "labels.csv": b"file\n",
                "more.zip": b"PK",
                ".git/b.png": picture(2),
                "__MACOSX/c.png": picture(3),
            }
        )
    )
    assert keys(source) == ["a.png"]
    assert source.left_aside == {"hidden": 5, "other": 1, "table": 1, "archive": 1}
    assert source.tables == ["labels.csv"]


def test_a_picture_without_suffix_is_found_by_its_content(fill):
    assert keys(FolderSource(fill({"scan": picture(1), "page.html": picture(2, "JPEG")}))) == ["page.html", "scan"]


def test_a_folder_without_pictures_says_what_it_holds_instead(fill):
    with pytest.raises(SourceError, match=r"Found no picture in .*other files: 1"):
        keys(FolderSource(fill({"notes.txt": b"hello"})))


@pytest.mark.parametrize("path", ["none", "a.png", "bad\0name"])
def test_what_is_no_folder_is_refused(fill, path):
    folder = fill({"a.png": picture(1)})
    with pytest.raises(SourceError):
        FolderSource(folder / path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_that_lead_out_of_the_folder_are_not_followed(fill, tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture(1))
    elsewhere = fill({"b.png": picture(2)}, "elsewhere")
    folder = fill({"inside/c.png": picture(3)})
    (folder / "a.png").symlink_to(secret)
    (folder / "folder").symlink_to(elsewhere)
    (folder / "again.png").symlink_to(folder / "inside/c.png")
    source = FolderSource(folder)
    items = {item.key: item for item in source.items()}
    assert set(items) == {"a.png", "again.png", "inside/c.png"}
    assert source.left_aside == {"linked_folder": 1}
    with pytest.raises(ImageError, match="link to a file outside") as caught:
        items["a.png"].read()
    assert caught.value.reason == "outside"
    assert items["again.png"].read() == picture(3)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_table_that_is_a_link_to_elsewhere_is_not_read(fill, tmp_path):
    (tmp_path / "secret.csv").write_text("file\n")
    folder = fill({"a.png": picture(1)})
    (folder / "labels.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(SourceError):
        FolderSource(folder).table("labels.csv")


def test_the_same_file_is_the_same_artwork_wherever_its_folder_lies(fill):
    one, other = (
        (item := next(iter(FolderSource(fill({"1.png": picture(1)}, name)).items()))).identified(
            item.artwork, "ab" * 32
        )
        for name in "xy"
    )
    assert one.source_id == other.source_id == "1.png@abababababab"
