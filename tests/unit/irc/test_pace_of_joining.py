"""What clients ask about each room that they join is free, once: else they wait long after a sign-in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classchat.limits import Limits, Rate
from tests.unit.irc.helpers import IRCCaller, IRCServer


@pytest.fixture
def server() -> IRCServer:
    """Return a server that delays every request and every reading, with Alice in #a to #e."""
    limits = replace(Limits().without_guard(), requests=Rate(6, 0.1), readings=Rate(1, 0.1))
    server = IRCServer(limits)
    (alice,) = server.irc("Alice")
    alice.sends("JOIN #a,#b,#c,#d,#e")
    server.settles()
    server.forgets()
    return server


def at_once(server: IRCServer, *lines: str) -> list[str]:
    """Return the numerics that Alice gets at once for some lines."""
    server.forgets()
    alice = server.callers[0]
    assert isinstance(alice, IRCCaller)
    alice.sends(*lines)
    server.settles()
    return alice.numerics()


def test_the_first_questions_about_a_room_are_free(server: IRCServer) -> None:
    """MODE, WHO and the list of bans of each room are answered at once; the second time they are counted."""
    rooms = ["#a", "#b", "#c", "#d", "#e"]
    lines = [line for room in rooms for line in (f"MODE {room}", f"WHO {room} %tn,1", f"MODE {room} b")]
    first, again = at_once(server, *lines), at_once(server, *lines)

    assert [5, 5, 5] == [first.count(numeric) for numeric in ("324", "315", "368")]
    assert again.count("324") < 5


def test_they_are_free_again_after_joining_again(server: IRCServer) -> None:
    """A client that leaves and joins again asks again."""
    at_once(server, "MODE #a")
    server.clock.advance(1_000)
    at_once(server, "PART #a", "JOIN #a")
    server.clock.advance(1_000)
    at_once(server, *(["VERSION"] * 5))

    assert ["324", "329"] == at_once(server, "MODE #a")


def test_nothing_is_kept_of_rooms_that_were_left(server: IRCServer) -> None:
    """What a client has asked about a room is forgotten with the room."""
    at_once(server, "MODE #a", "MODE #b")
    server.clock.advance(1_000)
    at_once(server, "PART #a", "MODE #c")
    server.clock.advance(1_000)
    (root,) = server.signs_in("Root")
    user = server.chat.users.find("Root")
    assert user is not None
    user.operator = True
    root.sends({"status": "kick", "receiver": "b", "user": "Alice"})
    server.settles()
    joined = server.callers[0].protocol._connection._talk.client.joined

    assert {"c": {"modes"}} == joined._asked
    assert {"c", "d", "e"} == joined.names()
