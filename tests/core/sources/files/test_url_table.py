import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.jobs.folder import State
from core.sources.artwork import SourceError
from core.sources.files.folder_tree import FolderTree
from core.sources.files.format import Opening, recognise
from core.sources.files.url_table import UrlTable, address_tables
from core.sources.planning import plan
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from tests.core.sources.conftest import picture
from tests.standins.server import Answer, StandIn

A, B, C = (f"https://museum.example/{name}.jpg" for name in "abc")


def offers(table: UrlTable):
    return list(table.offers(None))


def addresses(table: UrlTable) -> list[str]:
    return [offer.renditions[0] for offer in offers(table)]


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def test_columns_become_fields_of_the_artwork_and_the_rest_its_metadata():
    table = UrlTable(
        csv(
            "Image URL;Title;Artist;Year;Movement;Rights;Keywords;Inventory;link",
            f"{A};Actor;Kiyonaga;1783;Ukiyo-e;Public Domain;actor, kabuki;12.3;https://museum.example/works/1",
        ),
        "art.csv",
    )
    artwork = offers(table)[0].artwork
    assert (artwork.title, artwork.artist, artwork.date, artwork.style) == ("Actor", "Kiyonaga", "1783", "Ukiyo-e")
    assert (artwork.licence, artwork.tags) == ("Public domain", ("actor", "kabuki"))
    assert (artwork.image_url, artwork.page_url) == (A, "https://museum.example/works/1")
    assert artwork.metadata == {"Inventory": "12.3"}
    assert table.columns["image_url"] == "Image URL"


@pytest.mark.parametrize("column", ["image_url", "URL", "img", "image", "link", "Primary Image", "src", "photo-url"])
def test_a_column_of_a_usual_name_is_recognised(column):
    table = UrlTable(csv(f"id,{column}", f"1,{A}"), "t.csv")
    assert addresses(table) == [A]
    assert offers(table)[0].artwork.page_url == ""


def test_a_column_of_pages_is_not_taken_where_there_is_one_of_pictures():
    table = UrlTable(csv("url,image_url", f"https://museum.example/1,{A}"), "t.csv")
    assert addresses(table) == [A]
    assert offers(table)[0].artwork.page_url == "https://museum.example/1"


def test_a_column_of_an_unusual_name_is_recognised_by_addresses_that_end_like_pictures():
    assert addresses(UrlTable(csv("n,bild", f"1,{A}", f"2,{B}"), "t.csv")) == [A, B]
    with pytest.raises(SourceError, match=r"no column of picture addresses \(found: n, seite\)"):
        UrlTable(csv("n,seite", "1,https://museum.example/page"), "t.csv")


def test_an_address_that_stands_twice_is_offered_once_and_unusable_ones_are_counted():
    table = UrlTable(
        csv("image_url", A, B, A, f"{A}#part", "ftp://museum.example/c.jpg", "c.jpg", "javascript:x", C), "t.csv"
    )
    assert addresses(table) == [A, B, C]
    assert len(table) == 3
    extent = table.extent(None, None)
    assert (extent.artworks, extent.listing_requests, extent.details_share) == (3, 0, 0.0)
    notes = " ".join(extent.notes)
    assert "2 rows have an address that stands in an earlier one" in notes
    assert "3 rows have no address that begins with http:// or https://" in notes


def test_keys_are_those_of_the_addresses_whatever_else_changes_in_the_table():
    before = [offer.key for offer in offers(UrlTable(csv("image_url,title", f"{A},x", f"{B},y"), "t.csv"))]
    after = [offer.key for offer in offers(UrlTable(csv("title,image_url", f"z,{C}", f"new,{B}", f"x,{A}"), "t.csv"))]
    assert len(set(before)) == 2
    assert after[1:] == before[::-1]


def test_addresses_are_percent_encoded_once_as_the_client_asks_for_them():
    table = UrlTable(
        csv("image_url", '"https://museum.example/grün (1)!Large.jpg"', "//museum.example/b%20c.jpg"), "t.csv"
    )
    assert addresses(table) == [
        "https://museum.example/gr%C3%BCn%20(1)!Large.jpg",
        "https://museum.example/b%20c.jpg",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_in_the_usual_encodings_are_read(encoding):
    text = f"image_url\ttitle\r\n{A}\tGrünes Feld\r\n"
    assert offers(UrlTable(text.encode(encoding), "t.tsv"))[0].artwork.title == "Grünes Feld"


def test_json_lines_a_json_list_and_a_plain_list_are_read():
    rows = [{"url": A, "title": "x", "tags": ["a", "b"]}, {"url": B, "year": 1905}]
    lines = "\n".join(map(json.dumps, rows)).encode()
    for data, name in ((lines, "t.jsonl"), (json.dumps(rows).encode(), "t.json")):
        found = offers(UrlTable(data, name))
        assert [offer.renditions for offer in found] == [(A,), (B,)]
        assert (found[0].artwork.tags, found[1].artwork.date) == (("a", "b"), "1905")
    assert addresses(UrlTable(f"# my list\n{A}\n\n{B}\n".encode(), "t.txt")) == [A, B]


def test_parquet_is_read_and_its_vectors_are_left_out(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"URL": [A, None, B], "WIDTH": [10.0, None, 20.5], "vector": [[0.1], [0.2], [0.3]]}), path)
    found = offers(UrlTable(path))
    assert [offer.renditions for offer in found] == [(A,), (B,)]
    assert [offer.artwork.metadata for offer in found] == [{"WIDTH": "10"}, {"WIDTH": "20.5"}]
    assert addresses(UrlTable(path.read_bytes(), "t.parquet")) == [A, B]


