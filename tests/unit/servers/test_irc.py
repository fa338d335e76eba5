"""IRC's row in the sniffer's table: before TLS and inside it, together with HTTP and JSON lines."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address

from classchat.servers.irc import row
from classchat.servers.sniffer import DIALECTS, HTTP, TLS, Sniffer
from classchat.servers.tls import Plaintext
from tests.tables import each_case
from tests.unit.irc.helpers import STARTED, IRCServer, Network, command_of
from tests.unit.servers.helpers import PlainSite, Server, encrypting

IRC = row(Network(STARTED))
TABLE = (TLS, IRC, HTTP, *DIALECTS)
ELSEWHERE = IPv4Address("TCP", "192.0.2.7", 50_000)


@each_case(
    "first",
    [
        "CAP LS 302",
        "NICK hal",
        "USER h 0 * :x",
        "PASS hunter2",
        "PASS /secret",
        "AUTHENTICATE PLAIN",
        "QUIT :x",
        "PING *",
        "JOIN *",
        "WEBIRC x",
        "@label=1 CAP LS",
        ":x NICK y",
    ],
)
def test_what_is_irc(first: str) -> None:
    """A command of IRC in capitals and a space, or a tag or source, is IRC, even if it looks like HTTP."""
    sniffer = Sniffer(TABLE)
    rows = [sniffer.look(bytes([byte])) for byte in f"{first}\r\n".encode()]

    assert IRC is next(found for found in rows if found is not None)


@each_case("first", ["NICK", "nick Alice", "NICKNAME", "PING", "CAPS lock", '{"status":"ping"}'])
def test_what_is_no_irc(first: str) -> None:
    """A command alone, in small letters or in a longer word is a bare name, or JSON."""
    assert DIALECTS[-1] is Sniffer(TABLE).look(f"{first}\n".encode())


def test_http_stays_http() -> None:
    """A request is HTTP: no method is a command of IRC."""
    assert HTTP is Sniffer(TABLE).look(b"GET / HTTP/1.1\r\n")


def test_half_a_command_in_time() -> None:
    """A client that sends half a command and nothing more for a second has sent half a bare name."""
    server = IRCServer()
    caller = server.is_called()
    caller.sends_bytes(b"NIC")
    server.passes(server.factory.limits.first_bytes)
    caller.sends_bytes(b"K Alice\n")

    assert ["invalid_name"] == caller.hears_codes()


def test_irc_inside_tls() -> None:
    """An IRC client with TLS registers on the same port, and what it is told is encrypted."""
    server = IRCServer(encryption=encrypting(), site=PlainSite())
    caller = server.is_called_with_tls()
    caller.sends(b"NICK Alice\r\nUSER alice 0 * :Alice\r", "PING :x\r")
    server.turn()
    lines = caller.text().decode().split("\r\n")

    assert (["Alice"], ["PONG"]) == (server.users(), [command_of(line) for line in lines if "PONG" in line])


def test_plain_text_where_tls_is_asked_for() -> None:
    """A server that takes only TLS says so in an ERROR, and hangs up."""
    server = IRCServer(encryption=encrypting(Plaintext.NEVER))
    alice = server.is_called_by_irc()
    alice.sends("NICK Alice")
    (line,) = alice.lines()

    assert (True, "half closed") == (
        line.startswith("ERROR :This server accepts only encrypted"),
        alice.wire.closing,
    )


def test_pings_in_turn() -> None:
    """A PING that comes while the one before waits for what others have said is answered after it."""
    server = IRCServer()
    (alice,) = server.irc("Alice")
    for token in ("first", "second"):
        alice.sends_bytes(f"PING {token}\r\n".encode())
    server.settles()

    assert [
        f":classchat.server PONG classchat.server {token}" for token in ("first", "second")
    ] == alice.lines()


@pytest.mark.parametrize(("address", "offered"), [(ELSEWHERE, False), (None, True)])
def test_passwords_over_plain_text(address: IPv4Address | None, offered: bool) -> None:
    """Over plain text from another machine no way to send a password is offered, and PASS says what to do."""
    server = IRCServer()
    alice = server.is_called_by_irc(address) if address else server.is_called_by_irc()
    alice.sends("CAP LS 302", "PASS secret")
    listed = " ".join(alice.lines("CAP"))

    assert (offered, offered, not offered) == (
        "sasl" in listed,
        "account-registration" in listed,
        "464" in alice.numerics(),
    )


def test_without_irc() -> None:
    """A server without IRC takes a first line of IRC for a bare name."""
    caller = Server().is_called()
    caller.sends("NICK Alice")

    assert ["invalid_name"] == caller.hears_codes()
