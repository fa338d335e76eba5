"""Passwords: what may be one, and what is kept of it.

Argon2id, with the parameters that its library recommends: 64 MiB and some tens of milliseconds for each, in
threads of their own, so that nobody waits for somebody else's sign-in. What is said in RFC 8265 about
comparing passwords (the profile OpaqueString) is done before: the same password typed on another keyboard is
the same.
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
"""Characters of a password, at least: RFC 8265 leaves it to us, NIST SP 800-63B says 8."""

LONGEST = 256
"""Characters of a password, at most."""

_THREADS = 2
"""Passwords that are hashed at the same time."""

_MOST_WAITING = 50
"""Passwords that wait for that. Of more, nobody would be served before he gives up."""

_NICE = 10
"""How nice the threads are: so many that nobody in the chat notices them, and they still get somewhere."""

_T = TypeVar("_T")

_hasher = PasswordHasher()
_prepare: Callable[[str], str] = get_profile("OpaqueString").enforce

_NOBODY = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"$Tm9ib2R5IGhhcyB0aGlzIQ${'A' * 43}"
)
"""The hash of no password, which takes as long to verify as all others."""


def usable(password: str) -> str:
    """Return a password in the form in which passwords are compared.

    Raises:
        UnusablePassword: it is too short, too long, or has characters that passwords have not.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UnusablePassword(SHORTEST, LONGEST)
    try:
        return _prepare(password)
    except (UnicodeError, ValueError):
        raise UnusablePassword(SHORTEST, LONGEST) from None


def hash_password(password: str) -> str:
    """Return what is kept of a password. Takes tens of milliseconds.

    Raises:
        UnusablePassword: it can't be one.
    """
    return _hasher.hash(usable(password))


def verify_password(hash: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed; takes as long if it is not, or if there is none."""
    try:
        prepared = usable(password)
    except UnusablePassword:
        hash, prepared = None, "no password"
    try:
        return _hasher.verify(hash or _NOBODY, prepared)
    except (VerificationError, InvalidHashError):
        return False


class HashedPasswords:
    """Hashes passwords in threads."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._pool = _Threads(0, _THREADS, "passwords")
        self._waiting = 0
        self.stopped = False
        """Whether none is begun any more."""

    async def hash(self, password: str) -> str:
        """Return what is kept of a password.

        Raises:
            UnusablePassword: it can't be one.
            Busy: too many others wait for the same.
        """
        prepared = usable(password)
        return await self._do(partial(_hasher.hash, prepared))

    async def verify(self, hash: str | None, password: str) -> bool:
        """Tell whether a password is the one that was hashed; with None it takes as long, and is not.

        Raises:
            Busy: too many others wait for the same.
        """
        return await self._do(partial(verify_password, hash, password))

    def start(self) -> None:
        """Begin; harmless twice."""
        if not self._pool.started:
            self._pool.start()

    def stop(self) -> None:
        """End, once what was begun is done, and nothing else; harmless twice."""
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
        """Do something, in a thread: or fifty that wait would hold up a server that is being stopped."""
        if self.stopped:
            raise Busy
        return work()


class _Thread(Thread):
    """A thread that keeps no process from ending, and nobody waiting for a core.

    A password takes four threads of its own, which all go first otherwise when there are few cores: they are
    as nice as the one that begins them.
    """

    def run(self) -> None:
        """Let others go first, where the system knows how nice a thread is, and not only a process."""
        if sys.platform == "linux":
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICE)
        super().run()


class _Threads(ThreadPool):
    """Such threads."""

    threadFactory = staticmethod(partial(_Thread, daemon=True))  # type: ignore[assignment]
