"""Registration: NICK, USER, PASS, CAP and QUIT, in whatever order they come."""

from __future__ import annotations

import itertools

import pytest

from tests.unit.irc.helpers import IRCServer


@pytest.fixture
def server() -> IRCServer:
    """Return a server without limits."""
    return IRCServer()


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["NICK Alice", "USER alice 0 * :Alice", "CAP END"]))
)
def test_a_guest_registers_in_any_order(server: IRCServer, order: tuple[str, ...]) -> None:
    """NICK, USER and CAP END register a client, whichever is last, and once."""
    alice = server.is_called_by_irc()
    alice.sends("CAP LS 302", *order)

    assert (["Alice"], 1) == (server.users(), alice.numerics().count("001"))


def test_registration_waits_for_cap_end(server: IRCServer) -> None:
    """A client that negotiates capabilities is registered when it has ended that."""
    alice = server.is_called_by_irc()
    alice.sends("CAP REQ :server-time", "NICK Alice", "USER alice 0 * :Alice")
    before = server.users()
    alice.sends("CAP END")

    assert ([], ["Alice"]) == (before, server.users())


def test_a_name_that_is_taken(server: IRCServer) -> None:
    """A name that is in use is answered 433, and another NICK completes the registration."""
    server.irc("Alice")
    other = server.is_called_by_irc()
    other.sends("NICK alice", "USER alice 0 * :Alice")
    refused = other.lines()
    other.sends("NICK Alice2")

    assert ([":classchat.server 433 * alice :Nickname is already in use"], ["Alice", "Alice2"]) == (
        refused,
        server.users(),
    )


def test_quitting_before_registration(server: IRCServer) -> None:
    """QUIT is answered with ERROR, and the connection closes, at any time."""
    alice = server.is_called_by_irc()
    alice.sends("NICK Alice", "QUIT :until tomorrow")
    server.settles()

    assert (["ERROR :Closing link: until tomorrow"], "half closed") == (
        alice.lines("ERROR"),
        alice.wire.closing,
    )


@pytest.mark.parametrize("line", ["JOIN :", "PRIVMSG #a :x", "NONSENSE"])
def test_other_commands_before_registration(server: IRCServer, line: str) -> None:
    """Before registration other commands are answered 451, and the connection stays."""
    alice = server.is_called_by_irc()
    alice.sends("NICK Alice", line, "USER alice 0 * :Alice")

    assert ("451", ["Alice"]) == (alice.numerics()[0], server.users())


def test_pings_before_and_after(server: IRCServer) -> None:
    """PING is answered with the server as source and its token last, before and after registration."""
    alice = server.is_called_by_irc()
    alice.sends("PING first")
    alice.registers("Alice", forget=False)
    alice.sends("PING :second one")

    assert [
        ":classchat.server PONG classchat.server first",
        ":classchat.server PONG classchat.server :second one",
    ] == alice.lines("PONG")


def test_an_irc_name_and_a_json_name(server: IRCServer) -> None:
    """IRC clients and others share one set of names."""
    server.signs_in("Alice")
    bob = server.is_called_by_irc()
    bob.sends("NICK Alice")

    assert ["433"] == bob.numerics()


def test_nick_alone_is_a_bare_name(server: IRCServer) -> None:
    """A line NICK, without a parameter, signs in a user of that name, as in the first version."""
    caller = server.is_called()
    caller.sends("NICK")

    assert ["NICK"] == server.users()
