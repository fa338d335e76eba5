"""Registration: NICK, USER, PASS, CAP and QUIT, in whatever order they come."""

from __future__ import annotations

import itertools

import pytest

from tests.unit.irc.helpers import IRCServer, command_of, plain


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
    server.turn()

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


@pytest.mark.parametrize(
    ("line", "numeric"),
    [
        ("NICK", "431"),
        ("NICK :", "431"),
        ("NICK *", "432"),
        ("NICK #x", "432"),
        ("NICK SERVER", "433"),
        ("NICK nickserv", "433"),
        ("NICK Al\u0456ce", "433"),
        ("NICK ALICE", "433"),
        ("USER", "461"),
        ("USER a 0 *", "461"),
        ("USER a 0 * :", "461"),
        ("PASS", "461"),
        ("CAP", "461"),
        ("CAP NONSENSE", "410"),
        ("AUTHENTICATE", "461"),
        ("PING", "409"),
        ("REGISTER *", "461"),
    ],
)
def test_what_is_wrong_before_registration(server: IRCServer, line: str, numeric: str) -> None:
    """Each wrong line has its numeric, to `*`, and the client can go on."""
    server.irc("Alice")
    bob = server.is_called_by_irc()
    bob.sends("CAP LS", line, "NICK Bob", "USER bob 0 * :Bob", "CAP END")
    refused = [line for line in bob.lines() if command_of(line) == numeric]

    assert (1, True, True) == (len(refused), f" {numeric} * " in refused[0], "001" in bob.numerics())


@pytest.mark.parametrize("line", ["USER a 0 * :a", "PASS secret"])
def test_what_comes_once(server: IRCServer, line: str) -> None:
    """USER and PASS after registration are answered 462."""
    (alice,) = server.irc("Alice")
    alice.sends(line)

    assert ["462"] == alice.numerics()


def test_the_welcome(server: IRCServer) -> None:
    """001 to 005, the numbers of users and the lack of a MOTD come in this order, before anything else."""
    alice = server.is_called_by_irc()
    alice.registers("Alice", forget=False)

    assert ["001", "002", "003", "004", "005", "005", "251"] == alice.numerics()[:7]
    assert "422" == alice.numerics()[-1]
    assert all(line.split()[2] == "Alice" for line in alice.lines())


def test_another_name_after_registration(server: IRCServer) -> None:
    """A guest takes another name, and is told that; the next numeric has it."""
    alice, bob = server.irc("Alice", "Bob")
    for each in (alice, bob):
        each.sends("JOIN #CS350")
        server.settles()
    server.forgets()
    alice.sends("NICK Alicia")
    server.settles()
    alice.sends("NONSENSE")

    assert [":Alice!~user@Alice NICK Alicia"] == bob.lines("NICK")
    assert [":Alice!~user@Alice NICK Alicia", ":classchat.server 421 Alicia NONSENSE :Unknown command"] == [
        *alice.lines("NICK", "421")
    ]


@pytest.mark.parametrize(
    ("wanted", "numerics"),
    [("Bob", ["433"]), ("*", ["432"]), ("NickServ", ["433"]), ("", ["431"]), ("Alice", [])],
)
def test_names_that_cannot_be_taken(server: IRCServer, wanted: str, numerics: list[str]) -> None:
    """A name that is in use, impossible or missing is refused; the own one has no answer."""
    alice, _ = server.irc("Alice", "Bob")
    alice.sends(f"NICK :{wanted}")
    server.settles()

    assert numerics == alice.numerics()


def test_a_registered_name_stays(server: IRCServer) -> None:
    """The owner of an account can't take another name, and is told why."""
    (alice,) = server.irc("Alice")
    alice.sends("REGISTER * * :correct horse")
    server.settles()
    alice.forgets()
    alice.sends("NICK Alicia")
    server.settles()

    assert ["447"] == alice.numerics()


def test_capabilities(server: IRCServer) -> None:
    """Capabilities are listed with their values for version 302, granted as a whole, and taken back."""
    alice = server.is_called_by_irc()
    alice.sends(
        "CAP LS 302", "CAP REQ :batch nonsense", "CAP REQ :batch server-time", "CAP REQ :-batch", "CAP LIST"
    )
    listed, refused, granted, taken, left = [line.split(" ", 4)[3:] for line in alice.lines()]

    assert "draft/multiline=max-bytes=10000,max-lines=256" in listed[1]
    assert [["NAK", ":batch nonsense"], ["ACK", ":batch server-time"], ["ACK", "-batch"]] == [
        refused,
        granted,
        taken,
    ]
    assert ["LIST", ":cap-notify server-time"] == left


def test_away_before_registration(server: IRCServer) -> None:
    """A client that is away before it is registered comes in as away: nobody hears of a return."""
    (alice,) = server.irc("Alice", capabilities=["draft/pre-away"])
    alice.sends("REGISTER * * :correct horse", "JOIN #CS350", "AWAY :at lunch")
    server.settles()
    (bob,) = server.irc("Bob", capabilities=["away-notify"])
    bob.sends("JOIN #CS350")
    server.settles()
    bob.forgets()
    phone = server.is_called_by_irc()
    phone.sends("CAP REQ :draft/pre-away sasl", "AWAY :in my pocket", "AUTHENTICATE PLAIN")
    phone.sends(f"AUTHENTICATE {plain('Alice')}", "USER a 0 * :a", "CAP END")
    server.settles()

    assert (["CAP", "306"], ["AWAY"]) == (phone.numerics()[:2], bob.numerics())
    assert bob.lines("AWAY")[0].endswith("in my pocket")


@pytest.mark.parametrize(("capability", "text"), [("draft/pre-away", "at lunch"), ("batch", None)])
def test_a_guest_who_is_away_before_registration(
    server: IRCServer, capability: str, text: str | None
) -> None:
    """A guest comes in as away; without the capability AWAY has to wait for registration."""
    carol = server.is_called_by_irc()
    carol.sends(f"CAP REQ :{capability}", "AWAY :at lunch", "NICK Carol", "USER c 0 * :c", "CAP END")
    server.settles()
    user = server.chat.users.find("Carol")

    assert user is not None
    assert text == user.away
