"""Reads a file with students, such as Canvas, Moodle, Blackboard and GitHub Classroom export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from classchat.rosters.cells import CellRow, rows
from classchat.rosters.columns import Kind, columns, known
from classchat.rosters.encodings import UnreadableRoster, decoded
from classchat.rosters.students import Student
from classchat.texts import harmless

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes of a file; 25 000 students have two or three million."""

LONGEST_VALUE = 200
"""Characters of a name, a key or a section."""

_NOT_A_STUDENT = "    "
"""How Canvas begins the rows that are no students: `    Points Possible`, in any language."""

_KEYS: Sequence[Kind] = ("id", "login", "email")

_TEST_STUDENT = "Student, Test"
"""The student that Canvas adds for its teachers."""


class RefusedRow(NamedTuple):
    """A row that is not taken."""

    line: int
    reason: str


class RosterFile(NamedTuple):
    """The contents of a file."""

    students: Sequence[tuple[int, Student]]
    """Each with the number of its line."""

    refused: Sequence[RefusedRow]


class _WrongRow(Exception):
    """A row is no student; the argument says why."""


def read_roster(content: bytes) -> RosterFile:
    """Return the students of a file.

    Raises:
        UnreadableRoster: it is no roster at all.
    """
    if len(content) > LARGEST_FILE:
        raise UnreadableRoster(f"The file has more than {LARGEST_FILE // 1_048_576} MiB.")
    headers, below = rows(decoded(content), known)
    places = columns(headers.cells)
    students, refused, width = list[tuple[int, Student]](), list[RefusedRow](), len(headers.cells)
    for row in below:
        try:
            student = _student(row, places, width)
        except _WrongRow as wrong:
            refused.append(RefusedRow(row.line, str(wrong)))
        else:
            if student is not None:
                students.append((row.line, student))
    if not students and not refused:
        raise UnreadableRoster("The file has no students, only headers.")
    return RosterFile(students, refused)


def _student(row: CellRow, places: dict[Kind, list[int]], width: int) -> Student | None:
    """Return the student of a row; None if there is none in it.

    Raises:
        _WrongRow: what it says can't be taken.
    """
    raw = {kind: _first(row.cells, positions) for kind, positions in places.items()}
    if raw.get("name", "").startswith(_NOT_A_STUDENT) or raw.get("name", "").strip() == _TEST_STUDENT:
        return None
    values = {kind: " ".join(text.split()) for kind, text in raw.items()}
    if not any(text for kind, text in values.items() if kind != "section"):
        return None
    if any(row.cells[width:]):
        raise _WrongRow("it has more cells than the headers: is a text with a separator not quoted?")
    for kind, text in values.items():
        if text != harmless(text):
            raise _WrongRow(f"the {kind} has a control character")
        if len(text) > LONGEST_VALUE:
            raise _WrongRow(f"the {kind} has more than {LONGEST_VALUE} characters")
    return _named(values)


def _named(values: dict[Kind, str]) -> Student:
    given, family = values.get("given", ""), values.get("family", "")
    name = values.get("name", "")
    if not (given or family) and name.count(",") == 1:
        family, given = (part.strip() for part in name.split(","))
        name = ""
    name = f"{given} {family}".strip() if given or family else name
    name = name or values.get("id", "") or values.get("login", "") or values.get("email", "")
    id, login, email = (values.get(kind, "") for kind in _KEYS)
    email = email or next((text for text in (login, id) if "@" in text), "")
    return Student(name, id, login, email, values.get("section", ""), given, family)


def _first(cells: Sequence[str], positions: Sequence[int]) -> str:
    """Return the first cell that says something."""
    return next((cells[at] for at in positions if at < len(cells) and cells[at].strip()), "")
