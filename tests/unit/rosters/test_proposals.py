"""The user names that are proposed to students."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat import names
from classchat.rosters.proposals import proposed_name
from classchat.rosters.students import Student
from tests.tables import each_case


def _free(_: str) -> bool:
    return True


@each_case(
    ("student", "name"),
    [
        (Student("Jane Doe", given="Jane", family="Doe"), "Jane.Doe"),
        (Student("Anna Maria van der Berg", given="Anna Maria", family="van der Berg"), "Anna.van-der-Berg"),
        (Student("Seán O'Brien", given="Seán", family="O'Brien"), "Seán.OBrien"),
        (Student("Jane Quincy Doe"), "Jane.Doe"),
        (Student("Plato"), "Plato"),
        (Student("李小龙"), "李小龙"),
        (Student("jane@example.edu", email="jane@example.edu"), "jane"),
        (Student("=+", login="jdoe"), "jdoe"),
        (Student("Server", login="=", email="="), "Student"),
        (Student("x" * 40), "x" * 32),
    ],
)
def test_names(student: Student, name: str) -> None:
    """A name is made of the first given name and the family name, or of what else is known."""
    assert name == proposed_name(student, _free)


def test_a_name_that_is_taken() -> None:
    """The next student of a name gets a number, within the length that names may have."""
    taken = {"Jane.Doe", "Jane.Doe2", "x" * 32}

    assert "Jane.Doe3" == proposed_name(Student("Jane Doe"), lambda name: name not in taken)
    assert f"{'x' * 31}2" == proposed_name(Student("x" * 40), lambda name: name not in taken)


def test_a_name_that_very_many_have() -> None:
    """Each of them gets another user name, soon."""
    taken, tried = set[str](), 0

    def is_free(name: str) -> bool:
        nonlocal tried
        tried += 1
        return name not in taken

    for number in range(2_000):
        taken.add(proposed_name(Student("Jane Doe", f"{number}"), is_free))

    assert 2_000 == len(taken)
    assert tried < 2_000 * 110


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=40))
def test_any_student(name: str, family: str, login: str) -> None:
    """Whatever a file says, the proposed name is one that may be registered."""
    shown = proposed_name(Student(name, login=login, given=name, family=family), _free)

    assert shown == names.user_name(shown, 32)
    assert names.reserved_for_users(shown) is None
