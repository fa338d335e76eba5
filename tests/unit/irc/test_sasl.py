"""SASL PLAIN and PASS: signing in with the password of an account."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address

from tests.tables import each_case
from tests.unit.core.helpers import RIGHT
from tests.unit.irc.helpers import IRCCaller, IRCServer, plain

ELSEWHERE = IPv4Address("TCP", "192.0.2.7", 50_000)


@pytest.fixture
def server() -> IRCServer:
    """Return a server with an account, Alice, who is not connected."""
    server = IRCServer()
    (alice,) = server.signs_in("Alice")
    server.claims(alice)
    alice.drops()
    server.settles()
    return server


def _authenticates(server: IRCServer, *chunks: str, mechanism: str = "PLAIN") -> IRCCaller:
    """Return a caller that has sent a SASL message, and heard the answer."""
    caller = server.is_called_by_irc()
    caller.sends("CAP REQ :sasl", f"AUTHENTICATE {mechanism}", *(f"AUTHENTICATE {chunk}" for chunk in chunks))
    server.settles()
    return caller


@pytest.mark.parametrize("authzid", ["", "Alice", "alice"])
def test_the_right_password(server: IRCServer, authzid: str) -> None:
    """900 and 903 follow the right password, with no other identity or the same."""
    alice = _authenticates(server, plain("Alice", authzid=authzid))

    assert [
        ":classchat.server CAP * ACK sasl",
        "AUTHENTICATE +",
        ":classchat.server 900 * Alice!~user@Alice Alice :You are now logged in as Alice",
        ":classchat.server 903 * :SASL authentication successful",
    ] == alice.lines()


def test_the_nickname_is_the_accounts_name(server: IRCServer) -> None:
    """Whatever NICK has said, the client is registered under the account's name, and 001 says so."""
    alice = _authenticates(server, plain("alice"))
    alice.sends("NICK somebody", "USER a 0 * :a", "CAP END")
    (welcome,) = alice.lines("001")

    assert ("Alice", ["Alice"]) == (welcome.split()[2], server.users())


def test_all_of_it_in_one_chunk(server: IRCServer) -> None:
    """A client that sends everything at once, as senpai and gamja do, is signed in before CAP END counts."""
    alice = server.is_called_by_irc()
    alice.sends(
        "CAP LS 302",
        "NICK Alice",
        "USER a 0 * :a",
        "CAP REQ :sasl",
        "AUTHENTICATE PLAIN",
        f"AUTHENTICATE {plain('Alice')}",
        "CAP END",
    )
    server.settles()

    assert ["900", "903", "001"] == [one for one in alice.numerics() if one in ("433", "900", "903", "001")]


@each_case(
    "message",
    [
        plain("Alice", "wrong"),
        plain("Nobody"),
        plain("Alice", authzid="Bob"),
        plain(""),
        "!!!",
        "QWxpY2U=",
        "+",
        "/w==",
        "YQBiAGMAZA==",
    ],
)
def test_whatever_is_wrong(server: IRCServer, message: str) -> None:
    """A wrong password, another identity and nonsense are answered 904, and another attempt may follow."""
    alice = _authenticates(server, message)
    refused = alice.numerics()[-1]
    alice.sends("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('Alice')}")
    server.settles()

    assert ("904", "903") == (refused, alice.numerics()[-1])


def test_another_mechanism(server: IRCServer) -> None:
    """Another mechanism is answered 908, with those that there are, and 904."""
    alice = _authenticates(server, mechanism="SCRAM-SHA-256")

    assert [":classchat.server 908 * PLAIN :are available SASL mechanisms"] == alice.lines("908")
    assert "904" == alice.numerics()[-1]


def test_aborting(server: IRCServer) -> None:
    """`*` aborts, which is answered 906."""
    assert "906" == _authenticates(server, "*").numerics()[-1]


def test_again_after_success(server: IRCServer) -> None:
    """After success another AUTHENTICATE is answered 907."""
    alice = _authenticates(server, plain("Alice"))
    alice.sends("AUTHENTICATE PLAIN")

    assert "907" == alice.numerics()[-1]


