"""How much of a batch is committed, and heard, in one go.

After a stall much may have gathered: written to everybody at once, a reader who keeps up would be further
behind than anybody may be, and each one who reads nothing would cost as much as was said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from classchat.core.entries import Entry, Said, Whispered
from classchat.core.model import User

MOST = 524_288
"""Bytes that one reader hears of a portion, about, where nobody says otherwise."""

_AROUND = 64
"""Bytes of an entry beside its text, at least."""

_BYTES_OF_A_CHARACTER = 3
"""In UTF-8, of a text that is not all ASCII; at most 4."""

_MESSAGES = (Said, Whispered)


class Portion(NamedTuple):
    """The beginning of a batch."""

    entries: int
    characters: int
    """Of text in them."""


def portion(batch: Sequence[Entry], most: int) -> Portion:
    """Return how many entries let nobody hear more than about so many bytes: one at least, if there is one.

    Whoever hears a room may hear all rooms; what is told in private, one person hears.
    """
    rooms = worst = characters = 0
    private: dict[User, int] = {}
    for count, entry in enumerate(batch):
        heard, length = _AROUND, 0
        if isinstance(entry, _MESSAGES):
            length = len(entry.text)
            heard += length if entry.text.isascii() else length * _BYTES_OF_A_CHARACTER
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
    """Return whether a batch is one portion for certain; if not, its entries have to be counted."""
    try:
        lengths = [len(entry.text) for entry in batch]  # type: ignore[union-attr]
        if fits(len(batch), sum(lengths), most):
            return True
        count = max(Counter([entry.to for entry in batch]).values())  # type: ignore[union-attr]
    except AttributeError:  # not all are messages, or not all are private
        return False
    return fits(count, count * max(lengths), most)


def fits(entries: int, characters: int, most: int) -> bool:
    """Return whether so much is one portion, whatever the texts are made of."""
    return entries * _AROUND + characters * _BYTES_OF_A_CHARACTER <= most
