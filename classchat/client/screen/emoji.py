"""Emoji and other joining characters, drawn one by one so that all terminals agree on their width.

Some terminals draw an emoji with a skin, or of several emoji joined, as one; others as several, and then
the cursor is not where we think. The same goes for the two letters of a flag, for a key's cap, and for the
parts of a Korean syllable. So it is only done in the line that is edited: what is sent, and shown above, is
as it was typed.
"""

from __future__ import annotations

import unicodedata
from contextlib import suppress

_JOINER = "\u200d"
_PRESENTATIONS = "\ufe0e\ufe0f"
_CAP = "\N{COMBINING ENCLOSING KEYCAP}"
_FIRST_OF_FLAGS, _LAST_OF_FLAGS = "\U0001f1e6", "\U0001f1ff"
_SKINS = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


def steady(text: str) -> str:
    """Return a text as it is drawn, without joiners and modifiers of emoji."""
    return "".join(alone(text[place]) for place in drawn(text))


def alone(character: str) -> str:
    """Return how a character that may join others is drawn: a letter of a flag, a part of a syllable."""
    if character < "\u1100":
        return character
    if _FIRST_OF_FLAGS <= character <= _LAST_OF_FLAGS:
        return chr(ord("A") + ord(character) - ord(_FIRST_OF_FLAGS))
    return _letter(character) if _is_jamo(character) else character


def drawn(text: str) -> list[int]:
    """Return the places of the characters of a text that are drawn, in order."""
    if text.isascii():
        return list(range(len(text)))
    return [place for place in range(len(text)) if not _changes(text, place)]


def _changes(text: str, place: int) -> bool:
    character = text[place]
    if character in _PRESENTATIONS or character == _CAP:
        return True
    if _is_tag(character):
        return place > 0 and (_is_emoji(text[place - 1]) or _is_tag(text[place - 1]))
    if character in _SKINS:
        return place > 0 and _is_emoji(text[place - 1])
    return character == _JOINER and any(map(_is_emoji, text[place + 1 : place + 2]))


def _is_emoji(character: str) -> bool:
    return character >= "\U0001f000" or "\u2190" <= character <= "\u2bff"


def _is_tag(character: str) -> bool:
    return "\U000e0020" <= character <= "\U000e007f"


def _is_jamo(character: str) -> bool:
    return (
        "\u1100" <= character <= "\u11ff"
        or "\ua960" <= character <= "\ua97f"
        or "\ud7b0" <= character <= "\ud7ff"
    )


def _letter(jamo: str) -> str:
    """Return the standalone letter for a part of a Korean syllable, by its name."""
    with suppress(KeyError, IndexError):
        return unicodedata.lookup(f"HANGUL LETTER {unicodedata.name(jamo, '').split(' ', 2)[2]}")
    return jamo
