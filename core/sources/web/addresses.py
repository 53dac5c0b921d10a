"""Which addresses may be reached: only http(s) to public ones, unless the owner allows a host.

`AddressGuard.target` judges a URL as it is written, `AddressGuard.addresses` what its name resolves to. The second is
called by the connection itself (core.sources.web.connections), so what was judged is what is connected to: a name that
resolves to something else a moment later leads nowhere.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from core.errors import ConfigError
from core.sources.artwork import ItemError

Resolve = Callable[..., list[Any]]  # as socket.getaddrinfo
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Value = TypeVar("Value")

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8_000  # characters; servers refuse more

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # control characters; some parsers drop them silently
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?"

# IANA's special-purpose registries. Written out, because what Python's is_global says changed between its versions.
_SPECIAL = tuple(
    (ipaddress.ip_network(network), words)
    for network, words in (
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "an address inside a provider's network"),
        ("127.0.0.0/8", "an address of this machine"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an unspecified address"),
        ("::1/128", "an address of this machine"),
        ("::/96", "an IPv4 address inside an IPv6 one"),
        ("::ffff:0:0/96", "an IPv4 address inside an IPv6 one"),
        ("64:ff9b:1::/48", "a private address"),
        ("2001::/23", "a reserved address or a tunnel"),  # Teredo (2001::/32) and others
        ("2001:db8::/32", "an address for documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "an address for documentation"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("ff00::/8", "a multicast address"),
    )
)
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")  # all that is handed out so far
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # the last 32 bits are the IPv4 address that is reached


@dataclass(frozen=True)
class Target:
    """A URL that may be asked for, as far as can be said before its name is resolved."""

    url: str  # as it is asked for: percent-encoded once, host in lower case and ASCII, without fragment
    scheme: str  # "http" or "https"
    host: str  # "www.wikiart.org", "127.0.0.1", "::1" without brackets
    port: int

    @property
    def site(self) -> str:
        """The name under which policies, settings, pace and robots.txt are kept: the host, with its port unless that
        is the scheme's own."""
        return _join(self.host, None if self.port == DEFAULT_PORTS[self.scheme] else self.port)

    @property
    def path(self) -> str:
        """Path and query, as they stand in the request line."""
        split = urlsplit(self.url)
        return (split.path or "/") + (f"?{split.query}" if split.query else "")


