"""The ids of messages for IRC clients: https://ircv3.net/specs/extensions/message-ids.

An id names the journal, the conversation and the message's number; that of a private message its time, too.
So it is the same for every client and after every restart, and leads back to the number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from classchat.names import key, user_key

_PUNCTUATION: Final = str.maketrans("", "", "-:.TZ")

_MOST_CACHED: Final = 4_096
"""Conversations whose prefixes are kept."""


class MessageIds:
    """Turns numbers of messages into ids, and back."""

    def __init__(self, epoch: Callable[[], str]) -> None:
        """Make ids for the journal with this epoch, which is known once it is open."""
        self._epoch = epoch
        self.of_room: Callable[[str], str] = lru_cache(_MOST_CACHED)(self._of_room)
        """Returns what the ids of the messages in a room begin with."""
        self._between: Callable[[str, str], str] = lru_cache(_MOST_CACHED)(self._between_names)

    def _of_room(self, room: str) -> str:
        return self._prefix(f"#{key(room)}")

    def _between_names(self, one: str, other: str) -> str:
        return self._prefix(" ".join(sorted((user_key(one), user_key(other)))))

    def between(self, one: str, other: str, time: str | None, number: int) -> str:
        """Return the id of a message between two users, in either order.

        Its time is a part of it: another guest who takes a name later has other conversations, whose numbers
        begin again.
        """
        when = "" if time is None else time.translate(_PUNCTUATION)
        return f"{self._between(one, other)[:-1]}-{when}.{number}"

    def of_signal(self, label: str) -> str:
        """Return the id of a signal by its sender's own name for it. No stored message has such an id."""
        return blake2b(f"{self._epoch()} {label}".encode(), digest_size=10).hexdigest()

    def _prefix(self, conversation: str) -> str:
        return f"{self._epoch()}.{blake2b(conversation.encode(), digest_size=6).hexdigest()}."

    def number_between(self, msgid: str) -> int | None:
        """Return the number of a private message; None if it is none of this journal.

        The names in an id may be former names of the two users, so they say nothing.
        """
        epoch, *rest = msgid.rsplit(".", 2)
        return _number(rest[1]) if epoch == self._epoch() and len(rest) == 2 else None


def number_of(msgid: str, prefix: str) -> int | None:
    """Return the number of a message of the conversation whose ids begin so; None if it is none of them."""
    return _number(msgid.removeprefix(prefix)) if msgid.startswith(prefix) else None


def _number(text: str) -> int | None:
    usable = text.isascii() and text.isdecimal() and len(text) <= _LONGEST
    return int(text) if usable else None


_LONGEST: Final = 18
"""Digits of a number: those of the journal have 63 bits."""
