"""Names of users and rooms: which are allowed, and when two names are the same.

User names follow RFC 8265: they are shown as *UsernameCasePreserved* and compared as *UsernameCaseMapped*.
Room names are compared by canonical caseless matching (Unicode 3.13, D145); existing journals contain their
keys, so these must not change.
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
"""The sender of the server's own events. No user can have this name, in any spelling."""

RESERVED = (SERVER, "CLIENT", "ERROR", "SUCCESS")
"""Words that begin lines made by the server or a client. No user or room can have these names, in any
spelling.
"""

SERVICES = (
    "NickServ",
    "ChanServ",
    "MemoServ",
    "HostServ",
    "OperServ",
    "BotServ",
    "Global",
    "AuthServ",
    "Class",
)
"""Programs of IRC networks, and one of this server. No user can have these names, because IRC clients send
them passwords, and questions without a name.
"""

RESERVED_FOR_USERS = (*RESERVED, *SERVICES)
"""The names that no user can have, in any spelling."""

_RESERVED_KEYS = {name.lower(): name for name in RESERVED}
_RESERVED_KEYS_FOR_USERS = {name.lower(): name for name in RESERVED_FOR_USERS}

_MOST_DECOMPOSED = 4
"""The most code points in a canonical decomposition: U+1F82, a Greek alpha with three marks, has four."""

_EVERYDAY = {0x0E33: "\u0e32", 0x0EB3: "\u0eb2", 0x0587: "\u0582"}
"""Thai and Lao *sara am* and the Armenian *ew*, with the last part of the decomposition of each.

They occur in everyday words and have a key of their own on keyboards, so a name is checked with that part
instead. RFC 8265 refuses them because they are compatibility compositions.
"""

_ASCII_NAME = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)


def key(name: str) -> str:
    """Return the key of a room name; names that differ only in case have the same key.

    An accent counts as the same in one code point or in two. Use it only for names of bounded length:
    normalizing 60 000 accents on one letter takes seconds.
    """
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def user_key(name: str) -> str:
    """Return the key of a user name; names that differ only in case or width have the same key.

    It applies the mappings of *UsernameCaseMapped* (RFC 8265) without its checks, so that every name in a
    request or from another server has a key. Use it only for names of bounded length.
    """
    if name.isascii():
        return name.lower()
    _, mapped = _profiles()
    return mapped.normalization_rule(mapped.case_mapping_rule(mapped.width_mapping_rule(name)))


def user_name(name: str, longest: int) -> str | None:
    """Return a user name as it is shown; None if it is not allowed.

    Accents are composed and widths are normalized. A name that is refused for rooms is refused for users as
    well; so are ligatures and other variants of letters, invisible characters, and mixed directions of
    writing, which RFC 8265 refuses.
    """
    if not may_be_spelled(name, longest):
        return None
    if name.isascii():
        return name if _is_ascii_name(name, longest) else None
    shown = _enforced(name)
    return shown if shown is not None and len(shown) <= longest and is_visible(shown) else None


def room_name(name: str, longest: int) -> str | None:
    """Return a room name as it is shown; None if it is not allowed.

    It is shown as it is spelled, or composed if it fits only then.
    """
    if not may_be_spelled(name, longest):
        return None
    if name.isascii():
        return name if _is_ascii_name(name, longest) else None
    composed = unicodedata.normalize("NFC", name)
    shown = name if len(name) <= longest else composed
    return shown if len(shown) <= longest and is_visible(composed) else None


def may_be_spelled(name: str, longest: int) -> bool:
    """Return whether this could be a spelling of a name of at most `longest` characters.

    A character decomposes into at most four code points, so a longer spelling needs no further check.
    """
    return 1 <= len(name) <= _MOST_DECOMPOSED * longest


def is_name(name: str, longest: int) -> bool:
    """Return whether a room name is allowed: letters, digits and marks of any script, `.`, `_` and `-`."""
    return room_name(name, longest) is not None


def was_name(name: str, longest: int) -> bool:
    """Return whether older versions allowed a name, by each character alone; journals contain such names."""
    return may_be_spelled(name, longest) and all(
        character in "._-" or unicodedata.category(character)[0] in "LMN" for character in name
    )


def is_reserved(name: str) -> bool:
    """Return whether a name is a spelling of a reserved name."""
    return reserved(name) is not None


def reserved_for_users(name: str) -> str | None:
    """Return the name of which this is a spelling that no user can have; None if a user can."""
    return _RESERVED_KEYS_FOR_USERS.get(user_key(name))


def reserved(name: str) -> str | None:
    """Return the reserved name of which this is a spelling; None if it is not reserved."""
    return _RESERVED_KEYS.get(user_key(name))


def _is_ascii_name(name: str, longest: int) -> bool:
    return len(name) <= longest and _ASCII_NAME.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _enforced(name: str) -> str | None:
    """Return a name as RFC 8265 enforces it. Cached: it is slow, and each sign-in needs it several times."""
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
    """Return the two profiles, to show and to compare names. Loaded on use: most clients never need them."""
    from precis_i18n import get_profile

    return get_profile("UsernameCasePreserved"), get_profile("UsernameCaseMapped")
