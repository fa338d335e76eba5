"""Folding: a search treats texts as the same if they fold to the same text.

    case            Straße, STRASSE, strasse            (Unicode's full case folding)
    composition     é in one code point or in two
    width, form     Ｃａｆé, ﬁ, ①, ㎏                      (compatibility decomposition)
    unseen  soft hyphens, zero-width spaces and joiners, variation selectors
    typography      ’ and ', “ and ", – and -

Marks count only if the search has them: `cafe` finds `café`, but `café` does not find `cafe`. So a text has
two foldings, with and without its marks; the index holds the one without.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

VERSION = f"1 {unicodedata.unidata_version}"
"""The version of these rules; an index made with other rules is rebuilt."""

_PIECE = 256
"""Characters that are folded at a time: sorting 10 000 marks on one letter takes seconds."""

_UNSEEN = "\u00ad\u034f\u061c\u115f\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
_UNSEEN += "\ufe00-\ufe0f\ufeff\uffa0"
_TYPED = dict.fromkeys("‘’‚‛ʼ‹›", "'") | dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‐‑‒–—―−", "-")
"""Typographic quotation marks and hyphens, with the typed character of each."""

_CHANGED = re.compile(f"[{_UNSEEN}{''.join(_TYPED)}]")

_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
"""The marks that a search may omit. In other scripts, such as Hindi, a mark makes another letter."""

_STROKES = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
_WITH_STROKE = re.compile(f"[{''.join(_STROKES)}]")
"""Letters that Unicode does not decompose, but that many people type as base letters."""


class FoldedText(NamedTuple):
    """A folded text, in two forms."""

    marked: str
    """The text with its marks."""

    plain: str
    """The text without its marks."""


def spellings(text: str) -> FoldedText:
    """Return a folded text, with and without its marks."""
    if text.isascii():
        lower = text.lower()
        return FoldedText(lower, lower)
    pieces = [_taken_apart(piece) for piece in _pieces(text)]
    marked = "".join(unicodedata.normalize("NFC", piece) for piece in pieces)
    return FoldedText(marked, "".join(map(_without_marks, pieces)))


def folded(text: str) -> str:
    """Return a folded text without marks."""
    if text.isascii():
        return text.lower()
    return "".join(_without_marks(_taken_apart(piece)) for piece in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces of bounded length, cut before a letter if possible."""
    start = 0
    while len(text) - start > _PIECE:
        end = start + _PIECE
        middle = start + _PIECE // 2
        cut = next((place for place in range(end, middle, -1) if _begins_letter(text[place])), end)
        yield text[start:cut]
        start = cut
    yield text[start:] if start else text


def _begins_letter(character: str) -> bool:
    """Return whether no normalization joins a character with the one before it."""
    return character.isascii() or (
        unicodedata.category(character)[0] == "L" and not "\u1160" <= character <= "\u11ff"
    )


def _taken_apart(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    lower = apart.casefold()
    if lower != apart:  # some characters fold to what decomposes once more (Unicode 3.13, D147)
        apart = unicodedata.normalize("NFKD", lower)
    apart = apart.replace("i\u0307", "i")  # the rest of a capital İ
    return _CHANGED.sub(_changed, apart)


def _without_marks(apart: str) -> str:
    plain = _WITH_STROKE.sub(_without_stroke, _MARKS.sub("", apart))
    return unicodedata.normalize("NFC", plain)


def _without_stroke(found: re.Match[str]) -> str:
    return _STROKES[found[0]]


def _changed(found: re.Match[str]) -> str:
    """Return the replacement of a character that has several forms or is invisible."""
    return _TYPED.get(found[0], "")
