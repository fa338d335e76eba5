"""The roster in a room: who is on it, and who of them is here; and students who are added late.

The roster is read from the journal each time, because other programs change it. Nothing of it is in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from classchat.class_commands import ReadRoster
from classchat.class_events import RosterAdded, RosterView
from classchat.core.acts import Audited, Enrolling
from classchat.core.answer_events import ClassGranted, ClassShown
from classchat.core.directory import Directory
from classchat.core.features import class_permissions
from classchat.core.features.attendance import HereRow, MarkRow
from classchat.core.features.rulings import Rulings
from classchat.core.gate import Gate
from classchat.core.journal_port import Journal, store_acts
from classchat.core.model import Room, User
from classchat.core.ports import Calendar
from classchat.errors import InvalidFormat, NotAllowed, Overtaken, TooLong, TooMany
from classchat.names import user_key
from classchat.rosters.join_codes import RANDOM_BYTES, code_digest, join_code
from classchat.rosters.merging import MOST_STUDENTS
from classchat.rosters.proposals import proposed_name
from classchat.rosters.roster_file import LONGEST_VALUE
from classchat.rosters.students import Enrolled, Student, named
from classchat.texts import harmless

_AROUND = 120
"""Bytes around the names of a student in an answer, at most."""

_MOST_AT_ADDRESS = 5
"""Names that are shown of those who have entered a code from one address."""

_MOST_ATTEMPTS = 20
"""How often a user name is proposed: each time another program or node has taken it meanwhile."""


class RosterRequests:
    """Answers `roster`."""

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        rulings: Rulings,
        calendar: Calendar,
        gate: Gate,
        random: Callable[[int], bytes],
    ) -> None:
        """Make join codes of what `random` returns: so many random bytes."""
        self._journal = journal
        self._directory = directory
        self._rulings = rulings
        self._calendar = calendar
        self._gate = gate
        self._random = random

    def grant(self, user: User, command: ReadRoster) -> Coroutine[Any, Any, ClassShown | ClassGranted]:
        """Return what answers a request.

        Raises:
            ChatError: the user is no member of the staff, or the request has no meaning.
            Undecided: an order that is on its way may change that.
        """
        room = self._allowed(user, command)
        room.order.check_decided()
        match command.text.strip().lower():
            case "":
                return self._read(user, room, command)
            case "add":
                return self._add(user, command)
            case _:
                raise InvalidFormat("the text must be add, or empty", command.id)

    def _allowed(self, user: User, command: ReadRoster) -> Room:
        """Return the room, if the user may do this there."""
        self._gate.check()
        room = self._directory.rooms.get(command.receiver)
        role = class_permissions.role_of(user, room)
        class_permissions.check(user, room, role, command, self._calendar.seconds() * 1000)
        return room

    async def _read(self, user: User, room: Room, command: ReadRoster) -> ClassShown:
        students = await self._journal.roster()
        listing, left, count = list[RosterView](), self._directory.limits.listing, 0
        for view in self._views(room, students):
            count += 1
            left -= len(f"{view.name}{view.user}{view.section}{view.same_address or ''}".encode()) + _AROUND
            if left >= 0:
                listing.append(view)
        return ClassShown(user.name, command.id, room.name, roster=listing, more=count - len(listing) or None)

    def _views(self, room: Room, students: Sequence[Enrolled]) -> Iterator[RosterView]:
        """Yield the students on the roster, and then the other students in the room."""
        listed = set[int]()
        seen = _Seen(self._rulings.rows(room, HereRow), self._rulings.rows(room, MarkRow))
        for one in students:
            if one.person is None:
                yield RosterView(one.student.name, section=one.student.section)
                continue
            listed.add(one.person)
            account = self._directory.accounts.by_person(one.person)
            here = account is not None and _is_here(account.user, room)
            yield seen.add(one.person, RosterView(one.student.name, one.user, one.student.section, here))
        for member in sorted(room.members, key=lambda member: user_key(member.name)):
            number, name = member.person.number, member.name
            if number not in listed and class_permissions.role_of(member, room) == "student":
                yield seen.add(number, RosterView(name, name, here=_is_here(member, room), listed=False))

    async def _add(self, user: User, command: ReadRoster) -> ClassGranted:
        """Give a student a join code, and add a student who is not on the roster.

        The code is stored only as a digest, so a repetition of the request gets another one; the first is
        then no longer valid.
        """
        name = harmless(" ".join(command.user.split()))
        if not name:
            raise InvalidFormat("the user must be the name of a student", command.id)
        if len(name) > LONGEST_VALUE:
            raise TooLong("name", LONGEST_VALUE, "characters")
        tried = set[str]()
        for _ in range(_MOST_ATTEMPTS):
            students = await self._journal.roster()
            room = self._allowed(user, command)
            one = _the_one(students, name)
            if one is None and len(students) >= MOST_STUDENTS:
                raise TooMany("students on the roster", MOST_STUDENTS)
            added = self._enrolling(name, one, tried | {user_key(other.user) for other in students})
            tried.add(user_key(added.user))
            audited = Audited(user.name, "roster add", room.name, target=added.user)
            code = join_code(self._random(RANDOM_BYTES))
            act = Enrolling(added.student, added.user, code_digest(code) or b"", one.number if one else None)
            if await store_acts(self._journal, user, act, audited):
                answer = RosterAdded(added.student.name, code, added.user)
                return ClassGranted(user.name, command.id, room.name, answer)
            await self._journal.look_again()
        raise Overtaken

    def _enrolling(self, name: str, one: Enrolled | None, taken: set[str]) -> Enrolled:
        """Return the student as the roster has them, or will have them."""
        if one is not None:
            return one
        in_use, accounts = self._directory.users.in_use, self._directory.accounts

        def is_free(user: str) -> bool:
            return user_key(user) not in taken and accounts.find(user) is None and in_use.find(user) is None

        student = Student(name)
        return Enrolled(0, student, proposed_name(student, is_free))


class _Seen:
    """What is known of the attendance of each person."""

    def __init__(self, codes: Mapping[str, HereRow], marks: Mapping[str, MarkRow]) -> None:
        self._codes = codes
        self._marks = marks
        self._at_place = Counter(row.place for row in codes.values() if row.place)
        self._first: dict[str, list[str]] = {}
        """The subjects of the first ones who have entered a code at each place."""
        for subject, row in codes.items():
            first = self._first.setdefault(row.place, [])
            if row.place and len(first) <= _MOST_AT_ADDRESS:
                first.append(subject)

    def add(self, person: int, view: RosterView) -> RosterView:
        """Return the view of a person with their attendance."""
        subject = str(person)
        code, mark = self._codes.get(subject), self._marks.get(subject)
        others = [one for one in self._first[code.place] if one != subject] if code else []
        names = [self._codes[one].name for one in others[:_MOST_AT_ADDRESS]]
        more = self._at_place[code.place] - 1 - len(names) if code and names else 0
        return replace(
            view,
            seen=code is not None or None,
            mark=None if mark is None else mark.mark,
            same_address=names or None,
            same_more=more or None,
        )


def _the_one(students: Sequence[Enrolled], name: str) -> Enrolled | None:
    """Return the student with this name; None for a new one.

    Raises:
        NotAllowed: there is more than one, or the student has registered already.
    """
    found = named(students, name)
    if len(found) > 1:
        users = ", ".join(one.user for one in found[:5])
        raise NotAllowed(f"the roster has {len(found)} students called '{name}': use one of {users}")
    if found and found[0].person is not None:
        raise NotAllowed(f"'{found[0].student.name}' has registered already, as '{found[0].user}'")
    return found[0] if found else None


def _is_here(user: User, room: Room) -> bool:
    """Return whether a user is connected, and in the room."""
    return room in user.rooms and user.connected
