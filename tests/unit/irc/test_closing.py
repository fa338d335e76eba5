"""How connections of IRC clients end: the last line is ERROR, and says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from twisted.internet.address import IPv4Address

from classchat.errors import NameReleased, ShuttingDown, SlowReader, TakenOver
from classchat.limits import Limits
from tests.unit.core.helpers import RIGHT
from tests.unit.irc.helpers import IRCCaller, IRCServer, plain

FAR = IPv4Address("TCP", "192.0.2.1", 54321)


@pytest.fixture
def server() -> IRCServer:
    """Return a server without limits against abuse."""
    return IRCServer()


def _last(caller: IRCCaller) -> str:
    """Return the last line of a connection that the server closes."""
    assert "open" != caller.wire.closing
    return caller.lines()[-1]


def test_one_too_many_from_an_address() -> None:
    """A connection too many is told so in what it speaks, or after a second in JSON, also without HTTP."""
    server = IRCServer(Limits(connections_of_address=1))
    server.is_called(FAR)
    callers = [server.is_called_by_irc(FAR) for _ in range(3)]
    irc, json, silent = callers
    before = [caller.wire.value() for caller in callers]
    irc.sends("CAP LS 302", "NICK Alice", "USER a 0 * :a")
    json.sends({"status": "register", "sender": "Bob"})
    told = [caller.wire.value() for caller in callers]
    server.passes(server.factory.limits.first_bytes)

    assert [b""] * 3 == before
    assert b"ERROR :Too many connections from your address: the limit is 1.\r\n" == told[0]
    assert (["too_many"], b"", ["too_many"]) == (json.hears_codes(), told[2], silent.hears_codes())
    assert ["half closed"] * 3 == [caller.wire.closing for caller in callers]


def _owner(server: IRCServer, name: str) -> IRCCaller:
    """Return a client that has just registered an account."""
    (caller,) = server.irc(name)
    caller.sends(f"REGISTER * * :{RIGHT}")
    server.settles()
    caller.forgets()
    return caller


def test_too_late(server: IRCServer) -> None:
    """A client that does not register in time is told so."""
    alice = server.is_called_by_irc()
    alice.sends("CAP LS 302", "NICK Alice", "USER a 0 * :a")
    server.passes(server.factory.limits.sign_in)

    assert _last(alice).startswith("ERROR :Not signed in within 30 seconds.")


def test_many_that_do_not_complete_their_registration(server: IRCServer) -> None:
    """Hundreds of half registrations take no name, and end in time."""
    callers = [server.is_called_by_irc() for _ in range(300)]
    for number, caller in enumerate(callers):
        caller.sends("CAP LS 302", f"NICK Guest{number % 3}", "USER a 0 * :a")
    (alice,) = server.irc("Guest1")
    server.passes(server.factory.limits.sign_in)

    assert (["Guest1"], {"half closed"}, "open") == (
        server.users(),
        {caller.wire.closing for caller in callers},
        alice.wire.closing,
    )


def test_silence(server: IRCServer) -> None:
    """A silent client is sent PING, and disconnected if it does not answer; one that does stays."""
    alice, bob = server.irc("Alice", "Bob")
    for _ in range(40):
        server.passes(5)
        for line in bob.lines("PING"):
            bob.forgets()
            bob.sends(f"PONG {line.split()[1]}")

    assert "PING classchat.server" in alice.lines()
    assert _last(alice).startswith("ERROR :Timed out")
    assert "open" == bob.wire.closing


def test_shutting_down(server: IRCServer) -> None:
    """A server that stops says so."""
    (alice,) = server.irc("Alice")
    server.factory.shut_down()

    assert f"ERROR :{ShuttingDown().text}" == _last(alice)


def test_a_slow_reader() -> None:
    """A client that does not read is disconnected, and nobody else is late."""
    server = IRCServer(replace(Limits().without_guard(), behind=65_536))
    alice, bob = server.irc("Alice", "Bob")
    alice.sends("JOIN #CS350")
    server.settles()
    bob.sends("JOIN #CS350")
    server.settles()
    alice.stops_reading()
    for number in range(100):
        bob.sends(f"PRIVMSG #CS350 :{number} {'x' * 1500}")
        server.settles()
    alice.reads_on()

    assert f"ERROR :{SlowReader(65_536).text}" == _last(alice)
    assert ["Bob"] == server.users()


def test_a_name_that_is_released(server: IRCServer) -> None:
    """The operator releases the name of an account: its clients are told so."""
    alice = _owner(server, "Alice")
    account = server.chat.accounts.find("Alice")
    assert account is not None
    server.chat.presence.release(account)

    assert f"ERROR :{NameReleased().text}" == _last(alice)


def test_another_client_takes_over(server: IRCServer) -> None:
    """A client that another one replaces is told so, also with a message on its way."""
    alice = _owner(server, "Alice")
    alice.sends("JOIN #CS350")
    server.settles()
    alice.sends("@label=1 PRIVMSG #CS350 :on its way")
    user = server.chat.users.find("Alice")
    assert user is not None
    server.chat.presence._disconnect(user)

    assert f"ERROR :{TakenOver().text}" == _last(alice)


def test_too_many_devices(server: IRCServer) -> None:
    """A client too many under one account is told so."""
    _owner(server, "Alice")
    others = []
    for _ in range(server.factory.limits.devices):
        other = server.is_called_by_irc()
        other.sends("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('Alice')}")
        other.sends("USER a 0 * :a", "CAP END")
        server.settles()
        others.append(other)

    assert _last(others[-1]).startswith("ERROR :Too many connections under one name")
    assert {"open"} == {other.wire.closing for other in others[:-1]}


@pytest.mark.parametrize(("line", "reason"), [("QUIT", "Client quit"), ("QUIT :see you", "see you")])
def test_quitting(server: IRCServer, line: str, reason: str) -> None:
    """A client that quits gets its answers, and then ERROR; others read its reason."""
    alice, bob = server.irc("Alice", "Bob")
    for each in (alice, bob):
        each.sends("JOIN #CS350")
        server.settles()
    alice.sends("PRIVMSG #CS350 :last words", line)
    server.settles()

    assert f"ERROR :Closing link: {reason}" == _last(alice)
    assert ["PRIVMSG", "QUIT"] == bob.numerics()[-2:]


def test_hanging_up(server: IRCServer) -> None:
    """A client that closes its half has quit."""
    (alice,) = server.irc("Alice")
    alice.closes_its_half()
    server.settles()

    assert ([], "closed") == (server.users(), alice.wire.closing)


def test_what_was_asked_by_a_client_that_is_gone(server: IRCServer) -> None:
    """What a client has requested is done after it has gone, and only present clients are told."""
    alice, bob = server.irc("Alice", "Bob")
    for each in (alice, bob):
        each.sends("JOIN #CS350")
        server.settles()
    alice.sends("TOPIC #CS350 :last wish")
    alice.drops()
    server.settles()
    bob.sends("KICK #CS350 Alice", "INVITE Carol #CS350", "MODE #CS350 +m", "JOIN #x", "PART #x")
    bob.drops()
    server.settles()

    assert [] == server.users()
