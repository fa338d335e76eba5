"""Passwords in threads: only the client that sent one waits."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from threading import get_native_id
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from classchat import passwords
from classchat.errors import Busy, UnusablePassword
from classchat.passwords import HashedPasswords
from tests.integration.helpers import PATIENCE, in_thread

RIGHT = "correct horse"


class QuickHasher(PasswordHasher):
    """Takes no time and no memory, and remembers where it was called."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.threads: set[int] = set()
        self.niceness: set[int] = set()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Hash, and look around."""
        self.threads.add(get_native_id())
        if sys.platform == "linux":
            self.niceness.add(os.getpriority(os.PRIO_PROCESS, get_native_id()))
        return super().hash(password, salt=salt)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until it is true."""
    while not condition():
        time.sleep(0.001)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> QuickHasher:
    """A hasher for tests."""
    quick = QuickHasher()
    monkeypatch.setattr(passwords, "_hasher", quick)
    return quick


@async_yield_fixture
async def hashed(hasher: QuickHasher) -> AsyncIterator[HashedPasswords]:
    """Threads that hash, until the test is over."""
    hashed = HashedPasswords(reactor)
    yield hashed
    hashed.stop()
    hashed.stop()


@ensureDeferred
async def test_hashing_and_comparing(hashed: HashedPasswords) -> None:
    """Only the hashed password matches, and an invalid password is refused."""
    kept = await hashed.hash(RIGHT)
    right, wrong = await hashed.verify(kept, RIGHT), await hashed.verify(kept, "wrong password")
    unknown, none = await hashed.verify(None, RIGHT), await hashed.verify(kept, "x")
    with pytest.raises(UnusablePassword):
        await hashed.hash("short")

    assert (True, False, False, False) == (right, wrong, unknown, none)


@ensureDeferred
async def test_nobody_waits_for_it(hashed: HashedPasswords, hasher: QuickHasher) -> None:
    """It happens in threads of its own, before which all others go."""
    own = os.getpriority(os.PRIO_PROCESS, 0) if sys.platform == "linux" else 0
    for _ in range(4):
        await hashed.hash(RIGHT)

    assert get_native_id() not in hasher.threads
    assert hasher.niceness <= {min(own + 10, 19), 10}


@ensureDeferred
async def test_so_many_may_wait(hashed: HashedPasswords) -> None:
    """Fifty passwords may wait; the next one is refused at once, and later there is room again."""
    waiting = [Deferred.fromCoroutine(hashed.hash(RIGHT)) for _ in range(50)]
    with pytest.raises(Busy):
        await hashed.verify(None, RIGHT)
    for one in waiting:
        await one.addTimeout(PATIENCE, reactor)

    assert (await hashed.hash(RIGHT)).startswith("$argon2id$")


@ensureDeferred
async def test_who_still_waits_does_not_hold_up_the_end(
    hashed: HashedPasswords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a stop the passwords under way are finished, and no others are begun."""
    begun = []

    def hash(password: str) -> str:
        begun.append(password)
        while not hashed.stopped:
            time.sleep(0.001)  # in a thread, which waits for the test
        return ""

    monkeypatch.setattr(passwords, "_hasher", SimpleNamespace(hash=hash))
    waiting = [Deferred.fromCoroutine(hashed.hash(RIGHT)) for _ in range(50)]
    await in_thread(wait_for, lambda: begun)
    hashed.stop()
    ended = [
        await one.addTimeout(PATIENCE, reactor).addErrback(lambda failure: failure.type) for one in waiting
    ]

    assert len(begun) <= 2
    assert {"": len(begun), Busy: 50 - len(begun)} == Counter(ended)


@ensureDeferred
async def test_who_has_gone_does_not_keep_a_place(hashed: HashedPasswords) -> None:
    """A failed password, and one of a lost client, make room like all others."""
    for _ in range(60):
        Deferred.fromCoroutine(hashed.verify("no hash", RIGHT)).addErrback(lambda _: None)
        await deferLater(reactor, 0)
    kept = None
    for _ in range(1_000):
        try:
            kept = await hashed.hash(RIGHT)
        except Busy:
            await deferLater(reactor, 0.001)
        else:
            break

    assert kept is not None
