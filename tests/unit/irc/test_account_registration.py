"""REGISTER: making a name an account, before registration and after it."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address

from classchat.limits import Limits
from tests.unit.core.helpers import RIGHT
from tests.unit.irc.helpers import IRCServer, plain

ELSEWHERE = IPv4Address("TCP", "192.0.2.7", 50_000)


@pytest.fixture
def server() -> IRCServer:
    """Return a server without limits against abuse."""
    return IRCServer()


def _fail(line: str) -> tuple[str, ...]:
    """Return the command, the code and the context of a FAIL."""
    assert line.startswith(":classchat.server FAIL ")
    return tuple(line.split(" :")[1 if line.startswith(": ") else 0].split()[2:])


@pytest.mark.parametrize("account", ["*", "Alice", "alice"])
def test_after_registration(server: IRCServer, account: str) -> None:
    """A guest's nickname becomes an account, to which the client is signed in."""
    (alice,) = server.irc("Alice")
    alice.sends(f"REGISTER {account} * :{RIGHT}")
    server.settles()

    assert (["900", "REGISTER"], True) == (alice.numerics(), server.chat.accounts.find("Alice") is not None)


def test_before_registration(server: IRCServer) -> None:
    """A client can make its name an account first, and is registered as its owner then."""
    alice = server.is_called_by_irc()
    alice.sends("CAP LS 302", "NICK Alice", f"REGISTER * * :{RIGHT}")
    server.settles()
    before = server.users()
    alice.sends("USER a 0 * :a", "CAP END")
    server.settles()

    assert (["CAP", "900", "REGISTER", "001"], [], ["Alice"]) == (
        alice.numerics()[:4],
        before,
        server.users(),
    )


def test_nobody_takes_a_name_that_is_being_registered(server: IRCServer) -> None:
    """While an account is stored before registration, no guest signs in under its name, or renames to it."""
    (guest,) = server.irc("Guest")
    owner, other = server.is_called_by_irc(), server.is_called_by_irc()
    owner.sends("NICK Alice", f"REGISTER * * :{RIGHT}")
    assert server.chat.accounts.find("Alice") is None, "it is stored already"
    other.sends("NICK Alice", "USER o 0 * :o")
    guest.sends("NICK Alice")
    json = server.is_called()
    json.sends({"status": "register", "sender": "Alice"})
    server.settles()
    owner.sends("USER a 0 * :a")
    server.settles()

    assert (["433"], ["433"], ["username_taken"], ["Alice", "Guest"]) == (
        other.numerics(),
        guest.numerics(),
        json.hears_codes(),
        sorted(server.users()),
    )


def test_the_account_is_there_later(server: IRCServer) -> None:
    """A client that registers an account and leaves before it is registered finds the account again."""
    first = server.is_called_by_irc()
    first.sends("NICK Alice", f"REGISTER * * :{RIGHT}")
    server.settles()
    first.drops()
    second = server.is_called_by_irc()
    second.sends("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('Alice')}")
    server.settles()

    assert "903" == second.numerics()[-1]


def test_what_is_refused(server: IRCServer) -> None:
    """Each refusal has the code of the specification."""
    owner, _ = server.signs_in("Owner", "Guest")
    server.claims(owner)
    (alice,) = server.irc("Alice")
    failures = []
    for nick, request in [
        ("", "* * :" + RIGHT),
        ("Owner", "* * :" + RIGHT),
        ("Guest", "* * :" + RIGHT),
        ("SERVER", "* * :" + RIGHT),
        ("Bob", "* * :short"),
        ("Bob", "Carol * :" + RIGHT),
    ]:
        other = server.is_called_by_irc()
        other.sends("CAP LS", *([f"NICK {nick}"] if nick else []), f"REGISTER {request}")
        server.settles()
        failures += [_fail(line) for line in other.lines("FAIL")]
    alice.sends(f"REGISTER * * :{RIGHT}")
    server.settles()
    alice.sends(f"REGISTER * * :{RIGHT}", "VERIFY Alice 1234")
    failures += [_fail(line) for line in alice.lines("FAIL")]

    assert [
        ("REGISTER", "NEED_NICK", "*"),
        ("REGISTER", "ACCOUNT_EXISTS", "Owner"),
        ("REGISTER", "USERNAME_EXISTS", "Guest"),
        ("REGISTER", "BAD_ACCOUNT_NAME", "SERVER"),
        ("REGISTER", "UNACCEPTABLE_PASSWORD", "Bob"),
        ("REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", "Carol"),
        ("REGISTER", "ALREADY_AUTHENTICATED", "*"),
        ("VERIFY", "INVALID_CODE", "Alice"),
    ] == failures


def test_where_names_cannot_be_registered() -> None:
    """A server whose operator registers the names says so."""
    server = IRCServer(Limits(claims="closed").without_guard())
    (alice,) = server.irc("Alice")
    alice.sends(f"REGISTER * * :{RIGHT}")
    server.settles()

    assert [("REGISTER", "TEMPORARILY_UNAVAILABLE", "Alice")] == [_fail(line) for line in alice.lines("FAIL")]


def test_over_plain_text_from_elsewhere(server: IRCServer) -> None:
    """No password is taken that others on the way could read."""
    alice = server.is_called_by_irc(ELSEWHERE)
    alice.registers("Alice")
    alice.sends(f"REGISTER * * :{RIGHT}")
    server.settles()

    assert ["FAIL"] == alice.numerics()
    assert server.chat.accounts.find("Alice") is None


def test_only_registered_users() -> None:
    """Where guests may not sign in, a client is told so, and can register its name."""
    server = IRCServer(Limits(names="claimed").without_guard())
    alice = server.is_called_by_irc()
    alice.sends("CAP REQ :standard-replies", "NICK Alice", "USER a 0 * :a", "CAP END")
    refused = alice.lines("FAIL")
    alice.sends("NICK Alice", f"REGISTER * * :{RIGHT}")
    server.settles()

    assert [("*", "ACCOUNT_REQUIRED")] == [_fail(line) for line in refused[:1]]
