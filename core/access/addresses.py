"""Where a visitor comes from: loopback or not, and which address stands behind a proxy."""

import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip", "true-client-ip")
UNKNOWN = "unknown"


def is_loopback(host: str) -> bool:
    """Whether a host (without port) means this computer. No name is looked up.

    >>> [is_loopback(host) for host in ("localhost", "127.8.8.8", "::1", "0.0.0.0", "localhost.evil.example")]
    [True, True, True, False, False]
    """
    name = host.strip().strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return _plain(ipaddress.ip_address(name.partition("%")[0])).is_loopback
    except ValueError:
        return False


def signs_of_strangers(server_address: str | None, headers: Mapping[str, str]) -> list[str]:
    """What speaks against a visitor sitting at this computer, in words; empty if nothing does.

    Args:
        server_address: what the server listens on; None or "" means every address.
        headers: of the visitor's connection, names in any case. Without headers there is no connection, only a test
            or a script, and nothing is found.
    """
    if not headers:
        return []
    lower = {name.lower(): value for name, value in headers.items()}
    found = []
    if not server_address or not is_loopback(server_address):
        found.append(f"the server listens on {server_address or 'every address'}, not on this computer alone")
    host = lower.get("host", "")
    if not is_loopback(_host_of(f"//{host}")):
        found.append(f"the address in the browser names {host or 'no host'}")
    origin = lower.get("origin")
    if origin is not None and _host_of(origin) != _host_of(f"//{host}") and not is_loopback(_host_of(origin)):
        found.append(f"the page that asked stands at {origin}")
    passed_on = [name for name in _FORWARDING if name in lower]
    if passed_on:
        found.append(f"a proxy passed the request on ({', '.join(passed_on)})")
    return found


def client_address(peer: str | None, forwarded_for: str, proxies: Sequence[str] = ()) -> str:
    """The address to count failures by.

    A peer on this computer, or in one of `proxies` (networks such as "172.18.0.0/16"), is taken for a proxy, whose
    last word in X-Forwarded-For names whom it spoke with. What a visitor wrote there before it counts for nothing.
    An IPv6 address stands for its /64, which is what one household or server is given.

    >>> client_address("198.51.100.7", "203.0.113.1")
    '198.51.100.7'
    >>> client_address(None, "203.0.113.66, 198.51.100.7")
    '198.51.100.7'
    """
    trusted = [ipaddress.ip_network(proxy, strict=False) for proxy in proxies]
    heard = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    last = _address(peer) if peer else ipaddress.ip_address("127.0.0.1")
    while last is not None and heard and (last.is_loopback or any(last in network for network in trusted)):
        last = _address(heard.pop())
    if last is None:
        return UNKNOWN
    return str(ipaddress.ip_network(f"{last}/64", strict=False)) if last.version == 6 else str(last)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return _plain(ipaddress.ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        return None


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return getattr(address, "ipv4_mapped", None) or address


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
