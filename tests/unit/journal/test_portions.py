"""How much of a batch is committed, and heard, in one go."""

from __future__ import annotations

from classchat.core.entries import Entry, Joined, Said
from classchat.core.rooms import Room
from classchat.journal.portions import Portion, fits, portion
from tests.unit.helpers import user

ALICE = user("Alice")
R = Room("R", "#r")


def says(text: str) -> Entry:
    """Return that something was said."""
    return Said(ALICE, None, None, text, R)


def test_what_is_little_goes_together() -> None:
    """All that fits is one portion."""
    assert Portion(3, 30) == portion([says("x" * 10)] * 3, 1_000)


def test_what_is_much_is_parted() -> None:
    """A portion ends before what does not fit any more."""
    assert Portion(3, 300) == portion([says("x" * 100)] * 9, 600)


def test_one_goes_in_any_case() -> None:
    """A message that does not fit goes alone, and so does what follows it."""
    batch = [says("x" * 5_000), says("y"), says("z")]

    assert (Portion(1, 5_000), Portion(2, 2)) == (portion(batch, 1_000), portion(batch[1:], 1_000))


def test_letters_that_take_more_bytes() -> None:
    """What counts is what it is on the wire, about."""
    assert (Portion(9, 900), Portion(5, 500)) == (
        portion([says("x" * 100)] * 9, 2_000),
        portion([says("\u4e2d" * 100)] * 9, 2_000),
    )


def test_what_is_no_message_counts_as_well() -> None:
    """Who comes and goes is heard of, too."""
    assert Portion(10, 0) == portion([Joined(ALICE, None, None, R)] * 20, 700)


def test_nothing() -> None:
    """A batch without entries has a portion without entries."""
    assert Portion(0, 0) == portion([], 1_000)


def test_what_fits_is_never_parted() -> None:
    """What is taken for one portion at a glance is one, also when it is looked at."""
    batch = [says("\u4e2d" * 50)] * 10

    assert (True, False) == (fits(10, 500, 2_140), fits(10, 500, 2_139))
    assert Portion(10, 500) == portion(batch, 2_140)
