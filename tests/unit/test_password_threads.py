"""Passwords are looked at in threads, a few at a time, and not without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat import passwords
from classchat.errors import Busy, UnusablePassword
from classchat.passwords import HashedPasswords

SECRET = "correct horse"  # noqa: S105


class Reactor(Clock):
    """A reactor in which threads may call."""

    def callFromThread(self, call: Callable[..., object], *arguments: Any) -> None:
        """Call it now."""
        call(*arguments)


class Threads:
    """A thread pool that starts work only when the test says so."""

    started = False

    def __init__(self, *_: object) -> None:
        self.work: list[tuple[Callable[[bool, Any], None], Callable[..., Any], tuple[Any, ...]]] = []

    def start(self) -> None:
        """Start the pool."""
        self.started = True

    def stop(self) -> None:
        """Stop the pool."""
        self.started = False

    def callInThreadWithCallback(
        self, done: Callable[[bool, Any], None], call: Callable[..., Any], *arguments: Any
    ) -> None:
        """Keep it."""
        self.work.append((done, call, arguments))

    def works(self) -> None:
        """Run the first waiting work."""
        done, call, arguments = self.work.pop(0)
        done(True, call(*arguments))


class InThreadsTests(SynchronousTestCase):
    """Passwords that wait for their turn."""

    def setUp(self) -> None:
        """Replace the threads by the test's own, and hash in no time."""
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.patch(passwords, "_hasher", quick)
        self.patch(passwords, "_NOBODY", quick.hash("of nobody"))
        self.threads = Threads()
        self.patch(passwords, "_Threads", lambda *_: self.threads)
        self.passwords = HashedPasswords(Reactor())

    def begins(self, doing: Any) -> Any:
        """Begin something that has to wait."""
        from twisted.internet.defer import Deferred

        return Deferred.fromCoroutine(doing)

    def test_hash_and_verify(self) -> None:
        """Both run in a thread, which is started on first use."""
        hashing = self.begins(self.passwords.hash(SECRET))
        self.assertNoResult(hashing)
        self.threads.works()
        hash = self.successResultOf(hashing)
        verifying = self.begins(self.passwords.verify(hash, SECRET))
        self.threads.works()

        assert True is self.successResultOf(verifying)

    def test_unusable(self) -> None:
        """An invalid password is refused at once."""
        self.failureResultOf(self.begins(self.passwords.hash("short")), UnusablePassword)

        assert [] == self.threads.work

    def test_too_many(self) -> None:
        """At most fifty passwords wait; when one is done, another one may wait."""
        waiting = [self.begins(self.passwords.verify(None, SECRET)) for _ in range(50)]
        self.failureResultOf(self.begins(self.passwords.verify(None, SECRET)), Busy)
        self.threads.works()
        again = self.begins(self.passwords.verify(None, SECRET))

        assert False is self.successResultOf(waiting[0])
        self.assertNoResult(again)

    def test_stopping(self) -> None:
        """Stopping is harmless twice, and before the start."""
        self.passwords.stop()
        self.passwords.start()
        self.passwords.start()
        self.passwords.stop()
        self.passwords.stop()

        assert not self.threads.started
