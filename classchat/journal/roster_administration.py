"""The teacher's queries and changes of the roster in a journal, with or without a running server.

The server reads the roster from the journal each time, so each change holds at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from classchat import names
from classchat.core.lookalikes import LookAlikes
from classchat.journal import enrolment, tables
from classchat.journal.command_changes import CommandChanges, NotDone
from classchat.journal.database import Database
from classchat.rosters.join_codes import RANDOM_BYTES, code_digest, join_code
from classchat.rosters.merging import Merging, merge
from classchat.rosters.proposals import proposed_name
from classchat.rosters.roster_file import RosterFile
from classchat.rosters.students import Enrolled, Student, named

_T = TypeVar("_T")

_STEP = 200
"""Students that are written in one transaction; more would make a running server wait too long."""


class Invitation(NamedTuple):
    """A join code for a student."""

    student: Enrolled
    code: str


class RosterAdministration(CommandChanges):
    """A connection for the commands of `classchat roster`."""

    def students(self) -> list[Enrolled]:
        """Return the roster by name, with the students who have left."""
        return enrolment.roster(self._db)

    def compare(self, file: RosterFile) -> Merging:
        """Return what a file means for the roster, and change nothing."""
        return merge(file, self.students())

    def take(self, file: RosterFile, *, drop: bool) -> Merging:
        """Write what a file means for the roster; return that.

        With `drop`, students who are not in the file are marked as having left, unless a row was refused: it
        may be about one of them.
        """
        found = self.compare(file)
        free = _FreeNames(self._db)
        for students in _portions(found.new):
            with self._change("roster import", detail=f"{len(students)} new"):
                for student in students:
                    self._enrol(student, free)
        for changes in _portions(found.changed):
            with self._change("roster import", detail=f"{len(changes)} changed"):
                for change in changes:
                    enrolment.update(self._db, change.before.number, change.after)
        if drop and not found.refused:
            for missing in _portions(found.missing):
                with self._change("roster import", detail=f"{len(missing)} left"):
                    enrolment.mark_as_left(self._db, [one.number for one in missing], self._now())
        return found

    def _enrol(self, student: Student, free: _FreeNames) -> None:
        while True:  # a running server may have taken the name meanwhile
            user = proposed_name(student, free)
            free.take(user)
            if enrolment.enrol(self._db, student, user, self._now()) is not None:
                return

    def invite(
        self, wanted: Sequence[str], *, again: bool = False, random: Callable[[int], bytes]
    ) -> list[Invitation]:
        """Make a join code for each of these students, or for all who have no account and no code.

        With `again`, those who have a code get a new one. `random` returns so many random bytes.

        Raises:
            NotDone: one of them is not on the roster, or has an account, or has left.
        """
        students = self.students()
        chosen = [_the_one(students, name) for name in wanted] or [
            one for one in students if one.person is None and not one.left and (again or not one.invited)
        ]
        invitations = list[Invitation]()
        for portion in _portions(chosen):
            codes = [join_code(random(RANDOM_BYTES)) for _ in portion]
            with self._change("roster invite", detail=", ".join(one.user for one in portion)):
                for one, code in zip(portion, codes, strict=True):
                    digest = code_digest(code)
                    if digest is None or not enrolment.invite(self._db, one.number, digest, self._now()):
                        why = "has left the course" if one.left else f"has an account, '{one.user}'"
                        raise NotDone(f"'{one.student.name}' {why}, and needs no join code.")
            invitations += map(Invitation, portion, codes)
        return invitations

    def remove(self, name: str) -> Enrolled:
        """Mark a student as having left the course; return the student.

        Raises:
            NotDone: the student is not on the roster, or has left.
        """
        one = _the_one(self.students(), name)
        if one.left:
            raise NotDone(f"'{one.student.name}' has left the course already.")
        with self._change("roster remove", one.user):
            enrolment.mark_as_left(self._db, [one.number], self._now())
        return one

    def link(self, name: str, user: str) -> Enrolled:
        """Connect a student with an account that exists; return the student.

        Raises:
            NotDone: there is no such student or account, or one of them is connected with another one.
        """
        one = _the_one(self.students(), name)
        with self._change("roster link", user, one.student.name):
            account = tables.account(self._db, names.user_key(user))
            if account is None:
                raise NotDone(f"The name '{user}' is not registered.")
            if not enrolment.link(self._db, one.number, account.person, account.name):
                raise NotDone(f"'{one.student.name}' or '{account.name}' is connected with another one.")
        return one

    @contextmanager
    def _change(self, action: str, target: str = "", detail: str = "") -> Iterator[None]:
        """Change something in one transaction, with a line in the audit log."""
        with self._transaction():
            yield
            self._record(action, target, detail)


class _FreeNames:
    """The user names that nobody has, and that were proposed to nobody."""

    def __init__(self, db: Database) -> None:
        self._looks = LookAlikes(names.RESERVED_FOR_USERS)
        self._keys: set[str] = set()
        for account in tables.accounts(db):
            self.take(account.name)
        for one in enrolment.roster(db):
            self.take(one.user)

    def take(self, name: str) -> None:
        """Record that a name is not free any longer."""
        self._keys.add(names.user_key(name))
        self._looks.add(name)

    def __call__(self, name: str) -> bool:
        """Return whether a name is free, and is not like one that is not."""
        return names.user_key(name) not in self._keys and self._looks.find(name) is None


def _the_one(students: Sequence[Enrolled], name: str) -> Enrolled:
    """Return the student whom a name means.

    Raises:
        NotDone: there is none, or more than one.
    """
    found = named(students, name)
    if not found:
        raise NotDone(f"'{name}' is not on the roster. 'classchat roster list' shows who is.")
    if len(found) > 1:
        users = ", ".join(one.user for one in found)
        raise NotDone(f"The roster has {len(found)} students called '{name}': use one of {users}.")
    return found[0]


def _portions(items: Sequence[_T]) -> Iterable[Sequence[_T]]:
    return (items[at : at + _STEP] for at in range(0, len(items), _STEP))
