"""Names that look like others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from classchat.core.families import families
from classchat.core.skeletons import is_mark, letters, likenesses, skeleton
from classchat.names import RESERVED, user_key

_MOST_COMPARED = 16
"""Names of the same families that are compared. With more of them, every further name counts as similar."""

_PUNCTUATION = str.maketrans("", "", "._-")


class LookAlikes:
    """The names that are in use, found by what they look like.

    A name is too similar to another one if both have the same skeleton, in any case of their letters, and at
    least one of them is not all ASCII. So while `Alice` is in use, `Аlice` (Cyrillic А), `alıce` and `ΑLICE`
    are too similar, and so is `Straße` to `STRASSE`. But `Bi11` and `Bill` may be in use together, and so may
    `modern` and `modem`, although they have the same skeleton: a terminal's type shows the difference, and in
    a class no member should be refused their own name because of another member's honest name. Reserved names
    have no such exception, and a name that differs from one only by marks, `.`, `_` and `-` is too similar.

    A name that was added twice has to be removed twice: it may be an account's and a user's at once.
    """

    def __init__(self, reserved: Iterable[str] = RESERVED, *, key: Callable[[str], str] = user_key) -> None:
        """Treat `reserved` names as in use; names with the same `key` are the same name."""
        self._key = key
        self._reserved: dict[str, list[str]] = {}
        self._ascii: dict[str, list[str]] = {}
        self._others: dict[str, list[str]] = {}
        for name in reserved:
            _put(self._reserved, name)

    def add(self, name: str) -> None:
        """Record that a name is in use, as it is shown."""
        _put(self._ascii if name.isascii() else self._others, name)

    def remove(self, name: str) -> None:
        """Record that a name that was added in this spelling is no longer in use."""
        shelf = self._ascii if name.isascii() else self._others
        for family in families(name):
            shelf[family].remove(name)
            if not shelf[family]:
                del shelf[family]

    def find(self, name: str) -> str | None:
        """Return a name in use, or reserved, that this one looks like; never another spelling of it."""
        return self.find_reserved(name) or (
            self._find(name, self._others) or (None if name.isascii() else self._find(name, self._ascii))
        )

    def find_reserved(self, name: str) -> str | None:
        """Return a reserved name that this one looks like; never another spelling of the same name."""
        plain = name.translate(_PUNCTUATION)
        if not plain.isascii():
            plain = "".join(map(_without_stroke, "".join(letters(plain))))
            plain = "".join(letter for letter in plain if not is_mark(letter))
        return self._find(plain, self._reserved, own=self._key(name))

    def _find(self, name: str, shelf: dict[str, list[str]], own: str | None = None) -> str | None:
        if not shelf:
            return None
        looks = None
        for family in families(name):
            for number, other in enumerate(shelf.get(family, ())):
                looks = _looks(name) if looks is None else looks
                if number < _MOST_COMPARED and not _alike(looks, _looks(other)):
                    continue
                own = self._key(name) if own is None else own
                if self._key(other) != own:
                    return other
        return None


def _looks(name: str) -> Sequence[frozenset[str]]:
    """Return the skeletons of each letter of a name."""
    return [likenesses(letter) for letter in letters(name)]


def _alike(one: Sequence[frozenset[str]], other: Sequence[frozenset[str]]) -> bool:
    """Return whether both names can be spelled as the same text, by one skeleton for each letter.

    A skeleton may have several letters, as that of `m` is `rn`. So the two names are not always at the same
    letter: what the first is ahead by has to be the beginning of the second one's next skeleton.
    """
    tried = set[tuple[int, int, str]]()
    ways = [(0, 0, "")]  # letters of the first name, of the second one, and by how much the first is ahead
    while ways:
        way = ways.pop()
        if way in tried:
            continue
        tried.add(way)
        at, there, ahead = way
        if not ahead and at == len(one) and there == len(other):
            return True
        if not ahead and at < len(one):
            ways += [(at + 1, there, likeness) for likeness in one[at]]
        elif ahead and there < len(other):
            for likeness in other[there]:
                if ahead.startswith(likeness):
                    ways.append((at, there + 1, ahead[len(likeness) :]))
                elif likeness.startswith(ahead):
                    ways += _caught_up(one, at, there + 1, likeness[len(ahead) :])
    return False


def _caught_up(
    one: Sequence[frozenset[str]], at: int, there: int, missing: str
) -> list[tuple[int, int, str]]:
    """Return the next states from where the second name is ahead: the first one is `missing` that much."""
    ways = []
    waiting = [(at, missing)]
    while waiting:
        at, missing = waiting.pop()
        for likeness in one[at] if at < len(one) else ():
            if likeness.startswith(missing):
                ways.append((at + 1, there, likeness[len(missing) :]))
            elif missing.startswith(likeness):
                waiting.append((at + 1, missing[len(likeness) :]))
    return ways


def _without_stroke(letter: str) -> str:
    """Return a letter without its stroke, where only the looks of the letter say that it has one."""
    looks = skeleton(letter)
    return looks[0] if len(looks) > 1 and all(map(is_mark, looks[1:])) else letter


def _put(shelf: dict[str, list[str]], name: str) -> None:
    for family in families(name):
        shelf.setdefault(family, []).append(name)
