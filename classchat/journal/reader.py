"""Reading a journal's file while it is written: pages of history, missed messages, searches.

Readers and the writer never wait for each other. A reader belongs to the thread that opened it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from pathlib import Path
from typing import Any

from classchat.core.acts import Change, Secured
from classchat.core.hooks import Hook
from classchat.core.shared_files import FileSpace, StoredFile
from classchat.core.stored import Restored, StoredAccount, StoredRow
from classchat.journal import (
    class_rows,
    deletions,
    dialog_rows,
    enrolment,
    file_rows,
    hook_rows,
    search,
    tables,
    upkeep,
)
from classchat.journal.database import Database
from classchat.journal.deletions import AuthorshipRow, DeletionRow
from classchat.journal.elsewhere import account
from classchat.journal.latest import LatestRow
from classchat.journal.opening import open_to_read
from classchat.journal.read_rows import DialogRow, Found, HistoryPage, KeptMessage, Missed, PersonFound
from classchat.journal.search import Candidates, InFile
from classchat.journal.upkeep import Summary
from classchat.journal.words import Words
from classchat.rosters.students import Enrolled

MOST_BYTES = 512 * 1024
"""The default number of bytes of text in a page: half of what may wait for a client."""

_SEARCHING = 0.01
"""Seconds after which a search stops and says where to continue, since other users search too."""

_COLUMNS = (
    f"messages.id, name, seq, time, sender, receiver, text, deleted_by, deleted, {file_rows.OF_MESSAGE}"
)
_MESSAGES = f"SELECT {_COLUMNS} FROM messages JOIN conversations ON conversations.id = conversation"  # noqa: S608

_Row = tuple[Any, ...]


class Reader:
    """A read-only connection, for one thread."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Open an existing file.

        Raises:
            CannotOpen: the file does not exist or can't be read.
        """
        self._file = open_to_read(path)
        self._db: Database = self._file
        self._clock = clock

    def close(self) -> None:
        """Close the file. Harmless twice."""
        self._db.close()

    @property
    def is_lost(self) -> bool:
        """Whether the connection is lost, so that another one may succeed."""
        return False

    def everything(self) -> Restored:
        """Return what a server needs when it starts."""
        return Restored(self.rooms(), self.changes(), self.accounts(), self.created(), self.class_rows())

    def rooms(self) -> list[tuple[str, int]]:
        """Return all rooms in order of creation, each with the number of its last message."""
        return self._db.execute(
            "SELECT name, last_seq FROM conversations WHERE name IS NOT NULL ORDER BY id"
        ).fetchall()

    def created(self) -> dict[str, int]:
        """Return when all rooms were created, by name, in milliseconds."""
        return dict(self._db.execute("SELECT name, created FROM conversations WHERE name IS NOT NULL"))

    def class_rows(self) -> list[StoredRow]:
        """Return the state of the class layer in all rooms."""
        return class_rows.live_rows(self._db)

    def changes(self) -> list[Change]:
        """Return all rows about the order in rooms."""
        return tables.changes(self._db)

    def accounts(self) -> list[StoredAccount]:
        """Return all registered names."""
        return [account(row) for row in tables.accounts(self._db)]

    def secured(self, key: str) -> Secured | None:
        """Return the owner and password hash of a registered name, by its key."""
        return tables.secured(self._db, key)

    def invited(self, code: bytes, now: int) -> Enrolled | None:
        """Return the student whose join code has this digest, if it is valid `now`."""
        return enrolment.by_code(self._db, code, now)

    def hook(self, token: bytes) -> Hook | None:
        """Return the webhook that programs post to with a token, by its digest."""
        return hook_rows.hook(self._db, token)

    def hooks(self) -> list[Hook]:
        """Return all webhooks, the oldest first."""
        return hook_rows.hooks(self._db)

    def roster(self) -> list[Enrolled]:
        """Return the students on the roster who have not left, by name."""
        return enrolment.roster(self._db, left=False)

    def shared_file(self, number: int) -> StoredFile | None:
        """Return a file by its number, unless its message is deleted."""
        return file_rows.find(self._db, number)

    def file_space(self, person: int) -> FileSpace:
        """Return how much the files of a person, and those of all, take."""
        return file_rows.space(self._db, person)

    def needed_contents(self) -> Sequence[file_rows.NeededContent]:
        """Return all contents that files have."""
        return file_rows.needed(self._db)

    def issued(self, person: int, token_hash: bytes, since: int) -> int | None:
        """Return when a token was issued to a person who is connected, or was since a time."""
        return tables.issued(self._db, person, token_hash, since)

    def person(self, token_hash: bytes, key: str, since: int) -> PersonFound | None:
        """Return the person with this token and name, if they are connected or were since a time.

        The name may be a former one.
        """
        return dialog_rows.person(self._db, token_hash, key, since)

    def request(self, sender: str, request: str, since: int) -> tuple[int, int] | None:
        """Return the number and time of the message that was sent with this `id` under a name's key.

        It may have been sent under a former name of a person who has this name now.
        """
        found: tuple[int, int] | None = self._db.execute(
            "SELECT seq, time FROM messages WHERE sender_key = ? AND request = ? AND time >= ?",
            (sender, request, since),
        ).fetchone()
        if found is None:
            found = self._db.execute(
                "SELECT seq, messages.time FROM persons JOIN former_names ON former_names.person = persons.id"
                " JOIN messages ON sender_key = former_names.key AND messages.time <= former_names.time"
                " WHERE persons.key = ? AND request = ? AND messages.time >= ?",
                (sender, request, since),
            ).fetchone()
        return found

    def dialogs(self, person: int) -> list[DialogRow]:
        """Return a person's private conversations in the order in which they began."""
        return dialog_rows.dialogs(self._db, person)

    def last_dialog(self, person: int, key: str) -> DialogRow | None:
        """Return a person's last private conversation with a user of a name.

        If there is none, the last one that has begun when another user had that name.
        """
        return dialog_rows.last(self._db, person, key)

    def latest_in_rooms(self, keys: Iterable[str]) -> Iterator[LatestRow]:
        """Yield the latest message of each room, by its key, unless it is deleted."""
        return dialog_rows.latest_in_rooms(self._db, keys)

    def latest_in_private(self, person: int) -> Iterator[LatestRow]:
        """Yield the latest message of each private conversation of a person, unless it is deleted."""
        return dialog_rows.latest_in_private(self._db, person)

    def former_names(self, person: int) -> dict[str, list[str]]:
        """Return the former names of the others in a person's private conversations.

        They are keys, the newest last, by the key of the conversation.
        """
        return dialog_rows.former_names(self._db, person)

    def last_seq(self, conversation: str) -> int:
        """Return the number of a conversation's last message, by its key; 0 if there is none."""
        found = self._db.execute(
            "SELECT last_seq FROM conversations WHERE key = ?", (conversation,)
        ).fetchone()
        return found[0] if found else 0

    def oldest(self, conversation: str) -> int:
        """Return the number of the oldest message that is not deleted, or of the next one if all are."""
        return self._extent(conversation)[1]

    def first_since(self, conversation: str, since: int) -> int:
        """Return the number of the oldest message since a time, or of the next one if there is none."""
        id, oldest, last = self._extent(conversation)
        return self._last_before(id, since, oldest, last) + 1

    def _extent(self, conversation: str) -> tuple[int, int, int]:
        """Return a conversation's id, and the numbers of its oldest and last messages."""
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
        """Return a page of a conversation, by its key: at least one message if there is any.

        By default the page has the newest messages. With the number `before` it has the nearest messages
        before it; with the number `after`, or the time `since` in milliseconds, the nearest after it; with
        `before` and `after` the newest between the two.
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
        """Return the newest private messages to a person.

        `heard` has the last number that the person has, by the key of each conversation.
        """
        newest: list[Iterator[KeptMessage]] = []
        count = 0
        with self._snapshot():  # otherwise new messages would be read, but not counted
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
            gone = deletions.in_private(self._db, person, dict(heard))
        return Missed(messages[::-1], count - len(messages), gone)

    def authorship(self, conversation: str, seq: int) -> AuthorshipRow | None:
        """Return who has sent the message with a number, by the key of the conversation, if it is stored."""
        return deletions.authorship(self._db, conversation, seq)

    def deletions(self, conversation: str, seq: int) -> list[DeletionRow]:
        """Return the messages up to a number that were deleted after the one with that number was sent."""
        return deletions.in_conversation(self._db, conversation, seq)

    def search(
        self,
        words: str,
        conversations: Collection[str],
        limit: int,
        before: int | None = None,
        sender: str | None = None,
    ) -> Found:
        """Find the newest messages of these conversations, by key, that contain all the words.

        Words are separated by spaces, and match anywhere in a text and in any case. With a `sender`, the key
        of a name, only messages under that name are searched, and the words may be empty. A search that takes
        too long stops early: it may return fewer than `limit` messages, even none, with `before` to continue.
        """
        end = self._clock() + _SEARCHING
        ids, go_on = search.search(
            self._db,
            words,
            conversations,
            limit,
            before,
            sender,
            lambda: self._clock() >= end,
            self._candidates,
        )
        rows = self._db.execute(
            f"{_MESSAGES} WHERE messages.id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"  # noqa: S608
            " ORDER BY messages.id DESC",
            (json.dumps(ids),),
        )
        return Found(list(map(KeptMessage._make, rows)), go_on)

    def _candidates(self, words: Words, readable: str, sender: str | None) -> Candidates:
        """Return the messages in which words are searched, see `search.search`."""
        return InFile(self._file, words, readable, sender)

    def check(self) -> list[str]:
        """Return all damage that can be found without writing, one sentence each."""
        return upkeep.check(self._file)

    def summary(self) -> Summary:
        """Return a summary of the file."""
        return upkeep.summary(self._file)

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Read several times from one snapshot of the file."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    def _last_before(self, conversation: int, since: int, oldest: int, last: int) -> int:
        """Return the number of the last message before a time, by bisection: times rise with numbers."""
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
    """Return as many rows as the limits allow, and whether there are more."""
    messages: list[KeptMessage] = []
    left = most_bytes
    for row in rows:
        message = KeptMessage._make(row)
        left -= len(message.text.encode())
        if len(messages) == limit or (messages and left < 0):
            return messages, True
        messages.append(message)
    return messages, False
