"""The pace of uploads: as fast as the disk, unless users chat at the same time.

A message is committed with one short write. Next to the files of ten people who upload, such a write takes
ten times as long, because a disk does one thing after the other. So uploads take turns; and while users chat,
each turn is followed by a rest of three times its length. Most messages then find the disk free, and the
processor as well.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

from twisted.internet.defer import DeferredLock
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from classchat.core.entries import Message
from classchat.core.notices import Notice, Observe

_T = TypeVar("_T")

_REST: Final = 3.0
"""The length of a rest, in lengths of the turn before it."""

_LONGEST_REST: Final = 0.25
"""Seconds: a disk that hangs for a moment is no reason to rest for a minute."""

_LULL: Final = 10.0
"""Seconds without a message after which nobody counts as chatting."""


class Pacing:
    """Looks at all messages on their way to the operator's log, and gives turns to uploads."""

    def __init__(self, clock: IReactorTime, observe: Observe) -> None:
        """Hand all notices on to `observe`."""
        self._clock = clock
        self._observe = observe
        self._turns = DeferredLock()
        self._rest: IDelayedCall | None = None
        self._chatted_at = float("-inf")
        self._stopped = False

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Look at some notices: those of a batch, or of something else that has happened at one moment."""
        for notice in notices:
            if isinstance(notice, Message) and notice.file is None:
                self._chatted_at = self._clock.seconds()
                break
        self._observe(notices)

    async def turn(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Do a piece of work of an upload as soon as it has its turn, and return its result."""
        await self._turns.acquire()
        began = self._clock.seconds()
        try:
            return await work()
        finally:
            self._end_turn(self._clock.seconds() - began)

    def stop(self) -> None:
        """End the rest, and take none any more: the server stops. Harmless twice."""
        self._stopped = True
        if self._rest is not None:
            self._rest.cancel()
            self._rested()

    def _end_turn(self, seconds: float) -> None:
        chatting = self._clock.seconds() - self._chatted_at < _LULL
        if chatting and not self._stopped:
            self._rest = self._clock.callLater(min(seconds * _REST, _LONGEST_REST), self._rested)
        else:
            self._turns.release()

    def _rested(self) -> None:
        self._rest = None
        self._turns.release()
