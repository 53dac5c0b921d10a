"""Who sits at this computer, and who comes from where."""

import pytest

from core.access.addresses import client_address, is_loopback, signs_of_strangers

HERE = {"Host": "localhost:8501", "Origin": "http://localhost:8501", "User-Agent": "x"}


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"]
)
def test_names_of_this_computer(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "192.168.1.7", "localhost.example", "127.0.0.1.example", "127.1", "2130706433", "evil"],
)
def test_everything_else_is_somewhere_else(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost", "[::1]:8501"])
def test_whoever_sits_at_this_computer_is_no_stranger(address: str, host: str) -> None:
    assert signs_of_strangers(address, {"host": host, "origin": f"http://{host}"}) == []


@pytest.mark.parametrize(
    "headers",
    [
        {**HERE, "Host": "evil.example:8501", "Origin": "http://evil.example:8501"},  # DNS rebinding
        {**HERE, "Host": "192.168.1.7:8501"},
        {**HERE, "Host": ""},
        {**HERE, "Host": "127.0.0.1:8501@evil.example"},
        {**HERE, "Host": "["},
        {**HERE, "Origin": "https://evil.example"},
        {**HERE, "Origin": "null"},
        {**HERE, "X-Forwarded-For": "127.0.0.1"},
        {**HERE, "x-forwarded-host": "localhost"},
        {**HERE, "Forwarded": "for=127.0.0.1"},
        {**HERE, "X-Real-IP": "127.0.0.1"},
        {"User-Agent": "no host at all"},
    ],
)
def test_each_sign_of_a_stranger_is_told(headers: dict[str, str]) -> None:
    assert len(signs_of_strangers("127.0.0.1", headers)) >= 1


@pytest.mark.parametrize("address", ["", None, "0.0.0.0", "::", "192.168.1.7"])
def test_a_server_that_listens_to_the_network_is_told_even_at_this_computer(address: str | None) -> None:
    (sign,) = signs_of_strangers(address, HERE)
    assert "listens on" in sign


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        ("198.51.100.7", "", (), "198.51.100.7"),
        ("198.51.100.7", "203.0.113.1", (), "198.51.100.7"),  # nobody names himself
        (None, "203.0.113.66, 198.51.100.7", (), "198.51.100.7"),  # the proxy at this computer has the last word
        (None, "", (), "127.0.0.1"),
        ("172.18.0.2", "203.0.113.66, 198.51.100.7", (), "172.18.0.2"),
        ("172.18.0.2", "203.0.113.66, 198.51.100.7", ("172.18.0.0/16",), "198.51.100.7"),
        ("172.18.0.2", "198.51.100.7, 172.18.0.9", ("172.18.0.0/16",), "198.51.100.7"),
        (None, "rubbish", (), "unknown"),
        ("::ffff:198.51.100.7", "", (), "198.51.100.7"),
        ("2001:db8:1:2:aaaa::1", "", (), "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "", (), "2001:db8:1:2::/64"),
    ],
)
def test_the_address_that_failures_are_counted_by(
    peer: str | None, forwarded: str, proxies: tuple[str, ...], expected: str
) -> None:
    assert client_address(peer, forwarded, proxies) == expected
