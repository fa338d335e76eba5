"""The parts of an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.client.link.addresses import fingerprint, host_name, is_loopback, port_number, user_name
from tests.tables import each_case

ONE = "sha256:" + "1" * 64


@each_case("text", ["1", "5555", "65535", "0080"])
def test_port(text: str) -> None:
    """A port is a number from 1 to 65535."""
    assert int(text) == port_number(text)


@each_case("text", ["", "0", "65536", "-1", "+1", " 1", "1.5", "0x50", "５５", "²", "port", "9" * 5000])
def test_no_port(text: str) -> None:
    """Anything else is not a port; the sentence says so."""
    with pytest.raises(ValueError, match=r"is not a port: give a number from 1 to 65535$"):
        port_number(text)


@given(st.text())
def test_any_text_is_a_port_or_none(text: str) -> None:
    """Any text for a port gives a number in range, or a ValueError."""
    try:
        number = port_number(text)
    except ValueError:
        return

    assert 1 <= number <= 65535


@each_case("text", ["", "two words", "tab\there", "a@b", "h\n", "a/b", "a:1", "[::z]"])
def test_no_host(text: str) -> None:
    """A host has no space, at sign or slash, and a colon only in an IPv6 address."""
    with pytest.raises(ValueError, match="is not a host"):
        host_name(text)


@each_case("text", ["Alice", "Zoë", "a.b_c-d", "two words", "愛"])
def test_user_name(text: str) -> None:
    """A name is what can be sent as a bare line; whether it is allowed, the server decides."""
    assert text == user_name(text)


@each_case("text", ["", "{", '{"status":"quit"}', "a\nb", "\x1b[2J", "\ud800"])
def test_no_user_name(text: str) -> None:
    """Text of several lines, or one that looks like a message, is not a name."""
    with pytest.raises(ValueError, match="A user name is needed"):
        user_name(text)


@each_case(
    "text",
    [ONE, ONE.upper(), "SHA256:" + ":".join(["11"] * 32), "sha256:" + ":".join(["11"] * 32)],
)
def test_fingerprints(text: str) -> None:
    """Fingerprints are understood in OpenSSL's form, too."""
    assert ONE == fingerprint(text)


@each_case("text", ["", "sha256:", "1" * 64, f"sha1:{'1' * 64}", f"{ONE}1", ONE[:-1] + "g"])
def test_no_fingerprints(text: str) -> None:
    """Anything else is refused in a sentence."""
    with pytest.raises(ValueError, match="is not a fingerprint: give sha256: and the 64 digits"):
        fingerprint(text)


@given(st.text())
def test_any_text_is_a_fingerprint_or_none(text: str) -> None:
    """Any text for a fingerprint gives one, or a ValueError."""
    try:
        found = fingerprint(text)
    except ValueError:
        return

    assert found == fingerprint(found)


@each_case(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("LocalHost.", True),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),
        ("fe80::1%lo", False),
        ("chat.example.org", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    """The machine itself is known by its addresses and usual name; other names may be other machines."""
    assert loopback is is_loopback(host)
