import pytest

from core.sources.artwork import Artwork
from core.sources.labels import Labels, LabelsError, read_labels


def table(text: str, encoding: str = "utf-8") -> Labels:
    return read_labels(text.encode(encoding))


def described(labels: Labels, key: str, artwork: Artwork | None = None) -> Artwork:
    return labels.describe(artwork or Artwork("folder", ""), labels.assign([key]).rows[key])


def test_known_columns_describe_the_artwork_and_others_become_metadata():
    labels = table("file,artist,Year,hung where,note\na.jpg,Ann,1958,Hall,\n")
    artwork = described(labels, "a.jpg")
    assert (artwork.artist, artwork.date, artwork.metadata) == ("Ann", "1958", {"hung where": "Hall"})
    assert labels.metadata_columns == ["hung where", "note"]


def test_an_empty_cell_leaves_what_is_known():
    artwork = described(table("file,title,artist\na.jpg,,Ann\n"), "a.jpg", Artwork("folder", "", title="From the file"))
    assert (artwork.title, artwork.artist) == ("From the file", "Ann")


def test_tags_are_split_and_added():
    artwork = described(table('file,tags\na.jpg,"blue; large, blue"\n'), "a.jpg", Artwork("folder", "", tags=("late",)))
    assert artwork.tags == ("late", "blue", "large")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    labels = table(f"file{delimiter}artist\na.jpg{delimiter}Ann\n")
    assert labels.delimiter == delimiter
    assert described(labels, "a.jpg").artist == "Ann"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("latin-1", "cp1252"), ("cp1252", "cp1252")],
)
def test_the_encoding_is_found_and_told(encoding, found):
    labels = table("file,artist\na.jpg,Vieira da Silva ÉÑ\n", encoding)
    assert labels.encoding == found
    assert described(labels, "a.jpg").artist == "Vieira da Silva ÉÑ"


def test_a_spreadsheets_separator_line_is_understood():
    assert described(table("sep=;\nfile;artist\na.jpg;Ann\n"), "a.jpg").artist == "Ann"


def test_line_breaks_within_quotes_stay_in_the_cell():
    assert described(table('file,title\r\na.jpg,"two\r\nlines"\r\n'), "a.jpg").title == "two\r\nlines"


def test_rows_match_by_path_then_by_name_then_without_suffix():
    labels = table("file,artist\nlate\\A.JPG,path\nelsewhere/b.jpg,name\nc,stem\n")
    assignment = labels.assign(["late/a.jpg", "early/a.jpg", "late/b.jpg", "c.png"])
    assert assignment.rows == {"late/a.jpg": 0, "late/b.jpg": 1, "c.png": 2}
    assert (assignment.matched_by_name, assignment.unlabelled) == (2, 1)


def test_accents_match_however_the_system_composed_them():
    assert table("file\ncafe\u0301.jpg\n").assign(["café.jpg"]).rows == {"café.jpg": 0}


def test_a_name_that_several_files_share_is_given_to_none_and_told():
    assignment = table("file,artist\na.jpg,Ann\n").assign(["early/a.jpg", "late/a.jpg"])
    assert (assignment.rows, assignment.ambiguous) == ({}, ["a.jpg"])


def test_rows_without_a_file_and_repeated_rows_are_told():
    assignment = table("file\na.jpg\nmissing.jpg\nA.jpg\n").assign(["a.jpg"])
    assert (assignment.rows, assignment.unmatched, assignment.repeated) == ({"a.jpg": 0}, ["missing.jpg"], ["A.jpg"])


def test_short_rows_and_blank_lines_do_no_harm():
    labels = table("file,artist,title\n\na.jpg\n , ,\nb.jpg,Bea,T,too,many\n")
    assert [row["file"] for row in labels.rows] == ["a.jpg", "b.jpg"]
    assert described(labels, "b.jpg").title == "T"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"artist,title\nAnn,x\n", "none that names the picture file"),
        (b"file,artist,artist\na,b,c\n", "several columns"),
        (b"PK\x03\x04\0\0\0\0", "not a text file"),
        (b"\xff\xfea", "damaged"),
        (b"file,artist\n" + b'"' + b"x" * 200_000 + b'",a\n', "no CSV table"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(data, words):
    with pytest.raises(LabelsError, match=words):
        read_labels(data)


def test_a_missing_table_says_so(tmp_path):
    with pytest.raises(LabelsError, match="no labels file"):
        read_labels(tmp_path / "none.csv")
