"""The process that answers one question in SQL: see core.catalog.sql.console. Request and answer are JSON.

What keeps it shut: the file is opened for reading only; DuckDB may reach no other file, no network, no extension and no
Python variable, and the configuration that says so is locked; a statement other than one SELECT is refused before it
runs. DuckDB's own limits of time and memory give good messages; where they do not hold, the process ends itself when
its time is up, and the system refuses it more memory where the system can.
"""

import csv
import json
import math
import os
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

LONGEST_QUESTION = 20_000  # characters
_LONGEST_CELL = 10_000  # characters that are kept of a text
_GRACE_SECONDS = 0.5  # after DuckDB should have stopped
_ADDRESSES_BEYOND = 3 << 30  # bytes: what Python and DuckDB map without using it


class _RefusedError(Exception):
    """In words for whoever asked."""


def main() -> None:
    request = json.load(sys.stdin)
    _limit_memory(request["limits"]["memory_megabytes"])
    print(json.dumps(answer(request), default=str))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, or {"refused": why}."""
    try:
        return _answer(request, request["limits"])
    except _RefusedError as error:
        return {"refused": str(error)}


def _answer(request: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    sql = request["sql"]
    if len(sql) > LONGEST_QUESTION:
        raise _RefusedError(f"The question has {len(sql):,} characters; {LONGEST_QUESTION:,} are allowed.")
    try:
        with _connected(request["path"], limits) as connection:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise _RefusedError("One SELECT is allowed here, and nothing else. The catalog is changed on its page.")
            timer = threading.Timer(limits["seconds"] + _GRACE_SECONDS, os._exit, [3])
            timer.start()
            try:
                if "target" in request:
                    return _exported(connection, sql, Path(request["target"]), request["form"], limits["rows"])
                return _asked(connection, sql, limits["rows"])
            finally:
                timer.cancel()
    except duckdb.InterruptException as error:
        text = f"The question took longer than {limits['seconds']:g} seconds and was stopped. Ask for less."
        raise _RefusedError(text) from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        text = f"The question needs more than {limits['memory_megabytes']:,} MB. Ask for fewer rows or columns."
        raise _RefusedError(text) from error
    except duckdb.Error as error:
        raise _RefusedError(str(error).strip()) from error


def _connected(path: str, limits: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        path,
        read_only=True,
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": f"{limits['memory_megabytes']}MB",
            "threads": limits["threads"],
            "temp_directory": "",  # what does not fit into the memory is refused, not written to the disk
        },
    )
    connection.execute(f"SET max_execution_time = {int(1000 * limits['seconds'])}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _asked(connection: duckdb.DuckDBPyConnection, sql: str, most: int) -> dict[str, Any]:
    start = time.perf_counter()
    found = connection.execute(sql)
    description = found.description or []
    rows = found.fetchmany(most + 1)
    return {
        "columns": [str(column[0]) for column in description],
        "types": [str(column[1]) for column in description],
        "rows": [list(map(_cell, row)) for row in rows[:most]],
        "is_cut": len(rows) > most,
        "seconds": time.perf_counter() - start,
    }


def _exported(connection: duckdb.DuckDBPyConnection, sql: str, target: Path, form: str, most: int) -> dict[str, Any]:
    building = target.with_name(f".{target.name}.tmp")
    try:
        if form == "parquet":
            import pyarrow.parquet

            table = connection.sql(sql).limit(most).to_arrow_table()
            pyarrow.parquet.write_table(table, building)
            count = int(table.num_rows)
        else:
            count = _write_csv(connection, sql, building, most)
        building.replace(target)
    except OSError as error:
        raise _RefusedError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        building.unlink(missing_ok=True)
    return {"rows": count}


def _write_csv(connection: duckdb.DuckDBPyConnection, sql: str, path: Path, most: int) -> int:
    found = connection.execute(sql)
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column[0] for column in found.description or []])
        while count < most and (rows := found.fetchmany(min(10_000, most - count))):
            writer.writerows(rows)
            count += len(rows)
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_CELL:
        return f"{value[:_LONGEST_CELL]}…"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bytes | timedelta):
        return str(value)[:_LONGEST_CELL]
    if isinstance(value, dict):  # JSON has no other keys than text
        return {str(key): _cell(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return list(map(_cell, value))
    return value


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; DuckDB's own and that of time remain
        return
    most = (megabytes << 20) + _ADDRESSES_BEYOND
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        except (ValueError, OSError):  # macOS knows the limit and does not take it
            return


if __name__ == "__main__":
    main()
