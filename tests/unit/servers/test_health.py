"""How the server is: attempts to write that are bounded, and rare however often monitors ask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat.servers.health import HANGS, HOLDS, PATIENCE, UNWRITABLE, Health


class Disk:
    """A journal whose attempts to write end when the test says so."""

    def __init__(self) -> None:
        self.attempts: list[Deferred[bool]] = []

    async def try_to_write(self) -> bool:
        """Wait for the test."""
        self.attempts.append(Deferred())
        return await self.attempts[-1]


class HealthTests(SynchronousTestCase):
    """A server whose monitors ask whether it can write."""

    def setUp(self) -> None:
        """Begin with a journal of which nothing is known."""
        self.clock, self.disk = Clock(), Disk()
        chat: Any = SimpleNamespace(journal=self.disk)
        self.health = Health(lambda: chat, self.clock)

    def ask(self) -> Deferred[str]:
        """Return what a monitor waits for."""
        return Deferred.fromCoroutine(self.health.trouble())

    def test_one_attempt_answers_all_who_ask(self) -> None:
        """While an attempt is made, and for a second after it, further questions cost nothing."""
        asked = [self.ask() for _ in range(100)]
        self.disk.attempts[0].callback(True)
        asked.append(self.ask())
        self.clock.advance(HOLDS - 0.01)
        asked.append(self.ask())
        once = len(self.disk.attempts)
        self.clock.advance(0.02)
        later = self.ask()
        self.disk.attempts[1].callback(False)

        assert [""] * 102 == [self.successResultOf(each) for each in asked]
        assert (1, 2, UNWRITABLE) == (once, len(self.disk.attempts), self.successResultOf(later))

    def test_a_disk_that_hangs(self) -> None:
        """An attempt that takes too long has failed, and the next one begins when it is asked for."""
        hanging = self.ask()
        self.clock.advance(PATIENCE)
        told = self.successResultOf(hanging)
        self.clock.advance(HOLDS)
        again = self.ask()
        self.disk.attempts[1].callback(True)

        assert (HANGS, "", []) == (told, self.successResultOf(again), self.clock.getDelayedCalls())

    def test_a_monitor_that_goes_away(self) -> None:
        """One that disconnects while it waits takes no answer from others, and begins no further attempt."""
        leaving = self.ask()
        leaving.addErrback(lambda _: None)
        leaving.cancel()
        staying = self.ask()
        self.disk.attempts[0].callback(True)

        assert (1, "") == (len(self.disk.attempts), self.successResultOf(staying))

    def test_a_bug_is_logged(self) -> None:
        """An attempt that fails for another reason is logged, and nothing counts as written."""
        asked = self.ask()
        self.disk.attempts[0].errback(ZeroDivisionError())

        assert UNWRITABLE == self.successResultOf(asked)
        assert 1 == len(self.flushLoggedErrors(ZeroDivisionError))
