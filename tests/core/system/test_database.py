"""The catalog's state is told, also while somebody else has it open."""

import subprocess
import sys

from core.catalog.catalog import Catalog, CatalogUnreadableError
from core.system.database import catalog_state, check_catalog

HOLD = """
import sys
from core.catalog.catalog import Catalog, CatalogUnreadableError
from core.workspace import Workspace
with Catalog(Workspace().catalog):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_lab_without_a_catalog_has_nothing_wrong(workspace):
    state = catalog_state(workspace)
    assert (state.bytes, state.holder, state.concern) == (0, "", "")
    assert not workspace.catalog.exists()


def test_a_catalog_of_this_process_tells_its_schema(workspace):
    with Catalog(workspace.catalog) as catalog:
        state = catalog_state(workspace, catalog)
        assert state.schema_version >= 1
        assert state.holder == "this process"
    assert catalog_state(workspace).schema_version == state.schema_version
    assert catalog_state(workspace).holder == ""


def test_whoever_else_has_it_open_is_named(workspace):
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"open\n"
        assert f"process {other.pid}" in catalog_state(workspace).holder
        other.stdin.close()


def test_a_check_reads_every_table_and_is_remembered(workspace):
    with Catalog(workspace.catalog) as catalog:
        found = check_catalog(workspace, catalog)
    assert found.problem == ""
    assert found.rows["images"] == 0
    assert catalog_state(workspace).last_check == found


def test_a_damaged_block_is_found_by_the_check(workspace):
    with Catalog(workspace.catalog) as catalog, catalog.transaction() as cursor:
        cursor.execute("INSERT INTO curation_log_pictures SELECT i, sha256(i::VARCHAR), NULL FROM range(50000) rows(i)")
    content = workspace.catalog.read_bytes()
    told = 0
    for place in range(3 * 4096, len(content), 262144):  # the blocks of DuckDB's file, one after another
        damaged = place + 5000
        workspace.catalog.write_bytes(content[:damaged] + b"damaged" + content[damaged + 7 :])
        try:
            with Catalog(workspace.catalog) as catalog:
                if "checksum" in check_catalog(workspace, catalog).problem.lower():
                    told += 1
                    assert "backup" in catalog_state(workspace, catalog).concern
        except CatalogUnreadableError:
            continue  # a block that is needed for opening the file
        workspace.catalog.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    assert told
