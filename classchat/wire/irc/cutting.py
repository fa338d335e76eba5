"""Texts as lines that fit: IRC has no newline in a message, and 512 bytes for a whole line.

A text is cut at its newlines, then at spaces, and inside a word only where the word is longer than a line.
It is never cut inside a character as a reader sees it (a grapheme cluster), unless that is too long itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from wcwidth import iter_graphemes

MOST_LINES: Final = 64
"""Lines of a text that are shown as lines; the rest of it is joined."""

JOINED: Final = " ⏎ "
"""Stands where a newline was, in what is joined."""

WIDEST: Final = 4
"""The most bytes of a character."""


_MOST_TRIED: Final = 8
"""Spaces with marks on them that are looked at before the text is cut elsewhere."""


def beginning(text: str, most: int) -> str:
    """Return the beginning of a text, of at most so many characters, that ends at the end of a cluster."""
    return text if len(text) <= most else text[: _end_inside_word(text, most)]


def fitting(text: str, size: int) -> str:
    """Return the beginning of a text, of at most `size` bytes, that ends at the end of a cluster."""
    return beginning(text, _fitting(text, size))


def cut(text: str, size: int) -> list[str]:
    """Return a text in pieces of at most `size` bytes, without its blank lines; none if it is blank."""
    if len(text) * WIDEST <= size and "\n" not in text:
        return [text] if text and not text.isspace() else []
    lines = [line for line in text.split("\n") if line and not line.isspace()]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [JOINED.join(lines[MOST_LINES - 1 :])]
    return [piece for line in lines for piece in pieces(line, size) if not piece.isspace()]


def pieces(line: str, size: int) -> Iterator[str]:
    """Yield one line in pieces of at most `size` bytes: all of it but a space at each cut between words."""
    while (longest := _fitting(line, size)) < len(line):
        end = _last_space(line, 1, longest + 1)
        if end > 0:
            yield line[:end]
            line = line[end + 1 :]
        else:
            end = _end_inside_word(line, longest)
            yield line[:end]
            line = line[end:]
    if line:
        yield line


def split(line: str, size: int) -> Iterator[str]:
    """Yield one line in pieces of at most `size` bytes, which are the line when they are joined."""
    while (longest := _fitting(line, size)) < len(line):
        end = _last_space(line, 0, longest) + 1 or _end_inside_word(line, longest)
        yield line[:end]
        line = line[end:]
    yield line


def _last_space(line: str, start: int, end: int) -> int:
    """Return the place of the last space without marks on it; -1 if there is none, or too far back."""
    for _ in range(_MOST_TRIED):
        end = line.rfind(" ", start, end)
        following = line[end + 1 : end + 2]
        if end < 0 or following.isascii() or len(list(iter_graphemes(f" {following}"))) > 1:
            return end
    return -1


def _fitting(line: str, size: int) -> int:
    """Return how many of a line's characters fit."""
    if len(line) * WIDEST <= size:
        return len(line)
    encoded = line[: size + 1].encode()
    return len(line) if len(encoded) <= size else len(encoded[:size].decode(errors="ignore"))


def _end_inside_word(line: str, longest: int) -> int:
    """Return where to cut a word of which so many characters fit: at the last boundary of a cluster."""
    near = line[: longest + 1]
    if near.isascii():
        return longest
    end = 0
    for cluster in iter_graphemes(near):
        if end + len(cluster) > longest:
            break
        end += len(cluster)
    return end or longest
