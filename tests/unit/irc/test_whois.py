"""WHOIS and WHOWAS."""

from __future__ import annotations

import pytest

from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.servers.helpers import encrypting


@pytest.fixture
def server() -> IRCServer:
    """Return a server where Alice moderates #x and #y, and Bob is in #x; Carol speaks JSON."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob")
    alice.sends("JOIN #x,#y")
    server.settles()
    bob.sends("JOIN #x")
    server.settles()
    server.signs_in("Carol")
    return server


def answer(server: IRCServer, line: str, who: int = 1) -> list[str]:
    """Return the answer to a line of Bob's, without the server and the client's name."""
    server.forgets()
    bob = server.callers[who]
    assert isinstance(bob, IRCCaller)
    bob.sends(line)
    server.settles()
    return [line.split(" ", 3)[1] + " " + line.split(" ", 3)[3] for line in bob.lines()]


def test_a_user_of_irc(server: IRCServer) -> None:
    """WHOIS shows what the client says of its user, the server, and the rooms that both are in."""
    server.clock.advance(90)

    assert [
        "311 Alice ~alice classchat.server * :Alice of ClassChat",
        "319 Alice @#x",
        "312 Alice classchat.server ClassChat",
        "317 Alice 90 0 :seconds idle, signon time",
        "318 Alice :End of /WHOIS list",
    ] == answer(server, "WHOIS alice")


def test_a_user_of_another_client(server: IRCServer) -> None:
    """A user without an IRC client is shown without what only such a client says."""
    assert [
        "311 Carol ~user classchat.server * Carol",
        "312 Carol classchat.server ClassChat",
        "318 Carol :End of /WHOIS list",
    ] == answer(server, "WHOIS Carol")


def test_away_bot_and_account(server: IRCServer) -> None:
    """WHOIS shows an away message, a bot and an account."""
    carol = server.callers[2]
    carol.sends({"status": "claim", "text": "correct horse"})
    server.settles()
    carol.sends({"status": "away", "text": "at lunch"})
    alice = server.callers[0]
    alice.sends("MODE Alice +B")

    assert ["301 Carol :at lunch", "330 Carol Carol :is logged in as"] == answer(server, "WHOIS Carol")[2:4]
    assert "335 Alice :is a bot" in answer(server, "WHOIS Alice")


@pytest.mark.parametrize(
    "line",
    ["WHOIS classchat.server alice", "WHOIS alice alice", "WHOIS * alice", "WHOIS alice,bob", "whois ALICE"],
)
def test_other_forms(server: IRCServer, line: str) -> None:
    """The server, a mask of it or a user may stand first; of several users the first is shown."""
    assert answer(server, "WHOIS Alice") == answer(server, line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("WHOIS nobody", ["401 nobody :No such nick/channel", "318 nobody :End of /WHOIS list"]),
        ("WHOIS other.server alice", ["402 other.server :No such server"]),
        ("WHOIS", ["431 :No nickname given"]),
        ("WHOIS :", ["431 :No nickname given"]),
    ],
)
def test_what_is_refused(server: IRCServer, line: str, expected: list[str]) -> None:
    """An absent user, another server and no name are answered with their numerics."""
    assert expected == answer(server, line)


def test_a_private_room_of_others_is_not_shown(server: IRCServer) -> None:
    """Only rooms whose members one may see are shown: not #y, where Bob is not."""
    assert [] == [line for line in answer(server, "WHOIS alice") if "#y" in line]


def test_many_rooms_take_several_lines(server: IRCServer) -> None:
    """The rooms of a user fit into lines of 512 bytes."""
    alice = server.callers[0]
    alice.sends("JOIN " + ",".join(f"#{'a' * 60}{number}" for number in range(30)))
    for _ in range(60):
        server.turn()
    server.forgets()
    alice.sends("WHOIS Alice")
    lines = alice.lines("319")

    assert 32 == sum(line.count("#") for line in lines)
    assert all(len(line.encode()) <= 510 for line in lines)


def test_a_user_who_has_left(server: IRCServer) -> None:
    """WHOWAS shows the users who had a name, and when they left."""
    alice = server.callers[0]
    server.clock.advance(60)
    alice.drops()
    server.settles()

    assert [
        "314 Alice ~alice classchat.server * :Alice of ClassChat",
        "312 Alice classchat.server :Thu Jan 01 00:01:00 1970 UTC",
        "369 alice :End of WHOWAS",
    ] == answer(server, "WHOWAS alice")


@pytest.mark.parametrize(
    ("count", "found"),
    [("", 2), (" 1", 1), (" 2", 2), (" 0", 2), (" -1", 2), (" x", 2), (f" {'9' * 500}", 2)],
)
def test_how_many_are_shown(server: IRCServer, count: str, found: int) -> None:
    """WHOWAS shows at most as many as are asked for; a number below one means all."""
    for _ in range(2):
        (dave,) = server.irc("Dave")
        dave.drops()
        server.settles()

    assert found == len([line for line in answer(server, f"WHOWAS dave{count}") if line.startswith("314")])


@pytest.mark.parametrize("nick", ["nobody", "*", "a!b@c", "x" * 4000])
def test_nobody_of_that_name_was_here(server: IRCServer, nick: str) -> None:
    """A name that nobody had is answered 406 and 369."""
    assert ["406", "369"] == [line[:3] for line in answer(server, f"WHOWAS {nick}")]


def test_whowas_without_a_name(server: IRCServer) -> None:
    """Without a name there is nothing to look for."""
    assert ["431 :No nickname given"] == answer(server, "WHOWAS")


def test_an_encrypted_connection() -> None:
    """WHOIS shows a user whose connections are all encrypted; one from this machine alone is not."""
    server = IRCServer(encryption=encrypting())
    alice = server.is_called_with_tls()
    alice.sends_bytes(b"NICK Alice\r\nUSER alice 0 * :Alice\r\n")
    (bob,) = server.irc("Bob")
    bob.sends("WHOIS Alice", "WHOIS Bob")

    assert [":classchat.server 671 Bob Alice :is using a secure connection"] == bob.lines("671")
