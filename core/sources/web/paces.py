"""The pace of every host that one client asks."""

import threading
from collections.abc import Callable

from core.sources.web.addresses import Target
from core.sources.web.memory import WebMemory
from core.sources.web.pace import HostPace, HostWait
from core.sources.web.policy import HostPolicy


class Paces:
    """Made when a host is asked for the first time."""

    def __init__(
        self,
        memory: WebMemory,
        policy_for: Callable[[Target], HostPolicy],
        *,
        stop_requested: Callable[[], bool],
    ) -> None:
        self._memory = memory
        self._policy_for = policy_for
        self._stop_requested = stop_requested
        self._lock = threading.Lock()
        self._paces: dict[str, HostPace] = {}

    def of(self, target: Target) -> HostPace:
        with self._lock:
            pace = self._paces.get(target.site)
            if pace is None:
                policy = self._policy_for(target)
                pace = HostPace(target.site, policy, self._memory, stop_requested=self._stop_requested)
                self._paces[target.site] = pace
            return pace

    def waiting(self) -> list[HostWait]:
        """Hosts that pause now, the longest first."""
        with self._lock:
            paces = list(self._paces.values())
        waits = [wait for pace in paces if (wait := pace.wait())]
        return sorted(waits, key=lambda wait: -wait.seconds)
