"""Which URLs and addresses may be reached. Nothing is connected to here."""

import ipaddress
import socket
from typing import Any

import pytest

from core.errors import ConfigError
from core.sources.artwork import ItemError
from core.sources.web.addresses import AddressGuard, host_entry, why_not_public

PUBLIC = "93.184.215.14"  # never connected to: these tests stop at the judgement


def resolver(*answers: list[str]) -> Any:
    """Names resolve to the first list, then to the second, ...; the last one stays."""
    left = list(answers)

    def resolve(host: str, port: int, family: int = 0, kind: int = 0) -> list[Any]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, kind, 6, "", (address, port)) for address in found]

    return resolve


def never(*_: Any) -> list[Any]:
    raise AssertionError("a name was looked up")


def refusal(guard: AddressGuard, url: str) -> ItemError:
    with pytest.raises(ItemError) as caught:
        guard.target(url)
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "ftp://museum.example/a.jpg",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//museum.example/a.jpg",
        "museum.example/a.jpg",
        "",
        "http:///a.jpg",
        "http:\\\\museum.example\\a.jpg",
        "http://museum.example@127.0.0.1/",
        "http://museum.example\\@127.0.0.1/",
        "http://user:secret@museum.example/",
        "http://museum.example:0/",
        "http://museum.example:65536/",
        "http://museum.example:port/",
        "http://museum.example:/",
        "http://museum.example./",
        "http://museum..example/",
        "http://-museum.example/",
        "http://mus eum.example/",
        "http://museum%2eexample/",
        "http://%31%32%37.0.0.1/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://museum.example/a\r\nHost: 127.0.0.1",
        "http://museum.example/a\tb",
        "ht\ntp://museum.example/",
        "http://" + "a" * 64 + ".example/",
        "http://museum.example/" + "a" * 9_000,
    ],
)
def test_a_url_that_is_no_plain_http_address_is_refused_for_good(url):
    error = refusal(AddressGuard(resolve=never), url)
    assert (error.reason, error.final, error.attempts) == ("address", True, 0)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.0.01", "0177.0.0.1", "1.2.3.4.5", "museum.0x7f"],
)
def test_an_ipv4_address_in_another_spelling_is_refused(host):
    assert "number" in str(refusal(AddressGuard([host_or_nothing(host)], resolve=never), f"http://{host}/"))


def host_or_nothing(host: str) -> str:
    """Even an owner cannot allow such a spelling; something else stands in the list then."""
    with pytest.raises(ConfigError):
        host_entry(host)
    return "127.0.0.1"


@pytest.mark.parametrize("host", ["１２７．０．０．１", "①②⑦.⓪.⓪.①", "127。0。0。1"])
def test_digits_of_other_alphabets_are_read_as_the_address_that_they_spell(host):
    assert "this machine" in str(refusal(AddressGuard(resolve=never), f"http://{host}/"))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::5db8:d70e",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:5db8:d70e::",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address):
    host = f"[{address}]" if ":" in address else address
    assert refusal(AddressGuard(resolve=never), f"http://{host}/").final
    with pytest.raises(ItemError) as caught:
        AddressGuard(resolve=resolver([address])).addresses("museum.example", 443)
    assert (caught.value.reason, caught.value.final) == ("address", True)
    assert "museum.example" in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.215.14", "100.63.255.255", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::5db8:d70e"],
)
def test_a_public_address_is_accepted(address):
    assert why_not_public(ipaddress.ip_address(address)) == ""
    assert AddressGuard(resolve=resolver([address])).addresses("museum.example", 443) == [address]


