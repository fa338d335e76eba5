"""Reading a journal's file beside its writer: pages of history, what somebody missed, what is searched for.

A reader never waits for the writer, nor the writer for a reader. Each belongs to the thread that opened it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from pathlib import Path
from typing import Any, NamedTuple

from classchat.core.acts import Change, Secured
from classchat.core.stored import StoredAccount
from classchat.journal import search, tables, upkeep
from classchat.journal.elsewhere import account
from classchat.journal.schema import open_to_read
from classchat.journal.upkeep import Summary

MOST_BYTES = 512 * 1024
"""Bytes of text in a page, if nothing else is said: half of what a reader of the network may be behind."""

_SEARCHING = 0.01
"""Seconds after which a search says where to go on: others search, too."""

_COLUMNS = "messages.id, name, seq, time, sender, receiver, text"
_MESSAGES = f"SELECT {_COLUMNS} FROM messages JOIN conversations ON conversations.id = conversation"  # noqa: S608

_Row = tuple[Any, ...]


class KeptMessage(NamedTuple):
    """What was said."""

    id: int
    """Its place among all messages of the journal, which clients are not told."""

    room: str | None
    """The room's name; None in a private conversation."""

    seq: int
    time: int
    """In milliseconds."""

    sender: str
    receiver: str | None
    """Whom it was told; None in a room."""

    text: str


class DialogRow(NamedTuple):
    """A private conversation of somebody."""

    other: str
    """The other's name, as names are compared."""

    last_seq: int
    conversation: str
    """Its key."""


class HistoryPage(NamedTuple):
    """A part of a conversation."""

    messages: list[KeptMessage]
    """Oldest first."""

    more: bool
    """Whether there is more in the direction in which was read."""

    oldest: int
    """The number of the oldest message that was not deleted; if all were, of the next one to be said."""


class Missed(NamedTuple):
    """What somebody was told who was not there."""

    messages: list[KeptMessage]
    """Oldest first."""

    left_out: int
    """How many older ones there are."""


class Found(NamedTuple):
    """What a search has found so far."""

    messages: list[KeptMessage]
    """Newest first."""

    before: int | None
    """From where to go on; None when everything was looked through."""


