r"""What clients usually say: a printable text to a channel. It needs no other look on its way to the room.

    PRIVMSG #CS350 :Hello

A text that may be anything else is left to irc/talking.py: formatting, CTCP, several lines, and commands of
the class layer, which irc/class_lines.py reads.
"""

from __future__ import annotations

import re
from typing import Final

from classchat.messages import Say

UNSEEN: Final = "".join(
    chr(code)
    for codes in (
        range(0x21),  # controls and the space
        range(0x7F, 0xA1),
        (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x1680, 0x180E, 0x3000, 0x3164, 0xFEFF, 0xFFA0),
        range(0x2000, 0x2010),
        range(0x2028, 0x2030),
        range(0x205F, 0x2070),
        range(0xFE00, 0xFE10),
    )
    for code in codes
)
"""What may stand before a command without being seen: controls, spaces, and what shapes other characters."""

MARKS: Final = "!\uff01\ufe57"
"""What a command begins with, also once too often; not only ASCII's is typed on East Asian keyboards."""

POSSIBLE: Final = frozenset((*UNSEEN, *MARKS))
"""The characters with which a text to a channel may begin that is blank, or a command."""

_OTHER_BEGINNINGS: Final = POSSIBLE | {""}

_HEAD: Final = re.compile(r"PRIVMSG #([^\s#&+!,:*?@\x00-\x1f]{1,64})", re.IGNORECASE)
"""What stands before the text; the name is one that `channels.room` takes, and no longer than any room's."""

_ONLY_ASCII: Final = bytes(code if 0x20 <= code < 0x7F else 0 if code else 1 for code in range(256))
"""Changes all bytes but printable ASCII; a line without others is returned as it is, in half the time."""

_MOST_ROOMS: Final = 8
"""Rooms that are remembered of one client."""


class UsualMessages:
    """Recognizes the usual messages of one client by the rooms in which it talks."""

    __slots__ = ("_rooms",)

    def __init__(self) -> None:
        self._rooms: dict[str, str] = {}  # by the beginnings of lines

    def read(self, line: bytes, decoded: str) -> Say | None:
        """Return the message that a line is; None if it is anything else, or has to be looked at."""
        head, _, text = decoded.partition(" :")
        room = self._rooms.get(head) or self._learn(head)
        if room is None or text[:1] in _OTHER_BEGINNINGS:
            return None
        if line.translate(_ONLY_ASCII) is line or text.isprintable():
            return Say(receiver=room, text=text)
        return None

    def _learn(self, head: str) -> str | None:
        """Return the room of the beginning of a line, if it is that of a message to a room."""
        found = _HEAD.fullmatch(head)
        if found is None:
            return None
        if len(self._rooms) == _MOST_ROOMS:
            self._rooms.clear()
        return self._rooms.setdefault(head, found[1])
