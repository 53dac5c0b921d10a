"""A process that trains along with another one, which starts it (core.training.ranks):

    python -m core.training.rank RUN_FOLDER RANK SIZE MEETING_FOLDER DEVICE

It ends when its standard input closes: then the process that started it has ended.
"""

import os
import signal
import sys
import threading
import traceback
from pathlib import Path


def main(arguments: list[str]) -> int:
    folder, meeting, device = Path(arguments[0]), Path(arguments[3]), arguments[4]
    rank, size = int(arguments[1]), int(arguments[2])
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    # who ends a whole group of processes means the first one, which saves and then ends us
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)

    # only now what takes seconds to load
    from core.jobs.execute import in_plain_words
    from core.training.job import train_along
    from core.training.parallel import LostContactError
    from core.training.ranks import LOST_CONTACT, last_words
    from core.training.run_folder import RunFolder
    from core.workspace import Workspace

    try:
        train_along(RunFolder(folder), Workspace(), rank, size, meeting, device)
    except LostContactError:
        return LOST_CONTACT
    except BaseException as error:  # noqa: BLE001 - whatever it was, the first process must be able to tell it
        traceback.print_exc()
        last_words(meeting, rank).write_text(in_plain_words(error), encoding="utf-8")
        return 1
    return 0


def _end_with_the_first() -> None:
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # at once: what a broken connection left behind could keep an ordinary end waiting
