"""When two names are the same: in any case and any encoding of the same letters."""

from __future__ import annotations

from classchat.names import key, user_key

_LONGEST_NAME = 256  # characters that count, of a decomposed name; folding the case of more takes long


def room_key(name: str) -> str:
    """Return the key of a room's name; equal names have equal keys. It may be of any length."""
    return key(name[:_LONGEST_NAME])


def name_key(name: str) -> str:
    """Return the key of a user's name; equal names have equal keys. It may be of any length."""
    return user_key(name[:_LONGEST_NAME])
