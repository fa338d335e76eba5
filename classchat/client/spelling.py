"""When two names are one: the same in any case and any way to write the same letters."""

from __future__ import annotations

from classchat.names import key, user_key

_LONGEST_NAME = 256  # characters that count, of a decomposed name; folding the case of more takes long


def room_key(name: str) -> str:
    """Return what two names of rooms have in common when they are one; they may be of any length."""
    return key(name[:_LONGEST_NAME])


def name_key(name: str) -> str:
    """Return what two names of users have in common when they are one; they may be of any length."""
    return user_key(name[:_LONGEST_NAME])
