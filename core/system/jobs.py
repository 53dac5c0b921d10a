"""How the jobs of a lab stand, and what to do about those that are in trouble."""

from collections import Counter
from dataclasses import dataclass

from core.jobs.control import lost_message
from core.jobs.folder import State, list_jobs
from core.workspace import Workspace


@dataclass(frozen=True)
class JobTrouble:
    id: str
    title: str
    state: State
    what: str  # what was found
    fix: str


def job_counts(workspace: Workspace) -> dict[State, int]:
    """Jobs and training runs by state; states without any are left out."""
    counts = Counter(job.state() for job in list_jobs(workspace))
    return {state: counts[state] for state in State if counts[state]}


def job_troubles(workspace: Workspace) -> list[JobTrouble]:
    """Jobs that hang, were lost or have a folder that nothing can be done with, newest first."""
    found = []
    for job in list_jobs(workspace):
        state = job.state()
        if job.damage:
            found.append(
                JobTrouble(
                    job.id,
                    job.title,
                    state,
                    job.damage,
                    f"Put {job.request_path.name} back from a backup, or remove the folder {job.path}.",
                )
            )
        elif state is State.HUNG:
            status = job.status()
            silent = status.seconds_silent() if status else 0.0
            found.append(
                JobTrouble(
                    job.id,
                    job.title,
                    state,
                    f"Its process is there, but has said nothing for {silent:,.0f} seconds.",
                    "Wait if the machine was asleep or its disk is slow. Else end its processes on the Queue page: "
                    "it can then be resumed.",
                )
            )
        elif state is State.LOST:
            found.append(
                JobTrouble(job.id, job.title, state, lost_message(job), "Resume it on the Queue page, or leave it.")
            )
    return found
