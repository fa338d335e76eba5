"""Attempts at passwords: how many are free, and how long others wait."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from classchat.core import attempts as module
from classchat.core.attempts import Attempts
from classchat.errors import TooMany, WrongPassword
from classchat.limits import Limits
from tests.unit.helpers import RecordingPeer


class Guesser:
    """A client that tries passwords, and waits when it must."""

    def __init__(self, of_name: int | None = 5, of_address: int | None = 20) -> None:
        self.clock = Clock()
        limits = Limits(wrong_passwords_of_name=of_name, wrong_passwords_of_address=of_address)
        unbounded = of_name is None and of_address is None
        self.attempts = Attempts(self.clock, limits.without_guard() if unbounded else limits)
        self.peer = RecordingPeer()
        self.peer.rests_at_once = True

    def tries(self, name: str = "alice", address: str = "192.0.2.1", right: bool = False) -> float:
        """Try a password; return the waiting time."""
        self.peer.rests.clear()

        async def one() -> None:
            async with self.attempts.one(name, address, self.peer) as attempt:
                attempt.right = right

        done: list[object] = []
        Deferred.fromCoroutine(one()).addBoth(done.append)
        assert [None] == done
        return self.peer.rest


def test_some_mistakes_are_free() -> None:
    """After five wrong passwords for a name each further one waits twice as long, up to 16 seconds."""
    guesser = Guesser()

    assert [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 16] == [guesser.tries() for _ in range(11)]


def test_a_minute_later() -> None:
    """Attempts older than a minute do not count."""
    guesser = Guesser()
    for _ in range(8):
        guesser.tries()
    guesser.clock.advance(60)

    assert 0 == guesser.tries()


def test_who_knows_it_waits_with_the_others() -> None:
    """A right password waits as long, and does not count afterwards."""
    guesser = Guesser()
    for _ in range(6):
        guesser.tries()

    assert [2, 2, 2] == [guesser.tries(right=True), guesser.tries(right=True), guesser.tries()]


def test_other_names_and_addresses() -> None:
    """Names are counted separately; an address is counted for all the names that it tries."""
    guesser = Guesser()
    waits = [guesser.tries(name=f"user{number}") for number in range(22)]

    assert [0] * 20 + [1, 2] == waits
    assert 0 == guesser.tries(name="user0", address="192.0.2.2")


def test_no_name_and_no_address() -> None:
    """An invalid name is counted by its address; a client without address (a Unix socket) by its name."""
    guesser = Guesser(of_name=1, of_address=1)

    assert [0, 1] == [guesser.tries(name="", address="a") for _ in range(2)]
    assert [0, 1] == [guesser.tries(name="bob", address="") for _ in range(2)]
    assert [0, 0] == [guesser.tries(name="", address="") for _ in range(2)]


def test_without_limits() -> None:
    """Without limits no attempt waits."""
    guesser = Guesser(None, None)

    assert {0} == {guesser.tries() for _ in range(50)}


def test_many_at_once() -> None:
    """An attempt under way counts as wrong, so that many at once are no faster than one after the other."""
    guesser = Guesser()
    peers = []
    for number in range(7):
        peer = RecordingPeer()
        peers.append(peer)

        async def one(peer: RecordingPeer = peer, address: str = f"192.0.2.{number}") -> None:
            async with guesser.attempts.one("alice", address, peer):
                await Deferred()

        Deferred.fromCoroutine(one())

    assert [0, 0, 0, 0, 0, 1, 2] == [peer.rest for peer in peers]


def test_a_client_that_disconnects_while_it_waits() -> None:
    """A client that leaves while waiting has no password verified, and hears nothing."""
    guesser = Guesser(of_name=0)
    guesser.peer.closed = True
    looked_at = []

    async def one() -> None:
        async with guesser.attempts.one("alice", "", guesser.peer):
            looked_at.append(True)

    failures: list[object] = []
    Deferred.fromCoroutine(one()).addErrback(lambda failure: failures.append(failure.type))

    assert ([WrongPassword], []) == (failures, looked_at)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many names, those without attempts for the longest time are forgotten."""
    monkeypatch.setattr(module, "_MOST_REMEMBERED", 3)
    guesser = Guesser(of_name=1, of_address=None)
    for name in "aabcd":
        guesser.tries(name)

    assert (0, 1) == (guesser.tries("a"), guesser.tries("d"))


def test_claims_of_an_address() -> None:
    """Twenty names an hour may be registered from one address."""
    guesser = Guesser()
    for _ in range(20):
        guesser.attempts.count_claim("192.0.2.1")
    with pytest.raises(TooMany):
        guesser.attempts.count_claim("192.0.2.1")
    guesser.attempts.count_claim("192.0.2.2")
    guesser.clock.advance(3600)
    guesser.attempts.count_claim("192.0.2.1")

    assert Guesser(None, None).attempts.count_claim("") is None
