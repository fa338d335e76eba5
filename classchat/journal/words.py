"""The words of a search: matching them in a text, and the question for the index."""

from __future__ import annotations

from classchat.journal.folding import FoldedText, folded, spellings
from classchat.texts import harmless

_GRAM = 3
"""Characters of a trigram, the unit of the index."""

_MOST_WORDS_ASKED = 4
"""Words that the index is asked for; others are only compared."""

_MOST_GRAMS = 5
"""Trigrams of a word that the index is asked for; the rest is only compared."""


class Words:
    """The words of a search, in the form for the index and in the form for comparison."""

    def __init__(self, text: str) -> None:
        # Texts were made harmless when they were sent, so the search is made harmless, too.
        words = {spellings(word) for word in harmless(text).split()}
        longest = sorted((word for word in words if word.plain.strip()), key=lambda word: -len(word.plain))
        self.plain = [word.plain for word in longest if word.plain == word.marked]
        self.marked = [word.marked for word in longest if word.plain != word.marked]
        self.grams = [gram for word in longest[:_MOST_WORDS_ASKED] for gram in _grams(word)]
        """Trigrams that all occur in a text with the words."""
        self.match = " AND ".join('"{}"'.format(gram.replace('"', '""')) for gram in self.grams)
        """The trigrams for FTS5, each quoted, so that none is taken for an operator."""

    def __bool__(self) -> bool:
        """Return whether there are any words."""
        return bool(self.plain or self.marked)

    def occur_in(self, text: str) -> bool:
        """Return whether a text contains all words."""
        if not self.marked:
            plain = folded(text)
        else:
            marked, plain = spellings(text)
            if not all(word in marked for word in self.marked):
                return False
        return all(word in plain for word in self.plain)


def _grams(word: FoldedText) -> list[str]:
    """Return some trigrams of a word, spread over its length."""
    last = len(word.plain) - _GRAM
    if last < 0:
        return []
    gaps = min(-(-last // _GRAM), _MOST_GRAMS - 1)  # as few as cover all letters, within the limit
    places = {last * number // gaps for number in range(gaps + 1)} if gaps else {0}
    return [word.plain[place : place + _GRAM] for place in sorted(places)]
