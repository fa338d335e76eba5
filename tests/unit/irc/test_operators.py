"""OPER, WALLOPS and KILL: what operators of the server do."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address

from classchat.core import permissions
from classchat.core.acts import Empowered
from classchat.core.model import User
from classchat.journal.memory import MemoryJournal
from tests.unit.core.helpers import RIGHT
from tests.unit.irc.helpers import IRCCaller, IRCServer

ELSEWHERE = IPv4Address("TCP", "192.0.2.7", 54321)


@pytest.fixture
def server() -> IRCServer:
    """Return a server with the operator Root and the account Alice, who speak JSON, and the guest Bob."""
    server = IRCServer()
    for caller in server.signs_in("Root", "Alice"):
        caller.sends({"status": "claim", "text": RIGHT})
        server.settles()
    root = server.chat.users.find("Root")
    assert root is not None
    root.operator = True
    server.irc("Bob")
    return server


@pytest.fixture
def bob(server: IRCServer) -> IRCCaller:
    """Return the guest."""
    bob = server.callers[-1]
    assert isinstance(bob, IRCCaller)
    return bob


def test_a_guest_becomes_an_operator(server: IRCServer, bob: IRCCaller) -> None:
    """With an operator's name and password any user is one."""
    bob.sends(f"OPER root :{RIGHT}")
    server.settles()

    assert [
        ":classchat.server 381 Bob :You are now an IRC operator",
        ":Bob!~user@Bob MODE Bob +o",
    ] == bob.lines()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("OPER Root wrong", "464 Bob :Wrong name or password. Please try again."),
        (f"OPER nobody :{RIGHT}", "464 Bob :Wrong name or password. Please try again."),
        (f"OPER Alice :{RIGHT}", "491 Bob :You may not do that: only operators of this server can."),
        ("OPER Root", "461 Bob OPER :Not enough parameters"),
        ("WALLOPS :Lunch", "481 Bob :Permission Denied- You're not an IRC operator"),
        ("WALLOPS", "461 Bob WALLOPS :Not enough parameters"),
        ("KILL Alice :spam", "481 Bob :Permission Denied- You're not an IRC operator"),
        ("REHASH", "481 Bob :Permission Denied- You're not an IRC operator"),
        ("DIE", "481 Bob :Permission Denied- You're not an IRC operator"),
    ],
)
def test_what_is_refused(server: IRCServer, bob: IRCCaller, line: str, answer: str) -> None:
    """A wrong password, an account that is no operator's and a user without rights get one numeric."""
    bob.sends(line)
    server.settles()

    assert [f":classchat.server {answer}"] == bob.lines()


def test_an_operator_writes_to_everybody(server: IRCServer, bob: IRCCaller) -> None:
    """WALLOPS is what the other clients know as a broadcast."""
    _, alice, _ = server.callers
    bob.sends(f"OPER root :{RIGHT}", "WALLOPS :Lunch is ready")
    server.settles()

    assert ["Bob to everybody: Lunch is ready"] == alice.hears_texts("private")


def test_who_reads_wallops(server: IRCServer, bob: IRCCaller) -> None:
    """It is a WALLOPS for operators and with `w`, a NOTICE by default, and nothing with `-w`."""
    usual, wanting, deaf = server.irc("Usual", "Wanting", "Deaf")
    wanting.sends("MODE Wanting +w")
    deaf.sends("MODE Deaf -w")
    bob.sends(f"OPER root :{RIGHT}")
    server.settles()
    server.forgets()
    bob.sends("WALLOPS :Lunch")
    server.settles()

    assert [":Bob!~user@Bob WALLOPS Lunch"] == bob.lines() == wanting.lines()
    assert [":Bob!~user@Bob NOTICE Usual :To everybody: Lunch"] == usual.lines()
    assert [] == deaf.lines()


def test_a_broadcast_without_a_text(server: IRCServer, bob: IRCCaller) -> None:
    """The chat says what is wrong with a message to everybody."""
    bob.sends(f"OPER root :{RIGHT}", "WALLOPS : ")
    server.settles()

    assert [
        ":classchat.server 400 Bob WALLOPS :Invalid message format: the broadcast has no text"
    ] == bob.lines("400")


def test_rights_that_end_meanwhile(
    monkeypatch: pytest.MonkeyPatch, server: IRCServer, bob: IRCCaller
) -> None:
    """An operator whose rights end while the message is on its way is answered 481, as all others are."""
    bob.sends(f"OPER root :{RIGHT}")
    server.settles()
    bob.forgets()

    def refuse(_: User) -> None:
        raise permissions.not_operator()

    monkeypatch.setattr(permissions, "check_operator", refuse)
    bob.sends("WALLOPS :Lunch")
    server.settles()

    assert ["481"] == bob.numerics()


