"""Questions about the server, and HELP."""

from __future__ import annotations

import pytest

from classchat.irc.commands import COMMANDS
from classchat.irc.help_pages import PAGES
from classchat.irc.network import Network
from tests.unit.irc.helpers import STARTED, IRCCaller, IRCServer


def told(server: IRCServer, who: IRCCaller, *lines: str) -> list[str]:
    """Return the answers to some lines, without the server and the client's name."""
    who.forgets()
    who.sends(*lines)
    server.settles()
    return [line.split(" ", 3)[1] + " " + line.split(" ", 3)[3] for line in who.lines()]


@pytest.fixture
def server() -> IRCServer:
    """Return a server with a description, that runs at 2026-11-25, 11:01:02 UTC; Alice speaks IRC."""
    server = IRCServer(network=Network(STARTED, description="The class of Ms Turing"))
    server.clock.advance(STARTED + 3662)
    server.irc("Alice")
    return server


def test_motd(server: IRCServer, alice: IRCCaller) -> None:
    """The message of the day is the operator's description."""
    assert [
        "375 :- classchat.server Message of the day - ",
        "372 :- The class of Ms Turing",
        "376 :End of /MOTD command.",
    ] == told(server, alice, "MOTD")


def test_no_motd() -> None:
    """Without a description there is no message of the day."""
    server = IRCServer()
    (alice,) = server.irc("Alice")

    assert ["422 :MOTD File is missing"] == told(server, alice, "MOTD")


def test_time_and_uptime(server: IRCServer, alice: IRCCaller) -> None:
    """TIME is in UTC, and STATS u says for how long the server runs."""
    assert ["391 classchat.server :2026-11-25 11:01:02 UTC"] == told(server, alice, "TIME")
    assert ["242 :Server Up 0 days 1:01:02", "219 u :End of /STATS report"] == told(server, alice, "STATS u")
    assert ["219 o :End of /STATS report"] == told(server, alice, "STATS o")
    assert ["219 * :End of /STATS report"] == told(server, alice, "STATS")


def test_links_admin_and_version(server: IRCServer, alice: IRCCaller) -> None:
    """There is one server, which says who it is."""
    assert [
        "364 classchat.server classchat.server :0 The class of Ms Turing",
        "365 * :End of /LINKS list",
    ] == told(server, alice, "LINKS")
    assert ["256", "257", "258"] == [line[:3] for line in told(server, alice, "ADMIN")]
    assert ["351", "005", "005"] == [line[:3] for line in told(server, alice, "VERSION")]
    assert ["371", "371", "371", "374"] == [line[:3] for line in told(server, alice, "INFO")]


@pytest.mark.parametrize("command", ["MOTD", "VERSION", "TIME", "INFO", "ADMIN"])
def test_which_server(server: IRCServer, alice: IRCCaller, command: str) -> None:
    """A question may name this server, by a mask or a user as well; another one is answered 402."""
    usual = told(server, alice, command)
    here = [told(server, alice, f"{command} {target}") for target in ("classchat.server", "*chat*", "alice")]

    assert [usual] * 3 == here
    assert ["402 other.server :No such server"] == told(server, alice, f"{command} other.server")


def test_how_many_are_here(server: IRCServer, alice: IRCCaller) -> None:
    """LUSERS counts users of all clients, the invisible ones apart, and the rooms that everybody sees."""
    (bob,) = server.irc("Bob")
    server.signs_in("Carol")
    alice.sends("JOIN #a,#b", "MODE Alice +i")
    server.settles()
    bob.drops()
    server.settles()

    assert [
        "251 :There are 1 users and 1 invisible on 1 servers",
        "252 0 :operator(s) online",
        "254 2 :channels formed",
        "255 :I have 2 clients and 0 servers",
        "265 2 3 :Current local users 2, max 3",
        "266 2 3 :Current global users 2, max 3",
    ] == told(server, alice, "LUSERS")


# HELP.


@pytest.mark.parametrize("command", ["HELP", "HELPOP", "help"])
def test_help_lists_all_commands(server: IRCServer, alice: IRCCaller, command: str) -> None:
    """HELP alone lists all commands that it explains."""
    lines = told(server, alice, command)

    assert ["704", "706"] == [lines[0][:3], lines[-1][:3]]
    assert {"705"} == {line[:3] for line in lines[1:-1]}
    assert all(f" {name}" in " ".join(lines).replace(":", " ") for name in PAGES)


@pytest.mark.parametrize("subject", ["PRIVMSG", "privmsg", "MODE"])
def test_help_explains_a_command(server: IRCServer, alice: IRCCaller, subject: str) -> None:
    """HELP with a command explains it."""
    lines = told(server, alice, f"HELP {subject}")

    assert (f"704 {subject.upper()} :", f"706 {subject.upper()} :End of /HELP.") == (
        lines[0][: len(subject) + 6],
        lines[-1],
    )


def test_no_help(server: IRCServer, alice: IRCCaller) -> None:
    """An unknown subject is answered 524, as it was written."""
    assert ["524 ThisIsNone :No help available on this topic"] == told(server, alice, "HELP ThisIsNone")


_UNEXPLAINED = {
    *("USER", "PONG", "HELPOP"),  # clients send them by themselves
    *("NICKSERV", "NS", "CHANSERV", "CS", "MEMOSERV", "MS"),  # they answer with an explanation
    *("REHASH", "RESTART", "DIE"),  # they are always refused
}


def test_every_command_has_a_page() -> None:
    """HELP explains every command that people may type."""
    assert COMMANDS.keys() - _UNEXPLAINED <= PAGES.keys()


def test_pages_fit_into_lines() -> None:
    """No line of a page is longer than a client can read."""
    assert all(len(text) <= 400 for texts in PAGES.values() for text in texts)
