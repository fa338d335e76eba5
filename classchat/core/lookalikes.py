"""Names that look like others."""

from __future__ import annotations

from collections.abc import Iterable

from classchat.core.skeletons import skeleton
from classchat.names import SERVER, key, user_key


class LookAlikes:
    """The names that are in use, found by what they look like.

    A name is too similar to another one if both have one skeleton, whatever their case, and at least one of
    them is not all ASCII. So `Аlice` (Cyrillic А) and `alıce` can't be beside `Alice`, nor `Straße` beside
    `STRASSE`. But `Bi11` can be beside `Bill`, and `modern` beside `modem`, which have one skeleton, too: the
    type of a terminal is made to tell them apart, and in a class nobody should be refused his own name
    because of somebody else's honest one. For reserved names there is no such exception.

    What was added twice has to be removed twice: a name may be an account's and a user's at once.
    """

    def __init__(self, reserved: Iterable[str] = (SERVER,)) -> None:
        """Let no name look like the `reserved` ones."""
        self._reserved: dict[str, list[str]] = {}
        self._ascii: dict[str, list[str]] = {}
        self._others: dict[str, list[str]] = {}
        for name in reserved:
            _put(self._reserved, name)

    def add(self, name: str) -> None:
        """Know that a name is in use, as it is shown."""
        _put(self._ascii if name.isascii() else self._others, name)

    def remove(self, name: str) -> None:
        """Know that a name that was added, in this spelling, is not in use any more."""
        shelf = self._ascii if name.isascii() else self._others
        for look in looks(name):
            shelf[look].remove(name)
            if not shelf[look]:
                del shelf[look]

    def find(self, name: str) -> str | None:
        """Return a name, in use or reserved, that this one looks like; not itself in another spelling."""
        own = user_key(name)
        shelves = [self._reserved, self._others]
        if not name.isascii():
            shelves.append(self._ascii)
        for look in looks(name):
            for shelf in shelves:
                for other in shelf.get(look, ()):
                    if user_key(other) != own:
                        return other
        return None


def looks(name: str) -> set[str]:
    """Return what a name looks like, whatever its case: two names that have one of these in common are alike.

    Once by its letters, for `АLICE` is `alice` to whoever reads names without regard to case, and once by how
    they are shown: a Greek `Β` is a `B`, though its small letter is no `b`.
    """
    return {_look(name), _look(skeleton(name))}


def _look(text: str) -> str:
    return key(skeleton(key(text)))


def _put(shelf: dict[str, list[str]], name: str) -> None:
    for look in looks(name):
        shelf.setdefault(look, []).append(name)
