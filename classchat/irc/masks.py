"""Masks: which names a pattern matches, and which names are in a mask of a ban."""

from __future__ import annotations

import re
from collections.abc import Callable

_LONGEST = 256
"""Characters of a pattern. A longer one matches nothing, so that no pattern takes long."""

_ANY = frozenset("*?")

_RUN = re.compile(r"[*?]{2,}")


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that says whether a pattern with `*` and `?` matches a text.

    The parts between the stars are searched one after the other, and nothing is tried twice; a text that is
    shorter than all parts together is not looked at. So the time is bounded by the length of the text.
    """
    if len(pattern) > _LONGEST:
        return _nothing
    first, *others = _RUN.sub(_questions_first, pattern).split("*")
    if not others:
        exactly = _part(first)
        return lambda text: exactly.fullmatch(text) is not None
    *middle, last = others
    head, parts, tail = _part(first), [_part(part) for part in middle if part], _part(last)
    least, at_end = len(pattern) - pattern.count("*"), len(last)

    def matches(text: str) -> bool:
        if len(text) < least:
            return False
        begins = head.match(text)
        if begins is None:
            return False
        position, end = begins.end(), len(text) - at_end
        for part in parts:
            found = part.search(text, position, end)
            if found is None:
                return False
            position = found.end()
        return position <= end and tail.fullmatch(text, end) is not None

    return matches


def _questions_first(run: re.Match[str]) -> str:
    """Return a run of `*` and `?` as so many `?` and one star, which means the same."""
    questions = "?" * run[0].count("?")
    return f"{questions}*" if "*" in run[0] else questions


def has_wildcards(pattern: str) -> bool:
    """Return whether a pattern may match several names."""
    return not _ANY.isdisjoint(pattern)


def names_in(mask: str) -> tuple[str, ...]:
    """Return the names in a mask of a ban or a mute, the nickname first; none if it may match several users.

    The mask is a name, or `nick!user@host` with the name as nick, as host, or as both: the host of each user
    is the user's name. There are two names where a client has not learned another name as the host. The user
    part means nothing here, so it may be anything.
    """
    nick, bang, rest = mask.partition("!")
    if not bang and "@" in nick:  # user@host
        nick, rest = "*", nick
    host = rest.partition("@")[2] or "*"
    names = [part for part in (nick, host) if not _is_any(part)]
    if any(has_wildcards(name) for name in names):
        return ()
    is_one = len({name.casefold() for name in names}) == 1
    return (names[0],) if is_one else (*names,)


def _is_any(part: str) -> bool:
    return not part.strip("*")


def _part(text: str) -> re.Pattern[str]:
    """Return a regular expression for a part without stars, in which `?` is any one character."""
    return re.compile("".join("." if one == "?" else re.escape(one) for one in text), re.DOTALL)


def _nothing(text: str) -> bool:  # noqa: ARG001  as all matchers
    return False
