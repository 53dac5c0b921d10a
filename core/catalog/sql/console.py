"""Questions in SQL: one SELECT on a copy that cannot be written, in a process of its own, with limits.

`core.catalog.sql.console_child` says what keeps it shut. The process is there because DuckDB does not always stop by
itself: joining two texts of 2 GB took a minute and 4 GB under limits of one second and 200 MB.
"""

import csv
import io
import json
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.catalog.database import console_path
from core.catalog.errors import CatalogError
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

CHEAP_BYTES = 50_000_000  # a copy this large is made within a tenth of a second
_STARTING_SECONDS = 20.0  # that a process may take to begin, on a busy machine
_PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Example:
    sql: str
    needs: str = ""  # what there has to be for the answer to tell anything, after SELECT EXISTS (FROM ...)


EXAMPLES: dict[str, Example] = {
    "Artists by number of pictures": Example(
        """SELECT artist, count(DISTINCT image_number) AS pictures
FROM artworks WHERE artist <> '' GROUP BY artist ORDER BY pictures DESC LIMIT 50""",
        "artworks WHERE artist <> ''",
    ),
    "Pictures per decade": Example(
        """SELECT try_cast(regexp_extract(date, '[12][0-9]{3}') AS INTEGER) // 10 * 10 AS decade,
       count(*) AS pictures
FROM artworks GROUP BY decade HAVING decade IS NOT NULL ORDER BY decade""",
        "artworks WHERE regexp_matches(date, '[12][0-9]{3}')",
    ),
    "Mean brightness and colourfulness of every style": Example(
        """SELECT a.style, count(*) AS pictures,
       round(avg(i.brightness), 3) AS brightness, round(avg(i.colourfulness), 1) AS colourfulness
FROM artworks a JOIN images i ON i.number = a.image_number
WHERE a.style <> '' GROUP BY a.style ORDER BY pictures DESC""",
        "artworks WHERE style <> ''",
    ),
    "Mean brightness and size of every collection": Example(
        """SELECT m.collection, count(*) AS pictures, round(avg(i.brightness), 3) AS brightness,
       round(avg(i.width)) AS width, round(avg(i.height)) AS height
FROM memberships m JOIN artworks a ON a.number = m.artwork_number JOIN images i ON i.number = a.image_number
GROUP BY m.collection ORDER BY pictures DESC""",
    ),
    "Licences of every collection": Example(
        """SELECT m.collection, a.licence, count(*) AS artworks
FROM memberships m JOIN artworks a ON a.number = m.artwork_number
GROUP BY ALL ORDER BY m.collection, artworks DESC""",
        "artworks WHERE licence <> ''",
    ),
    "Most frequent tags of the sources": Example(
        """SELECT tag, count(*) AS artworks FROM (SELECT unnest(tags) AS tag FROM artworks)
GROUP BY tag ORDER BY artworks DESC LIMIT 50""",
        "artworks WHERE len(tags) > 0",
    ),
    "Your tags": Example(
        """SELECT tag, count(*) AS pictures, min(given_at) AS first, max(given_at) AS last
FROM picture_tags GROUP BY tag ORDER BY pictures DESC""",
        "picture_tags",
    ),
    "Most frequent first colours": Example(
        """SELECT tint, count(*) AS pictures FROM images GROUP BY tint
ORDER BY pictures DESC LIMIT 50""",
    ),
    "Largest files": Example(
        """SELECT i.sha256, i.format, i.width, i.height, round(i.bytes / 1e6, 1) AS megabytes
FROM images i ORDER BY i.bytes DESC LIMIT 50""",
    ),
    "Why pictures were excluded": Example(
        """SELECT reason, who, count(*) AS pictures, max(excluded_at) AS last
FROM exclusions GROUP BY reason, who ORDER BY pictures DESC""",
        "exclusions",
    ),
    "Why items could not be kept": Example(
        "SELECT collection, reason, count(*) AS items FROM refusals GROUP BY ALL ORDER BY items DESC", "refusals"
    ),
    "Pictures that several artworks show": Example(
        """SELECT i.sha256, list(a.title) AS titles, list(a.source) AS sources
FROM artworks a JOIN images i ON i.number = a.image_number
GROUP BY i.sha256 HAVING count(*) > 1 ORDER BY count(*) DESC""",
        "(SELECT 1 FROM artworks GROUP BY image_number HAVING count(*) > 1)",
    ),
    "Answers of the studies": Example(
        """SELECT study_id, kind, count(*) AS answers, count(DISTINCT rater) AS raters,
       median(response_ms) AS milliseconds
FROM study_votes WHERE NOT retracted GROUP BY ALL ORDER BY answers DESC""",
        "study_votes",
    ),
}


def examples(catalog: "Catalog") -> dict[str, str]:
    """Name -> question, of those that this catalog has an answer to."""
    needed = {name: example.needs for name, example in EXAMPLES.items() if example.needs}

    def ask_all() -> dict[str, bool]:
        sql = ", ".join(f"EXISTS (FROM {needs})" for needs in needed.values())
        return dict(zip(needed, catalog.read(f"SELECT {sql}")[0], strict=True))

    there = catalog.remembered("examples of questions", ask_all)
    return {name: example.sql for name, example in EXAMPLES.items() if there.get(name, True)}


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


@dataclass(frozen=True)
class CopyAge:
    """How old what is asked is."""

    made_at: datetime  # UTC
    changes: int  # to the catalog since then


class Console:
    """Asks a copy of an open catalog, made beside it. A small one is made anew whenever the catalog has changed, a
    large one when somebody wishes it: see `age` and `refresh`."""

    def __init__(self, catalog: "Catalog") -> None:
        self._catalog = catalog
        self._path = console_path(catalog.path)
        self._copied: tuple[int, datetime] | None = None  # revision, when
        self._lock = threading.Lock()  # a question at a time: they share what they may use

    @property
    def age(self) -> CopyAge | None:
        """None while nothing was asked."""
        copied = self._copied
        return CopyAge(copied[1], self._catalog.revision - copied[0]) if copied else None

    def refresh(self) -> None:
        """Ask the catalog as it is now from here on. Raises: CatalogWriteError if the copy could not be made."""
        with self._lock:
            self._copy()

    def ask(self, sql: str, limits: Limits = Limits()) -> Answer:
        """Raises: QuestionError; CatalogWriteError if the copy could not be made."""
        with self._lock:
            self._copy_where_cheap()
            return ask(self._path, sql, limits)

    def export(self, sql: str, target: Path, form: Literal["csv", "parquet"], limits: Limits) -> int:
        """Of the same copy that was asked last: what was seen is what is written. See `export`."""
        with self._lock:
            if self._copied is None or not self._path.exists():
                self._copy()
            return export(self._path, sql, target, form, limits)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._copied = None

    def _copy_where_cheap(self) -> None:
        is_there = self._copied is not None and self._path.exists()
        is_new = self._copied is not None and self._copied[0] == self._catalog.revision
        if not is_there or (not is_new and self._path.stat().st_size <= CHEAP_BYTES):
            self._copy()

    def _copy(self) -> None:
        revision, now = self._catalog.revision, datetime.now(UTC).replace(tzinfo=None)
        self._copied = None
        self._path.unlink(missing_ok=True)
        self._catalog.copy_bytes(self._path)
        self._copied = revision, now


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
            [sys.executable, "-m", "core.catalog.sql.console_child"],
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
