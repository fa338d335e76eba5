"""The pace of IRC clients: messages wait, PING does not, and nothing grows without bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classchat.limits import Limits, Rate
from tests.unit.irc.helpers import IRCCaller, IRCServer

SLOW = replace(Limits().without_guard(), messages=Rate(3, 1.0), requests=Rate(20, 1.0))


@pytest.fixture
def server() -> IRCServer:
    """Return a server on which three messages may come at once, and then one a second."""
    return IRCServer(SLOW)


@pytest.fixture
def alice(server: IRCServer) -> IRCCaller:
    """Return a client that reads what its room is told."""
    (alice,) = server.irc("Alice")
    alice.sends("JOIN #CS350")
    server.settles()
    alice.forgets()
    return alice


def test_messages_wait_and_pings_do_not(server: IRCServer, alice: IRCCaller) -> None:
    """A client that sends faster than it may gets its PONG at once, and its messages come in their order."""
    alice.sends(*[f"TOPIC #CS350 :{number}" for number in range(5)], "PING now")
    server.settles()
    at_once = alice.numerics()
    for _ in range(4):
        server.passes(1)
        server.settles()

    assert (["TOPIC", "TOPIC"], ["PONG"]) == (at_once[:2], at_once[3:4] or at_once[2:3])
    assert ["0", "1", "2", "3", "4"] == [line.split()[-1].lstrip(":") for line in alice.lines("TOPIC")]


def test_later_pings(server: IRCServer, alice: IRCCaller) -> None:
    """While messages wait the connection is read, so that later pings are answered as well."""
    alice.sends(*[f"TOPIC #CS350 :{number}" for number in range(8)])
    server.settles()
    alice.forgets()
    alice.sends("PING :one")
    alice.sends("ping two", "NONSENSE")

    assert [":classchat.server PONG classchat.server one", ":classchat.server PONG classchat.server two"] == [
        *alice.lines("PONG", "421")
    ]


def test_only_so_much_waits(server: IRCServer, alice: IRCCaller) -> None:
    """From 256 KiB of lines that wait on, nothing more is read; it is read later, and nothing is lost."""
    topic = "x" * 150
    alice.sends(*[f"TOPIC #CS350 :{topic}{number}" for number in range(4)])
    server.settles()
    for _ in range(40):
        alice.sends(*[f"NONSENSE {'y' * 1000}"] * 10)
    stopped = alice.wire.producerState
    alice.sends("PING late")
    late = alice.lines("PONG")
    for _ in range(420):
        server.passes(1)
        server.settles()

    assert ("paused", [], 1, 400) == (stopped, late, len(alice.lines("PONG")), len(alice.lines("421")))


def test_empty_lines_are_bounded(server: IRCServer, alice: IRCCaller) -> None:
    """Lines without a command count as well: the number that waits is bounded."""
    alice.sends(*[f"TOPIC #CS350 :{number}" for number in range(5)])
    server.settles()
    alice.sends_bytes(b"\n" * 50_000)

    assert "paused" == alice.wire.producerState
    assert "open" == alice.wire.closing


def test_a_flood_delays_nobody_else(server: IRCServer, alice: IRCCaller) -> None:
    """Others are served while one client's lines wait."""
    (bob,) = server.irc("Bob")
    alice.sends(*["NONSENSE"] * 5_000)
    bob.sends("PING :there?")
    server.turn()

    assert ["PONG"] == bob.numerics()
    assert len(alice.lines()) < 100


def test_pong_comes_after_what_others_have_said() -> None:
    """A client that sends PING after a message of another client reads the message before PONG."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob")
    alice.sends("PRIVMSG Bob :hello")
    bob.sends("PING x")
    at_once = bob.numerics()
    server.settles()

    assert [] == at_once
    assert ["PRIVMSG", "PONG"] == bob.numerics()


def test_pong_comes_after_what_others_had_sent() -> None:
    """A message that has arrived before PING, and is read after it in the same turn, comes before PONG."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob")
    bob.sends("PING x")
    alice.sends("PRIVMSG Bob :hello")
    server.settles()

    assert ["PRIVMSG", "PONG"] == bob.numerics()


def test_a_pong_comes_after_what_was_asked(server: IRCServer, alice: IRCCaller) -> None:
    """A client that sends PING after a change reads the change before PONG."""
    alice.sends("TOPIC #CS350 :Exam", "PING synchronized")
    server.settles()

    assert ["TOPIC", "PONG"] == alice.numerics()


def test_before_registration(server: IRCServer) -> None:
    """A client that has not registered has a pace, too, and an end."""
    alice = server.is_called_by_irc()
    alice.sends(*["NICK Alice", "NICK Alicia"] * 1_000)
    heard = len(alice.lines())
    server.passes(SLOW.sign_in)

    assert (0, "half closed") == (heard, alice.wire.closing)


def test_the_first_questions_about_a_room_are_free(server: IRCServer, alice: IRCCaller) -> None:
    """What clients ask of each room that they join costs them nothing, the first time."""
    alice.sends(*[f"JOIN #room{number}" for number in range(3)])
    for _ in range(3):
        server.passes(1)
        server.settles()
    alice.forgets()
    questions = ["MODE #room{}", "WHO #room{} %tcuhnfdar,743", "MODE #room{} b", "MODE #room{} +q"]
    for _ in range(4):
        alice.sends(*[question.format(number) for number in range(3) for question in questions])
    alice.sends("NONSENSE")

    assert 3 * 4 + 20 == len(alice.lines("324", "315", "368", "729", "421"))


def test_pings_have_a_pace(server: IRCServer, alice: IRCCaller) -> None:
    """A client whose lines wait has a few pings answered at once; more of them wait as all other lines."""
    alice.sends(*[f"TOPIC #CS350 :{number}" for number in range(8)])
    server.settles()
    for _ in range(20):
        alice.sends(*["PING flood"] * 300)

    assert len(alice.lines("PONG")) < 30
    assert "paused" == alice.wire.producerState


@pytest.mark.parametrize(
    ("question", "numeric", "end"),
    [("WHO *", "352", "315"), ("WHO u* %n", "354", "315"), ("LIST", "322", "323")],
)
def test_long_answers(question: str, numeric: str, end: str) -> None:
    """Others have their turn after each hundred lines, and each further hundred is one more request."""
    server = IRCServer(replace(Limits().without_guard(), requests=Rate(2, 1.0), readings=Rate(1, 1.0)))
    for number in range(350):
        server.signs_in(f"u{number}")
        server.callers[-1].sends({"status": "create", "receiver": f"r{number}"})
    server.settles()
    (alice,) = server.irc("Alice")
    server.passes(60)
    alice.sends(question)
    at_once = len(alice.lines(numeric))
    server.settles()
    soon = len(alice.lines(numeric))
    for _ in range(3):
        server.passes(1)
        server.settles()

    all_of_them = 351 if question == "WHO *" else 350
    soonest = 350 if question == "WHO u* %n" else 300  # a mask makes the whole answer one search

    assert (100, soonest, all_of_them) == (at_once, soon, len(alice.lines(numeric)))
    assert [end] == alice.numerics()[-1:]
