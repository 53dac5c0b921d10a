"""One process of `core.datasets.crew`: the desk as the first line of its input, then an order a line, until it ends.

python -m core.datasets.crew_member
"""

import json
import os
import signal
import sys
from dataclasses import asdict
from typing import Any

from core.datasets.taking import CopyRows, Desk, Take


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever gives the orders
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    desk = Desk.from_json(json.loads(sys.stdin.buffer.readline()))
    for line in sys.stdin.buffer:
        try:
            answer = {"done": _do(desk, json.loads(line))}
        except Exception as error:  # noqa: BLE001, whoever gave the order raises it
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _do(desk: Desk, order: dict[str, Any]) -> Any:
    if "take" in order:
        return [asdict(taken) for taken in desk.take([Take(**take) for take in order["take"]])]
    desk.copy(CopyRows(**order["copy"]))
    return True


if __name__ == "__main__":
    main()
