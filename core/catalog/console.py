"""Questions in SQL: one SELECT on a copy that cannot be written, in a process of its own, with limits.

`core.catalog.console_child` says what keeps it shut. The process is there because DuckDB does not always stop by
itself: joining two texts of 2 GB took a minute and 4 GB under limits of one second and 200 MB.
"""

import csv
import io
import json
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.catalog.errors import CatalogError
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_STARTING_SECONDS = 20.0  # that a process may take to begin, on a busy machine
_PROJECT = Path(__file__).resolve().parents[2]

EXAMPLES: dict[str, str] = {
    "Artists by number of pictures": """SELECT artist, count(DISTINCT image_number) AS pictures
FROM artworks WHERE artist <> '' GROUP BY artist ORDER BY pictures DESC LIMIT 50""",
    "Pictures per decade": """SELECT try_cast(regexp_extract(date, '[12][0-9]{3}') AS INTEGER) // 10 * 10 AS decade,
       count(*) AS pictures
FROM artworks GROUP BY decade HAVING decade IS NOT NULL ORDER BY decade""",
    "Mean brightness and colourfulness of every style": """SELECT a.style, count(*) AS pictures,
       round(avg(i.brightness), 3) AS brightness, round(avg(i.colourfulness), 1) AS colourfulness
FROM artworks a JOIN images i ON i.number = a.image_number
WHERE a.style <> '' GROUP BY a.style ORDER BY pictures DESC""",
    "Most frequent first colours": """SELECT tint, count(*) AS pictures FROM images GROUP BY tint
ORDER BY pictures DESC LIMIT 50""",
    "Why pictures were excluded": """SELECT reason, who, count(*) AS pictures, max(excluded_at) AS last
FROM exclusions GROUP BY reason, who ORDER BY pictures DESC""",
    "Pictures that several artworks show": """SELECT i.sha256, list(a.title) AS titles, list(a.source) AS sources
FROM artworks a JOIN images i ON i.number = a.image_number
GROUP BY i.sha256 HAVING count(*) > 1 ORDER BY count(*) DESC""",
}


class QuestionError(CatalogError):
    """A question that is no single SELECT, that DuckDB does not understand, or that took too much."""


@dataclass(frozen=True)
class Limits:
    seconds: float = 10.0
    memory_megabytes: int = 1024
    rows: int = 1000
    threads: int = 2


@dataclass(frozen=True)
class Answer:
    columns: tuple[str, ...]
    types: tuple[str, ...]  # DuckDB's names
    rows: list[tuple[Any, ...]]  # numbers, texts and lists; of times and all else what they read as
    is_cut: bool  # there were more rows
    seconds: float

    def to_csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()


class Console:
    """Asks a copy of an open catalog, made beside it and made anew when the catalog has changed."""

    def __init__(self, catalog: "Catalog") -> None:
        self._catalog = catalog
        self._path = catalog.path.with_name(f"{catalog.path.stem}-console{catalog.path.suffix}")
        self._copied: int | None = None  # revision
        self._lock = threading.Lock()  # a question at a time: they share what they may use

    def ask(self, sql: str, limits: Limits = Limits()) -> Answer:
        """Raises: QuestionError; CatalogWriteError if the copy could not be made."""
        with self._lock:
            self._copy()
            return ask(self._path, sql, limits)

    def export(self, sql: str, target: Path, form: Literal["csv", "parquet"], limits: Limits) -> int:
        """See `export`."""
        with self._lock:
            self._copy()
            return export(self._path, sql, target, form, limits)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._copied = None

    def _copy(self) -> None:
        revision = self._catalog.revision
        if self._copied != revision or not self._path.exists():
            self._path.unlink(missing_ok=True)
            self._catalog.copy(self._path)
            self._copied = revision


def ask(path: Path, sql: str, limits: Limits = Limits()) -> Answer:
    """Ask a catalog's file that nobody has open for writing.

    Raises: QuestionError.
    """
    found = _in_a_process(path, sql, limits)
    rows = [tuple(row) for row in found["rows"]]
    return Answer(tuple(found["columns"]), tuple(found["types"]), rows, found["is_cut"], found["seconds"])


def export(path: Path, sql: str, target: Path, form: Literal["csv", "parquet"], limits: Limits) -> int:
    """Write the answer into a file that does not exist yet; returns its rows, `limits.rows` at most.

    Raises: ConfigError if the file exists; QuestionError.
    """
    if target.exists():
        raise ConfigError(f"{target} exists already. Choose another name; nothing is written over.")
    target.parent.mkdir(parents=True, exist_ok=True)
    return int(_in_a_process(path, sql, limits, target=str(target.resolve()), form=form)["rows"])


def _in_a_process(path: Path, sql: str, limits: Limits, **more: str) -> dict[str, Any]:
    request = {"path": str(path.resolve()), "sql": sql, "limits": asdict(limits), **more}
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "core.catalog.console_child"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=_PROJECT,
            timeout=limits.seconds + _STARTING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise QuestionError(
            f"The question took longer than {limits.seconds:g} seconds and was stopped. Ask for less."
        ) from error
    if ran.returncode != 0:
        raise QuestionError(
            f"The question was stopped: it needs more than {limits.seconds:g} seconds or "
            f"{limits.memory_megabytes:,} MB. Ask for fewer rows or columns."
        )
    answer: dict[str, Any] = json.loads(ran.stdout)
    if "refused" in answer:
        raise QuestionError(answer["refused"])
    return answer
