"""What was said before: history, search, and what somebody missed who was away.

All of it waits for the journal and for the client's reading, so all of it is coroutines; the client is told
everything with `replay`, oldest first but for a search, and the answer to its request comes after that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from classchat import names
from classchat.core.backlog import MOST_MISSED, Backlog, bytes_of
from classchat.core.journal_port import Journal, Searcher
from classchat.core.marks import Marks
from classchat.core.model import Conversation, Room, User
from classchat.core.persons import Dialog
from classchat.core.ports import Peer
from classchat.core.rooms import RoomRegistry
from classchat.core.stored import StoredMessage
from classchat.core.users import UserRegistry
from classchat.errors import (
    HistoryUnavailable,
    InvalidFormat,
    NotAMember,
    TooLong,
    TooMany,
    UserNotFound,
)
from classchat.limits import Limits
from classchat.messages import Group, History, Private, Search, Since, Success
from classchat.names import SERVER
from classchat.texts import counted

Due = Callable[[Group | Private], bool]
"""Returns whether a client is still to hear what was said meanwhile; asked right before that is written."""

Check = Callable[[], None]
"""Raises `ChatError` where a user may not read on: asked again for each page, right before it is written."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)

_PIECE = 16_384
"""Bytes that are written at a time of what was said before, to a client who is not far behind."""

_MOST_ROUNDS = 20
"""Times that a client is told what was said while it was told what was said before."""


