"""Portions: how much of a batch is committed and delivered at once.

After a stall a batch may be large. Delivered at once, it would put even fast readers over their limit, and
every client that does not read would cost as much memory as the whole batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from classchat.core.entries import Entry, Said, Whispered
from classchat.core.model import User

MOST = 524_288
"""The default size of a portion: the approximate number of bytes for one reader."""

_AROUND = 64
"""The fewest bytes of an entry without its text."""

EVENT = 32
"""Characters that an entry counts that is not a message: its names stand in the text, and again in fields."""

_BYTES_OF_A_CHARACTER = 3
"""An average in UTF-8 for texts that are not ASCII; the maximum is 4."""

_MESSAGES = (Said, Whispered)

_text: Final = attrgetter("text")  # in C: the size of every batch is looked at


class Portion(NamedTuple):
    """The beginning of a batch."""

    entries: int
    characters: int
    """The characters of their texts, with `EVENT` for each entry that is not a message."""


def portion(batch: Sequence[Entry], most: int) -> Portion:
    """Return the longest beginning of a batch with at most about `most` bytes for any reader.

    It has at least one entry, if there is any. A member of one room may be in all rooms; a private message
    has one reader.
    """
    rooms = worst = characters = 0
    private: dict[User, int] = {}
    for count, entry in enumerate(batch):
        if isinstance(entry, _MESSAGES):
            length = len(entry.text)
            heard = _AROUND + (length if entry.text.isascii() else length * _BYTES_OF_A_CHARACTER)
        else:
            length, heard = EVENT, _AROUND + EVENT * _BYTES_OF_A_CHARACTER
        if isinstance(entry, Whispered):
            heard = private[entry.to] = private.get(entry.to, 0) + heard
            worst = max(worst, heard)
        else:
            rooms += heard
        if rooms + worst > most and count:
            return Portion(count, characters)
        characters += length
    return Portion(len(batch), characters)


def is_one(batch: Sequence[Entry], most: int) -> bool:
    """Return whether a batch is certainly one portion; if not, its entries must be counted."""
    try:
        texts = "".join(map(_text, batch))  # the fastest way to the size and the kind of all
        if fits(len(batch), len(texts), most) or (
            texts.isascii() and len(batch) * _AROUND + len(texts) <= most
        ):
            return True
        count = max(Counter([entry.to for entry in batch]).values())  # type: ignore[union-attr]
    except AttributeError:  # not all entries are messages, or not all are private
        return False
    return fits(count, count * max(map(len, map(_text, batch))), most)


def fits(entries: int, characters: int, most: int) -> bool:
    """Return whether this much is one portion, whatever characters the texts have."""
    return entries * _AROUND + characters * _BYTES_OF_A_CHARACTER <= most
