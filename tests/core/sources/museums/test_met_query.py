"""What may be asked of the Met: filters, and ids of objects in every form in which people have them."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from core.sources.museums.met.query import read_query


def test_ids_come_as_numbers_text_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("# vases\n45734\n436121,\n\n45734\n")
    for given in ([45734, "436121"], "45734, 436121", "45734|436121", "45734 436121 45734", str(file)):
        assert read_query({"ids": given}).ids == (45734, 436121)
    assert read_query({"ids": 45734}).ids == (45734,)


def test_the_museums_table_gives_the_ids_of_works_in_the_public_domain(tmp_path: Path) -> None:
    table = tmp_path / "MetObjects.csv"
    table.write_text(
        "\ufeffObject Number,Is Public Domain,Object ID,Title\n"
        '1979.486.1,False,1,"One-dollar, Liberty"\n1980.264.5,True,2,"Two\nlines"\n67.265.9,True,3,Coin\n',
        encoding="utf-8",
    )
    assert read_query({"ids": str(table)}).ids == (2, 3)


def test_a_pointer_of_git_lfs_is_no_table(tmp_path: Path) -> None:  # trap: Met CSV from git
    pointer = tmp_path / "MetObjects.csv"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 317650992\n")
    with pytest.raises(ConfigError, match=r"pointer of Git LFS.*git lfs pull"):
        read_query({"ids": str(pointer)})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("ids.txt", "whole path"),
        ("/nowhere/ids.txt", "cannot be read"),
        ([0], "such as 45734"),
        (["a"], "such as 45734"),
        ("1, two", "whole path"),
    ],
)
def test_what_are_no_ids_is_told(given: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_query({"ids": given})


def test_a_file_with_something_else_in_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("45734\nvase\n")
    with pytest.raises(ConfigError, match="'vase' where an id"):
        read_query({"ids": str(file)})
    file.write_text("\n")
    with pytest.raises(ConfigError, match="has no ids"):
        read_query({"ids": str(file)})


def test_half_a_million_records_are_not_asked_for_by_accident() -> None:
    for query in ({}, {"text": "*"}, {"highlight": True}):
        with pytest.raises(ConfigError, match="Give words to search for, choose departments"):
            read_query(query)
    with pytest.raises(ConfigError, match="not both"):
        read_query({"text": "vase", "ids": "1"})


def test_departments_are_named_or_numbered() -> None:
    assert read_query({"department": "european paintings|13"}).departments == ("11", "13")
    assert read_query({"department": [11, "Asian Art"]}).departments == ("11", "6")
    with pytest.raises(ConfigError, match=r"department must be one of 1 \(American Decorative Arts\)"):
        read_query({"department": "Paintings"})


def test_wrong_filters_are_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no filter 'colour'.*department, medium"):
        read_query({"text": "vase", "colour": "red"})
