"""Line wrapping between words for a terminal of some width; further rows are indented.

A terminal by itself breaks a full line in the middle of a word, and begins the next row in the first column,
where only lines of the client begin.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from prompt_toolkit.utils import get_cwidth
from wcwidth import iter_graphemes

Pieces = list[tuple[str, str]]
"""Texts with their styles."""

INDENT = 4
"""Columns of the indent of further rows."""

_TAB = 8
_NARROWEST = 8  # columns; nothing is wrapped for fewer
_CLOSING = set("、。，．！？：；）」』】》〉〕］｝…～・ー")
"""Wide characters that should not begin a row."""

_EMOJI = "\N{VARIATION SELECTOR-16}"
"""Makes a narrow character an emoji, which has two columns in some terminals."""

_SEEN = frozenset(
    "\uffa0\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Fillers, and signs around numbers, which take no column in some terminals and one in others."""

_Cell = tuple[str, str, int]  # style, cluster of characters, columns


def wrapped(text: str, columns: int, indent: int = INDENT) -> str:
    """Return a text with a line break, and an indent, wherever it would not fit."""
    return "".join(piece for _, piece in wrapped_pieces([("", text)], columns, indent))


def wrapped_pieces(pieces: Pieces, columns: int, indent: int = INDENT) -> Pieces:
    """Return pieces of text with a line break, and an indent, wherever they would not fit."""
    if columns < _NARROWEST or _fits("".join(text for _, text in pieces), columns):
        return pieces
    row = _Rows(columns, min(indent, columns // 4))
    for token in _tokens(pieces):
        row.add(token)
    return row.pieces


def _fits(text: str, columns: int) -> bool:
    widest = columns if text.isascii() and "\t" not in text else columns // _TAB
    return all(len(line) <= widest for line in text.split("\n"))


class _Rows:
    """A writer of tokens, one after the other."""

    def __init__(self, columns: int, indent: int) -> None:
        self.pieces: Pieces = []
        self._columns = columns
        self._indent = indent
        self._used = 0
        self._begun = False  # whether this row holds anything after its indent
        self._spaces: list[_Cell] = []

    def add(self, token: list[_Cell]) -> None:
        """Write a word, or another token that stays whole if it fits into a row."""
        text = token[0][1]
        if text == "\n":
            self._spaces.clear()
            self._write(token[0])
            self._used, self._begun = 0, False
        elif text in " \t":
            self._spaces += token
        else:
            self._add_word(token)

    def _add_word(self, word: list[_Cell]) -> None:
        before = sum(width for _, _, width in self._spaces)
        width = sum(width for _, _, width in word)
        if self._begun and self._used + before + width > self._columns:
            self._continue()
        for cell in [*self._spaces, *word]:
            if self._used + cell[2] > self._columns:
                self._continue()
            self._write(cell)
        self._spaces.clear()
        self._begun = True

    def _continue(self) -> None:
        self._spaces.clear()
        self._write(("", "\n" + " " * self._indent, 0))
        self._used, self._begun = self._indent, False

    def _write(self, cell: _Cell) -> None:
        style, text, width = cell
        self._used += width
        if self.pieces and self.pieces[-1][0] == style:
            text = self.pieces.pop()[1] + text
        self.pieces.append((style, text))


def _tokens(pieces: Pieces) -> Iterator[list[_Cell]]:
    """Yield line breaks, spaces, words, and wide characters one by one with what must not stand alone."""
    word: list[_Cell] = []
    wide = False  # whether the word ends in a wide character, after which a row may end
    for style, text in pieces:
        for cluster in text if text.isascii() else iter_graphemes(text):
            cell = (style, cluster, _width(cluster))
            if cluster in ("\n", " ", "\t"):
                if word:
                    yield word
                word = []
                yield [cell]
                continue
            now_wide = cell[2] > 1
            if word and (wide or now_wide) and cluster not in _CLOSING:
                yield word
                word = []
            word.append(cell)
            wide = now_wide
    if word:
        yield word


def _width(cluster: str) -> int:
    """Return how many columns some characters take at most; terminals differ about emoji."""
    return _TAB if cluster == "\t" else 1 if cluster.isascii() else sum(map(_columns_of, cluster))


@lru_cache(maxsize=4096)
def _columns_of(character: str) -> int:
    """Return how many columns a character takes in the terminal that gives it the most.

    If the count were too low, the terminal would break the row earlier, and the rest would begin a row like a
    line of the client.
    """
    if character == _EMOJI:
        return 1
    category = unicodedata.category(character)
    if category == "Lo" and unicodedata.east_asian_width(character) == "W":
        return 2
    if category == "Mc" or character in _SEEN:
        return 1
    return int(get_cwidth(character))
