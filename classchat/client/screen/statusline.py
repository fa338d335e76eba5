"""The line at the bottom, cut to the width of the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from classchat.client.display.paper import cut, width
from classchat.client.screen.desk import DOT

_SHORTEST = 4  # columns of a part that is cut; a shorter one would say nothing


def fitted(address: str, me: str, focus: str, more: Sequence[str], state: str, columns: int) -> str:
    """Return the parts side by side; the least useful ones are cut if there is no room.

    The address is cut first, then the user's name, `more` from its last part on, and the focus last.
    """
    shown = list(more)
    if width(_joined(address, me, focus, *shown, state)) <= columns:
        return _joined(address, me, focus, *shown, state)
    for before in ((me,), ()):
        room = columns - width(_joined("", *before, focus, *shown, state)) - len(DOT)
        if room >= _SHORTEST and before:
            return _joined(cut(address, room), *before, focus, *shown, state)
        if room >= -len(DOT):
            return _joined(*before, focus, *shown, state)
    while shown and width(_joined(focus, *shown, state)) > columns:
        shown.pop()
    room = columns - width(_joined(*shown, state)) - len(DOT)
    if width(focus) > room:
        focus = cut(focus, room) if room >= _SHORTEST else ""
    return cut(_joined(focus, *shown, state), columns)


def _joined(*parts: str) -> str:
    return DOT.join(filter(None, parts))
