"""The webhooks of a journal in memory."""

from __future__ import annotations

from collections.abc import Sequence

from classchat.core.acts import HookAdded
from classchat.core.hooks import Hook


class MemoryHooks:
    """The webhooks by number, and the digests of their tokens."""

    def __init__(self) -> None:
        self._hooks: dict[int, Hook] = {}
        self._tokens: dict[bytes, int] = {}
        self._last = 0

    def all(self) -> Sequence[Hook]:
        """Return all webhooks, the oldest first."""
        return [*self._hooks.values()]

    def by_token(self, token: bytes) -> Hook | None:
        """Return the webhook that programs post to with a token, by its digest."""
        return self._hooks.get(self._tokens.get(token, 0))

    def add(self, act: HookAdded, time: int) -> None:
        """Add a webhook."""
        self._last += 1
        self._hooks[self._last] = Hook(self._last, act.room, act.name, act.url, act.word, act.secret, time)
        if act.token is not None:
            self._tokens[act.token] = self._last

    def remove(self, number: int) -> bool:
        """Remove a webhook; return whether there was one with this number."""
        self._tokens = {token: other for token, other in self._tokens.items() if other != number}
        return self._hooks.pop(number, None) is not None

    def forget_room(self, room: str) -> None:
        """Remove the webhooks of an earlier room with the same name."""
        for number in [one.number for one in self._hooks.values() if one.room == room]:
            self.remove(number)
