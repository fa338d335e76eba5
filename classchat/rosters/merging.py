"""Compares a file with the roster: which students are new, changed or missing, and which rows are refused.

A student of the file is the one of the roster with the same id; else with the same login; else with the same
email. Where one of the two has none of these, such as a student whom a teacher has added by name, the name
decides.
What the file leaves blank overwrites nothing, and nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct, structs

from classchat.rosters.roster_file import RefusedRow, RosterFile
from classchat.rosters.students import FIELDS, Enrolled, Student

MOST_STUDENTS = 20_000
"""Students on one roster, those who have left included."""


class Changed(NamedTuple):
    """A student whom the file describes differently."""

    before: Enrolled
    after: Student
    fields: Sequence[str]
    """Which of `FIELDS` differ; none where a student who had left is back."""


class Merging(Struct, frozen=True):
    """What a file means for a roster."""

    new: Sequence[Student]
    changed: Sequence[Changed]
    unchanged: int
    refused: Sequence[RefusedRow]
    missing: Sequence[Enrolled]
    """Students on the roster who are not in the file, and have not left."""


def merge(file: RosterFile, roster: Sequence[Enrolled]) -> Merging:
    """Return what the file means for the roster."""
    known = _Known(roster)
    new, changed, refused = list[Student](), list[Changed](), list(file.refused)
    seen: dict[tuple[str, str], int] = {}
    met: dict[int, int] = {}
    unchanged = 0
    for line, student in file.students:
        keys = list(student.known_keys()) or [("name", student.name.casefold())]
        earlier = next(((field, seen[field, key]) for field, key in keys if (field, key) in seen), None)
        try:
            if earlier is not None:
                raise _Conflict(f"it has the same {earlier[0]} as line {earlier[1]}")
            found = known.find(student)
            if found is not None and found.number in met:
                raise _Conflict(f"it is the same student as line {met[found.number]}")
            if found is None and len(roster) + len(new) >= MOST_STUDENTS:
                raise _Conflict(f"the roster has {MOST_STUDENTS} students already")
        except _Conflict as conflict:
            refused.append(RefusedRow(line, str(conflict)))
            continue
        seen.update(dict.fromkeys(keys, line))
        if found is None:
            new.append(student)
            continue
        met[found.number] = line
        after, fields = _updated(found.student, student)
        if fields or found.left:
            changed.append(Changed(found, after, fields))
        else:
            unchanged += 1
    missing = [one for one in roster if one.number not in met and not one.left]
    return Merging(new, changed, unchanged, sorted(refused), missing)


def _updated(before: Student, now: Student) -> tuple[Student, Sequence[str]]:
    """Return a student with what the file says, and the fields that differ."""
    fields = [field for field in FIELDS if now.value(field) not in ("", before.value(field))]
    return structs.replace(before, **{field: now.value(field) for field in fields}), fields


class _Conflict(Exception):
    """A row can't be taken; the argument says why."""


class _Known:
    """The students of the roster, by their keys."""

    def __init__(self, roster: Sequence[Enrolled]) -> None:
        self._by_key: dict[tuple[str, str], Enrolled] = {}
        self._by_name: dict[str, list[Enrolled]] = {}
        for one in roster:
            for key in one.student.known_keys():
                self._by_key.setdefault(key, one)
            self._by_name.setdefault(one.student.name.casefold(), []).append(one)

    def find(self, student: Student) -> Enrolled | None:
        """Return the student of the roster whom the file means.

        Raises:
            _Conflict: there is more than one.
        """
        keys = list(student.known_keys())
        found = {field: one for field, key in keys if (one := self._by_key.get((field, key))) is not None}
        if found:
            (field, first), *others = found.items()
            for other, one in others:
                if one.number != first.number:
                    raise _Conflict(
                        f"its {field} is that of '{first.student.name}',"
                        f" its {other} that of '{one.student.name}'"
                    )
            return first
        namesakes = [
            one
            for one in self._by_name.get(student.name.casefold(), ())
            if not keys or not any(one.student.known_keys())
        ]
        if len(namesakes) > 1:
            raise _Conflict(f"the roster has {len(namesakes)} students called '{student.name}': add an id")
        return namesakes[0] if namesakes else None
