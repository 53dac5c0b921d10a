"""The trials of a sweep, told by its journal: trials.jsonl, which only the sweep's own worker writes.

{"event": "asked", "trial": 3, "params": {...}, "run": "...", "at": ...}    before anything else of a trial exists
{"event": "begun", "trial": 3, "lost": false}       its run was made, or let go on; lost: its process had died
{"event": "paused", "trial": 3, "at": ...}          the sweep was stopped, and its run with it
{"event": "pruning", "trial": 3, "reason": ...}     it is to end early
{"event": "evaluating", "trial": 3, "job": ...}     its end is being measured
{"event": "ended", "trial": 3, "state": "done" | "pruned" | "failed", "value": ..., "score": ..., "epoch": ...,
 "reason": ..., "bad": ..., "rungs": {"1": 88.1, ...}, "seconds": ..., "images": ...}

The id of a run is chosen and written before the run is made, so a sweep that is killed at any moment finds its run
again and makes no trial twice.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from core.files import JsonLines


class TrialState(StrEnum):
    OPEN = "open"  # asked for; its run waits, trains or is being measured
    DONE = "done"
    PRUNED = "pruned"  # ended early, by the sweep or by hand; what it reached counts as that
    FAILED = "failed"


@dataclass(frozen=True)
class Trial:
    number: int  # from 0; people read it one higher
    params: Mapping[str, Any]  # axis -> value
    run_id: str
    asked: float = 0.0  # seconds since 1970
    state: TrialState = TrialState.OPEN
    value: float | None = None  # by the sweep's metric
    score: float | None = None  # the same so that less is better
    epoch: int | None = None  # whose value it is
    reason: str = ""  # why it ended as it did, in words
    bad: bool = False  # it failed by its own settings: a search should keep away from such points
    rungs: Mapping[int, float] = field(default_factory=dict)  # tenths of the budget -> the value there
    seconds: float = 0.0
    images: int = 0
    begun: bool = False  # its run was made
    lost: int = 0  # how often the process of its run died
    paused: bool = False  # by the sweep's own stop
    pruning: str = ""  # why it is to end early
    evaluation: str = ""  # the job that measures its end

    @property
    def is_open(self) -> bool:
        return self.state is TrialState.OPEN

    @property
    def label(self) -> str:
        return f"Trial {self.number + 1}"


def read_trials(journal: JsonLines) -> list[Trial]:
    """All trials, by number."""
    return trials_from(journal.rows())


def trials_from(rows: Iterable[Mapping[str, Any]]) -> list[Trial]:
    found: dict[int, Trial] = {}
    for row in rows:
        number = int(row["trial"])
        event = row["event"]
        if event == "asked":
            found[number] = Trial(number, row["params"], str(row["run"]), float(row["at"]))
            continue
        trial = found[number]
        if event == "begun":
            trial = replace(trial, begun=True, paused=False, lost=trial.lost + bool(row.get("lost")))
        elif event == "paused":
            trial = replace(trial, paused=True)
        elif event == "pruning":
            trial = replace(trial, pruning=str(row["reason"]))
        elif event == "evaluating":
            trial = replace(trial, evaluation=str(row["job"]))
        elif event == "ended":
            trial = replace(
                trial,
                state=TrialState(row["state"]),
                value=row.get("value"),
                score=row.get("score", row.get("value")),
                epoch=row.get("epoch"),
                reason=str(row.get("reason") or ""),
                bad=bool(row.get("bad")),
                rungs={int(rung): float(value) for rung, value in (row.get("rungs") or {}).items()},
                seconds=float(row.get("seconds") or 0),
                images=int(row.get("images") or 0),
            )
        found[number] = trial
    return [found[number] for number in sorted(found)]


class TrialJournal:
    """The pen of the sweep's worker. Every word is on the disk before the next thing happens."""

    def __init__(self, lines: JsonLines) -> None:
        self._lines = lines

    def asked(self, number: int, params: Mapping[str, Any], run_id: str) -> None:
        self._write("asked", number, params=dict(params), run=run_id)

    def begun(self, trial: Trial, *, lost: bool) -> None:
        self._write("begun", trial.number, lost=lost)

    def paused(self, trial: Trial) -> None:
        self._write("paused", trial.number)

    def pruning(self, trial: Trial, reason: str) -> None:
        self._write("pruning", trial.number, reason=reason)

    def evaluating(self, trial: Trial, job_id: str) -> None:
        self._write("evaluating", trial.number, job=job_id)

    def ended(self, trial: Trial, state: TrialState, **facts: Any) -> None:
        self._write("ended", trial.number, state=str(state), **facts)

    def _write(self, event: str, number: int, **facts: Any) -> None:
        self._lines.append({"event": event, "trial": number, "at": time.time(), **facts}, durable=True)
