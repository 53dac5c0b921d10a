"""Whether a study is whole: its pictures as frozen, its journal in order, and the catalog's table as the journal."""

import hashlib
import json
from dataclasses import dataclass

from core.catalog.catalog import Catalog
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.studies.votes_table import COLUMNS, rows_of


@dataclass(frozen=True)
class Check:
    """What was compared, and what does not agree."""

    votes: int  # ever given, by raters who did not withdraw
    standing: int  # of these, not taken back
    rows: int | None  # in the catalog's table; None where it was not looked at
    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.problems


def check_study(study: Study, journal: VoteJournal, catalog: Catalog | None) -> Check:
    """Compare everything with everything.

    Args:
        catalog: up to date with the journals (`ingest_votes`); None leaves the table out.
    """
    problems = [*_pictures(study), *_lines(journal)]
    expected = {row[0]: row for row in rows_of(study, journal)}
    retracted = COLUMNS.index("retracted")
    rows = None
    if catalog is not None:
        found = _table(catalog, study)
        rows = len(found)
        for vote_id in expected.keys() - found.keys():
            problems.append(f"Vote {vote_id} is in the journal and not in the catalog's table.")
        for vote_id in found.keys() - expected.keys():
            problems.append(f"Vote {vote_id} is in the catalog's table and not in the journal.")
        for vote_id in expected.keys() & found.keys():
            if expected[vote_id] != found[vote_id]:
                wrong = [
                    name
                    for name, ours, theirs in zip(COLUMNS, expected[vote_id], found[vote_id], strict=True)
                    if ours != theirs
                ]
                problems.append(f"Vote {vote_id} differs between the journal and the table in {', '.join(wrong)}.")
    return Check(
        votes=len(expected),
        standing=sum(not row[retracted] for row in expected.values()),
        rows=rows,
        problems=tuple(problems),
    )


def _pictures(study: Study) -> list[str]:
    problems = []
    for item in study.items.values():
        path = study.path / "images" / f"{item.id}.png"
        if not path.is_file():
            problems.append(f"The picture {item.id}.png is missing.")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != item.sha256:
            problems.append(f"The picture {item.id}.png is not the one that was frozen.")
    return problems


def _lines(journal: VoteJournal) -> list[str]:
    """Every vote has a showing of that trial to that rater before it."""
    problems: list[str] = []
    handed: dict[str, tuple[str, str]] = {}
    seen: set[str] = set()
    try:
        events = journal.events()
    except json.JSONDecodeError as error:
        return [f"The journal holds a line that cannot be read ({error}). Restore {journal.path.name} from a backup."]
    for event in events:
        if event["event"] == "assigned":
            handed[event["presentation"]] = (event["rater"], event["item"])
        elif event["event"] == "vote":
            if handed.get(event["presentation"]) != (event["rater"], event["item"]):
                problems.append(f"Vote {event['vote']} is about a picture that its rater was not handed.")
            if event["vote"] in seen:
                problems.append(f"Vote {event['vote']} is in the journal twice; the first one counts.")
            seen.add(event["vote"])
    return problems


def _table(catalog: Catalog, study: Study) -> dict[str, tuple[object, ...]]:
    columns = ", ".join(
        {"shown": "array_to_string(shown, ' ')", "given_at": "epoch_ms(given_at)"}.get(c, c) for c in COLUMNS
    )
    given = COLUMNS.index("given_at")
    found = {}
    for row in catalog.read(f"SELECT {columns} FROM study_votes WHERE study_id = ?", [study.id]):
        values = list(row)
        values[given] = values[given] / 1000
        found[str(values[0])] = tuple(values)
    return found
