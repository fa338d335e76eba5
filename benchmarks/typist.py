"""A user's typing, key by key, and the line that must show after each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from wcwidth import wcwidth

LEFT, RIGHT, HOME, END, DELETE = "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE, ENTER, LAST_WORD_AWAY = "\x7f", "\r", "\x17"

WORDS = (
    *("the", "slides", "are", "on", "server", "and", "who", "has", "not", "got", "them", "may", "ask", "me"),
    *("tomorrow", "before", "noon", "naïve", "façade", "Übung", "größer", "señor", "лекция", "μάθημα"),
    *("漢字", "你好", "東京", "説明", "すみません", "안녕하세요", "socket()", "O(n²)", "don't", "1024"),
)


@dataclass(frozen=True)
class Line:
    """A line that is being typed, and the place of the cursor in it."""

    text: str = ""
    cursor: int = 0

    def after(self, key: str) -> Line:
        """Return the line after a key; anything that does not name a key is text."""
        before, behind = self.text[: self.cursor], self.text[self.cursor :]
        match key:
            case "\x1b[D":
                return Line(self.text, max(0, self.cursor - 1))
            case "\x1b[C":
                return Line(self.text, min(len(self.text), self.cursor + 1))
            case "\x1b[H":
                return Line(self.text, 0)
            case "\x1b[F":
                return Line(self.text, len(self.text))
            case "\x1b[3~":
                return Line(before + behind[1:], self.cursor)
            case "\x7f":
                return Line(before[:-1] + behind, len(before[:-1]))
            case "\x17":
                kept = before.rstrip(" ").rpartition(" ")
                return Line(kept[0] + kept[1] + behind, len(kept[0] + kept[1]))
            case "\r":
                return Line()
            case _:
                return Line(before + key + behind, self.cursor + len(key))

    def drawn(self, prompt: str, columns: int) -> tuple[list[str], int, int]:
        """Return the rows that it has behind a prompt, and the cursor's row and column in them."""
        rows, column, at = [""], 0, (0, 0)
        for place, character in enumerate(f"{prompt}{self.text} "):  # the cursor may stand on the last blank
            width = wcwidth(character)
            if column + width > columns:
                rows.append("")
                column = 0
            if place == len(prompt) + self.cursor:
                at = len(rows) - 1, column
            rows[-1] += character
            column += width
        return [row.rstrip() for row in rows], *at


def keys(random: Random) -> Iterator[str]:
    """Yield keys for ever, as a person presses them: with slips, corrections, and second thoughts.

    Most lines are short; each fourth one is wrapped twice or more, and corrected in its middle.
    """
    while True:
        wrapped = random.random() < 0.25
        length = random.randint(220, 420) if wrapped else random.randint(5, 120)
        typed = 0
        while typed < length:
            word = random.choice(WORDS)
            typed += len(word) + 1
            yield from _word(word, random)
            yield " "
        if wrapped:
            yield from _second_thoughts(random)
        elif random.random() < 0.1:
            yield LAST_WORD_AWAY
            yield "."
        yield ENTER


def _word(word: str, random: Random) -> Iterator[str]:
    """Yield a word's letters, or the whole word at once if an input method composes it."""
    if not word.isascii() and wcwidth(word[0]) == 2:
        yield word
        return
    for place, letter in enumerate(word):
        if random.random() < 0.03:
            hasty = random.choice("asdfghjkl") + word[place : place + random.randint(0, 3)]
            yield from hasty
            yield from [BACKSPACE] * len(hasty)
        yield letter


def _second_thoughts(random: Random) -> Iterator[str]:
    """Yield keys that change the middle of a long line."""
    if random.random() < 0.5:
        yield HOME
        yield from [RIGHT] * random.randint(20, 60)
    else:
        yield from [LEFT] * random.randint(40, 120)
    if random.random() < 0.5:
        yield from [DELETE] * random.randint(1, 8)
    else:
        yield from [BACKSPACE] * random.randint(1, 8)
    yield from f" {random.choice(WORDS)} "
    yield END
