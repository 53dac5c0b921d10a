import pytest

from core.sources.files.format import Opening, open_files
from tests.core.sources.conftest import picture
from tests.core.sources.files.examples import abstract_gallery, lay


def opened(files, tmp_path, kind="folder"):
    source, found = open_files(lay(files, tmp_path / "data", kind), opening=Opening("files", tmp_path / "scratch"))
    return list(source.items()), found


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_the_gallery_is_recognised_below_its_doubled_folders(tmp_path, kind):
    items, found = opened(abstract_gallery(), tmp_path, kind)
    assert (found.format, found.pictures, len(items)) == ("abstract_gallery", 3, 3)
    assert [item.artwork.title for item in items] == [f"Abstract image {number}" for number in (0, 1, 2782)]
    assert items[0].read() == picture(0, "JPEG")


@pytest.mark.parametrize("flat", [False, True])
def test_abstract_art_gallery_at_its_root_is_never_two_fake_classes(tmp_path, flat):
    files = abstract_gallery()
    if flat:  # as somebody may have mended the doubled level
        files = {key.partition("/")[2]: data for key, data in files.items()}
    items, found = opened(files, tmp_path)
    assert (found.format, found.classes) == ("abstract_gallery", {})
    for item in items:
        assert (item.artwork.tags, item.artwork.style, item.artwork.genre) == ((), "", "")
        assert "class" not in item.artwork.metadata


def test_one_picture_called_otherwise_makes_it_another_folder(tmp_path):
    files = abstract_gallery() | {"Abstract_gallery/Abstract_gallery/sunset.jpg": picture(9)}
    assert opened(files, tmp_path)[1].format == "folder"
