"""Messages that repeat an earlier one: the same request `id` of the same user.

A user is known by the key of the name. Guests who have taken another name repeat also what they sent under
the former ones, as when the connection was lost before the answers arrived.
"""

from __future__ import annotations

from collections.abc import Iterable

from classchat.journal.database import Database

REMEMBERED_FOR = 24 * 60 * 60 * 1000
"""Milliseconds for which request ids are remembered, and persons who have left."""

REMEMBERED_IDS = 100_000
"""Messages of one user whose `id` is still looked for."""

_MOST_HORIZONS = 1000
"""Senders whose `_horizon` is cached."""


class Repetitions:
    """Finds the first message with a request `id`, on the connection that writes."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._horizons: dict[str, tuple[int, int]] = {}  # by sender: `last_id` of the query, and `_horizon`
        self._former: dict[str, list[tuple[str, int]]] = {}  # by name: former ones, each until a time
        self.read()

    def read(self) -> None:
        """Read the former names."""
        self._former = {}
        for key, former, time in self._db.execute(
            "SELECT persons.key, former_names.key, time FROM former_names JOIN persons ON persons.id = person"
        ):
            self._former.setdefault(key, []).append((former, time))

    def rename(self, old_key: str, key: str, time: int) -> None:
        """Record that the user of a name has another one from a time on."""
        if old_key != key:
            self._former.setdefault(key, []).extend([*self._former.pop(old_key, ()), (old_key, time)])

    def forget(self, before: int) -> None:
        """Forget the changes of names before a time."""
        if self._former:
            kept = {key: [one for one in former if one[1] >= before] for key, former in self._former.items()}
            self._former = {key: former for key, former in kept.items() if former}

    def any_former(self, requests: Iterable[tuple[str, str | None]]) -> bool:
        """Return whether any of these requests, each with the key of its sender, repeats a former name's."""
        if not self._former:
            return False
        return any(
            request is not None and key in self._former and self._sent_before(key, request) is not None
            for key, request in requests
        )

    def _sent_before(self, sender_key: str, request: str) -> tuple[int, int] | None:
        """Return the number and time of a message that was sent under a former name of this sender."""
        for key, until in self._former.get(sender_key, ()):
            found: tuple[int, int] | None = self._db.execute(
                "SELECT seq, time FROM messages WHERE sender_key = ? AND request = ? AND time <= ?",
                (key, request, until),
            ).fetchone()
            if found is not None:
                return found
        return None

    def first(self, sender_key: str, request: str, time: int, last_id: int) -> tuple[int, int] | None:
        """Return the number and time of the repeated message; an old one loses its `id` to the new one.

        `last_id` is the row `id` of the journal's last message.
        """
        found = self._db.execute(
            "SELECT id, seq, time FROM messages WHERE sender_key = ? AND request = ?", (sender_key, request)
        ).fetchone()
        if found is None:
            return self._sent_before(sender_key, request)
        id, seq, then = found
        if time - then < REMEMBERED_FOR and id >= self._horizon(sender_key, last_id):
            return seq, then
        self._db.execute("UPDATE messages SET request = NULL WHERE id = ?", (id,))
        return None

    def _horizon(self, sender_key: str, last_id: int) -> int:
        """Return the row `id` of this sender's oldest message whose request id is still looked for.

        Counting is slow, so the result is cached for some thousand messages; then more are looked for.
        """
        asked, horizon = self._horizons.get(sender_key, (0, 0))
        if last_id - asked >= REMEMBERED_IDS // 10:
            found = self._db.execute(
                "SELECT id FROM messages WHERE sender_key = ? AND request IS NOT NULL"
                " ORDER BY id DESC LIMIT 1 OFFSET ?",
                (sender_key, REMEMBERED_IDS - 1),
            ).fetchone()
            horizon = found[0] if found else 0
            if len(self._horizons) >= _MOST_HORIZONS:
                self._horizons.clear()
            self._horizons[sender_key] = last_id, horizon
        return horizon
