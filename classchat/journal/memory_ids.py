"""The ids of messages that a journal in memory remembers, to recognize repetitions."""

from __future__ import annotations

from classchat import names
from classchat.core.entries import Message, Renamed
from classchat.core.persons import MOST_FORMER
from classchat.core.ports import Clock
from classchat.journal.times import DAY

_MOST_IDS = 10_000
"""Messages whose `id` is remembered."""

_MOST_RENAMED = 10_000
"""Names whose former ones are remembered."""

_Sent = tuple[float, str, int]
"""When a message was sent, by the clock and as users see it, and its number."""


class MemoryIds:
    """The ids of a day, under the names of the senders."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids: dict[tuple[str, str], _Sent] = {}
        self._former: dict[str, list[tuple[str, float]]] = {}  # by name: former ones, each until a time

    def repeats(self, entry: Message, id: str, time: str, seq: int) -> bool:
        """Return whether a message repeats an earlier one, whose number it then gets; else remember it."""
        key, now = (entry.user.person.key, id), self._clock.seconds()
        known = self._ids.pop(key, None) or self._sent_before(entry.user.person.key, id)
        if known is not None and now - known[0] <= DAY:
            self._ids[key] = known
            entry.repeat(known[1], known[2])
            return True
        self._ids[key] = (now, time, seq)
        if len(self._ids) > _MOST_IDS:
            del self._ids[next(iter(self._ids))]
        return False

    def find(self, key: str, id: str) -> tuple[int, str] | None:
        """Return the number and time of the message that the bearer of a name sent with this `id`, if any."""
        known = self._ids.get((key, id)) or self._sent_before(key, id)
        then, time, seq = known or (float("-inf"), "", 0)
        return (seq, time) if self._clock.seconds() - then <= DAY else None

    def rename(self, entry: Renamed) -> None:
        """Record that a user has another name now: repetitions are found under the former ones as well."""
        old_key, key = names.user_key(entry.old), entry.user.person.key
        if old_key != key:
            known = [*self._former.pop(old_key, ()), (old_key, self._clock.seconds())]
            self._former[key] = [*self._former.get(key, ()), *known][-MOST_FORMER:]
        if len(self._former) > _MOST_RENAMED:
            del self._former[next(iter(self._former))]

    def _sent_before(self, key: str, id: str) -> _Sent | None:
        """Return the message with an `id` that was sent under a former name of a user, if there is one."""
        for former, until in self._former.get(key, ()):
            known = self._ids.get((former, id))
            if known is not None and known[0] <= until:
                return known
        return None
