"""Students as a file of a roster has them, and as the journal keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

FIELDS = ("name", "id", "login", "email", "section")
"""What is kept of a student, in the order in which it is shown."""

KEYS = ("id", "login", "email")
"""What a student is recognized by, in this order."""


class Student(Struct, frozen=True):
    """What a file says of one student; "" is unknown."""

    name: str
    id: str = ""
    login: str = ""
    email: str = ""
    section: str = ""
    given: str = ""
    """The given name, where the file has it apart; only a user name is made of it."""

    family: str = ""
    """The family name, likewise."""

    def value(self, field: str) -> str:
        """Return one of `FIELDS`."""
        return str(getattr(self, field))

    def known_keys(self) -> Iterator[tuple[str, str]]:
        """Yield the keys that are known, each with its field."""
        for field in KEYS:
            if self.value(field):
                yield field, key_of(field, self.value(field))


class Enrolled(Struct, frozen=True):
    """A student on the roster of a server."""

    number: int
    """The number of the row, which is never used again."""

    student: Student
    user: str
    """The user name that is proposed; once the student has an account, its name."""

    person: int | None = None
    """The person who owns the account; None while there is none."""

    left: bool = False
    """Whether the student has left the course."""

    invited: bool = False
    """Whether a join code is valid for the student."""


def key_of(field: str, value: str) -> str:
    """Return what two values of a key have in common if they mean the same student."""
    return value if field == "id" else value.casefold()


def named(students: Sequence[Enrolled], name: str) -> list[Enrolled]:
    """Return the students whom a teacher may mean: by user name, id, login, email or full name."""
    wanted = name.casefold()
    for values in (
        lambda one: [one.user],
        lambda one: [one.student.id, one.student.login, one.student.email],
        lambda one: [one.student.name],
    ):
        found = [one for one in students if wanted in [value.casefold() for value in values(one)]]
        if found:
            return found
    return []
