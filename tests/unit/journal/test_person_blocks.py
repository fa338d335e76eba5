"""Numbers for new persons, in blocks that no other node has."""

from __future__ import annotations

from itertools import islice

import pytest

from classchat.errors import NotSaved
from classchat.journal.postgres.person_blocks import PersonBlocks


def blocks() -> tuple[PersonBlocks, list[str]]:
    """Return numbers from 1 to 10, and the list of their requests for more."""
    asked: list[str] = []
    return PersonBlocks(range(1, 11), lambda: asked.append("more")), asked


def test_the_next_block_is_fetched_in_time() -> None:
    """It is requested once, when half of the first one is used, and comes after the first one."""
    numbers, asked = blocks()
    first = list(islice(numbers, 4))
    early = list(asked)
    second = list(islice(numbers, 4))
    numbers.add(range(101, 103))
    rest = list(islice(numbers, 3))

    assert ([1, 2, 3, 4], [], [5, 6, 7, 8], [9, 10, 101]) == (first, early, second, rest)
    assert ["more", "more"] == asked


def test_no_numbers_are_left() -> None:
    """While the database can't be reached new persons are refused; each one asks for numbers again."""
    numbers, asked = blocks()
    list(islice(numbers, 10))
    numbers.add(range(0))
    with pytest.raises(NotSaved):
        next(numbers)
    again = len(asked)
    numbers.add(range(101, 111))

    assert (101, 2) == (next(numbers), again)
