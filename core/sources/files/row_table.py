"""Tables of any usual kind as rows of text: CSV, TSV, JSON lines, Parquet, and plain lists with a line each."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.sources.artwork import SourceError
from core.sources.files.parquet_files import open_parquet, read_rows, readable
from core.sources.labels import LabelsError, decoded, delimiter_of

MAX_TEXT_BYTES = 500_000_000  # of a text table, which is held in memory; Parquet is read piece by piece
MAX_CELL = 2_000  # characters; what is longer is cut, with an ellipsis
LINE = "line"  # the one column of a plain list
SUFFIXES = frozenset({"csv", "tsv", "jsonl", "ndjson", "json", "parquet", "txt"})
_PARQUET_MAGIC = b"PAR1"
_LOOK_AT_ROWS = 200  # of JSON lines, for the names of the columns


class RowTable:
    """A table whose rows are read as often as asked for, a few at a time.

    Args:
        source: the file, or its content.
        name: what to call it in messages, and what its suffix is; by default the file's name.
        max_cell: characters to which a cell is cut, with an ellipsis.
    Raises: SourceError if it is no table.
    """

    def __init__(self, source: Path | bytes, name: str = "", *, max_cell: int = MAX_CELL) -> None:
        self.name = name or (source.name if isinstance(source, Path) else "The table")
        self._source = source
        self._max_cell = max_cell
        suffix = self.name.rpartition(".")[2].lower()
        head = _bytes(source, self.name, 4) if not isinstance(source, bytes) else source[:4]
        if head == _PARQUET_MAGIC:
            self.kind = "parquet"
        elif suffix == "parquet":
            raise SourceError(f"{self.name} is no Parquet file, or was cut off. Download it again.")
        else:
            self.kind = {"jsonl": "json", "ndjson": "json", "json": "json", "txt": "lines"}.get(suffix, "csv")
        self.encoding = ""  # of a text table
        self.columns: tuple[str, ...] = tuple(self._columns())

    def rows(self) -> Iterator[dict[str, str]]:
        """Rows as column -> text; empty rows are left out. Raises: SourceError where the table is damaged."""
        match self.kind:
            case "parquet":
                rows = self._parquet_rows()
            case "json":
                rows = (self._texts(row) for row in self._json_rows())
            case "lines":
                rows = ({LINE: line.strip()} for line in self._text().splitlines() if not line.startswith("#"))
            case _:
                rows = self._csv_rows()
        return (row for row in rows if any(row.values()))

    def _columns(self) -> list[str]:
        if self.kind == "parquet":
            with open_parquet(self._source, self.name) as file:
                return [column.name for column in file.schema_arrow if readable(column.type)]
        if self.kind == "lines":
            return [LINE]
        if self.kind == "json":
            seen: dict[str, None] = {}
            for number, row in enumerate(self._json_rows()):
                if number == _LOOK_AT_ROWS:
                    break
                seen.update(dict.fromkeys(row))
            return list(seen)
        header = [column.strip() for column in next(self._csv_lines(), [])]
        if doubled := next((column for column in header if column and header.count(column) > 1), ""):
            raise SourceError(f"{self.name} has several columns called {doubled!r}. Give each its own name.")
        return [column for column in header if column]

    def _csv_rows(self) -> Iterator[dict[str, str]]:
        lines = self._csv_lines()
        header = [column.strip() for column in next(lines, [])]
        for line in lines:
            cells = line + [""] * (len(header) - len(line))
            yield self._texts({column: cell for column, cell in zip(header, cells, strict=False) if column})

    def _csv_lines(self) -> Iterator[list[str]]:
        delimiter, text = delimiter_of(self._text())
        try:
            yield from (
                line
                for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
                if any(map(str.strip, line))
            )
        except csv.Error as error:
            raise SourceError(
                f"{self.name} is no CSV table: {error}. Save it as CSV with one row per picture."
            ) from error

    def _json_rows(self) -> Iterator[dict[str, Any]]:
        """One object a line, or a list of objects."""
        text = self._text().strip()
        try:
            if text.startswith("["):
                yield from (row for row in json.loads(text) if isinstance(row, dict))
                return
            for line in text.splitlines():
                row = json.loads(line) if line.strip() else None
                if isinstance(row, dict):
                    yield row
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{self.name} is not JSON with one object a line: {str(error)[:200]}.") from error

    def _parquet_rows(self) -> Iterator[dict[str, str]]:
        with open_parquet(self._source, self.name) as file:
            for batch in read_rows(file, self.name, list(self.columns)):
                for row in batch.to_pylist():
                    yield self._texts(row)

    def _texts(self, row: dict[str, Any]) -> dict[str, str]:
        return {column: cell_text(cell, self._max_cell) for column, cell in row.items()}

    def _text(self) -> str:
        data = self._source if isinstance(self._source, bytes) else _bytes(self._source, self.name)
        if len(data) > MAX_TEXT_BYTES:
            raise SourceError(
                f"{self.name} has more than {MAX_TEXT_BYTES // 1_000_000} MB. Save so large a table as Parquet."
            )
        try:
            text, self.encoding = decoded(data, self.name)
        except LabelsError as error:
            raise SourceError(str(error)) from error
        return text


def cell_text(value: Any, max_cell: int = MAX_CELL) -> str:
    """A cell of any kind as text, cut to so many characters."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, float):
        text = "" if value != value else str(int(value)) if value.is_integer() else str(value)
    elif isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        text = ", ".join(value)
    elif isinstance(value, dict | list | tuple):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = str(value)
    return text if len(text) <= max_cell else text[: max_cell - 1] + "…"


def _bytes(path: Path, name: str, count: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count if count >= 0 else MAX_TEXT_BYTES + 1)
    except FileNotFoundError as error:
        raise SourceError(
            f"There is no file {path}. Check the path; it is a path on the computer that runs Atelier."
        ) from error
    except OSError as error:
        raise SourceError(f"{name} could not be read: {error.strerror or error}.") from error
