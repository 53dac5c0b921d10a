"""One process, many threads, failing disks, files of other versions."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from core.catalog.catalog import (
    Catalog,
    CatalogBusyError,
    CatalogTooNewError,
    CatalogUnreadableError,
    CatalogWriteError,
)
from core.catalog.migrations import MIGRATIONS
from core.catalog.selection import Selection
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha

_PROJECT = Path(__file__).resolve().parents[3]


def _python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=_PROJECT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


def test_a_new_catalog_has_the_newest_schema(catalog: Catalog) -> None:
    assert catalog.read("SELECT max(version) FROM schema_version") == [(len(MIGRATIONS),)]
    assert catalog.count() == 0
    assert catalog.page() == []
    assert catalog.summary().pictures == 0


def test_what_was_written_is_there_after_closing_and_opening(workspace: Workspace, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("a.jpg", 1)])
    with Catalog(workspace.catalog) as catalog:
        jobs.ingest(catalog)
        catalog.exclude([sha(1)], "blurred")
    with Catalog(workspace.catalog) as catalog:
        assert catalog.picture(sha(1)).excluded == "blurred"
        assert jobs.ingest(catalog).jobs == 0


def test_each_migration_runs_once_and_in_order(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    Catalog(workspace.catalog).close()
    later = (
        *MIGRATIONS,
        "CREATE TABLE later (x INTEGER); INSERT INTO later VALUES (1)",
        "INSERT INTO later VALUES (2)",
    )
    monkeypatch.setattr("core.catalog.database.MIGRATIONS", later)
    for _ in range(2):
        with Catalog(workspace.catalog) as catalog:
            assert catalog.read("SELECT x FROM later ORDER BY x") == [(1,), (2,)]


def test_a_migration_that_fails_leaves_the_version_before_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "core.catalog.database.MIGRATIONS", (*MIGRATIONS, "CREATE TABLE later (x INTEGER); SELECT * FROM nowhere")
    )
    with pytest.raises(duckdb.CatalogException):
        Catalog(workspace.catalog)
    monkeypatch.setattr("core.catalog.database.MIGRATIONS", MIGRATIONS)
    with Catalog(workspace.catalog) as catalog:
        assert catalog.read("SELECT max(version) FROM schema_version") == [(len(MIGRATIONS),)]
        assert catalog.read("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'later'") == [(0,)]


def test_a_catalog_of_a_later_version_is_refused_untouched(workspace: Workspace) -> None:
    with Catalog(workspace.catalog) as catalog, catalog.transaction() as cursor:
        cursor.execute("INSERT INTO schema_version VALUES (99)")
    before = workspace.catalog.read_bytes()
    with pytest.raises(CatalogTooNewError, match=r"schema version 99.*Update Atelier"):
        Catalog(workspace.catalog)
    assert workspace.catalog.read_bytes() == before


def test_a_file_that_is_no_catalog_is_named_and_kept(workspace: Workspace) -> None:
    workspace.catalog.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(CatalogUnreadableError, match=r"catalog\.duckdb cannot be read"):
        Catalog(workspace.catalog)
    assert workspace.catalog.read_bytes().startswith(b"not a database")


def test_another_process_is_told_who_has_the_catalog_open(workspace: Workspace) -> None:
    holder = _python(
        "import sys; from pathlib import Path; from core.catalog.catalog import Catalog\n"
        "with Catalog(Path(sys.argv[1])): print('open', flush=True); sys.stdin.read()",
        workspace.catalog,
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline().strip() == "open"
        expected = rf"in use by process {holder.pid} \(python.*, since .* UTC\).*stop that process"
        with pytest.raises(CatalogBusyError, match=expected) as caught:
            Catalog(workspace.catalog)
        assert caught.value.pid == holder.pid
    finally:
        holder.communicate("")
    Catalog(workspace.catalog).close()  # and once it is gone, the catalog opens


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_loses_nothing_that_was_acknowledged(workspace: Workspace, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number) for number in range(300)])
    with Catalog(workspace.catalog) as catalog:
        jobs.ingest(catalog)
    writer = _python(
        "import sys; from pathlib import Path; from core.catalog.catalog import Catalog\n"
        "catalog = Catalog(Path(sys.argv[1]))\n"
        "for tile in catalog.page(sort='oldest', limit=300):\n"
        "    catalog.exclude([tile.sha256], 'blurred'); print(tile.sha256, flush=True)",
        workspace.catalog,
    )
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(25)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += writer.communicate()[0].split()
    with Catalog(workspace.catalog) as catalog:
        excluded = {tile.sha256 for tile in catalog.page(Selection(excluded="excluded"), limit=300)}
        assert set(acknowledged) <= excluded
        assert len(acknowledged) < 300  # the kill came in the middle


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on file sizes")
def test_a_full_disk_loses_only_the_act_that_was_refused(workspace: Workspace, jobs: Jobs) -> None:
    """A limit on the size of files stands for the disk: the write fails in the kernel as it would there."""
    jobs.collect("seas", [jobs.stored("a.jpg", 1)])
    with Catalog(workspace.catalog) as catalog:
        jobs.ingest(catalog)
    child = _python(
        """
