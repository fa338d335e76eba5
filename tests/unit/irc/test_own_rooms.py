"""The rooms that the owner of an account is in when an IRC client signs in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classchat.limits import Limits
from tests.unit.core.helpers import RIGHT
from tests.unit.irc.helpers import IRCCaller, IRCServer, plain

ROOMS = [f"room-{number:02}" for number in range(12)]
MEMBERS = 25


def signs_in(server: IRCServer, *, reads: bool = True) -> IRCCaller:
    """Return a client of Ann's, which may not be reading yet."""
    ann = server.is_called_by_irc()
    if not reads:
        ann.stops_reading()
    ann.sends("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('Ann')}")
    ann.sends("NICK Ann", "USER ann 0 * :Ann", "CAP END")
    server.settles()
    return ann


@pytest.fixture
def server() -> IRCServer:
    """Return a server where Ann, with an account, is in twelve rooms with many others.

    What is said of them is more than a client may be behind.
    """
    server = IRCServer(replace(Limits().without_guard(), behind=16_384))
    ann, *others = server.signs_in(
        "Ann", *(f"user-with-a-very-long-name-{number:02}" for number in range(MEMBERS))
    )
    server.claims(ann, RIGHT)
    for room in ROOMS:
        ann.sends({"status": "create", "receiver": room})
        server.turn()
        for other in others:
            other.sends({"status": "join", "receiver": room})
        server.turn()
        server.forgets()
    return server


def is_complete(ann: IRCCaller) -> bool:
    """Return whether a client was told all of its rooms, each once, with all members."""
    joined = sorted(line.split(" #")[1] for line in ann.lines("JOIN"))
    names = sum(len(line.split(" :", 1)[1].split(" ")) for line in ann.lines("353"))
    return (ROOMS, (MEMBERS + 1) * len(ROOMS), len(ROOMS)) == (joined, names, len(ann.lines("366")))


def test_a_second_device_is_told_of_all_rooms(server: IRCServer) -> None:
    """A further client of a user who is here is told all rooms and their members."""
    assert is_complete(signs_in(server))


def test_the_first_device_is_told_of_all_rooms(server: IRCServer) -> None:
    """So is the first client of a user who was gone."""
    server.callers[0].drops()
    server.settles()
    server.clock.advance(server.chat.limits.absence)
    server.settles()

    assert is_complete(signs_in(server))


@pytest.mark.parametrize("was_gone", [False, True])
def test_a_client_that_reads_slowly_stays(server: IRCServer, was_gone: bool) -> None:
    """A client that reads nothing for a while is not disconnected, however large its rooms are."""
    if was_gone:
        server.callers[0].drops()
        server.settles()
        server.clock.advance(server.chat.limits.absence)
        server.settles()
    ann = signs_in(server, reads=False)
    waiting = len(ann.lines("366"))
    ann.reads_on()
    server.settles()
    server.settles()

    assert (True, "open", True) == (waiting < len(ROOMS), ann.wire.closing, is_complete(ann))


def test_a_client_that_leaves_meanwhile(server: IRCServer) -> None:
    """A client that disconnects while it is told of its rooms costs nothing more, and nothing fails."""
    ann = signs_in(server, reads=False)
    ann.drops()
    server.settles()
    ann.reads_on()

    assert len(ann.lines("366")) < len(ROOMS)