def test_after_registration(server: IRCServer) -> None:
    """A registered client can't authenticate: it would have another name."""
    (bob,) = server.irc("Bob")
    bob.sends("AUTHENTICATE PLAIN")

    assert ["462"] == bob.numerics()


def test_a_long_password() -> None:
    """A message of more than 400 characters comes in chunks; one of exactly 400 ends with `+`."""
    server = IRCServer()
    first, second = server.signs_in("Alice", "Bobby")
    server.claims(first, "x" * 256)
    server.claims(second, "é" * 146 + "x")
    long, exact = plain("Alice", "x" * 256, "Alice" + " " * 60), plain("Bobby", "é" * 146 + "x")
    assert len(exact) == 400
    outcomes = [
        _authenticates(server, plain("Alice", "x" * 256)[:400]).numerics()[-1],
        _authenticates(server, exact, "+").numerics()[-1],
        _authenticates(server, long[:400], long[400:]).numerics()[-1],
    ]

    assert ["903", "903", "904"] == outcomes


@pytest.mark.parametrize("chunks", [["A" * 401], ["A" * 400] * 9])
def test_too_long(server: IRCServer, chunks: list[str]) -> None:
    """A chunk of more than 400 characters, or too many chunks, are answered 905."""
    assert "905" == _authenticates(server, *chunks).numerics()[-1]


def test_authenticating_for_ever(server: IRCServer) -> None:
    """What a client keeps sending is forgotten, and the time to sign in ends it."""
    alice = server.is_called_by_irc()
    for _ in range(50):
        alice.sends("AUTHENTICATE PLAIN", *["AUTHENTICATE " + "A" * 400] * 20)
    server.passes(server.factory.limits.sign_in)

    assert ("half closed", 1) == (alice.wire.closing, len(alice.lines("ERROR")))


def test_over_plain_text_from_elsewhere(server: IRCServer) -> None:
    """No password is taken that others on the way could read."""
    alice = server.is_called_by_irc(ELSEWHERE)
    alice.sends("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('Alice')}")
    server.settles()

    assert ["904", "904"] == alice.numerics()


# PASS.


@pytest.mark.parametrize(
    ("said", "nick"),
    [(RIGHT, "alice"), (f"Alice:{RIGHT}", "Bob"), (f"ALICE:{RIGHT}", "x")],
)
def test_pass(server: IRCServer, said: str, nick: str) -> None:
    """PASS signs in to the account of the nickname, or to the one that it names."""
    alice = server.is_called_by_irc()
    alice.sends(f"PASS :{said}", f"NICK {nick}", "USER a 0 * :a")
    server.settles()

    assert ["900", "001"] == alice.numerics()[:2]


@pytest.mark.parametrize("nick", ["Alice", "Nobody"])
def test_a_wrong_pass(server: IRCServer, nick: str) -> None:
    """A wrong password is answered 464, and the connection closes with ERROR."""
    alice = server.is_called_by_irc()
    alice.sends("PASS wrong", f"NICK {nick}", "USER a 0 * :a")
    server.settles()

    assert (["464", "ERROR"], "half closed") == (alice.numerics(), alice.wire.closing)


def test_a_claimed_name_without_proof(server: IRCServer) -> None:
    """The name of an account is answered 433, and a NOTICE says how to sign in."""
    alice = server.is_called_by_irc()
    alice.sends("NICK Alice", "USER a 0 * :a")

    assert ["433", "NOTICE"] == alice.numerics()
    assert "SASL PLAIN" in alice.lines()[-1]


def test_several_devices(server: IRCServer) -> None:
    """Several clients may be signed in to one account; each is told its rooms."""
    first = _authenticates(server, plain("Alice"))
    first.sends("USER a 0 * :a", "CAP END", "JOIN #CS350")
    server.settles()
    second = _authenticates(server, plain("Alice"))
    second.sends("USER a 0 * :a", "CAP END")
    server.settles()

    assert (["Alice"], [":classchat.server 366 Alice #CS350 :End of /NAMES list"]) == (
        server.users(),
        second.lines("366"),
    )
