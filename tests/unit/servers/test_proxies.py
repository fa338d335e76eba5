"""Trusted proxies: what counts of what they say, and what never does."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from classchat.servers.proxies import UNIX, Proxies, Proxy, Unreadable
from classchat.servers.site import HTTPRequest, Visitor
from tests.tables import each_case

TRUSTED = [
    ip_network("127.0.0.0/8"),
    ip_network("::1"),
    ip_network("10.0.0.0/24"),
    ip_network("2001:db8::/32"),
]
NGINX = IPv4Address("TCP", "127.0.0.1", 40_000)
STRANGER = IPv4Address("TCP", "203.0.113.9", 40_000)


def visitor(
    peer: IAddress | None = NGINX,
    trusted: Sequence[Proxy] = TRUSTED,
    encrypted: bool = False,
    **headers: str | list[str],
) -> Visitor:
    """Return whom the server sees in a request with these headers, named `x_forwarded_for` and the like."""
    given = {"host": "127.0.0.1:5555", **headers}
    lists = {
        name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in given.items()
    }
    return Proxies(trusted).visitor(HTTPRequest("GET", "/", "", lists, peer, encrypted))


def place(seen: Visitor) -> str:
    """Return the address of a visitor."""
    assert isinstance(seen.address, IPv4Address | IPv6Address)
    return seen.address.host


SAYING = {
    "x_forwarded_for": "198.51.100.7",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "school.example",
    "x_forwarded_prefix": "/chat",
}


def test_a_trusted_proxy_says_where_the_client_is() -> None:
    """The address, the scheme and the host that a trusted proxy forwards count."""
    seen = visitor(**SAYING)

    assert ("198.51.100.7", True, "school.example") == (place(seen), seen.encrypted, seen.host)


@each_case(
    "peer",
    [
        STRANGER,
        IPv4Address("TCP", "10.0.1.2", 1),
        IPv6Address("TCP", "2001:db9::1", 1),
        IPv6Address("TCP", "::ffff:203.0.113.9", 1),
        UNIXAddress(None),
        HostnameAddress(b"127.0.0.1", 1),
        None,
    ],
)
def test_what_others_say_is_ignored(peer: IAddress | None) -> None:
    """From everywhere else these headers are nothing: the connection is what counts."""
    assert Visitor(peer, False, "127.0.0.1:5555") == visitor(peer, **SAYING)


def test_without_proxies_everything_is_ignored() -> None:
    """By default no proxy is trusted, not even on this machine."""
    assert Visitor(NGINX, False, "127.0.0.1:5555") == visitor(NGINX, [], **SAYING)


@each_case(
    ("peer", "trusted"),
    [
        (NGINX, TRUSTED),
        (IPv4Address("TCP", "10.0.0.255", 1), TRUSTED),
        (IPv6Address("TCP", "::1", 1), TRUSTED),
        (IPv6Address("TCP", "::ffff:10.0.0.2", 1), TRUSTED),
        (IPv6Address("TCP", "fe80::1%eth0", 1), [ip_network("fe80::1")]),
        (UNIXAddress(None), [UNIX]),
    ],
)
def test_who_is_trusted(peer: IAddress, trusted: Sequence[Proxy]) -> None:
    """Proxies are trusted by network, in each form of an address, or for being at a Unix socket."""
    assert "198.51.100.7" == place(visitor(peer, trusted, x_forwarded_for="198.51.100.7"))


@each_case(
    ("forwarded", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("1.2.3.4, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("1.2.3.4, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("1.2.3.4, 198.51.100.7, 10.0.0.2, 10.0.0.3", "198.51.100.7"),
        ("1.2.3.4,198.51.100.7,\t10.0.0.2 ", "198.51.100.7"),
        (["1.2.3.4", "198.51.100.7", "10.0.0.2"], "198.51.100.7"),
        (["1.2.3.4, 198.51.100.7", "10.0.0.2"], "198.51.100.7"),
        (["198.51.100.7", ""], "198.51.100.7"),
        ("198.51.100.7,, 10.0.0.2,", "198.51.100.7"),
        ("garbage, <script>, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:1234", "198.51.100.7"),
        ("2001:db9::7", "2001:db9::7"),
        ("[2001:db9::7]", "2001:db9::7"),
        ("[2001:db9::7]:1234", "2001:db9::7"),
        ("2001:DB9:0::7, 2001:db8::1", "2001:db9::7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::7%eth0", "fe80::7"),
        ("10.0.0.4, 10.0.0.3", "10.0.0.4"),
        ("127.0.0.1", "127.0.0.1"),
        ("", "127.0.0.1"),
        (" , ", "127.0.0.1"),
    ],
)
def test_the_rightmost_stranger_is_the_client(forwarded: str | list[str], address: str) -> None:
    """The nearest address that is no proxy is the client, whatever is left of it; else the farthest one."""
    assert address == place(visitor(x_forwarded_for=forwarded))


def test_the_machine_of_a_proxy_is_not_ours() -> None:
    """A client on the machine of a proxy elsewhere is where the proxy is, without the rights of ours."""
    elsewhere = IPv4Address("TCP", "10.0.0.2", 1)

    assert "10.0.0.2" == place(visitor(elsewhere, x_forwarded_for="127.0.0.1"))
    assert "10.0.0.3" == place(visitor(NGINX, x_forwarded_for="198.51.100.7, ::1, 10.0.0.3"))


@each_case(
    "forwarded",
    [
        "unknown",
        "unix:",
        "_hidden",
        "198.51.100.7, unknown",
        "unknown, 10.0.0.2",
        "198.51.100.7:http",
        "198.51.100.7:123456",
        "198.51.100.256",
        "198.51.100",
        "[2001:db9::7",
        "[198.51.100.7]x",
        "[]",
        "for=198.51.100.7",
        '"198.51.100.7"',
        "1.2.3.4 198.51.100.7",
        "school.example",
    ],
)
def test_a_client_that_can_not_be_read(forwarded: str) -> None:
    """If the deciding address is not valid, the request is refused, rather than counted as this machine's."""
    with pytest.raises(Unreadable, match="X-Forwarded-For"):
        visitor(x_forwarded_for=forwarded)


