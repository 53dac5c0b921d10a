"""What every collection wanted and what came of it, read from the folders of the jobs that fill them.

Asks no catalog, so that it can be told while the app holds that.
"""

from collections import Counter
from dataclasses import dataclass

from core.jobs.folder import list_jobs
from core.sources.outcome import read_outcome
from core.workspace import Workspace


@dataclass(frozen=True)
class CollectionReport:
    name: str
    source: tuple[str, ...]  # one, unless several imports have filled it
    state: str  # of the newest import
    wanted: int | None  # items that were asked for; None: the source could not say
    arrived: int
    failed: dict[str, int]  # reason -> items refused for good or failed
    bytes: int  # of what arrived
    licences: dict[str, int]  # "" where not stated
    jobs: tuple[str, ...]  # the newest first


def collections(workspace: Workspace) -> list[CollectionReport]:
    """All collections that imports of this lab fill, the newest first."""
    jobs: dict[str, list] = {}
    for job in list_jobs(workspace):
        if job.kind == "collect":
            jobs.setdefault(str(job.settings.get("collection") or job.id), []).append(job)
    reports = []
    for name, group in jobs.items():
        outcomes = [(job, read_outcome(job.path)) for job in group]
        failed: Counter[str] = Counter()
        licences: Counter[str] = Counter()
        wanted: int | None = 0
        for job, outcome in outcomes:
            failed.update(outcome.refused_by_reason())
            failed.update(outcome.failed_by_reason())
            licences.update(outcome.licences)
            asked = job.settings.get("limit") or (outcome.report or {}).get("found")
            wanted = None if wanted is None or asked is None else wanted + int(asked)
        reports.append(
            CollectionReport(
                name=name,
                source=tuple(dict.fromkeys(str(job.settings.get("source")) for job in group)),
                state=str(group[0].state()),
                wanted=wanted,
                arrived=sum(outcome.stored for _, outcome in outcomes),
                failed=dict(failed.most_common()),
                bytes=sum(outcome.bytes for _, outcome in outcomes),
                licences=dict(licences.most_common()),
                jobs=tuple(job.id for job in group),
            )
        )
    return reports
