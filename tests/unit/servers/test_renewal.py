"""A new chat for a node that was removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from classchat.core.chat import Chat
from classchat.core.journal_port import CannotOpen
from classchat.core.notices import KeptOut, Notice, Rejoined, Removed
from classchat.servers.renewal import Renewal
from classchat.servers.tcp import ChatFactory


class _Journal:
    async def close(self) -> None:
        """Close at once."""


class _Following:
    removed = staticmethod(lambda: None)


class _Chat:
    def __init__(self, why: str) -> None:
        self.why = why
        self.journal = _Journal()
        self.following = _Following()

    def open(self) -> None:
        """Open the journal, unless there is a reason against it."""
        if self.why:
            raise CannotOpen(self.why)

    def stop(self) -> None:
        """Do nothing."""


class _Factory:
    def __init__(self) -> None:
        self.chat = _Chat("")

    def shut_down(self) -> Deferred[None]:
        """Disconnect nobody."""
        return succeed(None)

    def use(self, chat: _Chat) -> None:
        """Use another chat."""
        self.chat = chat


def test_the_reason_for_which_a_node_is_kept_out() -> None:
    """Each reason is told once while it lasts, however often the journal is tried."""
    factory, clock = _Factory(), Clock()
    told: list[Notice] = []

    def observe(notices: Sequence[Notice]) -> None:
        told.extend(notices)

    whys = ["no answer", "no answer", "too new", "too new", ""]
    chats = [_Chat(why) for why in whys]
    renewal = Renewal(cast(ChatFactory, factory), lambda: cast(Chat, chats.pop(0)), observe, clock)
    first = factory.chat
    renewal.watch(cast(Chat, first))
    first.following.removed()
    while clock.getDelayedCalls():
        clock.advance(5)

    assert [Removed(), KeptOut("no answer"), KeptOut("too new"), Rejoined()] == told
    assert ("", first) != (factory.chat.why, factory.chat)
