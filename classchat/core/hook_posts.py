"""What programs post with a webhook: it is said in the webhook's room, by an author who is not a user.

A hook may speak wherever its operator has added it, also in rooms where only moderators may; not in a room
that is closed. It ends with its room: a new room of the same name is another one.
"""

from __future__ import annotations

from collections import OrderedDict

from classchat.core.directory import Directory
from classchat.core.entries import Said
from classchat.core.gate import Gate
from classchat.core.hooks import Hook, author, author_name
from classchat.core.journal_port import Journal
from classchat.core.persons import digest
from classchat.core.ports import Clock
from classchat.core.rate_limit import Bucket
from classchat.errors import NotSaved, RoomClosed, RoomNotFound, TooMany
from classchat.limits import Limits, Rate
from classchat.texts import harmless

_MOST_REMEMBERED = 1_000
"""Hooks whose rate is remembered: those that have posted last."""


class HookPosts:
    """Says in rooms what programs post."""

    def __init__(self, journal: Journal, directory: Directory, gate: Gate, clock: Clock) -> None:
        self._journal = journal
        self._rooms = directory.rooms
        self._limits: Limits = directory.limits
        self._gate = gate
        self._clock = clock
        self._buckets: OrderedDict[int, Bucket] = OrderedDict()

    async def hook(self, token: str) -> Hook | None:
        """Return the webhook of a token, if it is valid.

        Raises:
            HistoryUnavailable: it can't be read.
        """
        found = await self._journal.hook(digest(token))
        return None if found is None or found.is_outgoing else found

    def take_turn(self, hook: Hook) -> None:
        """Count a message of a hook.

        Raises:
            TooMany: it sends too many.
        """
        bucket, now = self._bucket(hook.number, self._limits.hook_posts), self._clock.seconds()
        if bucket.take(now) > 0.0:
            bucket.put_back()
            raise TooMany("messages of this webhook at once", self._limits.hook_posts.burst)

    async def say(self, hook: Hook, text: str, wanted: str = "") -> None:
        """Say a text in the room of a hook, under the wanted name as far as it can be one; wait until stored.

        A text that is too long for a message is cut off.

        Raises:
            ChatError: the room does not exist any more, or is closed; or the text could not be stored.
        """
        self._gate.check()
        room = self._rooms.by_key(hook.room)
        if room is None:
            raise RoomNotFound(hook.room.removeprefix("#"))
        if room.order.closed:
            raise RoomClosed(room.name)
        text = text if text.isprintable() else harmless(text)
        most = self._limits.text
        if len(text) > most:
            text = f"{text[: most - 1]}…"
        entry = Said(author(author_name(wanted, hook.name)), None, None, text, room)
        self._journal.append(entry)
        await self._journal.settled()
        if not entry.time:
            raise NotSaved

    def _bucket(self, number: int, rate: Rate) -> Bucket:
        bucket = self._buckets.setdefault(number, Bucket(rate))
        self._buckets.move_to_end(number)
        if len(self._buckets) > _MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket
