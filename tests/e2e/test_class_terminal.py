"""A class in terminals: a student on a screen, staff behind a pipe."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.conftest import StartTerminal
from tests.e2e.helpers import CLASSCHAT, Process, Server


def test_a_turn_and_a_poll(terminal: StartTerminal, chat: Callable[..., Process], server: Server) -> None:
    """A student raises a hand, is helped, and votes; the line at the bottom follows."""
    bob = chat(server, "Bob")
    bob.says("/create CS350", "/session CS350 begin Week 3")
    bob.sees("[CS350] Bob has begun session 1: Week 3")
    alice = terminal(*CLASSCHAT, server.address_of("Alice"))
    alice.waits_for(lambda screen: screen[-1:] == ["You: "])
    alice.keys("/join CS350\r")
    alice.waits_for(lambda screen: screen[-1:] == ["You → CS350: "])
    alice.keys("/hand pointers\r")
    alice.waits_for(lambda _: " · hand: 1st of 1 · " in alice.below)
    bob.says("/next CS350")
    bob.sees("[SUCCESS] Next is Alice: pointers")
    alice.waits_for(lambda _: " · Bob is with you · " in alice.below)
    bob.says("/poll CS350 Ready? | yes | no | 1h")
    alice.waits_for(lambda _: " · vote 1: " in alice.below)
    alice.keys("/vote 1\r")
    alice.waits_for(lambda _: " · poll 1: " in alice.below)
    bob.says("/endpoll CS350")
    bob.sees("[CS350] Poll 1 is closed: Ready? 1 vote, too few to show the counts (1 here)")
    alice.keys("\x04")
    bob.says("/quit")
    bob.ends()

    assert 0 == alice.ends()
