"""The links to the page that the console shows."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from classchat.core.notices import Browsable
from classchat.links import FOR_GUESTS, WARNS
from classchat.servers.browsing import PageLinks
from classchat.servers.certificates import Certificate
from classchat.servers.tls import Encryption, Plaintext
from tests.tables import each_case

LAN = IPv4Address("TCP", "192.168.1.20", 5555)
HERE = IPv4Address("TCP", "127.0.0.1", 5555)
ALL = IPv4Address("TCP", "0.0.0.0", 5555)
ALL6 = IPv6Address("TCP", "::", 5555)

OWN = Certificate("sha256:ab", frozenset(), False, None)  # type: ignore[arg-type]
SCHOOLS = Certificate(
    "sha256:cd",
    frozenset({"chat.school.example", "*.school.example"}),
    True,
    None,  # type: ignore[arg-type]
)


def pages(
    *ports: IAddress,
    certificate: Certificate | None = OWN,
    plaintext: Plaintext = Plaintext.ANY,
    names: tuple[str, ...] = (),
    own: tuple[str, ...] = ("192.168.1.20", "10.0.0.7", "2001:db8::7"),
) -> PageLinks:
    """Return the pages of a server at some ports, on a machine with some addresses."""
    encryption = Encryption(None, plaintext)
    encryption.certificate = certificate
    pages = PageLinks(encryption, names, lambda: own)
    pages.listen_at(ports)
    return pages


def links(*ports: IAddress, **how: Any) -> list[Browsable]:
    """Return their links."""
    return pages(*ports, **how).links()


@each_case(
    ("port", "shown"),
    [
        (LAN, ["http://192.168.1.20:5555/"]),
        (ALL, ["http://192.168.1.20:5555/", "http://10.0.0.7:5555/"]),
        (ALL6, ["http://192.168.1.20:5555/", "http://10.0.0.7:5555/", "http://[2001:db8::7]:5555/"]),
        (IPv6Address("TCP", "2001:db8::8", 80), ["http://[2001:db8::8]/"]),
        (IPv6Address("TCP", "fe80::8%eth0", 80), []),
        (UNIXAddress(b"/run/c"), []),
    ],
)
def test_a_link_for_each_address(port: IAddress, shown: list[str]) -> None:
    """Each address that a browser can use has a link, which opens at once and says that it is for guests."""
    assert [Browsable(link, FOR_GUESTS) for link in shown] == links(port)


def test_no_network() -> None:
    """On a machine without a network the link has a placeholder, as the line for terminals does."""
    assert [Browsable("http://HOST:5555/", FOR_GUESTS)] == links(ALL, own=())


def test_only_this_machine() -> None:
    """A link for this machine has no note: what it sends leaves the machine nowhere."""
    assert [Browsable("http://127.0.0.1:5555/"), Browsable("http://[::1]:5/")] == links(
        HERE, IPv6Address("TCP", "::1", 5)
    )


@pytest.mark.parametrize(
    ("plaintext", "here", "there"),
    [
        (Plaintext.ANY, ("http", ""), ("http", FOR_GUESTS)),
        (Plaintext.LOCAL, ("http", ""), ("https", WARNS)),
        (Plaintext.NEVER, ("https", WARNS), ("https", WARNS)),
    ],
)
def test_where_plain_text_is_refused(
    plaintext: Plaintext, here: tuple[str, str], there: tuple[str, str]
) -> None:
    """A link begins with `https` where the server takes no plain text; the note says that browsers warn."""
    assert [
        Browsable(f"{here[0]}://127.0.0.1:5555/", here[1]),
        Browsable(f"{there[0]}://192.168.1.20:5555/", there[1]),
    ] == links(HERE, LAN, plaintext=plaintext)


def test_without_tls() -> None:
    """Without TLS all links begin with `http`."""
    assert [Browsable("http://192.168.1.20:5555/", FOR_GUESTS)] == links(LAN, certificate=None)


@pytest.mark.parametrize("plaintext", [Plaintext.ANY, Plaintext.NEVER])
def test_names_in_a_certificate(plaintext: Plaintext) -> None:
    """The certificate's names come first, encrypted and without a note; one for many hosts is no name."""
    first, *_ = links(ALL, certificate=SCHOOLS, plaintext=plaintext)

    assert Browsable("https://chat.school.example:5555/") == first


def test_names_in_a_certificate_that_nobody_vouches_for() -> None:
    """A name in a self-signed certificate is used in links, and browsers warn."""
    mine: Any = Certificate("sha256:ab", frozenset({"chat.lan"}), False, None)  # type: ignore[arg-type]

    assert Browsable("http://chat.lan:5555/", FOR_GUESTS) == links(LAN, certificate=mine)[0]
    assert (
        Browsable("https://chat.lan:5555/", WARNS)
        == links(LAN, certificate=mine, plaintext=Plaintext.NEVER)[0]
    )


def test_names_of_the_operator() -> None:
    """The operator's names come first, each once, and four at most; none leads to this machine alone."""
    names = ("b", "chat.school.example", "c", "d", "e", "b")
    shown = [each.link for each in links(LAN, HERE, certificate=SCHOOLS, names=names)]

    assert [
        "http://b:5555/",
        "https://chat.school.example:5555/",
        "http://c:5555/",
        "http://d:5555/",
        "http://192.168.1.20:5555/",
        "http://127.0.0.1:5555/",
    ] == shown


@each_case(
    ("ports", "own", "outside"),
    [
        ([HERE, ALL], ("192.168.1.20", "10.0.0.7"), ["http://192.168.1.20:5555/", "http://10.0.0.7:5555/"]),
        ([ALL], (), []),
        ([HERE, UNIXAddress(b"/run/c")], ("192.168.1.20",), []),
        ([], ("192.168.1.20",), []),
    ],
)
def test_links_for_other_machines(ports: list[IAddress], own: tuple[str, ...], outside: list[str]) -> None:
    """Only links that other machines can use are for them."""
    assert outside == pages(*ports, own=own).outside()


def test_another_network() -> None:
    """The links follow the machine from one network to the next."""
    own = ["192.168.1.20"]
    pages = PageLinks(Encryption(None), (), lambda: own)
    pages.listen_at([ALL])
    first = pages.outside()
    own[:] = ["10.0.0.7"]

    assert (["http://192.168.1.20:5555/"], ["http://10.0.0.7:5555/"]) == (first, pages.outside())
