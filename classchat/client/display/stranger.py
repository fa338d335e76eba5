"""Texts of other users made harmless for a terminal: they can't move, colour, link or reverse our lines.

Controls are gone already with `texts.harmless`: without ESC and the C1 controls there is no CSI, no OSC 8
(a link), no OSC 52 (the clipboard). What is left are the characters of the Unicode Bidirectional Algorithm
(UAX 9), which turn around what follows them to the end of the line, and those that break lines or show
nothing.
"""

from __future__ import annotations

import re
import unicodedata

from classchat.texts import REPLACEMENT, harmless, quoted
from classchat.visible import MOST_MARKS

_EMBEDDINGS = "\u202a\u202b"
_ISOLATES = "\u2066\u2067\u2068"
_OVERRIDES = "\u202d\u202e"
_POP, _POP_ISOLATE = "\u202c", "\u2069"
_MARKS_AND_FORMATS = ("Mn", "Mc", "Me", "Cf")
_MARKS = "\u061c\u200e\u200f"

_DIRECTIONS = re.compile(f"[{_EMBEDDINGS}{_ISOLATES}{_OVERRIDES}{_POP}{_POP_ISOLATE}]")
# Line and paragraph separator; interlinear annotations; shorthand and musical formats; deprecated formats.
_INVISIBLE = re.compile("[\u2028\u2029\u206a-\u206f\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]")
_NEVER_IN_A_NAME = re.compile(
    f"[{_EMBEDDINGS}{_ISOLATES}{_OVERRIDES}{_POP}{_POP_ISOLATE}{_MARKS}\u00ad\ufeff]"
)
_MOST_MARKS = MOST_MARKS
"""Characters without a column that stand on a letter; a tower of them grows over the lines above."""

_STACKED = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff]")
"""Letters that complete a Korean syllable, and skin tones: they take no column either."""

_MOST_NESTED = 125  # UAX 9, BD2: deeper levels are not looked at


def shown(text: str) -> str:
    """Return a text in a form that may be shown, with its lines."""
    return "\n".join(map(_closed, _thinned(_INVISIBLE.sub(REPLACEMENT, harmless(text))).split("\n")))


def shown_name(name: str, longest: int = 64) -> str:
    """Return a name, or another single line, in a form that may be shown."""
    plain = _NEVER_IN_A_NAME.sub(REPLACEMENT, _INVISIBLE.sub(REPLACEMENT, quoted(name, longest)))
    return _thinned(plain)


def _closed(line: str) -> str:
    """Close the embeddings and isolates that a line leaves open; overrides are removed already."""
    if not _DIRECTIONS.search(line):
        return line
    shown: list[str] = []
    closing: list[str] = []
    for character in line:
        if character in _OVERRIDES or (character in _EMBEDDINGS + _ISOLATES and len(closing) >= _MOST_NESTED):
            shown.append(REPLACEMENT)
        elif character in _EMBEDDINGS:
            closing.append(_POP)
            shown.append(character)
        elif character in _ISOLATES:
            closing.append(_POP_ISOLATE)
            shown.append(character)
        elif character in (_POP, _POP_ISOLATE):
            matches = closing[-1:] == [character]
            shown.append(closing.pop() if matches else REPLACEMENT)
        else:
            shown.append(character)
    return "".join(shown + closing[::-1])


def _thinned(text: str) -> str:
    """Remove the marks, joiners and selectors beyond the eighth on one letter."""
    if text.isascii():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        stacked = unicodedata.category(character) in _MARKS_AND_FORMATS or _STACKED.match(character)
        marks = marks + 1 if stacked else 0
        if marks <= _MOST_MARKS:
            shown.append(character)
    return "".join(shown)
