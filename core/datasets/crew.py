"""Pictures taken in by all cores: threads for a few, processes of their own for many.

Decoding lets go of Python's lock, but measuring and all the small steps around it do not: threads would keep a few
cores busy and leave the others waiting. A process is `python -m core.datasets.crew_member`: it reads orders as lines of
JSON and answers each with one. It ends when its input does, so a killed build leaves none behind; and a picture that
takes its process down with it is one unreadable picture, not the end of the build.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from queue import LifoQueue
from typing import Any, Protocol, TypeVar

from core.datasets.measure import Measurement
from core.datasets.recipe import Recipe
from core.datasets.taking import CopyRows, Desk, Take, Taken
from core.errors import AtelierError

TAKEN_AT_ONCE = 16  # pictures to an order: a tenth of a second or two, beside which an order costs nothing
_MANY = 256  # pictures from which processes are worth their start (a third of a second each)
_THREADS = 4  # more would wait for one another
_AHEAD = 3  # orders for each worker that wait or are done, before the first of them has been fetched
_KILLED = "Decoding it ended the process that did so. The file may be damaged, or too large for this machine's memory."
_PROJECT = Path(__file__).resolve().parents[2]
_Order = TypeVar("_Order")
_Answer = TypeVar("_Answer")


class CrewError(AtelierError):
    """A process of the crew ended and could not be replaced."""


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers(Protocol):
    """What does the work: each call may come from any of as many threads as there are workers."""

    count: int

    def take(self, takes: list[Take]) -> list[Taken]: ...
    def copy(self, rows: CopyRows) -> None: ...


class Crew:
    """Hands orders to the workers and gives back what they did, in the order asked, a few orders ahead."""

    def __init__(self, workers: Workers, pool: ThreadPoolExecutor) -> None:
        self._workers, self._pool = workers, pool

    @property
    def workers(self) -> int:
        return self._workers.count

    def take(self, takes: Iterable[Take]) -> Generator[list[Taken]]:
        """Whoever stops asking closes this, and leaves a few pictures taken that it does not hear of."""
        takes = iter(takes)
        yield from self._each(self._workers.take, iter(lambda: list(islice(takes, TAKEN_AT_ONCE)), []))

    def copy(self, orders: Iterable[CopyRows]) -> Generator[CopyRows]:
        """Each stretch of rows once it is written. Raises: CrewError, OSError."""

        def copied(rows: CopyRows) -> CopyRows:
            self._workers.copy(rows)
            return rows

        yield from self._each(copied, iter(orders))

    def _each(self, act: Callable[[_Order], _Answer], orders: Iterator[_Order]) -> Generator[_Answer]:
        under_way: deque[Future[_Answer]] = deque()
        try:
            for order in orders:
                under_way.append(self._pool.submit(act, order))
                if len(under_way) >= _AHEAD * self._workers.count:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


@contextmanager
def open_crew(
    pictures: int,
    *,
    aspect: str = "1:1",
    recipe: Recipe | None = None,
    spool: Path | None = None,
    images: Path | None = None,
    processes: int | None = None,
) -> Iterator[Crew]:
    """A crew for this many pictures.

    Args:
        recipe, spool, images: see `Desk`.
        processes: how many; 0 for threads of this process. None: as the number of pictures and cores suggests.
    """
    desk = Desk(
        aspect=recipe.aspect if recipe else aspect,
        recipe=recipe,
        spool=str(spool or ""),
        images=str(images or ""),
    )
    if processes is None:
        processes = usable_cores() if pictures >= _MANY and usable_cores() > 1 else 0
    workers: Workers = _Processes(desk, processes) if processes else _Threads(desk)
    with contextlib.ExitStack() as stack:
        if isinstance(workers, _Processes):
            stack.callback(workers.close)
        pool = stack.enter_context(ThreadPoolExecutor(workers.count, thread_name_prefix="crew"))
        yield Crew(workers, pool)


class _Threads:
    def __init__(self, desk: Desk) -> None:
        self.count = min(_THREADS, usable_cores())
        self.take: Callable[[list[Take]], list[Taken]] = desk.take
        self.copy: Callable[[CopyRows], None] = desk.copy


class _Processes:
    def __init__(self, desk: Desk, count: int) -> None:
        self.count = count
        self._desk = desk
        self._free: LifoQueue[_Member] = LifoQueue()
        for _ in range(count):
            self._free.put(_Member(desk))

    def take(self, takes: list[Take]) -> list[Taken]:
        answer = self._ask({"take": [asdict(take) for take in takes]})
        if answer is not None:
            return [_taken(row) for row in answer]
        if len(takes) > 1:  # one of them is deadly: which?
            return [taken for take in takes for taken in self.take([take])]
        (take,) = takes
        return [Taken(take.slot, Measurement(error=_KILLED) if take.measure else None, False, _KILLED)]

    def copy(self, rows: CopyRows) -> None:
        if self._ask({"copy": asdict(rows)}) is None:
            raise CrewError(
                "A process that drew copies ended without a word: it was killed, or memory ran out. Resume the build."
            )

    def close(self) -> None:
        while not self._free.empty():
            self._free.get().close()

    def _ask(self, order: dict[str, Any]) -> Any:
        """The answer; None where the process has ended instead, and was replaced. Raises: what went wrong there."""
        member = self._free.get()
        try:
            answer = member.ask(order)
            if answer is None:
                member.close()
                member = _Member(self._desk)
        finally:
            self._free.put(member)
        if answer is not None and "error" in answer:
            raise CrewError(f"A process of the build failed: {answer['error']}")
        return None if answer is None else answer["done"]


class _Member:
    """One process, and the two pipes to it."""

    def __init__(self, desk: Desk) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.datasets.crew_member"],
            cwd=_PROJECT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},  # each has one core
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # of Windows, which would open one for each
        )
        self._send(desk.to_json())

    def ask(self, order: dict[str, Any]) -> Any:
        if not self._send(order):
            return None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def _send(self, value: dict[str, Any]) -> bool:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(value).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:  # it has ended: a broken pipe
            return False
        return True

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=30)  # it finishes what it is at
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def _taken(row: dict[str, Any]) -> Taken:
    measurement = row.pop("measurement")
    return Taken(**row, measurement=None if measurement is None else Measurement(**measurement))
