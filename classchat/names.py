"""What a user or a room may be called, and when two names are the same.

Users' names are those of RFC 8265: *UsernameCasePreserved* is how they are shown, *UsernameCaseMapped* what
two spellings of one have in common. Rooms' names are compared by canonical caseless matching (Unicode 3.13,
D145); their keys are in every journal, and stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from classchat.visible import is_visible

if TYPE_CHECKING:
    from precis_i18n.profile import Profile

SERVER = "SERVER"
"""Who the server's own events are from: nobody's name, in any spelling."""

RESERVED = (SERVER, "CLIENT", "ERROR", "SUCCESS")
"""What begins a line that the server or a client has made: no user's and no room's name, in any spelling."""

_RESERVED_KEYS = {name.lower(): name for name in RESERVED}

_MOST_DECOMPOSED = 4
"""Code points that one is decomposed into, canonically: U+1F82, a Greek alpha with three marks, is."""

_EVERYDAY = {0x0E33: "\u0e32", 0x0EB3: "\u0eb2", 0x0587: "\u0582"}
"""Thai and Lao *sara am* and the Armenian *ew*, and the last part of what each is made of.

They are in everyday words, and each has one key on its keyboards, so they are checked as that part: RFC 8265
refuses them for being compositions that are not canonical.
"""

_ASCII_NAME = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)


def key(name: str) -> str:
    """Return what two names of rooms have in common when they are one name: they differ only in case.

    An accent typed in one code point or in two is the same accent. Only for names of bounded length:
    normalizing 60 000 accents on one letter takes seconds.
    """
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def user_key(name: str) -> str:
    """Return what two names of users have in common when they are one: they differ in case or width.

    The mappings of RFC 8265, *UsernameCaseMapped*, without its checks: whatever name one asks for, or hears
    of from another server, has a key. Only for names of bounded length.
    """
    if name.isascii():
        return name.lower()
    _, mapped = _profiles()
    return mapped.normalization_rule(mapped.case_mapping_rule(mapped.width_mapping_rule(name)))


def user_name(name: str, longest: int) -> str | None:
    """Return how a user of that name is shown; None if no user may be called that.

    In one code point where an accent was typed in two, and in usual width where that was another one. What
    no room may be called, no user may either; nor what RFC 8265 refuses: ligatures and other variants of
    letters, what nobody can see, and letters of both directions of writing in one name.
    """
    if not may_be_spelled(name, longest):
        return None
    if name.isascii():
        return name if _is_ascii_name(name, longest) else None
    shown = _enforced(name)
    return shown if shown is not None and len(shown) <= longest and is_visible(shown) else None


def room_name(name: str, longest: int) -> str | None:
    """Return how a room of that name is shown; None if no room may be called that.

    As it is spelled, but composed where it fits only then.
    """
    if not may_be_spelled(name, longest):
        return None
    if name.isascii():
        return name if _is_ascii_name(name, longest) else None
    composed = unicodedata.normalize("NFC", name)
    shown = name if len(name) <= longest else composed
    return shown if len(shown) <= longest and is_visible(composed) else None


def may_be_spelled(name: str, longest: int) -> bool:
    """Return whether a name of at most `longest` characters may be spelled with as many as this one.

    No character is decomposed into more than four. A longer name is not worth looking at.
    """
    return 1 <= len(name) <= _MOST_DECOMPOSED * longest


def is_name(name: str, longest: int) -> bool:
    """Return whether a room may be called that: letters, digits, marks, `.`, `_` and `-` of any script."""
    return room_name(name, longest) is not None


def was_name(name: str, longest: int) -> bool:
    """Return whether older versions took this for a name, by each character alone: journals have such."""
    return may_be_spelled(name, longest) and all(
        character in "._-" or unicodedata.category(character)[0] in "LMN" for character in name
    )


def is_reserved(name: str) -> bool:
    """Return whether this name is that of what makes lines, and so nobody's."""
    return reserved(name) is not None


def reserved(name: str) -> str | None:
    """Return the reserved name that this is a spelling of."""
    return _RESERVED_KEYS.get(user_key(name))


def _is_ascii_name(name: str, longest: int) -> bool:
    return len(name) <= longest and _ASCII_NAME.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _enforced(name: str) -> str | None:
    """Return a name as the profile has it. It takes a while, and is asked for several times a sign-in."""
    preserved, mapped = _profiles()
    checked = name.translate(_EVERYDAY)
    try:
        shown = preserved.enforce(checked)
        mapped.enforce(shown)
    except UnicodeEncodeError:
        return None
    if checked == name:
        return shown
    return preserved.normalization_rule(preserved.width_mapping_rule(name))


@cache
def _profiles() -> tuple[Profile, Profile]:
    """Return how names are shown, and how they are compared; most clients never need to know."""
    from precis_i18n import get_profile

    return get_profile("UsernameCasePreserved"), get_profile("UsernameCaseMapped")