class Reader:
    """A connection that reads; its thread's own."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the file, which has to be there.

        Raises:
            CannotOpen: there is nothing there that could be read.
        """
        self._db = open_to_read(path)
        self._clock = clock

    def close(self) -> None:
        """Close the file. Harmless twice."""
        self._db.close()

    def rooms(self) -> list[tuple[str, int]]:
        """Return all rooms, in the order in which they were made, each with its last number."""
        return self._db.execute(
            "SELECT name, last_seq FROM conversations WHERE name IS NOT NULL ORDER BY id"
        ).fetchall()

    def changes(self) -> list[Change]:
        """Return all rows of order."""
        return tables.changes(self._db)

    def accounts(self) -> list[StoredAccount]:
        """Return all claimed names."""
        return [account(row) for row in tables.accounts(self._db)]

    def secured(self, key: str) -> Secured | None:
        """Return whose a name is, by its key, and the hash of his password."""
        return tables.secured(self._db, key)

    def issued(self, person: int, token_hash: bytes, since: int) -> int | None:
        """Return when a token was issued to a person who is connected, or was at a time or later."""
        return tables.issued(self._db, person, token_hash, since)

    def person(self, token_hash: bytes, key: str, since: int) -> int | None:
        """Return who holds this token under this name, and is connected or was at a time or later."""
        found = self._db.execute(
            "SELECT id FROM persons WHERE token_hash = ? AND key = ? AND (ended IS NULL OR ended >= ?)",
            (token_hash, key, since),
        ).fetchone()
        return None if found is None else found[0]

    def request(self, sender: str, request: str, since: int) -> tuple[int, int] | None:
        """Return number and time of the message to which somebody, by his name's key, gave this `id`."""
        found: tuple[int, int] | None = self._db.execute(
            "SELECT seq, time FROM messages WHERE sender_key = ? AND request = ? AND time >= ?",
            (sender, request, since),
        ).fetchone()
        return found

    def dialogs(self, person: int) -> list[DialogRow]:
        """Return a person's private conversations, in the order in which they began."""
        rows = self._db.execute(
            "SELECT persons.key, last_seq, conversations.key FROM participants"
            " JOIN conversations ON conversations.id = conversation JOIN persons ON persons.id = other"
            " WHERE person = ? ORDER BY conversation",
            (person,),
        )
        return list(map(DialogRow._make, rows))

    def last_seq(self, conversation: str) -> int:
        """Return the number of a conversation's last message, by its key; 0 if there is none."""
        found = self._db.execute(
            "SELECT last_seq FROM conversations WHERE key = ?", (conversation,)
        ).fetchone()
        return found[0] if found else 0

    def oldest(self, conversation: str) -> int:
        """Return the number of the oldest message that was not deleted; if all were, of the next one."""
        return self._extent(conversation)[1]

    def first_since(self, conversation: str, since: int) -> int:
        """Return the number of the oldest message that is not older than a time, or of the next one."""
        id, oldest, last = self._extent(conversation)
        return self._last_before(id, since, oldest, last) + 1

    def _extent(self, conversation: str) -> tuple[int, int, int]:
        """Return a conversation's id, and the numbers of its oldest and of its last message."""
        found = self._db.execute(
            "SELECT id, coalesce((SELECT min(seq) FROM messages WHERE conversation = conversations.id),"
            " last_seq + 1), last_seq FROM conversations WHERE key = ?",
            (conversation,),
        ).fetchone()
        return found or (0, 1, 0)

    def page(
        self,
        conversation: str,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        since: int | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> HistoryPage:
        """Return a part of a conversation, by its key: at least one message, if there is one.

        The newest; with `before` a number, those nearest before it; with `after` a number or `since` a time
        in milliseconds, those nearest after it. With `before` and `after` the newest between the two.
        """
        id, oldest, last = self._extent(conversation)
        if since is not None:
            after = self._last_before(id, since, oldest, last)
        forwards = after is not None and before is None
        rows = self._db.execute(
            f"{_MESSAGES} WHERE conversation = ? AND seq > ? AND seq < ?"
            f" ORDER BY seq {'ASC' if forwards else 'DESC'} LIMIT ?",
            (id, after or 0, last + 1 if before is None else before, limit + 1),
        )
        messages, more = _fitting(rows, limit, most_bytes)
        return HistoryPage(messages if forwards else messages[::-1], more, oldest)

    def missed(
        self,
        person: int,
        heard: Sequence[tuple[str, int]],
        limit: int = 1000,
        most_bytes: int = MOST_BYTES,
    ) -> Missed:
        """Return the newest of what a person was told in private conversations.

        `heard` says up to which number he has each of them, by their keys.
        """
        newest: list[Iterator[KeptMessage]] = []
        count = 0
        with self._snapshot():  # else what is said meanwhile is read, and was not counted
            for conversation, after in heard:
                id, _, last = self._extent(conversation)
                if after >= last:
                    continue
                wanted = (id, after, person)
                where = "WHERE conversation = ? AND seq > ? AND to_person = ?"
                count += self._db.execute(f"SELECT count(*) FROM messages {where}", wanted).fetchone()[0]  # noqa: S608
                rows = self._db.execute(f"{_MESSAGES} {where} ORDER BY seq DESC LIMIT ?", (*wanted, limit))
                newest.append(map(KeptMessage._make, rows))
            messages, _ = _fitting(merge(*newest, reverse=True), limit, most_bytes)
        return Missed(messages[::-1], count - len(messages))

    def search(
        self,
        words: str,
        conversations: Collection[str],
        limit: int,
        before: int | None = None,
        sender: str | None = None,
    ) -> Found:
        """Find the newest messages of these conversations, by their keys, in which all the words occur.

        Words are separated by spaces, occur anywhere in a text, and in any case. With a `sender`, the key of
        a name, only what was said under that name is searched, and there may be no words. What takes too long
        is not gone through to the end: there may be less than `limit`, even nothing, and `before` to go on.
        """
        end = self._clock() + _SEARCHING
        ids, go_on = search.search(
            self._db, words, conversations, limit, before, sender, lambda: self._clock() >= end
        )
        rows = self._db.execute(
            f"{_MESSAGES} WHERE messages.id IN (SELECT value FROM json_each(?)) ORDER BY messages.id DESC",  # noqa: S608
            (json.dumps(ids),),
        )
        return Found(list(map(KeptMessage._make, rows)), go_on)

    def check(self) -> list[str]:
        """Return what is wrong with the file as far as one can see without writing, one sentence each."""
        return upkeep.check(self._db)

    def summary(self) -> Summary:
        """Say what is in the file."""
        return upkeep.summary(self._db)

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """See the file as it is at the first reading, over several."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    def _last_before(self, conversation: int, since: int, oldest: int, last: int) -> int:
        """Return the number of the last message from before a time: times rise with the numbers."""
        low, high = oldest - 1, last
        while low < high:
            middle = (low + high + 1) // 2
            found = self._db.execute(
                "SELECT time FROM messages WHERE conversation = ? AND seq = ?", (conversation, middle)
            ).fetchone()
            if found is None or found[0] < since:
                low = middle
            else:
                high = middle - 1
        return low


def _fitting(rows: Iterable[_Row], limit: int, most_bytes: int) -> tuple[list[KeptMessage], bool]:
    """Take as many as may be, and tell whether there is more."""
    messages: list[KeptMessage] = []
    left = most_bytes
    for row in rows:
        message = KeptMessage._make(row)
        left -= len(message.text.encode())
        if len(messages) == limit or (messages and left < 0):
            return messages, True
        messages.append(message)
    return messages, False
