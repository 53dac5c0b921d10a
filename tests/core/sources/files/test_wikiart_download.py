import pytest

from core.sources.files.format import Opening, open_files
from tests.core.sources.conftest import picture
from tests.core.sources.files.examples import lay, wikiart_by_id, wikiart_by_slug


@pytest.fixture
def opened(tmp_path):
    def open_example(files, kind="folder"):
        path = lay(files, tmp_path / "data", kind)
        source, found = open_files(path, opening=Opening("files", tmp_path / "scratch"))
        return {item.key: item.artwork for item in source.items()}, source, found

    return open_example


LILIES = "images/claude-monet/1916/9223372032559883368.jpg"


@pytest.mark.parametrize("root", ["", "wikiart-saved/"])
@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_a_download_by_ids_is_recognised_with_the_records_of_each_artist(opened, kind, root):
    artworks, source, found = opened({root + key: data for key, data in wikiart_by_id().items()}, kind)
    assert (found.format, found.pictures, source.total()) == ("wikiart_download", 3, 3)
    assert found.classes == {"Impressionism": 1}
    lilies = artworks[root + LILIES]
    assert (lilies.title, lilies.artist, lilies.date) == ("Water Lilies", "Claude Monet", "1916")
    assert (lilies.style, lilies.genre, lilies.tags) == ("Impressionism", "flower painting", ("water", "flowers"))
    assert lilies.metadata["styles"] == "Impressionism, Post-Impressionism"
    assert (lilies.metadata["sizeX"], "sizeY" in lilies.metadata) == ("89.5", False)
    assert lilies.image_url.endswith("water-lilies-1916.jpg!Large.jpg")
    assert lilies.licence == ""


def test_a_content_id_of_19_digits_keeps_all_of_them(opened):
    artworks, _, _ = opened(wikiart_by_id())
    assert artworks[LILIES].metadata["contentId"] == "9223372032559883368"
    haystacks = artworks["images/claude-monet/unknown-year/9223372032559883369.jpg"]
    assert (haystacks.title, haystacks.metadata["contentId"]) == ("Haystacks", "9223372032559883369")


def test_completition_year_is_read_as_it_is_misspelt_and_no_year_is_no_date(opened):
    files = wikiart_by_id()
    files["meta/claude-monet.json"] = files["meta/claude-monet.json"].replace(b'"yearAsString": "1916"', b'"x": 0')
    renamed = {key.replace("/1916/", "/unknown-year/"): data for key, data in files.items()}
    artworks, _, _ = opened(renamed)
    assert artworks[LILIES.replace("/1916/", "/unknown-year/")].date == "1916"
    assert artworks["images/claude-monet/unknown-year/9223372032559883369.jpg"].date == ""


def test_a_picture_without_a_record_has_the_artist_and_year_of_its_folders_and_is_told(opened):
    artworks, _, found = opened(wikiart_by_id())
    hokusai = artworks["images/katsushika-hokusai/1831/77.jpg"]
    assert (hokusai.artist, hokusai.date, hokusai.title) == ("Katsushika Hokusai", "1831", "")
    assert found.notes[0].startswith("1 of 3 pictures have no record")


def test_files_are_looked_for_where_the_downloader_wrote_them_below_artist_and_year(opened):
    _, source, _ = opened(wikiart_by_id())
    assert {len(item.key.split("/")) for item in source.items()} == {4}
    assert {item.read() for item in source.items()} == {picture(number, "JPEG") for number in (401, 402, 403)}


def test_a_download_by_names_is_recognised_with_the_newer_records(opened):
    artworks, source, found = opened(wikiart_by_slug())
    assert (found.format, found.pictures) == ("wikiart_download", 2)
    rust = artworks["painting/image/mark-rothko/no-61-rust-and-blue.jpg"]
    assert (rust.title, rust.artist, rust.date) == ("No. 61 (Rust and Blue)", "Mark Rothko", "1953")
    assert (rust.style, rust.genre) == ("Color Field Painting", "abstract")
    assert (rust.metadata["media"], rust.metadata["period"]) == ("oil, canvas", "Mature")
    untitled = artworks["painting/image/mark-rothko/untitled-1968.jpg"]
    assert (untitled.title, untitled.artist, untitled.date) == ("Untitled", "Mark Rothko", "1968")
    assert source.left_aside == {}


def test_records_that_are_damaged_are_told_and_the_pictures_still_come(opened):
    files = wikiart_by_id() | {"meta/katsushika-hokusai.json": b'[{"title": '}
    artworks, _, found = opened(files)
    assert len(artworks) == 3
    assert found.notes[0].startswith("meta/katsushika-hokusai.json cannot be used")


def test_a_folder_of_pictures_beside_json_of_another_kind_is_not_a_download(opened):
    files = {"meta/settings.json": b'{"a": 1}', "images/blue/1.png": picture(1), "images/red/2.png": picture(2)}
    assert opened(files)[2].format == "classes"
