import pytest

from core.sources.files.file_names import of_artist_and_work, repaired
from core.sources.files.format import Opening, open_files
from tests.core.sources.conftest import picture
from tests.core.sources.files.examples import lay, lines, wikiart_artgan, wikiart_kaggle


@pytest.fixture
def opened(tmp_path):
    def open_example(files, kind="folder"):
        path = lay(files, tmp_path / "data", kind)
        source, found = open_files(path, opening=Opening("files", tmp_path / "scratch"))
        artworks = {"/".join(item.key.split("/")[-2:]): item.artwork for item in source.items()}
        return artworks, source, found

    return open_example


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_the_refined_release_is_recognised_with_its_lists(opened, kind):
    artworks, source, found = opened(wikiart_artgan(), kind)
    assert (found.format, found.pictures, source.total()) == ("wikiart_folders", 5, 5)
    assert found.classes == {
        "Abstract_Expressionism": 1,
        "Action_painting": 1,
        "Color_Field_Painting": 2,
        "Ukiyo_e": 1,
    }
    assert found.splits == {"train": 3, "validation": 1}
    artwork = artworks["Ukiyo_e/katsushika-hokusai_the-great-wave-1831.jpg"]
    assert (artwork.title, artwork.artist, artwork.date) == ("The great wave", "Katsushika Hokusai", "1831")
    assert (artwork.style, artwork.genre, artwork.licence) == ("Ukiyo-e", "landscape", "")
    assert artwork.metadata == {
        "file": "katsushika-hokusai_the-great-wave-1831.jpg",
        "class": "Ukiyo_e",
        "split": "validation",
        "style_code": "26",
        "genre_code": "4",
        "genre_split": "train",
    }
    assert "split" not in artworks["Action_painting/jackson-pollock_number-8-detail.jpg"].metadata
    assert source.left_aside == {}


def test_kaggles_copy_is_recognised_with_its_tables(opened):
    artworks, source, found = opened(wikiart_kaggle())
    assert (found.format, found.pictures) == ("wikiart_folders", 4)
    assert found.splits == {"train": 2, "test": 1}
    assert source.tables == []
    monet = artworks["Impressionism/claude-monet_water-lilies-1916.jpg"]
    assert (monet.artist, monet.style, monet.genre) == ("Claude Monet", "Impressionism", "landscape")
    assert (monet.title, monet.date) == ("Water lilies", "1916")
    assert monet.metadata["phash"] == "bb"
    assert artworks["Realism/grã©goire-michonze_untitled-1964.jpg"].metadata["subset"] == "uncertain artist"


def test_wclasses_codes_are_told_per_column_from_0_not_in_their_shared_space(opened):
    artworks, _, _ = opened(wikiart_kaggle())
    codes = {
        key.partition("/")[0]: tuple(artwork.metadata[f"{kind}_code"] for kind in ("artist", "genre", "style"))
        for key, artwork in artworks.items()
    }
    assert codes == {
        "Abstract_Expressionism": ("0", "0", "0"),
        "Action_painting": ("0", "0", "1"),
        "Impressionism": ("4", "4", "12"),
        "Realism": ("0", "10", "21"),
    }


def test_code_139_is_an_unknown_genre_and_artist_0_does_not_hide_the_one_of_the_file_name(opened):
    artwork = opened(wikiart_kaggle())[0]["Realism/grã©goire-michonze_untitled-1964.jpg"]
    assert (artwork.genre, artwork.artist) == ("", "Grégoire Michonze")
    assert artwork.style == "Realism"


def test_codes_that_were_counted_per_column_already_are_taken_as_they_are(opened):
    files = wikiart_kaggle()
    del files["classes.csv"]
    files["wclasses.csv"] = lines("file,artist,genre,style", "Impressionism/claude-monet_water-lilies-1916.jpg,4,4,12")
    artwork = opened(files)[0]["Impressionism/claude-monet_water-lilies-1916.jpg"]
    assert (artwork.genre, artwork.metadata["style_code"]) == ("landscape", "12")


def test_a_table_of_codes_out_of_range_is_not_used_and_told(opened):
    files = wikiart_kaggle()
    files["wclasses.csv"] = files["wclasses.csv"].replace(b",0,139,161", b",0,128,161")
    artworks, source, found = opened(files)
    assert any("gives a picture the genre 128; they are numbered from 129 to 139" in note for note in found.notes)
    assert not any("style_code" in artwork.metadata for artwork in artworks.values())
    assert source.tables == ["wclasses.csv"]


def test_the_same_picture_in_several_style_folders_keeps_the_labels_of_both_and_is_told(opened):
    artworks, _, found = opened(wikiart_kaggle())
    assert any("1 file names stand in more than one style folder" in note for note in found.notes)
    pollock = [artwork for key, artwork in artworks.items() if "pollock" in key]
    assert {artwork.style for artwork in pollock} == {"Abstract Expressionism", "Action painting"}
    assert {artwork.metadata["styles"] for artwork in pollock} == {
        "Abstract Expressionism, Action painting",
        "Action painting, Abstract Expressionism",
    }


def test_mojibake_names_are_mended_and_the_same_painter_is_one_artist(opened):
    artworks, _, found = opened(wikiart_artgan())
    artwork = artworks["Color_Field_Painting/grã©goire-michonze_untitled-1964.jpg"]
    assert (artwork.artist, artwork.metadata["split"]) == ("Grégoire Michonze", "train")
    assert artwork.metadata["file"] == "grã©goire-michonze_untitled-1964.jpg"
    assert any("is grégoire-michonze" in note for note in found.notes)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("grã©goire-michonze", "grégoire-michonze"),
        ("joan-mirã³", "joan-miró"),
        ("ä\x8diurlionis", "čiurlionis"),
        ("Ã‰douard", "Édouard"),
        ("são-paulo", "são-paulo"),
        ("grégoire", "grégoire"),
        ("gre\u0301goire", "grégoire"),
        ("âgé", "âgé"),
        ("hokusai", "hokusai"),
    ],
)
def test_accents_are_mended_only_where_it_is_certain_what_they_were(written, meant):
    assert repaired(written) == meant


def test_names_that_are_no_artist_and_work_give_a_title_only():
    assert of_artist_and_work("Baroque/self-portrait.jpg") == ("self-portrait", "", "")


def test_one_style_folder_alone_is_enough(opened):
    files = {key: data for key, data in wikiart_artgan("").items() if key.startswith("Color_Field_Painting/")}
    artworks, _, found = opened(files)
    assert (found.format, len(artworks)) == ("wikiart_folders", 2)


def test_style_folders_with_files_called_otherwise_are_class_folders(opened):
    files = {f"{style}/{number}.jpg": picture(number) for number, style in enumerate(("Baroque", "Ukiyo_e"))}
    assert opened(files)[2].format == "classes"


def test_folders_that_are_no_styles_are_class_folders_whatever_their_files_are_called(opened):
    files = {f"{kind}/claude-monet_lilies-{kind}.jpg": picture(len(kind)) for kind in ("fake", "genuine")}
    assert opened(files)[2].format == "classes"


def test_lines_of_a_list_that_are_no_path_with_a_number_are_told(opened):
    files = wikiart_artgan() | {
        "style_val.csv": lines("path,index", "Ukiyo_e/katsushika-hokusai_the-great-wave-1831.jpg,26")
    }
    _, _, found = opened(files)
    assert found.splits == {"train": 3, "validation": 1}
    assert any("1 lines of style_val.csv are no path with a number: path,index" in note for note in found.notes)
