"""Mentions: where a user's name stands in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from classchat.client.spelling import name_key

_LONGEST_NAME = 256  # characters that are compared
_WORD = re.compile(r"[^\s,;:!?@()\[\]{}<>\"'`/\\|*=+~#&$%^]+")
_ENDING = "._-\N{HORIZONTAL ELLIPSIS}"
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Scripts without spaces between words, or in which a suffix follows a name directly."""

_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IN_A_RUN = re.compile(f"[{_UNSPACED}]{{2,}}")
_IN_A_LINK = r"""[^\s<>"\u3000-\u303f\uff00-\uffef]"""
_DOMAIN = r"(?<![a-z0-9.-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z0-9-]{1,63}"
_LINK = re.compile(
    rf"""(?:[a-z][a-z0-9+.-]{{1,20}}://|www\.){_IN_A_LINK}+  # https://example.org/alice
    | [^\W_{_UNSPACED}](?:[^\W{_UNSPACED}]|[.%+-]){{0,63}}@  # alice@example.org, git@example.org:alice/notes
        (?:[a-z0-9][\w.-]* | [^\W_][\w-]{{0,63}}\.[\w.-]+ | \[[\w:.]+\])(?::[\w.~-]*/{_IN_A_LINK}*)?
    | {_DOMAIN}(?:(?::\d{{1,5}})?/|\?\w{{1,20}}=){_IN_A_LINK}*  # example.org/alice, x.org?u=alice
    | (?<![a-z0-9.-])[a-z][a-z0-9-]{{0,62}}:\d{{1,5}}/{_IN_A_LINK}*  # localhost:8080/alice""",
    re.IGNORECASE | re.VERBOSE,
)
"""Links and addresses: a name inside one is not a mention."""


def mentions(text: str, name: str) -> bool:
    """Return whether a name stands in a text as a word of its own, in any spelling."""
    return any(is_name for _, is_name in pieces(text, name))


def pieces(text: str, name: str) -> list[tuple[str, bool]]:
    """Return a text cut at each mention: the pieces in order, and whether each is the name."""
    found: list[tuple[str, bool]] = []
    start = 0
    for place, word in _words(text):
        begin, end = _place_of(word, name)
        if end:
            found += [(text[start : place + begin], False), (word[begin:end], True)]
            start = place + end
    return [piece for piece in [*found, (text[start:], False)] if piece[0]]


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Yield words that may be a name, and where each begins: what stands between spaces and punctuation."""
    links = iter([found.span() for found in _LINK.finditer(text)])
    link, behind = next(links, (len(text), len(text)))
    for found in _WORD.finditer(text):
        start, end = found.span()
        while behind <= start and link < len(text):
            link, behind = next(links, (len(text), len(text)))
        if link < end:
            continue
        word = found[0]
        if word.isascii():
            yield start, word
            continue
        begin = 0
        for place, character in enumerate(f"{word} "):
            if not (character in _ENDING or unicodedata.category(character)[0] in "LMN"):
                if place > begin:
                    yield start + begin, word[begin:place]
                begin = place + 1


def _place_of(word: str, name: str) -> tuple[int, int]:
    """Return the begin and end of the name in a word, without punctuation or another script around it.

    Both are 0 if the name is not in the word.
    """
    if not name or len(word) > 2 * _LONGEST_NAME:
        return 0, 0
    own = name_key(name)
    bare = word.lstrip(_ENDING)
    for candidate in (word, word.rstrip(_ENDING), bare, bare.rstrip(_ENDING)):
        if candidate and name_key(candidate) == own:
            begin = word.index(candidate)
            return begin, begin + len(candidate)
    for run in () if word.isascii() else _RUNS.finditer(word):
        candidate = run[0].strip(_ENDING)
        if candidate and candidate != word and name_key(candidate) == own:
            begin = word.index(candidate, run.start())
            return begin, begin + len(candidate)
        if _IN_A_RUN.fullmatch(name) and name in run[0]:
            begin = run.start() + run[0].index(name)
            return begin, begin + len(name)
    return 0, 0
