"""What a user or a room may be called, and when two names are the same."""

from __future__ import annotations

import re
import unicodedata

SERVER = "SERVER"
"""Who the server's own events are from: nobody's name, in any spelling."""

_ASCII_NAME = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)


def key(name: str) -> str:
    """Return what two names have in common when they are one name: they differ only in case.

    Canonical caseless matching (Unicode 3.13, D145), so that an accent typed in one code point or in two
    is the same accent. Only for names of bounded length: normalizing 60 000 accents on one letter
    takes seconds.
    """
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def is_name(name: str, longest: int) -> bool:
    """Tell whether this may be a name: letters, digits, marks, `.`, `_` and `-` of any script, no spaces."""
    if not 1 <= len(name) <= longest:
        return False
    if name.isascii():
        return _ASCII_NAME.fullmatch(name) is not None
    return all(_belongs(character) for character in name)


def is_reserved(name: str) -> bool:
    """Tell whether this name is the server's own."""
    return key(name) == key(SERVER)


def _belongs(character: str) -> bool:
    if character in "._-":
        return True
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"
