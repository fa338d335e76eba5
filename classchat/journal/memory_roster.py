"""The roster of a journal in memory: students whom teachers have added in the chat."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from classchat.core.acts import Enrolling
from classchat.names import user_key
from classchat.rosters.students import Enrolled


class MemoryRoster:
    """The students, by number, and the digests of their join codes."""

    def __init__(self) -> None:
        """Begin without students."""
        self._students: dict[int, Enrolled] = {}
        self._codes: dict[bytes, int] = {}

    def students(self) -> Sequence[Enrolled]:
        """Return all students, by name."""
        return sorted(self._students.values(), key=lambda one: (one.student.name.lower(), one.number))

    def by_code(self, code: bytes) -> Enrolled | None:
        """Return the student whose join code has this digest."""
        return self._students.get(self._codes.get(code, 0))

    def add(self, act: Enrolling) -> bool:
        """Give a student a join code, and add a new one; return whether that succeeded."""
        number = act.number
        if number is None:
            if self._is_proposed(user_key(act.user)):
                return False
            number = len(self._students) + 1
            self._students[number] = Enrolled(number, act.student, act.user)
        one = self._students.get(number)
        if one is None or one.person is not None:
            return False
        self._students[number] = structs.replace(one, invited=True)
        self._codes = {code: other for code, other in self._codes.items() if other != number}
        self._codes[act.code] = number
        return True

    def use(self, code: bytes, key: str, person: int, name: str) -> bool:
        """Use up a join code for a person with this name; return whether that succeeded."""
        one = self.by_code(code)
        if one is None or self._is_proposed(key, but=one.number):
            return False
        del self._codes[code]
        self._students[one.number] = structs.replace(one, person=person, user=name, invited=False)
        return True

    def _is_proposed(self, key: str, but: int = 0) -> bool:
        """Return whether a user name is proposed to a student, or belongs to one."""
        return any(user_key(one.user) == key for one in self._students.values() if one.number != but)
