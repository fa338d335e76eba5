"""NICK among members with IRC and JSON clients: all see it at one place, and once."""

from __future__ import annotations

import pytest

from tests.unit.irc.helpers import IRCServer


@pytest.fixture
def server() -> IRCServer:
    """A server without rate limits."""
    return IRCServer()


def test_everybody_sees_it_at_one_place(server: IRCServer) -> None:
    """What was said before comes from the old name, what is said later from the new one, for all members."""
    alice, bob = server.irc("Alice", "Bob", capabilities=["echo-message"])
    (carl,) = server.signs_in("Carl")
    for each in (alice, bob):
        each.sends("JOIN #x", "JOIN #y")
        server.settles()
    for room in ("x", "y"):
        carl.sends({"status": "join", "receiver": room})
        server.settles()
    server.forgets()
    alice.sends("PRIVMSG #x :one", "NICK Alicia", "PRIVMSG #x :two", "PART #x :bye")
    server.settles()
    carl.sends({"status": "rename", "text": "Carla"}, {"status": "group", "receiver": "x", "text": "three"})
    server.settles()

    seen = [
        ":Alice!~user@Alice PRIVMSG #x :one",
        ":Alice!~user@Alice NICK Alicia",
        ":Alicia!~user@Alicia PRIVMSG #x :two",
        ":Alicia!~user@Alicia PART #x bye",
        ":Carl!~user@Carl NICK Carla",
        ":Carla!~user@Carla PRIVMSG #x :three",
    ]
    assert (seen[:-1], seen) == (alice.lines(), bob.lines())
    assert [
        ("Alice", "one"),
        ("SERVER", "Alice is now called Alicia"),
        ("Alicia", "two"),
        ("SERVER", "Alicia has left the chat room"),
        ("SERVER", "You are now called Carla"),
        ("Carla", "three"),
    ] == [(event["sender"], event["text"]) for event in carl.hears()]


@pytest.mark.parametrize("mask", ["*!~user@Bob", "Bert!*@Bob", "bob", "Bert"])
@pytest.mark.parametrize("letter", ["q", "b"])
def test_a_mask_with_a_former_name(server: IRCServer, mask: str, letter: str) -> None:
    """Clients don't learn another host by NICK, so a mask that they make has the former name in it."""
    alice, bob = server.irc("Alice", "Bob")
    for each in (alice, bob):
        each.sends("JOIN #x")
        server.settles()
    bob.sends("NICK Bert")
    server.settles()
    server.forgets()
    alice.sends(f"MODE #x +{letter} {mask}", f"MODE #x -{letter} {mask}")
    server.settles()

    assert f":Alice!~user@Alice MODE #x +{letter} Bert!*@*" == alice.lines("MODE")[0]
    if letter == "q":  # a user who is banned is no longer there to be found by a former name
        assert ":Alice!~user@Alice MODE #x -q Bert!*@*" == alice.lines("MODE")[1]


def test_a_mask_with_a_name_that_is_another_users_now(server: IRCServer) -> None:
    """A former name is another user's as soon as that user has it; with another nick it means no user."""
    alice, bob = server.irc("Alice", "Bob")
    for each in (alice, bob):
        each.sends("JOIN #x")
        server.settles()
    bob.sends("NICK Bert")
    server.settles()
    (other,) = server.irc("Bob")
    other.sends("JOIN #x")
    server.settles()
    server.forgets()
    alice.sends("MODE #x +q *!*@Bob", "MODE #x +q Alice!*@Bob", "MODE #x +q nobody")
    server.settles()

    assert [
        ":Alice!~user@Alice MODE #x +q Bob!*@*",
        ":Alice!~user@Alice MODE #x +q nobody!*@*",
    ] == alice.lines("MODE")
    assert 1 == len(alice.lines("696"))


def test_a_muted_and_a_banned_user(server: IRCServer) -> None:
    """NICK is no way out of +q and +b, and the list has the name that was banned."""
    alice, bob = server.irc("Alice", "Bob")
    for each in (alice, bob):
        each.sends("JOIN #x")
        server.settles()
    alice.sends("MODE #x +q Bob!*@*")
    server.settles()
    server.forgets()
    bob.sends("NICK Bert", "PRIVMSG #x :hello")
    server.settles()
    muted = bob.numerics()
    alice.sends("MODE #x -q Bert!*@*", "MODE #x +b Bert!*@*")
    server.settles()
    server.forgets()
    bob.sends("NICK Bill", "JOIN #x")
    server.settles()

    assert (["NICK", "404"], ["NICK", "474"]) == (muted, bob.numerics())
