"""How much of a batch is committed, and heard, in one go.

After a stall much may have gathered: written to everybody at once, a reader who keeps up would be further
behind than anybody may be, and each one who reads nothing would cost as much as was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from classchat.core.entries import Entry, Said, Whispered

MOST = 524_288
"""Bytes that one reader hears of a portion, about, where nobody says otherwise."""

_AROUND = 64
"""Bytes of an entry beside its text, at least."""

_BYTES_OF_A_CHARACTER = 3
"""In UTF-8, of a text that is not all ASCII; at most 4."""

_MESSAGES = (Said, Whispered)

_text = attrgetter("text")


class Portion(NamedTuple):
    """The beginning of a batch."""

    entries: int
    characters: int
    """Of text in them."""


def portion(batch: Sequence[Entry], most: int) -> Portion:
    """Return how many entries hold about so many bytes: one at least, if there is one."""
    left, characters = most, 0
    for count, entry in enumerate(batch):
        length = 0
        left -= _AROUND
        if isinstance(entry, _MESSAGES):
            length = len(entry.text)
            left -= length if entry.text.isascii() else length * _BYTES_OF_A_CHARACTER
        if left < 0 and count:
            return Portion(count, characters)
        characters += length
    return Portion(len(batch), characters)


def is_one(batch: Sequence[Entry], most: int) -> bool:
    """Return whether a batch is surely one portion; where it is not sure, its entries have to be counted."""
    try:
        characters = sum(map(len, map(_text, batch)))
    except AttributeError:  # not all are messages
        return False
    return fits(len(batch), characters, most)


def fits(entries: int, characters: int, most: int) -> bool:
    """Return whether so much is one portion, whatever the texts are made of."""
    return entries * _AROUND + characters * _BYTES_OF_A_CHARACTER <= most