class AddressGuard:
    """Judges URLs and the addresses behind them.

    Args:
        allowed: "host" or "host:port" that the owner trusts: their names may resolve to any address.
        resolve: called as socket.getaddrinfo.
    Raises: ConfigError for an entry of `allowed` that is neither.
    """

    def __init__(self, allowed: Collection[str] = (), resolve: Resolve = socket.getaddrinfo) -> None:
        self._allowed = {host_entry(entry): True for entry in allowed}
        self._resolve = resolve

    def target(self, url: str) -> Target:
        """A URL, checked as it is written. No name is resolved. Raises: ItemError("address"), final."""
        try:
            target = parse_url(url)
        except ValueError as error:
            raise _refusal(f"{_shown(url)} is not asked for: {error}.") from error
        address = _literal(target.host)
        if address is not None and not self.is_allowed(target.host, target.port):
            self._judge(target.host, target.port, address)
        return target

    def redirected(self, target: Target, location: str) -> Target:
        """Where a redirect leads. Raises: ItemError("address"), final."""
        with suppress(UnicodeError):
            location = location.encode("latin-1").decode()  # headers arrive as Latin-1, and often are raw UTF-8
        try:
            url = urljoin(target.url, location.strip(" "))
        except ValueError as error:
            raise _refusal(f"{target.url} redirects to {_shown(location)}, which is no address: {error}.") from error
        try:
            return self.target(url)
        except ItemError as error:
            raise _refusal(f"{target.url} redirects to {_shown(url)}. {error}") from error

    def is_allowed(self, host: str, port: int) -> bool:
        """Did the owner allow this host?"""
        return for_host(self._allowed, host, port) is True

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, in the order to try them. One that is not public refuses them all: a name that
        mixes public and private addresses is an attack or a mistake.

        Raises: ItemError("address"), final; OSError (socket.gaierror) if the name cannot be resolved.
        """
        literal = _literal(host)
        if literal is not None:
            found = [str(literal)]
        else:
            answers = self._resolve(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"no address for {host}")
        if not self.is_allowed(host, port):
            for text in found:
                try:
                    address = ipaddress.ip_address(text)
                except ValueError as error:
                    raise _refusal(f"{host} resolves to {text!r}, which is no internet address.") from error
                self._judge(host, port, address)
        return found

    def _judge(self, host: str, port: int, address: Address) -> None:
        words = why_not_public(address)
        if words:
            subject = f"{host} is" if str(address) == host else f"{host} resolves to {address},"
            raise _refusal(
                f"{subject} {words}, so it is not connected to. If it is yours, allow {_join(host, port)!r} in the web "
                "settings (data/web.json)."
            )


def why_not_public(address: Address) -> str:
    """What kind of address this is, if it is not one of the public internet; empty if it is."""
    if isinstance(address, ipaddress.IPv6Address) and address in _NAT64:
        inner = why_not_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        return f"{inner} behind a translator" if inner else ""
    for network, words in _SPECIAL:
        if address.version == network.version and address in network:
            return words
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_IPV6:
        return "a reserved address"
    return ""


def parse_url(url: str) -> Target:
    """The parts of an http(s) URL, in one spelling. Raises: ValueError whose message ends a sentence."""
    url = url.strip(" ")
    if len(url) > LONGEST_URL:
        raise ValueError(f"it has {len(url)} characters, more than {LONGEST_URL}")
    if _FORBIDDEN.search(url):
        raise ValueError("it holds control characters")
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise ValueError(f"it is not a well-formed address ({error})") from error
    if split.scheme not in DEFAULT_PORTS:
        raise ValueError("only http and https are asked for")
    if "@" in split.netloc or "\\" in split.netloc:
        raise ValueError("it holds a user name or password before the host")
    if port == 0 or split.netloc.endswith(":"):
        raise ValueError("its port is not one from 1 to 65535")
    host = _host(split.hostname or "")
    port = port or DEFAULT_PORTS[split.scheme]
    netloc = _join(host, None if port == DEFAULT_PORTS[split.scheme] else port)
    path = _encoded(split.path or "/", _PATH_SAFE)
    query = f"?{_encoded(split.query, _QUERY_SAFE)}" if split.query else ""
    return Target(f"{split.scheme}://{netloc}{path}{query}", split.scheme, host, port)


def host_entry(text: str) -> str:
    """ "host" or "host:port" as settings name it, in one spelling. Raises: ConfigError."""
    wanted = 'Needed: a host such as "museum.example", or a host and a port such as "127.0.0.1:9000".'
    plain = text.strip(" ")
    if _literal(plain) is not None and ":" in plain:
        plain = f"[{plain}]"
    try:
        split = urlsplit(f"//{plain}")
        if not plain or split.netloc != plain or "@" in plain or plain.endswith(":") or split.port == 0:
            raise ConfigError(f"{text!r} is not a host. {wanted}")
        return _join(_host(split.hostname or ""), split.port)
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a host: {error}. {wanted}") from error


def for_host(table: Mapping[str, Value], host: str, port: int) -> Value | None:
    """What a table of "host" and "host:port" (as `host_entry` spells them) says; the entry with the port wins.

    An entry without a port stands for all ports of that host, and never for its subdomains.
    """
    with_port = table.get(_join(host, port))
    return table.get(_join(host, None)) if with_port is None else with_port


def _host(host: str) -> str:
    """A host in lower case ASCII. Raises: ValueError."""
    if not host:
        raise ValueError("it names no host")
    if "%" in host:  # also the zone of a link-local address, "fe80::1%eth0"
        raise ValueError("its host holds a percent sign")
    address = _literal(host)
    if address is not None:
        return str(address)
    if ":" in host:
        raise ValueError("its host is neither a name nor an internet address")
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"its host cannot be written in ASCII ({error})") from error
        address = _literal(host)
        if address is not None:
            return str(address)
    labels = host.lower().split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("its host is not a well-formed name")
    if _NUMBER.fullmatch(labels[-1]):
        # 2130706433, 0x7f.1 and 0177.0.0.1 are 127.0.0.1 to some resolvers.
        raise ValueError("its host is a number, and not an internet address in the usual spelling")
    return ".".join(labels)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _join(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _encoded(text: str, safe: str) -> str:
    """Percent-encoded once: what is encoded already stays as it is."""
    return quote(_BARE_PERCENT.sub("%25", text), safe=safe)


def _shown(url: str) -> str:
    return repr(url if len(url) <= 200 else f"{url[:200]}…")


def _refusal(message: str) -> ItemError:
    return ItemError("address", message, final=True, attempts=0)
