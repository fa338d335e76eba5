"""The request `history`: the messages of a room or a private conversation, oldest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from classchat.core.answer_events import HistorySent
from classchat.core.conversations import Conversations
from classchat.core.journal_port import Journal
from classchat.core.model import Conversation, User
from classchat.core.ports import Peer
from classchat.core.replay import Replay, membership_check
from classchat.errors import InvalidFormat
from classchat.messages import History

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


class _Part(NamedTuple):
    """The part of a conversation that is sent."""

    after: int
    """The number before the first message."""

    until: int
    """The number of the last message."""

    more: bool
    """Whether there are further messages in the direction of the request."""

    oldest: int | None
    """The number of the oldest stored message, where the request reached deleted ones."""


class HistoryRequests:
    """Answers `history`."""

    def __init__(self, journal: Journal, conversations: Conversations, replay: Replay) -> None:
        self._journal = journal
        self._conversations = conversations
        self._replay = replay

    async def answer(self, user: User, peer: Peer, asked: History) -> HistorySent:
        """Send the messages that a user asks for, and return the answer that follows them.

        Raises:
            ChatError: the user may not read that, or it can't be read.
        """
        if sum(bound is not None for bound in (asked.before, asked.after, asked.since)) > 1:
            raise InvalidFormat("give only one of before, after and since", asked.id)
        private = asked.private is True
        conversation, name, last = await self._conversations.find(user, asked.receiver, private=private)
        if conversation is None:
            return HistorySent(user.name, asked.id, name, 0, False, None)
        forwards = asked.after is not None or asked.since is not None
        part = await (self._after if forwards else self._before)(conversation, last, asked)
        check = membership_check(user, conversation)
        count = await self._replay.send(user, peer, conversation, part.after, part.until, check)
        check()
        return HistorySent(user.name, asked.id, name, count, part.more, part.oldest)

    async def _before(self, conversation: Conversation, last: int, asked: History) -> _Part:
        """Return the newest messages, or those nearest before a number."""
        oldest = await self._journal.oldest(conversation)
        until = last if asked.before is None else min(last, asked.before - 1)
        wanted = max(until - asked.limit, 0)
        after = max(wanted, oldest - 1)
        return _Part(after, until, after > oldest - 1, oldest if wanted < oldest - 1 else None)

    async def _after(self, conversation: Conversation, last: int, asked: History) -> _Part:
        """Return the messages nearest after a number or a time."""
        oldest = await self._journal.oldest(conversation)
        wanted = asked.after or 0
        if asked.since is not None:
            since = min(max((asked.since - _EPOCH) // timedelta(milliseconds=1), 0), _LATEST)
            wanted = await self._journal.first_since(conversation, since) - 1
        after = max(wanted, oldest - 1)
        until = min(last, after + asked.limit)
        reached = wanted < oldest - 1 or (asked.since is not None and wanted == oldest - 1 > 0)
        return _Part(after, until, until < last, oldest if reached else None)
