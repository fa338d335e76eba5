"""A new chat in the place of one that other nodes have removed, or that the database has left behind.

removed, or cut off   all clients are told `shutting_down`, and come back: here or on another node
closing               new clients are refused for the same reason
opening               a new chat takes over what the journal has; tried until the database answers, and fits
running               as after a start
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from classchat.core.chat import Chat
from classchat.core.journal_port import CannotOpen
from classchat.core.notices import KeptOut, Observe, Rejoined, Removed
from classchat.servers.tcp import ChatFactory

_FIRST_PAUSE = 0.5
"""Seconds between the first two attempts to open the journal; each pause is twice the one before."""

_LONGEST_PAUSE = 5.0


class Renewal:
    """Renews the chat of a factory."""

    _log = Logger()

    def __init__(
        self, factory: ChatFactory, make_chat: Callable[[], Chat], observe: Observe, clock: IReactorTime
    ) -> None:
        self._factory = factory
        self._make_chat = make_chat
        self._observe = observe
        self._clock = clock
        self._under_way: Deferred[None] | None = None
        self._stopped = False

    def watch(self, chat: Chat) -> None:
        """Renew the chat when its node is removed."""
        chat.following.removed = self._begin

    def stop(self) -> Deferred[None] | None:
        """Open no further chat; return what fires when that is certain, if one is being opened."""
        self._stopped = True
        return self._under_way

    def _begin(self) -> None:
        if self._under_way is None and not self._stopped:
            self._observe([Removed()])
            self._under_way = Deferred.fromCoroutine(self._renew())
            self._under_way.addErrback(lambda failure: self._log.failure("Can't start again", failure))

    async def _renew(self) -> None:
        old = self._factory.chat
        await self._factory.shut_down()
        await old.journal.close()
        old.stop()
        pause, said = _FIRST_PAUSE, ""
        while not self._stopped:
            chat = self._make_chat()
            try:
                chat.open()
            except CannotOpen as error:
                chat.stop()
                if str(error) != said:
                    said = str(error)
                    self._observe([KeptOut(said)])
                await deferLater(self._clock, pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            self.watch(chat)
            self._factory.use(chat)
            self._under_way = None
            self._observe([Rejoined()])
            return
