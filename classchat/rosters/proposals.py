"""The user names that are proposed to students: `Jane.Doe`, made of their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from zlib import crc32

from classchat import names
from classchat.limits import Limits
from classchat.rosters.students import Student

_IN_ORDER = 100
"""Numbers that are tried one after the other behind a name."""

_SCATTERED = 1_000
"""Numbers that are tried after them: where very many have one name, trying all of them takes too long."""


def proposed_name(student: Student, is_free: Callable[[str], bool], longest: int = Limits.user_name) -> str:
    """Return a user name for a student that is allowed and free.

    It is the first of the given names and the family name; else the login, the beginning of the email, or the
    word Student; with a number behind it if it is taken.
    """
    for words in _candidates(student):
        base = _allowed(words, longest)
        if base is not None:
            for number in _numbers(student):
                behind = "" if number == 1 else f"{number}"
                name = f"{base[: longest - len(behind)]}{behind}"
                if names.user_name(name, longest) == name and is_free(name):
                    return name
    raise AssertionError("a million students have the same name")


def _numbers(student: Student) -> Iterator[int]:
    """Yield numbers to put behind a name: 1 stands for none."""
    yield from range(1, _IN_ORDER)
    for attempt in range(_SCATTERED):
        text = f"{attempt} {student.id} {student.login} {student.email}"
        yield _IN_ORDER + crc32(text.encode(errors="replace")) % 999_000


def _candidates(student: Student) -> Iterator[str]:
    given, family = student.given.split()[:1], student.family.split()
    if not given and not family:
        words = student.name.partition("@")[0].split()
        given, family = words[:1], words[1:][-1:]
    yield ".".join([*given, "-".join(family)] if family else given)
    yield ".".join([*given, *family[-1:]])
    yield student.login.partition("@")[0]
    yield student.email.partition("@")[0]
    yield "Student"


def _allowed(words: str, longest: int) -> str | None:
    """Return a name with the characters of a text that names may have; None if that is not allowed."""
    composed = unicodedata.normalize("NFKC", words)
    kept = "".join(one for one in composed if one in "._-" or unicodedata.category(one)[0] in "LMN")
    shown = names.user_name(kept.strip("._-")[:longest].strip("._-"), longest)
    return None if shown is None or names.reserved_for_users(shown) else shown
