"""Comparing a file with the roster."""

from __future__ import annotations

import pytest

from classchat.rosters import merging
from classchat.rosters.merging import Merging, merge
from classchat.rosters.roster_file import RefusedRow, RosterFile
from classchat.rosters.students import Enrolled, Student

JANE = Student("Jane Doe", "1", "jdoe", "jane@example.edu", "A")
BOB = Student("Bob Ray", "2", "bray", "", "A")


def _merged(students: list[Student], *roster: Student) -> Merging:
    enrolled = [Enrolled(number, one, one.name.replace(" ", ".")) for number, one in enumerate(roster, 1)]
    return merge(RosterFile(list(enumerate(students, 2)), []), enrolled)


def _changes(found: Merging) -> list[tuple[str, Student, list[str]]]:
    return [(one.before.student.name, one.after, list(one.fields)) for one in found.changed]


def test_new_and_missing() -> None:
    """Students who are not on the roster are new; those who are not in the file are missing, and stay."""
    found = _merged([JANE], BOB)

    assert ([JANE], ["Bob Ray"]) == (list(found.new), [one.student.name for one in found.missing])


@pytest.mark.parametrize(
    "now",
    [
        Student("Jane Roe", "1", "other"),
        Student("Jane Roe", "", "JDOE"),
        Student("Jane Roe", "", "", "Jane@Example.edu"),
    ],
)
def test_keys(now: Student) -> None:
    """A student is found by id, login or email, in any case of the last two."""
    found = _merged([now], JANE, BOB)

    assert [("Jane Doe", "Jane Roe")] == [(before, after.name) for before, after, _ in _changes(found)]


def test_blanks_overwrite_nothing() -> None:
    """What the file leaves blank stays; what differs is changed, field by field."""
    after = Student("Jane Doe", "1", "jdoe", "jane@example.edu", "B")

    assert [("Jane Doe", after, ["section"])] == _changes(
        _merged([Student("Jane Doe", "1", "", "", "B")], JANE)
    )


def test_the_same_again() -> None:
    """A file that was imported changes nothing."""
    found = _merged([JANE, BOB], JANE, BOB)

    assert (2, [], [], [], []) == (found.unchanged, found.new, found.changed, found.refused, found.missing)


def test_a_student_without_keys() -> None:
    """A student who was added by name gets the keys of the file; two of that name are refused."""
    added = Student("jane doe")
    found = _merged([JANE], added)
    twice = _merged([JANE], added, added)

    assert [("jane doe", JANE, ["name", "id", "login", "email", "section"])] == _changes(found)
    assert [RefusedRow(2, "the roster has 2 students called 'Jane Doe': add an id")] == list(twice.refused)


def test_duplicates_and_conflicts() -> None:
    """A second row with a key, and a row that means two students, are refused."""
    twice, both = Student("Jane", "9", "JDOE"), Student("Who", "2", "", "jane@example.edu")
    found = _merged([JANE, twice, both], JANE, BOB)
    same = _merged([Student("Jane Doe", "1"), Student("Jane Doe", "", "jdoe")], JANE)

    assert [
        RefusedRow(3, "it has the same login as line 2"),
        RefusedRow(4, "it has the same email as line 2"),
    ] == list(found.refused)
    assert [RefusedRow(3, "it is the same student as line 2")] == list(same.refused)
    assert [RefusedRow(2, "its id is that of 'Bob Ray', its email that of 'Jane Doe'")] == list(
        _merged([both], JANE, BOB).refused
    )


def test_a_student_who_is_back() -> None:
    """A student who had left and is in the file again is changed, even if nothing else is."""
    found = merge(RosterFile([(2, JANE)], []), [Enrolled(1, JANE, "Jane.Doe", left=True)])

    assert [("Jane Doe", JANE, [])] == _changes(found)


def test_as_many_as_a_roster_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Students beyond the limit are refused."""
    monkeypatch.setattr(merging, "MOST_STUDENTS", 2)
    found = _merged([BOB, Student("Carol", "3")], JANE)

    assert ([BOB], [RefusedRow(3, "the roster has 2 students already")]) == (
        list(found.new),
        list(found.refused),
    )
