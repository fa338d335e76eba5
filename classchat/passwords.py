"""Passwords: what may be one, and what is kept of it.

Argon2id, with the parameters that its library recommends: 64 MiB and some tens of milliseconds for each, in
threads of their own, so that nobody waits for somebody else's sign-in. What is said in RFC 8265 about
comparing passwords (the profile OpaqueString) is done before: the same password typed on another keyboard is
the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Thread
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

_T = TypeVar("_T")

_hasher = PasswordHasher()
_prepare: Callable[[str], str] = get_profile("OpaqueString").enforce

_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$RXZlcnlib2R5IGlzIG5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
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
        """End, once what was begun is done; harmless twice."""
        if self._pool.started:
            self._pool.stop()

    async def _do(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= _MOST_WAITING:
            raise Busy
        self.start()
        self._waiting += 1
        try:
            return await deferToThreadPool(self._reactor, self._pool, work)
        finally:
            self._waiting -= 1


class _Threads(ThreadPool):
    """Threads that keep no process from ending."""

    threadFactory = staticmethod(partial(Thread, daemon=True))  # type: ignore[assignment]
