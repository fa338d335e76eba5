"""Masks: which names a pattern matches, and which one user a mask of a ban names."""

from __future__ import annotations

import re
from collections.abc import Callable

_LONGEST = 256
"""Characters of a pattern. A longer one matches nothing, so that no pattern takes long."""

_ANY = frozenset("*?")


def matcher(pattern: str, key: Callable[[str], str]) -> Callable[[str], bool]:
    """Return a function that says whether a pattern with `*` and `?` matches a name.

    Both are compared by their `key`. The parts between the stars are searched one after the other, and
    nothing is tried twice, so the time is bounded by the lengths of both.
    """
    if len(pattern) > _LONGEST:
        return _nothing
    first, *others = key(pattern).split("*")
    if not others:
        exactly = _part(first)
        return lambda name: exactly.fullmatch(key(name)) is not None
    *middle, last = others
    head, tail = _part(first), _part(last)
    parts = [_part(part) for part in middle if part]
    least = len(last)

    def matches(name: str) -> bool:
        name = key(name)
        begins = head.match(name)
        if begins is None:
            return False
        position, end = begins.end(), len(name) - least
        for part in parts:
            found = part.search(name, position, max(end, 0))
            if found is None:
                return False
            position = found.end()
        return position <= end and tail.fullmatch(name, end) is not None

    return matches


def has_wildcards(pattern: str) -> bool:
    """Return whether a pattern may match several names."""
    return not _ANY.isdisjoint(pattern)


def named(mask: str) -> str | None:
    """Return the one name that a mask of a ban or a mute names; None if it may match several users.

    The mask is a name, or `nick!user@host` with the name as nick, as host, or as both: the host of each user
    is the user's name. The user part means nothing here, so it may be anything.
    """
    nick, bang, rest = mask.partition("!")
    if not bang and "@" in nick:  # user@host
        nick, rest = "*", nick
    host = rest.partition("@")[2] or "*"
    names = [part for part in (nick, host) if not _is_any(part)]
    if not names or any(has_wildcards(name) for name in names):
        return None
    return names[0] if len({name.casefold() for name in names}) == 1 else None


def _is_any(part: str) -> bool:
    return not part.strip("*")


def _part(text: str) -> re.Pattern[str]:
    """Return a regular expression for a part without stars, in which `?` is any one character."""
    return re.compile("".join("." if one == "?" else re.escape(one) for one in text), re.DOTALL)


def _nothing(name: str) -> bool:  # noqa: ARG001  as all matchers
    return False
