"""The votes of all studies as a table of the catalog, derived from the journals, which stay the truth."""

import duckdb

from core.catalog.catalog import Catalog
from core.studies.clock import seconds_of
from core.studies.journal import VoteJournal
from core.studies.study import Study, study_folders
from core.workspace import Workspace

_COLUMNS = (
    *("vote_id", "study_id", "rater", "item", "presentation", "condition_id", "condition_kind"),
    *("answer", "response_ms", "shown_at", "given_at", "retracted"),
)


def ingest_votes(catalog: Catalog, workspace: Workspace) -> int:
    """Bring the table `study_votes` up to date with every journal that has changed; return how many votes are new.

    Idempotent by vote id. One transaction per study, in which also stands how far its journal was read.

    Raises: CatalogWriteError. Then nothing of that study was taken in, and the next call does it.
    """
    read_so_far = dict(catalog.read("SELECT study_id, bytes_read FROM study_journals"))
    new = 0
    for folder in study_folders(workspace):
        journal = VoteJournal(folder)
        size = journal.path.stat().st_size if journal.path.exists() else 0
        if size != read_so_far.get(folder.name, 0):
            new += _take_in(catalog, Study(folder), journal, size)
    return new


def _take_in(catalog: Catalog, study: Study, journal: VoteJournal, size: int) -> int:
    with journal.locked() as writer:
        votes, retracted = list(writer.tallies.vote_ids.values()), set(writer.tallies.retracted)
    conditions = {condition.id: condition for condition in study.conditions}
    rows = [
        (
            *(vote.id, study.id, vote.rater, vote.item, vote.presentation),
            *(condition.id, condition.kind),
            *(vote.answer, vote.response_ms, vote.shown_at, seconds_of(vote.at), vote.id in retracted),
        )
        for vote in votes
        for condition in [conditions[study.items[vote.item].condition]]
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in _COLUMNS]
    values = ", ".join(
        "make_timestamp((unnest(?) * 1e6)::BIGINT)" if c == "given_at" else "unnest(?)" for c in _COLUMNS
    )
    with catalog.transaction() as cursor:
        before = _count(cursor, study.id)
        if rows:
            cursor.execute(
                f"INSERT INTO study_votes ({', '.join(_COLUMNS)}) SELECT {values} "
                "ON CONFLICT (vote_id) DO UPDATE SET retracted = excluded.retracted",
                columns,
            )
        cursor.execute(
            "INSERT INTO study_journals VALUES (?, ?) "
            "ON CONFLICT (study_id) DO UPDATE SET bytes_read = excluded.bytes_read",
            [study.id, size],
        )
        return _count(cursor, study.id) - before


def _count(cursor: duckdb.DuckDBPyConnection, study_id: str) -> int:
    row = cursor.execute("SELECT count(*) FROM study_votes WHERE study_id = ?", [study_id]).fetchone()
    return int(row[0]) if row else 0
