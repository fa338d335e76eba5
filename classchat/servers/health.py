"""The health of the server, for load balancers and monitors.

    is_ready()           whether clients should come, at once
    await trouble()      why nothing can be stored, in a sentence; "" if something was stored just now

The second one has the journal write. However often it is asked, that is done once a second; and whatever the
disk does, the answer is there within seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from classchat.core.chat import Chat

HOLDS: Final = 1.0
"""Seconds for which the result of an attempt to write is not asked for again."""

PATIENCE: Final = 3.0
"""Seconds that an attempt may take: less than monitors wait for an answer."""

AWAY: Final = "The server takes no clients at the moment."
UNWRITABLE: Final = "The journal can't be written to: see the server's log."
HANGS: Final = f"Nothing could be written to the journal within {PATIENCE:g} seconds: it hangs, or is locked."


class Health:
    """The answers to both questions."""

    _log = Logger()

    def __init__(self, chat: Callable[[], Chat], clock: IReactorTime) -> None:
        """Answer for the `chat` of the server at that time."""
        self._chat = chat
        self._clock = clock
        self._known = ""
        self._known_until = float("-inf")
        self._trying = False
        self._waiting: list[Deferred[str]] = []

    def is_ready(self) -> bool:
        """Return whether the server takes clients."""
        return self._chat().is_ready()

    async def trouble(self) -> str:
        """Return why nothing can be written to the journal, in a sentence; "" if something could be."""
        if self._clock.seconds() < self._known_until:
            return self._known
        waiting: Deferred[str] = Deferred(self._waiting.remove)
        self._waiting.append(waiting)
        if not self._trying:
            self._trying = True
            Deferred.fromCoroutine(self._try())
        return await waiting

    async def _try(self) -> None:
        """Try to write, and answer all who ask."""
        trying = Deferred.fromCoroutine(self._chat().journal.try_to_write())
        try:
            known = "" if await trying.addTimeout(PATIENCE, self._clock) else UNWRITABLE
        except defer.TimeoutError:
            known = HANGS
        except Exception:
            self._log.failure("An attempt to write to the journal failed")
            known = UNWRITABLE
        self._trying = False
        self._known, self._known_until = known, self._clock.seconds() + HOLDS
        answered, self._waiting[:] = list(self._waiting), []
        for waiting in answered:
            waiting.callback(known)