import resource, sys
from pathlib import Path
from core.catalog.catalog import Catalog, CatalogWriteError
path = Path(sys.argv[1])
catalog = Catalog(path)
catalog.exclude([sys.argv[2]], "kept before")
size = max(file.stat().st_size for file in path.parent.glob("catalog.duckdb*"))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, hard))
try:
    with catalog.transaction() as cursor:
        cursor.execute(
            "INSERT INTO refusals "
            "SELECT 'x', 'y', i || repeat('z', 200), '', '', '', now()::TIMESTAMP FROM range(50000) t(i)"
        )
    print("written")
except CatalogWriteError as error:
    print("refused", "not saved" in str(error))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(catalog.count_excluded([sys.argv[2]]), len(catalog.refusals()))
catalog.restore([sys.argv[2]])
print(catalog.count_excluded([sys.argv[2]]))
""",
        workspace.catalog,
        sha(1),
    )
    output = child.communicate()[0].splitlines()
    assert output == ["refused True", "1 0", "0"]


def test_threads_each_get_their_own_answers(filled: Catalog) -> None:
    wrong: list[object] = []

    def ask(number: int) -> None:
        for _ in range(50):
            rows = filled.read("SELECT ?::INTEGER, count(*) FROM images", [number])
            if rows != [(number, 6)]:
                wrong.append(rows)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_that_write_wait_for_each_other(filled: Catalog) -> None:
    failed: list[Exception] = []

    def toggle() -> None:
        try:
            for _ in range(10):
                filled.exclude([sha(1)], "again")
                filled.restore([sha(1)])
        except (CatalogWriteError, duckdb.Error) as error:
            failed.append(error)

    threads = [threading.Thread(target=toggle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert filled.count_excluded([sha(1)]) == 0


def test_two_openings_in_one_process_see_each_others_writes(workspace: Workspace, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("a.jpg", 1)])
    with Catalog(workspace.catalog) as first, Catalog(workspace.catalog) as second:
        assert second.count() == 0
        jobs.ingest(first)
        assert second.count() == 1
        first.close()
        assert second.count(Selection(text="a.jpg")) == 1


def test_an_error_inside_a_transaction_leaves_no_trace(filled: Catalog) -> None:
    with pytest.raises(duckdb.ConversionException), filled.transaction() as cursor:
        cursor.execute("DELETE FROM images").execute("SELECT 'x'::INTEGER")
    assert filled.count() == 6
    with filled.transaction() as cursor:  # and the connection is not left in a broken transaction
        cursor.execute("SELECT 1")


def test_sql_can_reach_no_other_file_and_no_python_variable(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(duckdb.PermissionException):
        catalog.read(f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")
    secret = [1]
    with pytest.raises(duckdb.CatalogException):
        catalog.read("SELECT * FROM secret")
    assert secret


def test_answers_are_remembered_until_something_is_written(filled: Catalog) -> None:
    first = filled.page()
    assert filled.page() is first
    revision = filled.revision
    filled.exclude([sha(1)], "blurred")
    assert filled.revision > revision
    assert len(filled.page()) == 5


def test_an_answer_that_a_write_overtook_is_not_remembered(filled: Catalog) -> None:
    def slow() -> int:
        before = filled.count_excluded([sha(1)])
        filled.exclude([sha(1)], "blurred")
        return before

    assert filled.remembered("excluded", slow) == 0
    assert filled.remembered("excluded", lambda: filled.count_excluded([sha(1)])) == 1
