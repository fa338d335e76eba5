"""Passwords: which are allowed, and how they are hashed.

Hashing is Argon2id with its library's recommended parameters: 64 MiB and some tens of milliseconds each. It
runs in threads of its own, so that no user waits for another's sign-in. Passwords are first normalized as RFC
8265 says (the profile OpaqueString), so that the keyboard does not matter.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread, get_native_id
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from precis_i18n import get_profile
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from classchat.errors import Busy, UnusablePassword

SHORTEST = 8
"""The fewest characters of a password. RFC 8265 leaves the number open; NIST SP 800-63B says 8."""

LONGEST = 256
"""The most characters of a password."""

_THREADS = 2
"""Passwords that are hashed at the same time."""

_MOST_WAITING = 50
"""Passwords that wait to be hashed; with more, clients would give up before they are served."""

_NICE = 10
"""The niceness of the threads: high enough that chatting does not suffer, and low enough that they make
progress.
"""

_T = TypeVar("_T")

_hasher = PasswordHasher()
_prepare: Callable[[str], str] = get_profile("OpaqueString").enforce

_NOBODY = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"$Tm9ib2R5IGhhcyB0aGlzIQ${'A' * 43}"
)
"""A hash that matches no password, and takes as long to verify as all others."""


def usable(password: str) -> str:
    """Return a password in the normalized form that is hashed and compared.

    Raises:
        UnusablePassword: it is too short, too long, or has characters that are not allowed.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UnusablePassword(SHORTEST, LONGEST)
    try:
        return _prepare(password)
    except (UnicodeError, ValueError):
        raise UnusablePassword(SHORTEST, LONGEST) from None


def hash_password(password: str) -> str:
    """Return the hash of a password. It takes tens of milliseconds.

    Raises:
        UnusablePassword: it can't be one.
    """
    return _hasher.hash(usable(password))


def verify_password(hash: str | None, password: str) -> bool:
    """Return whether a password matches a hash; None, and wrong passwords, take the same time."""
    try:
        prepared = usable(password)
    except UnusablePassword:
        hash, prepared = None, "no password"
    try:
        return _hasher.verify(hash or _NOBODY, prepared)
    except (VerificationError, InvalidHashError):
        return False


class HashedPasswords:
    """Hashes and verifies passwords in threads."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._pool = _Threads(0, _THREADS, "passwords")
        self._waiting = 0
        self.stopped = False
        """Whether it has stopped: no further password is hashed."""

    async def hash(self, password: str) -> str:
        """Return the hash of a password.

        Raises:
            UnusablePassword: it can't be one.
            Busy: too many others wait for the same.
        """
        prepared = usable(password)
        return await self._do(partial(_hasher.hash, prepared))

    async def verify(self, hash: str | None, password: str) -> bool:
        """Return whether a password matches a hash; None matches no password and takes the same time.

        Raises:
            Busy: too many others wait for the same.
        """
        return await self._do(partial(verify_password, hash, password))

    def start(self) -> None:
        """Start the threads. Harmless twice."""
        if not self._pool.started:
            self._pool.start()

    def stop(self) -> None:
        """Finish the passwords under way, drop the waiting ones, and stop the threads. Harmless twice."""
        self.stopped = True
        if self._pool.started:
            self._pool.stop()

    async def _do(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= _MOST_WAITING:
            raise Busy
        self.start()
        self._waiting += 1
        try:
            return await deferToThreadPool(self._reactor, self._pool, partial(self._unless_stopped, work))
        finally:
            self._waiting -= 1

    def _unless_stopped(self, work: Callable[[], _T]) -> _T:
        """Do the work in a thread, but nothing after a stop: fifty waiting passwords would delay the
        shutdown.
        """
        if self.stopped:
            raise Busy
        return work()


class _Thread(Thread):
    """A daemon thread with low priority.

    Hashing one password takes four threads, which would otherwise block a machine with few cores. They
    inherit the niceness of the thread that starts them.
    """

    def run(self) -> None:
        """Lower the priority on systems where each thread has a niceness of its own, then run."""
        if sys.platform == "linux":
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICE)
        super().run()


class _Threads(ThreadPool):
    """A pool of such threads."""

    threadFactory = staticmethod(partial(_Thread, daemon=True))  # type: ignore[assignment]