def test_an_operator_disconnects_a_user(server: IRCServer, bob: IRCCaller) -> None:
    """KILL disconnects all clients of a user, who is told the reason; it need not have one."""
    bob.sends(f"OPER root :{RIGHT}")
    carol, dave = server.irc("Carol", "Dave")
    carol.sends("JOIN #x")
    dave.sends("JOIN #x")
    server.settles()
    server.forgets()
    bob.sends("KILL carol :\x02spam", "KILL Nobody :spam")
    server.settles()

    assert ["ERROR :You have been disconnected by the operator of this server: spam"] == carol.lines("ERROR")
    assert (True, False) == (carol.wire.half_closed, dave.wire.half_closed)
    assert [":Carol!~user@Carol QUIT :Disconnected by the operator of the server"] == dave.lines()
    assert [":classchat.server 401 Bob Nobody :No such nick/channel"] == bob.lines()

    bob.sends("KILL Alice", "REHASH")
    server.settles()
    (alice,) = [one for one in server.callers if one.wire.half_closed and one is not carol]
    assert "You have been disconnected by the operator of this server" in alice.hears_texts("error")
    assert ":classchat.server 481 Bob :REHASH is done on the server itself" == bob.lines()[-1]


def test_rights_that_end_before_kill(
    server: IRCServer, bob: IRCCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KILL is refused where the rights end before it is stored: nobody is disconnected."""
    bob.sends(f"OPER root :{RIGHT}")
    server.settles()
    bob.forgets()
    monkeypatch.setattr(MemoryJournal, "_do", lambda _, act: not isinstance(act, Empowered))
    bob.sends("KILL Alice :spam")
    server.settles()

    assert ["481"] == bob.numerics()
    assert not any(one.wire.half_closed for one in server.callers)


def test_whois_and_modes_show_an_operator(server: IRCServer, bob: IRCCaller) -> None:
    """WHOIS, USERHOST, WHO and MODE show who is an operator."""
    bob.sends(f"OPER root :{RIGHT}")
    server.settles()
    bob.forgets()
    bob.sends("WHOIS bob", "USERHOST bob alice", "WHO * o", "MODE bob", "LUSERS")
    server.settles()

    assert [
        ":classchat.server 313 Bob Bob :is an operator of this server",
        ":classchat.server 302 Bob :Bob*=+~bob@Bob Alice=+~user@Alice",
        ":classchat.server 352 Bob * ~bob Bob classchat.server Bob H* :0 Bob of ClassChat",
        ":classchat.server 352 Bob * ~user Root classchat.server Root H* :0 Root",
        ":classchat.server 221 Bob +o",
        ":classchat.server 252 Bob 2 :operator(s) online",
    ] == bob.lines("313", "302", "352", "221", "252", "MODE")


def test_a_guest_gives_the_rights_up(server: IRCServer, bob: IRCCaller) -> None:
    """After MODE -o a guest has no more rights than before OPER; once more, it changes nothing."""
    bob.sends(f"OPER root :{RIGHT}", "JOIN #CS350")
    server.settles()
    bob.forgets()
    bob.sends("MODE Bob -o", "MODE Bob", "MODE Bob -o", "WALLOPS :Lunch", "MODE Bob +o")
    server.settles()

    assert [
        ":Bob!~user@Bob MODE Bob -o",
        ":classchat.server 221 Bob +",
        ":classchat.server 481 Bob :Permission Denied- You're not an IRC operator",
        ":classchat.server 481 Bob :Permission Denied- Use OPER with an operator's name and password",
    ] == bob.lines()


def test_an_account_keeps_its_rights(server: IRCServer) -> None:
    """The owner of an operator's account is told that MODE -o does not change that; +o changes nothing."""
    root = server.is_called_by_irc()
    root.sends(f"PASS :{RIGHT}")
    root.registers("Root")
    root.sends("MODE Root -o", "MODE Root +o", "MODE Root")

    assert [
        ":classchat.server 481 Root :Permission Denied- Your account is an operator's,"
        " which is changed on the server itself",
        ":classchat.server 221 Root +o",
    ] == root.lines()


def test_no_password_in_plain_text() -> None:
    """A password that others on the way can read is refused before anything is checked."""
    server = IRCServer()
    bob = server.is_called_by_irc(ELSEWHERE)
    bob.registers("Bob")
    bob.sends(f"OPER root :{RIGHT}")
    server.settles()

    assert [
        ":classchat.server 491 Bob :Passwords are taken only over TLS: use the same port, with TLS"
    ] == bob.lines()
