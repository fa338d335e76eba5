"""A thread for what blocks, and a log that does not repeat itself when that fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from classchat.core.journal_port import CannotOpen

_T = TypeVar("_T")

_QUIET = 60.0
"""Seconds after a trouble was told until it may be told as a new one."""


class _OneThread(ThreadPool):
    """A thread and its queue, which keeps no process from ending."""

    threadFactory = staticmethod(partial(Thread, daemon=True))  # type: ignore[assignment]


class Worker:
    """One thread, which does one thing after the other; a disk that hangs keeps nobody but it."""

    def __init__(self, reactor: Any, name: str) -> None:
        self._reactor = reactor
        self._pool = _OneThread(1, 1, name)

    def start(self) -> None:
        """Begin."""
        self._pool.start()

    def do(self, work: Callable[[], _T]) -> Deferred[_T]:
        """Do something in the thread; what fires, in the reactor's, has its result."""
        return deferToThreadPool(self._reactor, self._pool, work)

    async def stop(self, last: Callable[[], object], patience: float) -> bool:
        """Do a last thing and end; tell whether that was so within some seconds.

        A thread that hangs in the kernel can't be waited for: it is left behind.
        """
        in_time = await within(patience, self._reactor, self.do(last))
        if in_time:
            self._pool.stop()
        return in_time


def within(seconds: float, clock: IReactorTime, waiting: Deferred[Any]) -> Deferred[bool]:
    """Return what tells, in some seconds at most, whether something was done within these."""
    waiting.addCallback(lambda _: True)
    return waiting.addTimeout(seconds, clock, lambda *_: False)


class Trouble:
    """Something that fails again and again: it is logged once, and once more when it is over.

    A disk that is almost full takes a short batch and refuses the next: what is back soon is not told anew.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, path: Path, sentence: str, over: str) -> None:
        """Say it in these sentences, which may name the `{path}`."""
        self._clock = clock
        self._path = path
        self._sentence = sentence
        self._over = over
        self._quiet_until = float("-inf")
        self._told = False
        self.lasts = False

    def met(self, failure: Failure) -> None:
        """It has failed. Of the disk's failures the operator reads a line; ours are told whole."""
        self.lasts = True
        if self._told or self._clock.seconds() < self._quiet_until:
            return
        self._told = True
        self._quiet_until = self._clock.seconds() + _QUIET
        if failure.check(sqlite3.Error, CannotOpen):
            self._log.error(f"{self._sentence}\n\t{{error}}", path=self._path, error=failure.value)
        else:
            self._log.failure(self._sentence, failure, path=self._path)

    def is_over(self) -> None:
        """It works."""
        self.lasts = False
        if self._told:
            self._told = False
            self._log.warn(self._over, path=self._path)  # who has read the one should read the other
