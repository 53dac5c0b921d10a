"""The process that does one job:

    python -m core.jobs.worker FOLDER

Exit codes: 0 done or stopped, 1 failed, 2 nothing to do here (it has ended, or is no job), 3 another worker has it.
"""

import os
import sys
import time
from pathlib import Path

from core.jobs.execute import AlreadyEndedError, AlreadyRunningError, execute
from core.jobs.folder import JobFolder, State, workspace_of
from core.jobs.running import RunningJob
from core.workspace import Workspace

__all__ = ["RunningJob", "main"]

_NICENESS = 5  # the app on the same machine should answer at once; with idle cores this costs the work nothing


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("Usage: python -m core.jobs.worker FOLDER", file=sys.stderr)
        return 2
    job = JobFolder(Path(arguments[0]))
    if job.damage:
        print(job.damage, file=sys.stderr)
        return 2
    workspace = Workspace() if os.environ.get("ATELIER_HOME") else workspace_of(job.path)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    print(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}  {job.kind} {job.id}, process {os.getpid()}", flush=True)
    try:
        end = execute(workspace.create(), job, detached=True)
    except AlreadyRunningError as error:
        print(error, file=sys.stderr)
        return 3
    except AlreadyEndedError as error:
        print(error, file=sys.stderr)
        return 2
    if end.traceback:
        print(end.traceback, file=sys.stderr)
    print(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}  {end.state}: {end.message}", flush=True)
    return 1 if end.state is State.FAILED else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
