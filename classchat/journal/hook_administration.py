"""The operator's queries and changes of webhooks in a journal, with or without a running server.

The server reads each webhook from the journal when it is used, so each change holds at once.
"""

from __future__ import annotations

from typing import NamedTuple

from classchat.core.acts import HookAdded, HookRemoved
from classchat.core.hooks import MARK, Hook
from classchat.core.model import room_log_key
from classchat.core.persons import digest
from classchat.journal import hook_rows, tables
from classchat.journal.command_changes import CommandChanges, NotDone

MOST = 100
"""Webhooks of one room."""


class HookOfRoom(NamedTuple):
    """A webhook, and the name of its room."""

    hook: Hook
    room: str


def no_such_hook(number: int) -> NotDone:
    """Return the error where there is no webhook with a number."""
    return NotDone(f"There is no webhook {number}. 'classchat admin webhook list' shows all.")


class HookAdministration(CommandChanges):
    """A connection for the commands of `classchat admin webhook`."""

    def hooks(self) -> list[HookOfRoom]:
        """Return all webhooks, the oldest first."""
        return [HookOfRoom(one, self._room(one.room) or one.room) for one in hook_rows.hooks(self._db)]

    def add(self, room: str, name: str, token: str) -> str:
        """Add a webhook that programs post to with a token; return the name of its room.

        Raises:
            NotDone: there is no such room, or it has too many.
        """
        return self._add(room, HookAdded(room_log_key(room), name, digest(token)), f"as {name}{MARK}")

    def add_outgoing(self, room: str, name: str, url: str, word: str, secret: str) -> str:
        """Add a webhook that calls a URL on messages that begin with a word; return the name of its room.

        Raises:
            NotDone: there is no such room, or it has too many.
        """
        act = HookAdded(room_log_key(room), name, None, url, word, secret)
        return self._add(room, act, f"as {name}{MARK}, calls {url} on {word}")

    def remove(self, number: int) -> HookOfRoom:
        """Remove a webhook, and return it.

        Raises:
            NotDone: there is none with this number.
        """
        with self._transaction():
            found = next((one for one in hook_rows.hooks(self._db) if one.number == number), None)
            if found is None:
                raise no_such_hook(number)
            room = self._room(found.room) or found.room
            tables.write(self._db, [HookRemoved(number)], self._now())
            self._record("webhook remove", room, str(number))
        return HookOfRoom(found, room)

    def _add(self, room: str, act: HookAdded, detail: str) -> str:
        with self._transaction():
            shown = self._room(act.room)
            if shown is None:
                raise NotDone(f"There is no room '{room}'. 'classchat admin rooms' shows all.")
            if sum(one.room == act.room for one in hook_rows.hooks(self._db)) >= MOST:
                raise NotDone(f"The room '{shown}' has {MOST} webhooks already: remove one of them.")
            tables.write(self._db, [act], self._now())
            self._record("webhook add", shown, detail)
        return shown

    def _room(self, key: str) -> str | None:
        """Return the name of a room, by its key; None if there is no such room."""
        found = self._db.execute(
            "SELECT name FROM conversations WHERE key = ? AND name IS NOT NULL", (key,)
        ).fetchone()
        return None if found is None else str(found[0])
