"""A thread for blocking work, and a log that does not repeat a lasting failure."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout  # another one before Python 3.11
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
from classchat.journal.database import FAILURES

_T = TypeVar("_T")

_QUIET = 60.0
"""Seconds after a failure was logged until it can be logged again."""


class _OneThread(ThreadPool):
    """A daemon thread and its queue."""

    threadFactory = staticmethod(partial(Thread, daemon=True))  # type: ignore[assignment]


class Worker:
    """One thread for one job after the other; a hanging disk blocks only this thread."""

    def __init__(self, reactor: Any, name: str) -> None:
        self._reactor = reactor
        self._pool = _OneThread(1, 1, name)

    def start(self) -> None:
        """Start the thread."""
        self._pool.start()

    def do(self, work: Callable[[], _T]) -> Deferred[_T]:
        """Run work in the thread; return a Deferred that fires with the result in the reactor's thread."""
        return deferToThreadPool(self._reactor, self._pool, work)

    async def stop(self, last: Callable[[], object], patience: float) -> bool:
        """Run a last job and stop; return whether that took at most `patience` seconds.

        A thread that hangs in the kernel is left behind.
        """
        in_time = await within(patience, self._reactor, self.do(last))
        if in_time:
            self._pool.stop()
        return in_time


def ask(reactor: Any, question: Callable[[], _T], patience: float) -> _T:
    """Return the answer of a function that runs in the reactor's thread, from another thread.

    Raises:
        TimeoutError: it did not begin within `patience` seconds, and never will.
    """
    answer: Future[_T] = Future()

    def reply() -> None:
        if answer.set_running_or_notify_cancel():
            try:
                answer.set_result(question())
            except Exception as error:
                answer.set_exception(error)

    reactor.callFromThread(reply)
    try:
        return answer.result(patience)
    except FutureTimeout:
        if answer.cancel():
            raise TimeoutError from None
        return answer.result()  # it has begun


def within(seconds: float, clock: IReactorTime, waiting: Deferred[Any]) -> Deferred[bool]:
    """Return a Deferred that fires with whether another one fires within some seconds."""
    waiting.addCallback(lambda _: True)
    return waiting.addTimeout(seconds, clock, lambda *_: False)


class Trouble:
    """A failure that may repeat: it is logged once, and once more when it is over.

    An almost full disk accepts a short batch and refuses the next one, so a failure that soon returns is not
    logged again.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, path: Path | str, sentence: str, over: str) -> None:
        """Log the failure and its end with these sentences, which may contain `{path}`."""
        self._clock = clock
        self._path = path
        self._sentence = sentence
        self._over = over
        self._quiet_until = float("-inf")
        self._told = False
        self.lasts = False

    def met(self, failure: Failure) -> None:
        """Record a failure. A failure of the disk is logged in one line, a bug with its traceback."""
        self.lasts = True
        if self._told or self._clock.seconds() < self._quiet_until:
            return
        self._told = True
        self._quiet_until = self._clock.seconds() + _QUIET
        if failure.check(*FAILURES, CannotOpen):
            self._log.error(f"{self._sentence}\n\t{{error}}", path=self._path, error=failure.value)
        else:
            self._log.failure(self._sentence, failure, path=self._path)

    def is_over(self) -> None:
        """Record that it works again."""
        self.lasts = False
        if self._told:
            self._told = False
            self._log.warn(self._over, path=self._path)  # a warning, so that it has the same readers
