"""The messages that a journal in memory keeps: the latest ones, of all conversations together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from classchat import names
from classchat.core.acts import Deletion
from classchat.core.backlog import MOST_MISSED
from classchat.core.entries import Message, Renamed, Whispered
from classchat.core.marks import heard_up_to
from classchat.core.model import Conversation, Room, User
from classchat.core.persons import Dialog, Person
from classchat.core.stored import (
    Authorship,
    Latest,
    MissedMessages,
    PrivateDeletion,
    SearchResults,
    StoredDeletion,
    StoredMessage,
    Tombstone,
)
from classchat.journal.latest import LatestRow, between
from classchat.journal.words import Words
from classchat.messages import Since
from classchat.texts import milliseconds, stamp

_MOST_KEPT = 1_000
"""Messages that are kept."""

_MOST_SEARCHED = 100_000
"""Characters that one search reads: it runs in one turn of the reactor."""

_ALL = 1 << 63
_PAGE = 100
"""Messages that are read at a time."""


class MemoryLog:
    """Keeps messages, and the tombstones of deleted ones."""

    def __init__(self) -> None:
        self._kept: deque[Message] = deque(maxlen=_MOST_KEPT)
        self._tombstones: dict[tuple[str, int], Tombstone] = {}  # by the conversation's key, and the number
        self._renamed: list[tuple[Renamed, int]] = []  # with the number of messages before
        self.count = 0
        """The number of all messages that were ever kept."""

    def keep(self, messages: Sequence[Message]) -> None:
        """Keep messages, and forget the oldest ones."""
        self._kept.extend(messages)
        self.count += len(messages)

    # Changes.

    def rename(self, entry: Renamed, before: int) -> None:
        """Record that a user has another name since so many messages."""
        self._renamed.append((entry, before))

    def keep_names(self) -> list[Renamed]:
        """Keep the former names in messages of users who have another name now, and in those to them.

        Returns the renames since the last call.
        """
        renamed, self._renamed = self._renamed, []
        for entry, before in renamed:
            person = entry.user.person
            former = User(entry.old, Person(entry.old, names.user_key(entry.old), b"", person.number))
            receiver = User(entry.old, person)
            for kept in islice(self._kept, max(len(self._kept) - (self.count - before), 0)):
                if kept.user is entry.user:
                    kept.user = former
                if isinstance(kept, Whispered) and kept.to is entry.user:
                    kept.to = receiver
        return [entry for entry, _ in renamed]

    def delete(self, act: Deletion, time: str) -> bool:
        """Delete the text of a kept message; return whether there was one, and of this author."""
        kept = self._find(act.conversation, act.seq)
        if kept is None or act.author not in (None, kept.user.person.number):
            return False
        if (act.conversation, act.seq) in self._tombstones:
            return False
        kept.text = ""
        self._tombstones[act.conversation, act.seq] = Tombstone(act.by, time)
        if len(self._tombstones) > _MOST_KEPT:
            places = {(entry.conversation.key, entry.seq) for entry in self._kept}
            self._tombstones = {at: gone for at, gone in self._tombstones.items() if at in places}
        return True

    # Reading.

    def files(self) -> set[int]:
        """Return the numbers of the files whose messages are kept."""
        return {
            entry.file.number
            for entry in self._kept
            if entry.file is not None and (entry.conversation.key, entry.seq) not in self._tombstones
        }

    def oldest(self, conversation: Conversation) -> int:
        """Return the number of the oldest kept message, or of the next one if none is kept."""
        return next((entry.seq for entry in self._log(conversation)), conversation.last_seq + 1)

    def first_since(self, conversation: Conversation, time: int) -> int:
        """Return the number of the oldest kept message since a time, or of the next one if there is none."""
        since = stamp(time)
        newer = (entry.seq for entry in self._log(conversation) if entry.time >= since)
        return next(newer, conversation.last_seq + 1)

    def read(self, conversation: Conversation, after: int, until: int) -> Sequence[StoredMessage]:
        """Return kept messages with numbers above `after` and up to `until`, oldest first, at most a page."""
        wanted = (entry for entry in self._log(conversation) if after < entry.seq <= until)
        return [self._as_kept(entry) for entry in islice(wanted, _PAGE)]

    def authorship(self, conversation: Conversation, seq: int) -> Authorship | None:
        """Return who has sent the kept message with a number, and when; None if it is not kept."""
        kept = self._find(conversation.key, seq)
        if kept is None:
            return None
        deleted = (conversation.key, seq) in self._tombstones
        user, receiver = kept.user, _receiver(kept)
        return Authorship(user.name, receiver, user.person.number, milliseconds(kept.time), deleted)

    def deletions(self, conversation: Conversation, seq: int) -> list[StoredDeletion]:
        """Return the messages up to a number that were deleted after the one with that number was sent."""
        last = self._find(conversation.key, seq)
        found: list[StoredDeletion] = []
        for (key, number), gone in self._tombstones.items():
            if last is None or key != conversation.key or number > seq or gone.time < last.time:
                continue
            kept = self._find(key, number)
            if kept is not None:
                found.append(StoredDeletion(number, kept.user.name, _receiver(kept), kept.time, gone))
        return found

    def last_dialog(self, person: Person, key: str) -> Dialog | None:
        """Return a person's last private conversation with a user of this name, if there is one.

        If there is none, the last one with a user who had this name then, and has another one now.
        """
        dialogs = [*reversed(person.dialogs.items())]
        found = [dialog for other, dialog in dialogs if other.key == key]
        renamed = (dialog for other, dialog in dialogs if key in other.former and self._knows(dialog, key))
        return found[0] if found else next(renamed, None)

    def latest(
        self, person: Person, rooms: Sequence[Room], after: int, before: int, limit: int, *, newest: bool
    ) -> Sequence[Latest]:
        """Return the latest kept messages of some rooms, and of a person's private conversations."""
        last = {entry.conversation: entry for entry in self._kept}
        wanted: list[tuple[str, str | None, Conversation]] = [(room.name, None, room) for room in rooms]
        wanted += [(other.name, other.key, dialog) for other, dialog in person.dialogs.items()]
        found = [
            LatestRow(name, key, last[one].seq, milliseconds(last[one].time))
            for name, key, one in wanted
            if one in last
        ]
        return between(found, after, before, limit, newest=newest)

    def missed(self, person: Person, since: Since) -> MissedMessages:
        """Return the private messages to a person that their client does not have yet."""
        dialogs = [(other.key, dialog.last_seq, dialog) for other, dialog in person.dialogs.items()]
        former = {dialog: other.former for other, dialog in person.dialogs.items()}
        heard = dict(heard_up_to(since, dialogs, former))
        missed = [
            self._as_kept(entry)
            for entry in self._kept
            if isinstance(entry, Whispered)
            and entry.to.person is person
            and entry.seq > heard.get(entry.conversation, _ALL)
        ]
        gone = [
            PrivateDeletion(other.name, deletion)
            for other, dialog in person.dialogs.items()
            for deletion in self.deletions(dialog, heard.get(dialog, 0))
        ]
        return MissedMessages(missed[-MOST_MISSED:], max(len(missed) - MOST_MISSED, 0), gone)

    def missed_since(self, person: Person, time: int) -> MissedMessages:
        """Return the private messages to a person since a time, in milliseconds."""
        since = stamp(time)
        missed = [
            self._as_kept(entry)
            for entry in self._kept
            if isinstance(entry, Whispered) and entry.to.person is person and entry.time >= since
        ]
        return MissedMessages(missed[-MOST_MISSED:], max(len(missed) - MOST_MISSED, 0))

    def search(
        self, wanted: Words, readable: set[Conversation], limit: int, before: int | None, sender: str | None
    ) -> SearchResults:
        """Return messages of `readable` conversations that contain all the words, newest first."""
        found: list[StoredMessage] = []
        left = _MOST_SEARCHED
        for position, entry in zip(range(self.count, 0, -1), reversed(self._kept), strict=False):
            if (before is not None and position >= before) or entry.conversation not in readable:
                continue
            if sender is not None and entry.user.person.key != sender:
                continue
            if (entry.conversation.key, entry.seq) in self._tombstones:
                continue
            if left < 0:
                return SearchResults(found, position + 1)
            left -= len(entry.text)
            if wanted.occur_in(entry.text):
                if len(found) == limit:
                    return SearchResults(found, position + 1)
                found.append(self._as_kept(entry))
        return SearchResults(found, None)

    def _find(self, key: str, seq: int) -> Message | None:
        """Return a kept message, by the key of its conversation."""
        for entry in reversed(self._kept):
            if entry.seq == seq and entry.conversation.key == key:
                return entry
        return None

    def _knows(self, dialog: Dialog, key: str) -> bool:
        """Return whether a kept message of a private conversation is from or to a name."""
        return any(
            key in (kept.user.person.key, names.user_key(kept.to.name))
            for kept in self._kept
            if isinstance(kept, Whispered) and kept.conversation is dialog
        )

    def _log(self, conversation: Conversation) -> Iterator[Message]:
        """Yield the kept messages of a conversation, oldest first."""
        return (entry for entry in self._kept if entry.conversation is conversation)

    def _as_kept(self, entry: Message) -> StoredMessage:
        gone = self._tombstones.get((entry.conversation.key, entry.seq)) if self._tombstones else None
        private = isinstance(entry, Whispered)
        return StoredMessage(
            entry.seq, entry.time, entry.user.name, _receiver(entry), entry.text, private, gone, entry.file
        )


def _receiver(entry: Message) -> str:
    """Return the room, or the name of the user, that a message was sent to."""
    return entry.to.name if isinstance(entry, Whispered) else entry.conversation.name
