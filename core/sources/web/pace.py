"""When a host may be asked: pace, concurrency, pauses and probes, shared by all processes of the lab."""

from dataclasses import dataclass

from core.errors import AtelierError


class HostClosedError(AtelierError):
    """A host refuses us, or does not answer, for so long that the whole collection must end here; it can be resumed."""

    def __init__(self, host: str, message: str) -> None:
        super().__init__(message)
        self.host = host


@dataclass(frozen=True)
class HostWait:
    """A host that is not asked at the moment."""

    host: str
    seconds: float  # from now until it is asked again
    why: str
