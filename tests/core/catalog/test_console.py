"""Questions in SQL: answered, limited, and shut in."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from core.catalog.catalog import Catalog
from core.catalog.sql.console import EXAMPLES, Console, Example, Limits, QuestionError, ask, examples
from core.catalog.sql.console_child import LONGEST_QUESTION, answer
from core.errors import ConfigError
from core.workspace import Workspace
from tests.core.catalog.ledgers import sha

SHORT = Limits(seconds=1.0, memory_megabytes=200, rows=3, threads=1)


@pytest.fixture
def console(filled: Catalog) -> Iterator[Console]:
    opened = Console(filled)
    yield opened
    opened.close()


def test_a_question_is_answered_with_its_columns(console: Console) -> None:
    found = console.ask("SELECT artist, count(*) AS works FROM artworks WHERE artist <> '' GROUP BY ALL ORDER BY ALL")
    assert found.columns == ("artist", "works")
    assert found.rows == [("Ada", 2), ("Bo", 2), ("Hermès", 1)]
    assert found.to_csv() == "artist,works\nAda,2\nBo,2\nHermès,1\n"
    assert not found.is_cut


def test_an_answer_is_as_new_as_the_catalog(console: Console, filled: Catalog) -> None:
    count = "SELECT count(*) FROM exclusions"
    assert console.ask(count).rows == [(0,)]
    filled.exclude([sha(1)], "torn")
    assert console.ask(count).rows == [(1,)]


def test_a_large_catalog_is_copied_when_wished_and_the_age_of_the_copy_is_told(
    console: Console, filled: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("core.catalog.sql.console.CHEAP_BYTES", 0)
    count = "SELECT count(*) FROM exclusions"
    assert console.age is None
    assert console.ask(count).rows == [(0,)]
    assert console.age is not None
    assert console.age.changes == 0
    made_at = console.age.made_at
    filled.exclude([sha(1)], "torn")
    filled.exclude([sha(2)], "torn")
    assert console.ask(count).rows == [(0,)]
    assert (console.age.changes, console.age.made_at) == (2, made_at)
    console.export(count, tmp_path / "seen.csv", "csv", Limits())
    assert (tmp_path / "seen.csv").read_text().splitlines()[1] == "0"
    console.refresh()
    assert console.age.changes == 0
    assert console.ask(count).rows == [(2,)]


def test_a_copy_that_a_killed_process_left_is_removed_when_the_catalog_is_opened(workspace: Workspace) -> None:
    left = workspace.catalog.with_name("catalog-console.duckdb")
    left.write_bytes(b"left")
    Catalog(workspace.catalog).close()
    assert not left.exists()


def test_a_copy_of_bytes_is_whole_while_others_read_and_takes_no_lock_away(filled: Catalog, tmp_path: Path) -> None:
    filled.exclude([sha(1)], "torn")
    with filled.cursor() as reader:
        reader.execute("SELECT * FROM images")
        filled.copy_bytes(tmp_path / "copy.duckdb")
    assert ask(tmp_path / "copy.duckdb", "SELECT count(*) FROM exclusions").rows == [(1,)]
    with pytest.raises(QuestionError, match="lock"):
        ask(filled.path, "SELECT 1")
    filled.exclude([sha(2)], "torn")
    assert filled.count_excluded([sha(1), sha(2)]) == 2


@pytest.fixture(scope="module")
def copied(library: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that questions are asked of."""
    path = tmp_path_factory.mktemp("console") / "copied.duckdb"
    library.copy(path)
    return path


def here(path: Path, sql: str) -> dict[str, Any]:
    """What the process would answer, without a process."""
    return answer({"path": str(path), "sql": sql, "limits": asdict(SHORT)})


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_can_be_asked(copied: Path, example: Example) -> None:
    assert here(copied, example.sql)["columns"]


def test_examples_are_of_what_the_catalog_has(filled: Catalog, copied: Path) -> None:
    offered = examples(filled)
    assert "Why pictures were excluded" not in offered
    assert all(here(copied, sql)["rows"] for sql in offered.values())
    filled.exclude([sha(1)], "torn")
    assert "Why pictures were excluded" in examples(filled)