def test_a_name_that_mixes_public_and_private_addresses_is_refused():
    for answer in ([PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"]):
        with pytest.raises(ItemError, match="resolves to"):
            AddressGuard(resolve=resolver(answer)).addresses("museum.example", 80)


def test_a_name_that_resolves_to_a_private_address_the_second_time_is_refused_then():
    guard = AddressGuard(resolve=resolver([PUBLIC], ["127.0.0.1"]))
    assert guard.addresses("museum.example", 80) == [PUBLIC]
    with pytest.raises(ItemError, match=r"127\.0\.0\.1"):
        guard.addresses("museum.example", 80)


def test_an_answer_of_the_resolver_that_is_no_address_is_refused():
    with pytest.raises(ItemError, match="no internet address"):
        AddressGuard(resolve=resolver(["fe80::1%eth0%"])).addresses("museum.example", 80)


def test_a_name_without_any_address_is_a_fault_that_may_heal():
    with pytest.raises(socket.gaierror):
        AddressGuard(resolve=resolver([])).addresses("museum.example", 80)


def test_the_owner_may_allow_a_host_on_one_port_or_on_all():
    one_port = AddressGuard(["127.0.0.1:9000"], resolve=never)
    assert one_port.target("http://127.0.0.1:9000/a").port == 9000
    assert refusal(one_port, "http://127.0.0.1:9001/a").final
    assert refusal(one_port, "http://127.0.0.9:9000/a").final
    assert refusal(one_port, "http://127.0.0.1/a").final
    every_port = AddressGuard(["127.0.0.1"], resolve=never)
    assert every_port.target("http://127.0.0.1:9001/a").site == "127.0.0.1:9001"


def test_what_is_allowed_is_the_name_and_neither_its_address_nor_its_subdomains():
    guard = AddressGuard(["lab.example"], resolve=resolver(["10.0.0.5"]))
    assert guard.addresses("lab.example", 80) == ["10.0.0.5"]
    for host in ("sub.lab.example", "notlab.example"):
        with pytest.raises(ItemError):
            guard.addresses(host, 80)
    assert refusal(guard, "http://10.0.0.5/").final


def test_an_entry_on_the_usual_port_covers_a_url_that_leaves_it_out():
    guard = AddressGuard(["10.0.0.5:443"], resolve=never)
    assert guard.target("https://10.0.0.5/").port == 443
    assert refusal(guard, "http://10.0.0.5/").final


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("Lab.Example", "lab.example"),
        ("127.0.0.1:09000", "127.0.0.1:9000"),
        ("::1", "[::1]"),
        ("[::1]:80", "[::1]:80"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_an_entry_is_kept_in_one_spelling(written, spelled):
    assert host_entry(written) == spelled


@pytest.mark.parametrize(
    "entry", ["", "http://lab.example", "lab.example/a", "a@lab.example", "lab.example:", "*", "a b"]
)
def test_an_entry_that_is_no_host_is_refused_with_an_example_of_one(entry):
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:9000"):
        AddressGuard([entry])


def test_a_target_has_one_spelling_and_a_site_name():
    target = AddressGuard(resolve=never).target(" HTTPS://Museum.EXAMPLE:443/A?b=C#part ")
    assert (target.url, target.site) == ("https://museum.example/A?b=C", "museum.example")
    assert AddressGuard(resolve=never).target("http://museum.example:443").site == "museum.example:443"
    assert AddressGuard(resolve=never).target("https://bücher.example").host == "xn--bcher-kva.example"
    assert AddressGuard(["::1"]).target("http://[::1]:8000/a?b").url == "http://[::1]:8000/a?b"


def test_umlauts_brackets_and_exclamation_marks_in_a_path_are_encoded_once_and_the_mark_of_the_rendition_kept():
    guard = AddressGuard(resolve=never)
    plain = guard.target("https://uploads0.wikiart.org/images/matthias-grünewald/the (1).jpg!Large.jpg")
    assert plain.path == "/images/matthias-gr%C3%BCnewald/the%20(1).jpg!Large.jpg"
    assert guard.target(plain.url) == plain
    assert guard.target("http://museum.example/100%").path == "/100%25"


def test_a_percent_encoded_pagination_token_is_not_encoded_again():
    assert AddressGuard().target("http://museum.example/?paginationToken=a%3d%3d").path == "/?paginationToken=a%3d%3d"


def test_a_redirect_is_judged_like_any_address():
    guard = AddressGuard(["127.0.0.1:9000"], resolve=never)
    start = guard.target("http://127.0.0.1:9000/a/b.jpg")
    assert guard.redirected(start, "../c.jpg?d=1").url == "http://127.0.0.1:9000/c.jpg?d=1"
    for location in (
        "http://127.0.0.9:9000/",
        "//127.0.0.9/",
        "file:///etc/passwd",
        "http://[",
        "http://169.254.169.254/",
    ):
        with pytest.raises(ItemError) as caught:
            guard.redirected(start, location)
        assert (caught.value.reason, caught.value.final) == ("address", True)


def test_the_refusal_of_a_redirect_names_where_it_started_and_where_it_leads():
    guard = AddressGuard(resolve=never)
    with pytest.raises(ItemError) as caught:
        guard.redirected(guard.target("http://museum.example/a.jpg"), "http://127.0.0.9/b.jpg")
    assert "http://museum.example/a.jpg redirects to 'http://127.0.0.9/b.jpg'" in str(caught.value)


def test_a_redirect_whose_header_holds_raw_utf8_leads_where_it_says():
    guard = AddressGuard(resolve=never)
    start = guard.target("http://museum.example/a")
    as_received = "/matthias-grünewald".encode().decode("latin-1")
    assert guard.redirected(start, as_received).path == "/matthias-gr%C3%BCnewald"
    assert guard.redirected(start, "/gr\xfcn").path == "/gr%C3%BCn"


def test_the_message_tells_how_the_owner_allows_a_host():
    assert "allow '127.0.0.1:9000' in the web settings" in str(refusal(AddressGuard(), "http://127.0.0.1:9000/"))
