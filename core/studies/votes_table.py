"""The votes of all studies as a table of the catalog, derived from the journals, which stay the truth."""

from collections.abc import Mapping
from typing import Any

import duckdb

from core.catalog.catalog import Catalog
from core.studies.clock import seconds_of
from core.studies.journal import RaterState, Vote, VoteJournal
from core.studies.study import Study, study_folders
from core.workspace import Workspace

COLUMNS = (
    *("vote_id", "study_id", "kind", "rater", "language", "via", "role", "trial"),
    *("item", "condition_id", "condition_kind", "opponent", "opponent_condition_id", "shown", "presentation"),
    *("answer", "response_ms", "gap_ms", "exposure_ms", "seen_ms", "point_x", "point_y"),
    *("shown_at", "given_at", "retracted"),
)
# What is handed to DuckDB as text or seconds, and becomes something else there.
_VALUES = {
    "given_at": "make_timestamp((unnest(?) * 1e6)::BIGINT)",
    "shown": "string_split(unnest(?), ' ')",  # ids hold no blanks
    "point_x": "unnest(?::DOUBLE[])",
    "point_y": "unnest(?::DOUBLE[])",
    "gap_ms": "unnest(?::BIGINT[])",
    "exposure_ms": "unnest(?::BIGINT[])",
    "seen_ms": "unnest(?::BIGINT[])",
    "opponent": "unnest(?::VARCHAR[])",
    "opponent_condition_id": "unnest(?::VARCHAR[])",
}


def ingest_votes(catalog: Catalog, workspace: Workspace) -> int:
    """Bring the table `study_votes` up to date with every journal that has changed; return how many votes are new.

    Idempotent by vote id. One transaction per study, in which also stands how far its journal was read.

    Raises: CatalogWriteError. Then nothing of that study was taken in, and the next call does it.
    """
    read_so_far = dict(catalog.read("SELECT study_id, bytes_read FROM study_journals"))
    new = 0
    for folder in study_folders(workspace):
        journal = VoteJournal(folder)
        size = journal.size()
        if size != read_so_far.get(folder.name, 0):
            new += _take_in(catalog, Study(folder), journal, size)
    return new


def rows_of(study: Study, journal: VoteJournal) -> list[tuple[Any, ...]]:
    """What the table is to hold of a study, in the order of COLUMNS: every vote ever given, retracted ones marked,
    but none of a rater who withdrew."""
    with journal.locked() as writer:
        tallies = writer.tallies
        votes = [vote for vote in tallies.vote_ids.values() if vote.rater in tallies.raters]
        retracted, raters = set(tallies.retracted), dict(tallies.raters)
    return [_row(study, vote, raters, vote.id in retracted) for vote in votes if vote.item in study.trials]


def pictures_of(study: Study, vote: Vote) -> tuple[str, str | None]:
    """(the picture that is judged, the other one of a pair or None). Of a preference, the left and the right one."""
    if study.design.scale.measure == "preference":
        return vote.shown[0], vote.shown[1]
    items = study.trials[vote.item].items
    return items[0], items[1] if len(items) > 1 else None


def _row(study: Study, vote: Vote, raters: Mapping[str, RaterState], retracted: bool) -> tuple[Any, ...]:
    item, other = pictures_of(study, vote)
    condition = study.condition_of(item)
    state = raters[vote.rater]
    x, y = vote.point or (None, None)
    return (
        *(vote.id, study.id, study.design.kind, vote.rater, state.language, state.via, vote.role, vote.item),
        *(item, condition.id, condition.kind, other, study.condition_of(other).id if other else None),
        *(" ".join(vote.shown), vote.presentation),
        *(vote.answer, vote.response_ms, vote.gap_ms, vote.exposure_ms, vote.seen_ms, x, y),
        *(vote.shown_at, seconds_of(vote.at), retracted),
    )


def _take_in(catalog: Catalog, study: Study, journal: VoteJournal, size: int) -> int:
    rows = rows_of(study, journal)
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in COLUMNS]
    values = ", ".join(_VALUES.get(column, "unnest(?)") for column in COLUMNS)
    with catalog.transaction() as cursor:
        # who withdrew is gone from the journal's tallies, and so from here
        raters = sorted({row[COLUMNS.index("rater")] for row in rows})
        cursor.execute(
            "DELETE FROM study_votes WHERE study_id = ? AND NOT list_contains(?::VARCHAR[], rater)", [study.id, raters]
        )
        before = _count(cursor, study.id)
        if rows:
            cursor.execute(
                f"INSERT INTO study_votes ({', '.join(COLUMNS)}) SELECT {values} "
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