def test_more_rows_than_allowed_are_cut_and_that_is_said(console: Console) -> None:
    found = console.ask("FROM range(1000000000)", SHORT)
    assert (len(found.rows), found.is_cut) == (3, True)
    assert not console.ask("FROM range(3)", SHORT).is_cut


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM images",
        "DROP TABLE images",
        "INSERT INTO collections VALUES ('x', now())",
        "UPDATE images SET width = 1",
        "WITH gone AS (DELETE FROM exclusions RETURNING *) SELECT * FROM gone",
        "CREATE TABLE x AS SELECT 1",
        "CREATE TEMP TABLE x AS SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE images",
        "ATTACH '{file}' AS other",
        "COPY (SELECT 1) TO '{file}'",
        "COPY images FROM '{file}'",
        "EXPORT DATABASE '{file}'",
        "PRAGMA database_list",
        "SET memory_limit = '100GB'",
        "RESET lock_configuration",
        "CALL pragma_version()",
        "LOAD httpfs",
        "INSTALL httpfs",
        "CHECKPOINT",
        "EXPLAIN ANALYZE DELETE FROM images",
        "PREPARE p AS SELECT 1",
        "BEGIN",
        "",
        "   -- nothing",
        "SELEKT 1",
        "SELECT nothing FROM nowhere",
        "SELECT " + "(" * 5000 + "1" + ")" * 5000,
        "SELECT 1 --" + "x" * LONGEST_QUESTION,
        "SELECT \0",
    ],
)
def test_anything_but_one_select_is_refused_in_words(copied: Path, tmp_path: Path, sql: str) -> None:
    file = tmp_path / "written"
    assert here(copied, sql.replace("{file}", str(file)))["refused"]
    assert not file.exists()
    assert here(copied, "SELECT count(*) FROM images")["rows"] == [[6]]


def test_a_refusal_crosses_the_process(console: Console) -> None:
    with pytest.raises(QuestionError, match="One SELECT is allowed"):
        console.ask("DELETE FROM images", SHORT)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_blob('{file}')",
        "SELECT * FROM read_json('{file}')",
        "SELECT * FROM '{file}'",
        "FROM '{file}.csv'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM query('COPY (SELECT 1) TO ''{file}2''')",
        "SELECT getenv('HOME')",
        "SELECT * FROM request",
        "SELECT * FROM limits",
        "SELECT * FROM sniff_csv('{file}')",
        "SELECT * FROM parquet_scan('http://127.0.0.9/x.parquet')",
    ],
)
def test_no_file_address_or_variable_can_be_read(copied: Path, tmp_path: Path, sql: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("word\nopen sesame\n")
    found = here(copied, sql.replace("{file}", str(file)).replace("{folder}", str(tmp_path)))
    assert found["refused"]
    assert "sesame" not in str(found)
    assert [path.name for path in tmp_path.glob("secret*")] == ["secret.csv"]


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
        "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3",
        "SELECT list(a.range || '/' || b.range) FROM range(100000) a, range(100000) b",
        "SELECT sha256(string_agg(a.range::VARCHAR)) FROM range(10000000000) a",
        "SELECT length(repeat('x', 2000000000) || repeat('y', 2000000000))",
        "SELECT * FROM range(100000000) a ORDER BY hash(a.range) DESC",
    ],
)
def test_what_takes_too_much_time_or_memory_is_stopped(console: Console, sql: str) -> None:
    with pytest.raises(QuestionError):
        console.ask(sql, SHORT)
    assert console.ask("SELECT count(*) FROM images").rows == [(6,)]


def test_a_long_text_is_cut(console: Console) -> None:
    ((text,),) = console.ask("SELECT repeat('x', 1000000)").rows
    assert len(text) == 10_001


def test_answers_leave_as_csv_and_as_parquet_and_write_over_nothing(console: Console, tmp_path: Path) -> None:
    sql = "SELECT title, tags, width FROM artworks a JOIN images i ON i.number = a.image_number ORDER BY i.number"
    assert console.export(sql, tmp_path / "a.csv", "csv", Limits(rows=100)) == 6
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[1] == "Calm sea,[],400"
    assert console.export(sql, tmp_path / "a.parquet", "parquet", Limits(rows=4)) == 4
    assert pyarrow.parquet.read_table(tmp_path / "a.parquet").column("title").to_pylist()[0] == "Calm sea"
    with pytest.raises(ConfigError):
        console.export(sql, tmp_path / "a.csv", "csv", Limits())
    with pytest.raises(QuestionError):
        console.export("DELETE FROM images", tmp_path / "b.parquet", "parquet", Limits())
    assert not (tmp_path / "b.parquet").exists()
