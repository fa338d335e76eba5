"""The words of a search: where they occur, and what an index is asked for."""

from __future__ import annotations

from classchat.journal.folding import FoldedText, folded, spellings
from classchat.texts import harmless

_GRAM = 3
"""Characters that the index knows at a time."""

_MOST_WORDS_ASKED = 4
"""Words that the index is asked for; the others are compared."""

_MOST_GRAMS = 5
"""Trigrams of a word that the index is asked for; the rest is compared."""


class Words:
    """What is searched for: as the index is asked for it, and as it is compared."""

    def __init__(self, text: str) -> None:
        # A text is made harmless when it is said: a search for it finds it as it was kept.
        words = {spellings(word) for word in harmless(text).split()}
        longest = sorted((word for word in words if word.plain.strip()), key=lambda word: -len(word.plain))
        self.plain = [word.plain for word in longest if word.plain == word.marked]
        self.marked = [word.marked for word in longest if word.plain != word.marked]
        grams = [gram for word in longest[:_MOST_WORDS_ASKED] for gram in _grams(word)]
        self.match = " AND ".join('"{}"'.format(gram.replace('"', '""')) for gram in grams)
        """The trigrams for FTS5, each as a string of its own: none of them is an operator."""

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.plain or self.marked)

    def occur_in(self, text: str) -> bool:
        """Return whether a text holds all of them."""
        if not self.marked:
            plain = folded(text)
        else:
            marked, plain = spellings(text)
            if not all(word in marked for word in self.marked):
                return False
        return all(word in plain for word in self.plain)


def _grams(word: FoldedText) -> list[str]:
    """Return some trigrams of a word, over all of its length."""
    last = len(word.plain) - _GRAM
    if last < 0:
        return []
    gaps = min(-(-last // _GRAM), _MOST_GRAMS - 1)  # as few as hold all of its letters, if they are enough
    places = {last * number // gaps for number in range(gaps + 1)} if gaps else {0}
    return [word.plain[place : place + _GRAM] for place in sorted(places)]