@each_case(
    ("scheme", "encrypted"),
    [
        ("https", True),
        ("HTTPS", True),
        ("wss", True),
        ("http", False),
        ("ws", False),
        ("https, http", False),
        ("http, https", True),
        (["https", "http"], False),
    ],
)
def test_the_scheme(scheme: str | list[str], encrypted: bool) -> None:
    """The last proxy says how the client came: also that it was not encrypted, whatever others say."""
    assert encrypted is visitor(encrypted=not encrypted, x_forwarded_proto=scheme).encrypted


def test_without_a_scheme_the_connection_counts() -> None:
    """A proxy that does not say how the client came forwards it as it came."""
    assert [False, True] == [visitor(encrypted=encrypted).encrypted for encrypted in (False, True)]


@each_case("scheme", ["ftp", "https;q=1", "on", "443"])
def test_a_scheme_that_can_not_be_read(scheme: str) -> None:
    """Another scheme is refused."""
    with pytest.raises(Unreadable, match="X-Forwarded-Proto"):
        visitor(x_forwarded_proto=scheme)


@each_case(
    ("prefix", "seen"),
    [
        ("/chat", "/chat"),
        ("/chat/", "/chat"),
        ("/school/chat%20room", "/school/chat%20room"),
        ("/", ""),
        ("", ""),
        ("/evil, /chat", "/chat"),
        (["/evil", "/chat"], "/chat"),
    ],
)
def test_the_prefix(prefix: str | list[str], seen: str) -> None:
    """The last proxy says which path it takes off."""
    assert seen == visitor(x_forwarded_prefix=prefix).prefix


@each_case("prefix", ["chat", "//evil.example", "/a//b", "/\\evil.example", "/a?b", "/a b"])
def test_a_prefix_that_can_not_be_read(prefix: str) -> None:
    """What is no path, or could lead to another host, is refused."""
    with pytest.raises(Unreadable, match="X-Forwarded-Prefix"):
        visitor(x_forwarded_prefix=prefix)


@each_case(
    ("host", "seen"),
    [
        ("school.example:8443", "school.example:8443"),
        ("evil.example, school.example", "school.example"),
        (["evil.example", "school.example"], "school.example"),
        ("", "127.0.0.1:5555"),
    ],
)
def test_the_host(host: str | list[str], seen: str) -> None:
    """The last proxy says which host was asked for; else it is in Host."""
    assert seen == visitor(x_forwarded_host=host).host


@given(st.lists(st.text(st.characters(codec="latin-1")), max_size=4))
def test_anything_gives_an_address_or_is_refused(values: list[str]) -> None:
    """Whatever a proxy passes on, the client has an address, or the request is refused."""
    try:
        seen = visitor(x_forwarded_for=values, x_forwarded_proto=values, x_forwarded_host=values)
    except Unreadable:
        return

    assert isinstance(seen.address, IPv4Address | IPv6Address)


@given(st.text(st.characters(codec="latin-1", exclude_characters=",")))
def test_nothing_left_of_the_client_matters(forged: str) -> None:
    """What a client sends itself does not change what the proxy adds."""
    assert "198.51.100.7" == place(visitor(x_forwarded_for=f"{forged}, 198.51.100.7"))
