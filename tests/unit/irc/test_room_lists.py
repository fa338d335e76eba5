"""LIST: the rooms that a user is shown, chosen by name, by mask, and by the number of members."""

from __future__ import annotations

import pytest

from classchat.irc import room_lists
from tests.tables import each_case
from tests.unit.irc.helpers import IRCCaller, IRCServer


@pytest.fixture
def server() -> IRCServer:
    """Return a server where Alice is in #one, #two and #other, and Bob in #two."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob")
    alice.sends("JOIN #one,#two,#other")
    server.settles()
    bob.sends("JOIN #two")
    server.settles()
    server.forgets()
    return server


@pytest.fixture
def carol(server: IRCServer) -> IRCCaller:
    """Return a client that is in no channel."""
    (carol,) = server.irc("Carol")
    return carol


def listed(server: IRCServer, who: IRCCaller, line: str) -> list[str]:
    """Return the channels of the answer to a LIST, which is complete."""
    who.forgets()
    who.sends(line)
    server.settles()
    assert ["321", *["322"] * (len(who.lines()) - 2), "323"] == who.numerics()
    return [line.split(" ")[3] for line in who.lines("322")]


@each_case(
    ("wanted", "channels"),
    [
        ("", ["#one", "#other", "#two"]),
        ("#TWO", ["#two"]),
        ("#two,#one", ["#one", "#two"]),
        ("#nowhere", []),
        ("*o*", ["#one", "#other", "#two"]),
        ("#o*", ["#one", "#other"]),
        ("o*", []),
        ("one", []),
        ("!#one,!#two,!#three,!#other,!*", []),
        ("#one,*a,*b,*c,*d,*", ["#one"]),
        ("#tw?", ["#two"]),
        ("!#o*", ["#two"]),
        ("!*", []),
        ("#two,#o*", ["#one", "#other", "#two"]),
        (">1", ["#two"]),
        (">0", ["#one", "#other", "#two"]),
        ("<2", ["#one", "#other"]),
        ("<1", []),
        ("<100", ["#one", "#other", "#two"]),
        ("#o*,>0,!*other", ["#one"]),
        ("<,>x,,", []),
        (f">{'9' * 400}", []),
        (f"#{'a' * 4000}", []),
    ],
)
def test_which_rooms_are_listed(
    server: IRCServer, carol: IRCCaller, wanted: str, channels: list[str]
) -> None:
    """Names and masks are alternatives; the other conditions have to be met as well."""
    assert sorted(channels) == sorted(listed(server, carol, f"LIST {wanted}"))


def test_a_room_is_listed_with_members_and_topic(server: IRCServer) -> None:
    """A line has the number of members and the topic."""
    alice, bob = server.callers
    alice.sends("TOPIC #two :Exam on Monday")
    server.settles()
    server.forgets()
    bob.sends("LIST #two")
    server.settles()

    assert [":classchat.server 322 Bob #two 2 :Exam on Monday"] == bob.lines("322")


def test_a_client_reads_a_long_list_in_pieces() -> None:
    """A list of many rooms is complete, and waits for the client to read."""
    server = IRCServer()
    (alice,) = server.irc("Alice")
    alice.sends(f"JOIN {','.join(f'#r{number}' for number in range(100))}")
    for _ in range(250):
        server.turn()

    assert 100 == len(listed(server, alice, "LIST"))


def test_others_have_their_turn_meanwhile(monkeypatch: pytest.MonkeyPatch, server: IRCServer) -> None:
    """While many rooms are compared with conditions, other clients are answered."""
    monkeypatch.setattr(room_lists, "_LOOKED_AT", 2)
    alice, bob = server.callers
    alice.sends("LIST *")
    begun = alice.numerics()
    bob.sends("PING :still there")
    server.settles()

    assert (["321", "322", "322"], ["PONG"]) == (begun, bob.numerics())
    assert ["321", "322", "322", "322", "323"] == alice.numerics()
