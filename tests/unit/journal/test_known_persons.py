"""Which of the connected persons are in the journal's file."""

from __future__ import annotations

from itertools import count

from classchat.journal.known_persons import KnownPersons


def test_new_persons_are_not_in_the_file() -> None:
    """New persons get the next numbers, and the file need not be told that they leave."""
    known = KnownPersons(count(8))
    numbers = [known.new(), known.new()]

    assert ([8, 9], False, set()) == (numbers, known.leave(8), set(known.in_file))


def test_persons_who_are_written() -> None:
    """A person who is connected when they are written is in the file from then on."""
    known = KnownPersons(count(1))
    number = known.new()
    present, in_file = known.written(number), set(known.in_file)

    assert (True, {1}, True) == (present, in_file, known.leave(number))


def test_persons_who_have_left_when_they_are_written() -> None:
    """The file has to be told that such a person has left."""
    known = KnownPersons(count(1))
    number = known.new()
    known.leave(number)

    assert (False, set()) == (known.written(number), set(known.in_file))


def test_persons_from_the_file() -> None:
    """A person from the file is in it as soon as they are connected."""
    known = KnownPersons(count(1))
    known.arrive(5)

    assert ({5}, True, False) == (set(known.in_file), known.leave(5), known.leave(5))
