"""Failed attempts and the waits they bring, kept on disk so that a restart does not forget them."""

import hashlib
import hmac
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.errors import AtelierError
from core.files import read_json, write_json

_MOST_ADDRESSES = 10_000
_KNOWN_SECONDS = 30 * 86_400.0


class TooManyAttemptsError(AtelierError):
    """Somebody has to wait before the next attempt is looked at."""

    def __init__(self, seconds: int) -> None:
        wait = f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
        super().__init__(
            f"There were too many failed attempts. Wait {wait if seconds != 1 else 'a second'}, then try again."
        )
        self.seconds = seconds


class DamagedAttemptsError(AtelierError):
    """What is known of failures cannot be read; to forget it would let guessing begin anew."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged, so nobody can be let in. Remove it to begin counting failures anew.")


@dataclass(frozen=True)
class Waits:
    """After `free` failures the next one costs a second, the one after it two, then four, to `longest_seconds`."""

    free: int
    longest_seconds: float
    forget_seconds: float  # without a failure, after which all is forgotten

    def after(self, failures: int) -> float:
        """Seconds to wait after that many failures in a row.

        >>> [Waits(3, 60.0, 3600.0).after(failures) for failures in (0, 3, 4, 5, 6, 100)]
        [0.0, 0.0, 1.0, 2.0, 4.0, 60.0]
        """
        over = failures - self.free
        return 0.0 if over <= 0 else float(min(2.0 ** min(over - 1, 40), self.longest_seconds))


PER_ADDRESS = Waits(free=3, longest_seconds=900.0, forget_seconds=86_400.0)
# Guessing from many addresses at once comes to one guess in half a minute. An address from which an owner signed in
# before does not wait with everybody, so that an attack does not shut the owners out.
FOR_ALL = Waits(free=20, longest_seconds=30.0, forget_seconds=3_600.0)


class Attempts:
    """Failures by address and of all together.

    Addresses are kept as a keyed hash whose key stands beside them: enough that a log of them names nobody at a glance.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        per_address: Waits = PER_ADDRESS,
        for_all: Waits = FOR_ALL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = folder / f"{name}.json"
        self._lock_path = folder / f"{name}.lock"
        self._per_address = per_address
        self._for_all = for_all
        self._clock = clock

    def attempt(self, address: str, verify: Callable[[], bool]) -> bool:
        """Run `verify` unless somebody has to wait, and remember how it went.

        One attempt at a time, over all processes: a thousand at once would otherwise all pass before the first
        failure is written down, and each costs the memory and time of a hash.

        Raises: TooManyAttemptsError without having run `verify`; DamagedAttemptsError.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._lock_path):
            state = self._read()
            key = _digest(state["key"], address)
            wait = self._wait(state, key)
            if wait > 0:
                raise TooManyAttemptsError(math.ceil(wait))
            if verify():
                state["addresses"].pop(key, None)
                state["known"][key] = self._clock()
                self._write(state)
                return True
            for entry in (state["addresses"].setdefault(key, [0, 0.0]), state["all"]):
                entry[0] += 1
                entry[1] = self._clock()
            self._write(state)
            return False

    def seconds_to_wait(self, address: str) -> int:
        """Until the next attempt from an address is looked at. Raises: DamagedAttemptsError."""
        state = self._read()
        return math.ceil(self._wait(state, _digest(state["key"], address)))

    def _wait(self, state: dict[str, Any], key: str) -> float:
        waits = [self._left(self._per_address, state["addresses"].get(key, [0, 0.0]))]
        known = state["known"].get(key)
        if known is None or self._clock() - known > _KNOWN_SECONDS:
            waits.append(self._left(self._for_all, state["all"]))
        return max(waits)

    def _left(self, waits: Waits, entry: list[float]) -> float:
        failures, last = int(entry[0]), entry[1]
        passed = max(0.0, self._clock() - last)  # a clock that was set back makes nobody wait longer than he had to
        return 0.0 if passed > waits.forget_seconds else max(0.0, waits.after(failures) - passed)

    def _read(self) -> dict[str, Any]:
        try:
            state = read_json(self._path) or {
                "key": secrets.token_hex(16),
                "addresses": {},
                "known": {},
                "all": [0, 0.0],
            }
        except ValueError as error:  # failing open would forget every failure
            raise DamagedAttemptsError(self._path) from error
        now = self._clock()
        for entries, seconds in (("addresses", self._per_address.forget_seconds), ("known", _KNOWN_SECONDS)):
            state[entries] = {key: entry for key, entry in state[entries].items() if now - _last(entry) <= seconds}
        if now - state["all"][1] > self._for_all.forget_seconds:
            state["all"] = [0, 0.0]
        return dict(state)

    def _write(self, state: dict[str, Any]) -> None:
        for entries in ("addresses", "known"):
            newest = sorted(state[entries].items(), key=lambda item: _last(item[1]), reverse=True)
            state[entries] = dict(newest[:_MOST_ADDRESSES])
        write_json(self._path, state)


def _last(entry: Any) -> float:
    return float(entry[1] if isinstance(entry, list) else entry)


def _digest(key: str, address: str) -> str:
    return hmac.new(key.encode(), address.encode(), hashlib.sha256).hexdigest()[:32]