def test_whether_a_work_is_free_is_taken_from_a_column_that_says_only_that():
    table = UrlTable(csv("url,is_public_domain", f"{A},True", f"{B},False", f"{C},"), "ArtBench-10.csv")
    assert [offer.artwork.licence for offer in offers(table)] == ["Public domain", "In copyright", ""]
    assert not any("licence" in note for note in table.notes())


def test_a_table_without_licences_says_that_none_of_its_pictures_counts_as_free():
    assert any("licence" in note for note in UrlTable(csv("url", A), "t.csv").notes())


def test_hosts_are_told_the_busiest_first_with_the_usual_policy():
    table = UrlTable(csv("url", "http://127.0.0.1:9000/1", A, B, "HTTPS://Museum.example:443/c"), "t.csv")
    assert list(table.policies) == ["museum.example", "127.0.0.1:9000"]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "t.csv", "no column of picture addresses"),
        (b"PAR1 and no more", "t.parquet", "no Parquet file"),
        (b"nothing", "t.parquet", "no Parquet file"),
        (b'{"url": ', "t.jsonl", "not JSON"),
        (b"some words\nof a text", "t.txt", "no column of picture addresses"),
        (b"url,url\na,b", "t.csv", "several columns called 'url'"),
        (b"\x00\x01\x02", "t.csv", "not a text file"),
    ],
)
def test_what_is_no_table_of_addresses_says_why(data, name, words):
    with pytest.raises(SourceError, match=words):
        UrlTable(data, name)


def test_a_folder_of_tables_with_the_same_column_is_one_and_a_zip_archive_too(fill, packed):
    files = {
        "part-00001.csv": csv("url,title", f"{B},y"),
        "part-00000.csv": csv("url,title", f"{A},x"),
        "other.csv": csv("image_url", C),
        "README.md": b"words",
        "notes.txt": b"words",
        "numbers.csv": csv("a,b", "1,2"),
    }
    table = UrlTable(fill({name: data for name, data in files.items() if name != "other.csv"}))
    assert addresses(table) == [A, B]
    assert "2 tables, from part-00000.csv to part-00001.csv" in table.notes()[1]
    table = UrlTable(packed(files))
    assert addresses(table) == [C]
    assert table.notes()[:2] == (
        "The addresses stand in the column image_url.",
        "Tables with other columns are left out: part-00000.csv, part-00001.csv.",
    )
    assert not any("no address" in note for note in table.notes())


def test_a_table_that_labels_the_pictures_beside_it_is_no_table_of_addresses(fill):
    """ArtBench-10.csv has a column url, and lies beside the pictures or alone."""
    rows = csv("name,url,label", f"a.jpg,{A},baroque", f"b.jpg,{B},realism")
    alone = fill({"ArtBench-10.csv": rows}, "alone")
    assert addresses(UrlTable(alone)) == [A, B]
    beside = fill({"ArtBench-10.csv": rows, "baroque/a.jpg": picture(1), "realism/b.jpg": picture(2)}, "beside")
    assert address_tables(FolderTree(beside)) == {}
    with pytest.raises(SourceError, match="Found no table of picture addresses"):
        UrlTable(beside)


def test_a_missing_file_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(SourceError, match="There is no file"):
        UrlTable(tmp_path / "t.csv")


def test_a_table_is_planned_and_collected_by_the_polite_downloader(workspace, collect, tmp_path):
    def answer(request):
        number = request.path.removeprefix("/").removesuffix(".png")
        return Answer(200, picture(int(number)), "image/png") if number.isdigit() else Answer(404)

    with StandIn(answer) as server:
        host = HostSettings(allowed=True, requests_per_second=0, attempts=1, backoff_seconds=0)
        write_web_settings(workspace, WebSettings(hosts={server.netloc: host}))
        path = tmp_path / "t.csv"
        names = ["1", "2", "missing", "2", "3"]
        path.write_text("image_url,title,licence\n" + "".join(f"{server.url}/{n}.png,work {n},CC0\n" for n in names))
        settings = {"source": "urls", "path": str(path)}
        planned = plan(workspace, settings)
        assert (planned.title, planned.artworks, planned.requests) == ("Table of picture addresses", 4, 4)
        assert planned.examples[0].title == "work 1"
        assert planned.examples[0].thumbnail
        _job, end, rows = collect(**settings)
    assert end.state == State.DONE
    by_title = {row["artwork"]["title"]: row for row in rows}
    assert {title: row["state"] for title, row in by_title.items()} == {
        "work 1": "stored",
        "work 2": "stored",
        "work 3": "stored",
        "work missing": "refused",
    }
    assert by_title["work 1"]["source"] == "urls"
    assert by_title["work 1"]["artwork"]["licence"] == "CC0"


@pytest.mark.parametrize("kind", ["file", "folder", "zip", "gztar"])
def test_a_table_of_addresses_is_recognised_wherever_it_lies(fill, tmp_path, kind):
    folder = fill({"art.csv": csv("url,title", f"{A},x", f"{A},x", f"{B},y")})
    path = {"file": folder / "art.csv", "folder": folder}.get(kind)
    path = path or Path(shutil.make_archive(str(tmp_path / "art"), kind, folder))
    (found,) = recognise(path, opening=Opening("files", tmp_path / "scratch"))
    assert (found.format, found.title, found.pictures, found.web) == ("urls", "Table of picture addresses", 2, True)
    assert found.found == "art.csv names 2 pictures by their addresses, in the column url."
    assert addresses(UrlTable(path)) == [A, B]


def test_a_collection_of_pictures_with_some_table_of_addresses_in_it_is_not_fetched_from_the_web(fill, tmp_path):
    folder = fill({f"{number}.png": picture(number) for number in range(3)} | {"links.csv": csv("url", A, B)})
    found = recognise(folder, opening=Opening("files", tmp_path))
    assert "urls" not in [taken.format for taken in found]
