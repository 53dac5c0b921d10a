"""HostPolicy: how a host is treated unless its owner or this lab's owner says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HostPolicy:
    """Pace, patience and headers for one host. What the lab's owner sets in WebSettings comes on top."""

    requests_per_second: float = 1.0  # sustained; 0: no limit
    burst: int = 2  # requests that may follow each other at once after a rest
    concurrency: int = 2  # requests under way at the same time; 0: no limit
    attempts: int = 5  # per item, for faults that may heal
    timeout_seconds: float = 30.0  # to connect, and between two pieces of an answer
    slowest_bytes_per_second: int = 2_000  # an answer that drips more slowly for `slow_seconds` counts as a timeout
    slow_seconds: float = 30.0
    backoff_seconds: float = 1.0  # first wait; doubles, with full jitter; a Retry-After wins
    pause_seconds: float = 30.0  # first pause of the whole host after a 403 or a challenge; doubles
    longest_pause_seconds: float = 900.0  # of one pause, also of one that a Retry-After asks for
    pauses: int = 6  # without one good answer in between, until the host counts as closed to us
    essential: bool = True  # closed to us, the collection ends; False: only what lies there fails, and the rest goes on
    headers: Mapping[str, str] = field(default_factory=dict)  # sent with every request to this host
    agent_header: str = ""  # one that repeats the User-Agent with its contact, where the host asks for that


# For a host that is one of many, or that nobody named: the collection does not stand or fall with it, and must not wait
# half an hour for it.
ONE_OF_MANY = HostPolicy(essential=False, pauses=2)
