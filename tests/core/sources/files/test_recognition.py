"""Every example is recognised as what it is, and as nothing more specific."""

import pytest

from core.sources.artwork import SourceError
from core.sources.files.format import FORMATS, Opening, recognise
from tests.core.sources.conftest import picture
from tests.core.sources.files import examples
from tests.core.sources.files.examples import lay

EXAMPLES = {
    "metadata_folder": examples.metadata_folder(),
    "webdataset": examples.webdataset_shard(),
    "artbench": examples.artbench(),
    "wikiart_folders": examples.wikiart_artgan(),
    "wikiart_download": examples.wikiart_by_id(),
    "abstract_gallery": examples.abstract_gallery(),
    "classes": {"train/cat/1.jpg": picture(1), "train/dog/1.jpg": picture(2), "test/cat/2.jpg": picture(3)},
    "urls": {"pictures.csv": b"image_url,title\nhttps://x.example/1.jpg,One\nhttps://x.example/2.jpg,Two\n"},
    "folder": {"1.jpg": picture(1), "sea/2.jpg": picture(2)},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_recognised_as_itself_first(name, tmp_path):
    path = lay(EXAMPLES[name], tmp_path / "data", "tar" if name == "webdataset" else "folder")
    found = [taken.format for taken in recognise(path, opening=Opening("files", tmp_path / "scratch"))]
    assert found[0] == name
    also = {"wikiart_folders"} if name == "artbench" else set()  # both are style folders of artist_work
    assert set(found) <= {name, "classes", "folder", "urls"} | also  # what it may be taken for if a person says so
    if name in ("wikiart_download", "abstract_gallery"):
        assert "classes" not in found


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "webdataset"])
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_an_example_is_recognised_the_same_in_an_archive(name, kind, tmp_path):
    opening = Opening("files", tmp_path / "scratch")
    laid = recognise(lay(EXAMPLES[name], tmp_path / "data"), opening=opening)[0]
    packed = recognise(lay(EXAMPLES[name], tmp_path / "packed", kind), opening=opening)[0]
    assert (packed.format, packed.pictures, packed.classes, packed.splits) == (
        laid.format,
        laid.pictures,
        laid.classes,
        laid.splits,
    )


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_folder_is_no_format_and_says_so(name, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="is not"):
        recognise(tmp_path / "empty", format_name=name, opening=Opening("files", tmp_path / "scratch"))
