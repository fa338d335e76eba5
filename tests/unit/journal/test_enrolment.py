"""The roster in the journal's file, and join codes that are used up in a transaction."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from classchat.core.acts import Act, Enrolling, PersonRecord, Secured
from classchat.journal.administration import Administration
from classchat.journal.batch_rows import PersonRow
from classchat.journal.enrolment import CODE_LASTS
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from classchat.rosters.students import Student

NOW = 1_000
JANE, BOB = Student("Jane Doe", "1"), Student("Bob Ray")


@pytest.fixture
def students(store: Store) -> None:
    """Enrol two students."""
    assert all(_does(store, Enrolling(*one)) for one in ((JANE, "Jane.Doe", b"j"), (BOB, "Bob.Ray", b"b")))


def _does(store: Store, *acts: Act, time: int = NOW) -> bool:
    """Store acts in one entry; return whether that was done."""
    persons = [
        PersonRow(one.number, one.name, one.key, one.token) for one in acts if isinstance(one, PersonRecord)
    ]
    store.append([], time, persons=persons, acts=[acts])
    return not store.refused


def _claims(store: Store, name: str, code: bytes | None, person: int = 1, time: int = NOW) -> bool:
    key = name.lower()
    record = PersonRecord(person, name, key, name.encode())
    return _does(store, record, Secured(key, name, person, "$hash", code=code), time=time)


def _roster(path: Path) -> list[tuple[str, str, int | None, bool]]:
    with closing(Reader(path)) as reader:
        return [(one.student.name, one.user, one.person, one.invited) for one in reader.roster()]


@pytest.mark.usefixtures("students")
def test_a_code_is_used_up(store: Store, path: Path) -> None:
    """A claim with a code connects the student with the account; then the code is no longer valid."""
    with closing(Reader(path)) as reader:
        found = reader.invited(b"j", NOW)
        claimed = [
            _claims(store, "Janie", b"j"),
            _claims(store, "Other", b"j", 2),
            _claims(store, "Third", b"?", 3),
        ]

        assert ("Jane.Doe", None) == (found and found.user, reader.invited(b"j", NOW))
        assert [True, False, False] == claimed
        assert ["Janie"] == [account.name for account in reader.accounts()]
    assert [("Bob Ray", "Bob.Ray", None, True), ("Jane Doe", "Janie", 1, False)] == _roster(path)


@pytest.mark.usefixtures("students")
def test_a_claim_that_fails_uses_no_code(store: Store, path: Path) -> None:
    """A name that has an owner, or is proposed to another student, leaves the code valid."""
    _claims(store, "Janie", None)

    assert [False, False] == [_claims(store, "Janie", b"j", 2), _claims(store, "bob.ray", b"j", 3)]
    assert [("Bob Ray", "Bob.Ray", None, True), ("Jane Doe", "Jane.Doe", None, True)] == _roster(path)
    assert _claims(store, "Jane.Doe", b"j", 4)


@pytest.mark.usefixtures("students")
def test_an_old_code(store: Store) -> None:
    """A code is valid for some months."""
    end = NOW + int(CODE_LASTS * 1000)

    assert [False, True] == [_claims(store, "Old", b"j", time=end), _claims(store, "Jane", b"j", 2, end - 1)]


@pytest.mark.usefixtures("students")
def test_enrolling(store: Store, path: Path) -> None:
    """A user name is proposed only once, and not if it is registered; an account needs no code."""
    _claims(store, "Janie", b"j")

    assert [False, False, False, True, True] == [
        _does(store, Enrolling(Student("New"), "bob.RAY", b"1")),
        _does(store, Enrolling(Student("New"), "JANIE", b"2")),
        _does(store, Enrolling(JANE, "Janie", b"3", 1)),
        _does(store, Enrolling(BOB, "Bob.Ray", b"4", 2)),
        _does(store, Enrolling(Student("New"), "New", b"5")),
    ]
    assert ["Bob Ray", "Jane Doe", "New"] == [name for name, *_ in _roster(path)]


@pytest.mark.usefixtures("students")
def test_a_name_that_is_released(store: Store, path: Path) -> None:
    """Releasing a student's name separates it from the student, who can be invited again."""
    _claims(store, "Janie", b"j")
    with closing(Administration(str(path), lambda: NOW)) as administration:
        administration.release("Janie")

    assert ("Jane Doe", "Janie", None, False) == _roster(path)[1]
    assert _does(store, Enrolling(JANE, "Janie", b"6", 1))