class Recall:
    """Reads the journal for those who ask."""

    def __init__(self, journal: Journal, users: UserRegistry, rooms: RoomRegistry, limits: Limits) -> None:
        self._limits = limits
        self._journal = journal
        self._most = limits.behind // 2  # bytes for a client that has not read all that was written before
        self._users = users
        self._rooms = rooms

    # Being away.

    async def tell_missed(
        self,
        user: User,
        peer: Peer,
        room: Room,
        since: Since,
        backlog: Backlog,
        check: Check,
        until: int | None = None,
    ) -> None:
        """Tell somebody who joins what was said up to now; what is said from here on, the backlog takes.

        Up to a number, if that was earlier.

        Raises:
            ChatError: `check` has raised it, and the rest was not told.
        """
        until = room.last_seq if until is None else until
        if since.epoch != self._journal.epoch or since.seq > until:
            backlog.lose(None)
            return
        first = max(since.seq, until - MOST_MISSED)
        try:
            first = max(first, await self._journal.oldest(room) - 1)
            if first > since.seq:
                backlog.lose(min(first, until) - since.seq)
            await self._tell(user, peer, room, first, until, check)
        except HistoryUnavailable:
            backlog.lose(None)

    async def tell_missed_here(
        self, user: User, peer: Peer, room: Room, since: Since | None, backlog: Backlog
    ) -> int:
        """Tell somebody who is back in a room that he was in what was said there; return up to which number.

        From the number on that their client names, or else from when their last one has left. A user who is
        put out meanwhile is told nothing more of it.
        """
        until = room.last_seq
        with suppress(NotAMember):
            await self._tell_missed_up_to(user, peer, room, since, backlog, until)
        return until

    async def _tell_missed_up_to(
        self, user: User, peer: Peer, room: Room, since: Since | None, backlog: Backlog, until: int
    ) -> None:
        check = self._membership(user, room)
        seq = None if since is None else backlog.marks_in(since).of_room(room.name, room.key[1:])
        if since is not None and seq is not None:
            await self.tell_missed(user, peer, room, Since(since.epoch, seq), backlog, check, until)
        elif backlog.left is not None:
            try:
                first = await self._journal.first_since(room, _milliseconds(backlog.left))
            except HistoryUnavailable:
                backlog.lose(None)
                return
            since = Since(self._journal.epoch, min(first - 1, until))
            await self.tell_missed(user, peer, room, since, backlog, check, until)

    async def tell_missed_privately(
        self, user: User, peer: Peer, since: Since | None, backlog: Backlog
    ) -> None:
        """Tell somebody who is back what he was told in private; the backlog keeps what comes after."""
        if since is None and backlog.left is None:
            return
        if since is not None and since.epoch != self._journal.epoch:
            backlog.lose(None)
            return
        try:
            if since is not None:
                missed = await self._journal.missed(user.person, since)
            else:
                missed = await self._journal.missed_since(user.person, _milliseconds(backlog.left))
        except HistoryUnavailable:
            backlog.lose(None)
            return
        messages = missed.messages
        if since is not None and user.account is not None:
            messages = _new_to(backlog.marks_in(since), backlog, messages)
        if missed.left_out and len(messages) == len(missed.messages):
            backlog.lose(missed.left_out)
        told = {(kept.sender, kept.seq, kept.time) for kept in messages}
        for kept in messages:
            if not user.reaches(peer):
                return
            peer.tell(kept.event())
            await peer.drained()
        # What was read may be committed and not delivered yet: then it comes into the backlog, too.
        await self._journal.settled()
        backlog.events = [
            event for event in backlog.events if (event.sender, event.seq, event.time) not in told
        ]

    async def tell_meanwhile(self, user: User, peer: Peer, backlog: Backlog, is_due: Due) -> None:
        """Tell a client what the backlog has, until so little is left that all of it can follow at once.

        Where others say more than the client reads, the oldest of it is lost, and that is noted.
        """
        for _ in range(_MOST_ROUNDS):
            if backlog.size <= _PIECE or not user.reaches(peer):
                break
            events, backlog.events = backlog.events, []
            for event in events:
                if user.reaches(peer) and is_due(event):
                    peer.tell(replace(event, replay=True))
                    await peer.drained()
        backlog.trim(self._most)

    # Asking.

    async def history(self, user: User, peer: Peer, asked: History) -> Success:
        """Tell somebody what was said in a room or with a person, and return the answer."""
        if sum(bound is not None for bound in (asked.before, asked.after, asked.since)) > 1:
            raise InvalidFormat("give only one of before, after and since", asked.id)
        conversation, name, last = await self._conversation(user, asked.receiver, asked.private is True)
        if conversation is None:
            return self._answer(user, asked.id, name, 0, more=False)
        oldest = await self._journal.oldest(conversation)
        after, until, more = 0, last, False
        if asked.after is not None or asked.since is not None:
            after = asked.after or 0
            if asked.since is not None:
                since = min(max((asked.since - _EPOCH) // timedelta(milliseconds=1), 0), _LATEST)
                after = await self._journal.first_since(conversation, since) - 1
            wanted = after
            after = max(after, oldest - 1)
            until = min(last, after + asked.limit)
            more = until < last
        else:
            until = last if asked.before is None else min(last, asked.before - 1)
            wanted = max(until - asked.limit, 0)
            after = max(wanted, oldest - 1)
            more = after > oldest - 1
        check = self._membership(user, conversation)
        count = await self._tell(user, peer, conversation, after, until, check)
        check()
        reached = wanted < oldest - 1 or (asked.since is not None and wanted == oldest - 1 > 0)
        return self._answer(user, asked.id, name, count, more=more, oldest=oldest if reached else None)

    async def search(self, user: User, peer: Peer, asked: Search) -> Success:
        """Tell somebody where words occur in what he may read, newest first, and return the answer."""
        words = self._words_of(asked)
        sender = self._key_of(asked.user) if asked.user else None
        rooms = list(user.rooms)
        dialog: Dialog | None = None
        conversation: Room | Dialog | None = None
        if asked.receiver:
            conversation, _, _ = await self._conversation(user, asked.receiver, asked.private is True)
            rooms = [room for room in rooms if room is conversation]
            dialog = None if rooms else conversation  # type: ignore[assignment]
        everything = not asked.receiver
        private = user.person if everything else dialog

        def waits() -> bool:
            put_out = isinstance(conversation, Room) and conversation not in user.rooms
            return user.reaches(peer) and not put_out

        asker = Searcher(user, waits)
        found = await self._journal.search(
            words, rooms, private, asked.limit, asked.before, sender=sender, asker=asker
        )
        count = 0
        for kept in found.messages:
            if not waits():
                break
            if kept.private or self._rooms.find(kept.receiver) in user.rooms:
                count += 1
                peer.tell(kept.event())
                await peer.drained()
        if conversation is not None:
            self._membership(user, conversation)()
        more = found.before is not None
        text = f"{counted(count, 'message')} found" + (", and there may be more" if more else "")
        return Success(SERVER, user.name, text, id=asked.id, more=more, before=found.before)

    def _words_of(self, asked: Search) -> list[str]:
        """Return the words that are searched for.

        Raises:
            ChatError: there are none, or more than are looked for.
        """
        if len(asked.text) > self._limits.text:
            raise TooLong("text", self._limits.text, "characters")
        words = list(dict.fromkeys(asked.text.split()))
        if not (words or asked.user):
            raise InvalidFormat("give a word or a user to search for", asked.id)
        if len(words) > self._limits.words:
            raise TooMany("words in one search", self._limits.words)
        return words

    def _key_of(self, name: str) -> str:
        """Return the key of a user's name, whoever has or had it.

        Raises:
            UserNotFound: nobody can have it.
        """
        if not self._users.may_have_been(name):
            raise UserNotFound(name)
        return names.user_key(name)

    async def _conversation(
        self, user: User, name: str, private: bool
    ) -> tuple[Room | Dialog | None, str, int]:
        """Return what a user may read under a name, as it is spelled, and its last number.

        A room, or a private conversation; `private` says that no room is meant.
        """
        room = None if private else self._rooms.find(name)
        if room is not None and room in user.rooms:
            return room, room.name, room.last_seq
        other = self._users.find(name)
        if other is not None:
            dialog = await self._journal.dialog(user.person, other.person)
            return dialog, other.name, dialog.last_seq if dialog else 0
        if self._users.may_have_been(name):
            dialog = await self._journal.last_dialog(user.person, names.user_key(name))
            if dialog is not None:
                return dialog, name, dialog.last_seq
        if room is not None:
            raise NotAMember(room.name)
        raise UserNotFound(name)

    def _answer(
        self, user: User, id: str | None, name: str, count: int, *, more: bool, oldest: int | None = None
    ) -> Success:
        text = f"{counted(count, 'message')} of '{name}'"
        if oldest is not None:
            text += f"; messages before number {oldest} have been deleted"
        return Success(SERVER, user.name, text, id=id, more=more, oldest=oldest)

    def _membership(self, user: User, conversation: Conversation) -> Check:
        """Return what raises `NotAMember` once a user is not in a room any more."""

        def check() -> None:
            if isinstance(conversation, Room) and conversation not in user.rooms:
                raise NotAMember(conversation.name)

        return check

    async def _tell(
        self, user: User, peer: Peer, conversation: Conversation, after: int, until: int, check: Check
    ) -> int:
        """Tell somebody what has the numbers after one, up to another; return how many there were.

        To read a page takes a while, and so does the client: `check` is asked when the page is there.
        """
        count = 0
        while after < until and user.reaches(peer):
            page = await self._journal.read(conversation, after, until)
            if not page or not user.reaches(peer):
                break
            after = page[-1].seq
            for piece in _pieces(page):
                if not user.reaches(peer):
                    break
                check()
                count += len(piece)
                peer.tell(*[kept.event() for kept in piece])
                await peer.drained()
        return count


def _pieces(page: Sequence[StoredMessage]) -> Iterator[Sequence[StoredMessage]]:
    """Yield the messages of a page in pieces of at most `_PIECE` bytes, or of one message."""
    start = size = 0
    for position, kept in enumerate(page):
        length = bytes_of(kept.text)
        if size + length > _PIECE and position > start:
            yield page[start:position]
            start, size = position, 0
        size += length
    if page:
        yield page[start:]


def _new_to(marks: Marks, backlog: Backlog, missed: Sequence[StoredMessage]) -> Sequence[StoredMessage]:
    """Return what of this a device of an account can't have heard.

    Who has an account may have conversations that are older than this device, and of which it says nothing
    because it was never told anything of them.
    """
    first = backlog.left if backlog.known_since is None else backlog.known_since
    return [
        kept
        for kept in missed
        if marks.names_user(kept.sender)
        or (first is not None and datetime.fromisoformat(kept.time).timestamp() >= first)
    ]


def _milliseconds(seconds: float | None) -> int:
    return int((seconds or 0.0) * 1000)
