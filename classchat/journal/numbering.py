"""The numbering of messages: each conversation has an id, and numbers its messages from 1 without gaps.

The last numbers are cached. The cache changes only after a commit, so nothing changes when a batch fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classchat.core.model import is_room_log
from classchat.journal.database import Database

_MOST_CONVERSATIONS = 4_000
"""Conversations whose last number is cached."""

Places = dict[str, list[int]]
"""By the keys of conversations: the id, and the last number so far in a batch."""


class Numbering:
    """The conversations in a database, as its writer knows them."""

    def __init__(self, db: Database) -> None:
        """Begin with an empty cache."""
        self._db = db
        self._cached: dict[str, tuple[int, int]] = {}  # by key: a conversation's id, and its last number

    def last_seq(self, conversation: str) -> int:
        """Return the number of a conversation's last message, by its key; 0 if there is none."""
        known = self._cached.get(conversation) or self._find(conversation)
        return known[1] if known else 0

    def place(self, conversation: str, time: int, places: Places) -> list[int]:
        """Return a conversation's id and last number, and add it to `places`; create a new private one.

        Raises:
            KeyError: it is a room that does not exist.
        """
        known = self._cached.get(conversation) or self._find(conversation)
        if known is None:
            known = self._make_dialog(conversation, time), 0
        places[conversation] = place = list(known)
        return place

    def make(self, conversation: str, name: str | None, time: int) -> int:
        """Create a conversation, and return its id: a room has the one of an earlier room with its name."""
        made = self._db.execute(
            "INSERT INTO conversations(key, name, created, last_seq) VALUES(?, ?, ?, 0)"
            " ON CONFLICT(key) DO UPDATE SET name = excluded.name, created = excluded.created RETURNING id",
            (conversation, name, time),
        ).fetchone()
        return int(made[0])

    def written(self, places: Mapping[str, Sequence[int]]) -> None:
        """Record the last numbers of a batch that is committed."""
        if len(self._cached) > _MOST_CONVERSATIONS:
            self._cached.clear()
        self._cached.update((key, (id, seq)) for key, (id, seq) in places.items())

    def forget(self) -> None:
        """Forget all numbers: another node has written."""
        self._cached.clear()

    def _find(self, conversation: str) -> tuple[int, int] | None:
        found: tuple[int, int] | None = self._db.execute(
            "SELECT id, last_seq FROM conversations WHERE key = ?", (conversation,)
        ).fetchone()
        return found

    def _make_dialog(self, conversation: str, time: int) -> int:
        if is_room_log(conversation):
            raise KeyError(conversation)
        id = self.make(conversation, None, time)
        one, other = map(int, conversation.split(":"))
        self._db.executemany(
            "INSERT INTO participants VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
            [(one, id, other), (other, id, one)],
        )
        return id
