"""Where one's name stands in a text."""

from __future__ import annotations

import re

from classchat.names import key, user_key

_LONGEST_NAME = 256  # characters that count, of a decomposed name; folding the case of more takes long
_WORD = re.compile(r"[^\s,;:!?@()\[\]{}<>\"'`/\\|*=+]+")
_ENDING = "._-\N{HORIZONTAL ELLIPSIS}"


def mentions(text: str, name: str) -> bool:
    """Tell whether a name stands in a text as a word of its own, in any spelling."""
    return any(is_name for _, is_name in pieces(text, name))


def pieces(text: str, name: str) -> list[tuple[str, bool]]:
    """Cut a text where a name stands in it: the pieces in order, and whether each is the name."""
    found: list[tuple[str, bool]] = []
    start = 0
    for word in _WORD.finditer(text):
        end = _end_of(word[0], name)
        if end:
            found += [(text[start : word.start()], False), (word[0][:end], True)]
            start = word.start() + end
    return [piece for piece in [*found, (text[start:], False)] if piece[0]]


def room_key(name: str) -> str:
    """Return what two names of rooms have in common when they are one; they may be of any length."""
    return key(name[:_LONGEST_NAME])


def name_key(name: str) -> str:
    """Return what two names of users have in common when they are one; they may be of any length."""
    return user_key(name[:_LONGEST_NAME])


def _end_of(word: str, name: str) -> int:
    """Return how much of a word is the name, behind which a sentence may end; 0 if it is another word."""
    if not name or len(word) > 2 * _LONGEST_NAME:
        return 0
    for candidate in (word, word.rstrip(_ENDING)):
        if candidate and name_key(candidate) == name_key(name):
            return len(candidate)
    return 0
