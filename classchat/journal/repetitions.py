"""Messages that repeat an earlier one: the same request `id` of the same user."""

from __future__ import annotations

import sqlite3

REMEMBERED_FOR = 24 * 60 * 60 * 1000
"""Milliseconds for which request ids are remembered, and persons who have left."""

REMEMBERED_IDS = 100_000
"""Messages of one user whose `id` is still looked for."""

_MOST_HORIZONS = 1000
"""Senders whose `_horizon` is cached."""


class Repetitions:
    """Finds the first message with a request `id`, on the connection that writes."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._horizons: dict[str, tuple[int, int]] = {}  # by sender: `last_id` of the query, and `_horizon`

    def first(self, sender_key: str, request: str, time: int, last_id: int) -> tuple[int, int] | None:
        """Return the number and time of the repeated message; an old one loses its `id` to the new one.

        `last_id` is the row `id` of the journal's last message.
        """
        found = self._db.execute(
            "SELECT id, seq, time FROM messages WHERE sender_key = ? AND request = ?", (sender_key, request)
        ).fetchone()
        if found is None:
            return None
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
