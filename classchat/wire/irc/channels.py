"""Rooms and channels: room `CS350` is channel `#CS350`, and the other way round."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from classchat.errors import RoomNotFound

_CHANNEL: Final = re.compile(r"#[^\s#&+!,:*?@\x00-\x1f]+")


def channel(room: str) -> str:
    """Return the channel of a room."""
    return "#" + room


@lru_cache(4_096)
def room(channel: str) -> str:
    """Return the name of the room of a channel; whether there is such a room is another question.

    Raises:
        RoomNotFound: no channel of this server can have this name.
    """
    if not _CHANNEL.fullmatch(channel):
        raise RoomNotFound(channel)
    return channel[1:]


def about(room: str, text: str) -> str:
    """Return a text about a room for one client; WeeChat shows a notice that begins so in the channel."""
    return f"[{channel(room)}] {text}"


def is_channel(target: str) -> bool:
    """Return whether a target of a message means a channel, though perhaps none that can exist here."""
    return target.startswith(("#", "&", "+", "!", "@#"))
