"""Emoji drawn one by one, so that every terminal agrees on how wide a line is.

Some terminals draw an emoji with a skin, or of several emoji joined, as one; others as several, and then
the cursor is not where we think. So it is only done in the line that is edited: what is sent, and shown
above, is as it was typed.
"""

from __future__ import annotations

_JOINER = "\u200d"
_PRESENTATIONS = "\ufe0e\ufe0f"
_SKINS = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


def steady(text: str) -> str:
    """Return a text without what joins and changes emoji."""
    return "".join(text[place] for place in drawn(text))


def drawn(text: str) -> list[int]:
    """Return the places of the characters of a text that are drawn, in order."""
    if text.isascii():
        return list(range(len(text)))
    return [place for place in range(len(text)) if not _changes(text, place)]


def _changes(text: str, place: int) -> bool:
    character = text[place]
    if character in _PRESENTATIONS:
        return True
    if character in _SKINS:
        return place > 0 and _is_emoji(text[place - 1])
    return character == _JOINER and any(map(_is_emoji, text[place + 1 : place + 2]))


def _is_emoji(character: str) -> bool:
    return character >= "\U0001f000" or "\u2190" <= character <= "\u2bff"
