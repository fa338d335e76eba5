"""Attendance: by a code that changes, and by what staff set.

    present         the room is told to enter the code, which staff are shown
    here CODE       the student is present, if this is the code of this half-minute or of the one before

The code is made of a secret key and the time, so a restart keeps it. Who was connected when is another
matter: it is in the transcript, and exports put both side by side.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from classchat.class_commands import Here, Mark, Present
from classchat.class_events import AboutHere, AboutMark, HereSet, HereView, Marked, Presence, SaidHere
from classchat.core.acts import Audited
from classchat.core.features.decision import known
from classchat.core.features.feature import ClassAsked, Ruling, later, no_longer
from classchat.core.features.rows import ClassRow, Draft
from classchat.core.telling import Telling
from classchat.errors import HereClosed, InvalidFormat, NotOnRoster, UserNotFound, WrongCode
from classchat.names import SERVER
from classchat.texts import stamp

NAME = "here"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Characters that nobody mistakes for each other: without 0, 1, I, L, O and U."""

_LENGTH = 5
_HALF_MINUTE = 30_000
_MOST_WRONG = 5
_ALONE = 6 * 60 * 60_000
"""Milliseconds for which attendance counts if it was taken without a session."""


class HereOpenRow(ClassRow, frozen=True):
    """The attendance that is being taken; the key is `""`."""

    kind = "here_open"

    by: str
    until: int
    opened: int


class HereKeyRow(ClassRow, frozen=True):
    """The secret key that codes are made with; the key of the row is `""`."""

    kind = "here_key"
    secret = True

    key: str


class HereRow(ClassRow, frozen=True):
    """A student has entered a valid code; the key is the subject."""

    kind = "here"

    name: str
    at: int
    place: str
    """A keyed digest of the student's address, the same for all students at one address."""


class WrongCodesRow(ClassRow, frozen=True):
    """How many wrong codes a student has entered; the key is the subject."""

    kind = "wrong_codes"

    count: int
    ids: list[str] = []
    """The ids of the requests, which may be repeated."""


class MarkRow(ClassRow, frozen=True):
    """What staff have set; the key is the subject."""

    kind = "mark"

    name: str
    mark: Presence
    by: str
    at: int


def code_at(key: str, now: int) -> str:
    """Return the code of the half-minute of a time in milliseconds."""
    number = int.from_bytes(hmac.digest(key.encode(), str(now // _HALF_MINUTE).encode(), sha256)[:8])
    letters = []
    for _ in range(_LENGTH):
        number, at = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[at])
    return "".join(letters)


def open_or_close(asked: ClassAsked, command: Present) -> Ruling:
    """Take attendance for some time, or stop.

    Raises:
        InvalidFormat: the text is neither empty nor `end`.
        HereClosed: it is to stop, and attendance is not taken.
    """
    match command.text.strip().lower():
        case "":
            return _open(asked, command.seconds)
        case "end":
            if asked.draft.get(HereOpenRow, "") is None:
                raise HereClosed(asked.room.name)
            return Ruling(HereSet(False), _close(asked, asked.user.name))
        case _:
            raise InvalidFormat("the text must be end, or empty", command.id)


def _open(asked: ClassAsked, seconds: int) -> Ruling:
    draft, room, by = asked.draft, asked.room.name, asked.user.name
    key = draft.get(HereKeyRow, "")
    if key is None:
        key = HereKeyRow(secrets.token_hex(16))
        draft.put("", key)
    _forget_old(draft, asked.now)
    until = asked.now + seconds * 1000
    draft.put("", HereOpenRow(by, until, asked.now))
    for subject in draft.all(WrongCodesRow):
        draft.drop(WrongCodesRow, subject)
    later(draft, NAME, "", until)
    code, end = code_at(key.key, asked.now), stamp(until)
    told = [
        Telling("room", AboutHere(room, by, True, end)),
        Telling("staff", AboutHere(room, by, True, end, code), kept=False, others=True),
    ]
    return Ruling(HereSet(True, code, end), told)


def _forget_old(draft: Draft, now: int) -> None:
    """Forget which students were present hours ago, if there is no session."""
    if draft.current() is None:
        rows: list[tuple[str, HereRow | MarkRow]] = [*draft.all(HereRow).items(), *draft.all(MarkRow).items()]
        for subject, row in rows:
            if row.at < now - _ALONE:
                draft.drop(type(row), subject)


def taken_over(draft: Draft) -> list[tuple[str, ClassRow]]:
    """Return the rows that a new session takes over: attendance that is being taken."""
    opened = draft.get(HereOpenRow, "")
    if opened is None:
        return []
    rows: list[tuple[str, ClassRow]] = [("", opened)]
    rows += draft.all(HereKeyRow).items()
    rows += draft.all(WrongCodesRow).items()
    rows += [(subject, row) for subject, row in draft.all(HereRow).items() if row.at >= opened.opened]
    rows += [(subject, row) for subject, row in draft.all(MarkRow).items() if row.at >= opened.opened]
    return rows


def _close(asked: ClassAsked, by: str) -> list[Telling]:
    asked.draft.drop(HereOpenRow, "")
    no_longer(asked.draft, NAME, "")
    return [Telling("room", AboutHere(asked.room.name, by, False))]


def say_here(asked: ClassAsked, command: Here) -> Ruling:
    """Record that a student is present.

    Raises:
        HereClosed: attendance is not taken.
        WrongCode: the student has entered too many wrong ones.
    """
    draft, subject = asked.draft, asked.subject
    opened, key = draft.get(HereOpenRow, ""), draft.get(HereKeyRow, "")
    if opened is None or key is None:
        raise HereClosed(asked.room.name)
    draft.hold(HereOpenRow, "")
    if draft.get(HereRow, subject) is not None:
        return Ruling(SaidHere())
    wrong = draft.get(WrongCodesRow, subject)
    count, ids = (0, []) if wrong is None else (wrong.count, wrong.ids)
    if command.id is not None and command.id in ids:
        raise WrongCode(shut_out=count >= _MOST_WRONG)  # a repetition, which does not count again
    if count >= _MOST_WRONG:
        raise WrongCode(shut_out=True)
    given = "".join(command.text.split()).upper()
    valid = (code_at(key.key, asked.now), code_at(key.key, asked.now - _HALF_MINUTE))
    if not any(hmac.compare_digest(given.encode(), code.encode()) for code in valid):
        draft.put(subject, WrongCodesRow(count + 1, ids if command.id is None else [*ids, command.id]))
        return Ruling(refusal=WrongCode(shut_out=count + 1 >= _MOST_WRONG))
    draft.put(subject, HereRow(asked.user.name, asked.now, _place(key.key, asked.address)))
    return Ruling(SaidHere())


def _place(key: str, address: str) -> str:
    """Return what stands for an address: a short keyed digest."""
    return hmac.digest(key.encode(), address.encode(), sha256).hex()[:8] if address else ""


def mark(asked: ClassAsked, command: Mark) -> Ruling:
    """Set the attendance of a student, whether present or not.

    Raises:
        InvalidFormat: there is no such attendance.
        NotOnRoster: no user has this name, or the user is neither on the roster nor in the room, and was not
            there in this session.
    """
    given = command.text.strip().lower()
    marks: dict[str, Presence] = {
        "present": "present",
        "late": "late",
        "excused": "excused",
        "absent": "absent",
    }
    if given not in marks:
        raise InvalidFormat("the text must be present, late, excused or absent", command.id)
    try:
        user = asked.directory.user_or_owner(command.user)
    except UserNotFound:
        raise NotOnRoster(command.user) from None
    subject, value = str(user.person.number), marks[given]
    was_there = asked.draft.get(HereRow, subject) or asked.draft.get(MarkRow, subject)
    if user not in asked.room.enlisted and subject not in asked.sections and not was_there:
        raise NotOnRoster(user.name)
    asked.draft.put(subject, MarkRow(user.name, value, asked.user.name, asked.now))
    about = AboutMark(asked.room.name, asked.user.name, value)
    return Ruling(
        Marked(user.name, value),
        [Telling("person", about, subject)],
        audited=Audited(asked.user.name, "mark", asked.room.name, user.name, value),
        acts=known(user),
    )


def due(asked: ClassAsked, about: str, *, late: bool) -> Ruling:  # noqa: ARG001
    """Stop taking attendance."""
    opened = asked.draft.get(HereOpenRow, "")
    if opened is None or opened.until > asked.now:
        return Ruling()
    return Ruling(told=_close(asked, SERVER))


def close(asked: ClassAsked) -> list[Telling]:
    """Stop taking attendance, because the session ends."""
    if asked.draft.get(HereOpenRow, "") is None:
        return []
    return _close(asked, asked.user.name)


def view(asked: ClassAsked) -> HereView:
    """Return attendance as a user may see it."""
    draft = asked.draft
    opened = draft.get(HereOpenRow, "")
    until = "" if opened is None else stamp(opened.until)
    if not asked.staff:
        set_to = draft.get(MarkRow, asked.subject)
        seen = draft.get(HereRow, asked.subject) is not None
        return HereView(opened is not None, until, seen or None, None if set_to is None else set_to.mark)
    count = draft.count(HereRow) or None
    key = draft.get(HereKeyRow, "")
    if opened is None or key is None:
        return HereView(count=count)
    changes = stamp((asked.now // _HALF_MINUTE + 1) * _HALF_MINUTE)
    return HereView(True, until, code=code_at(key.key, asked.now), changes=changes, count=count)


def changes_in(draft: Draft, now: int) -> float | None:
    """Return in how many seconds the next code is shown; None if no codes are shown."""
    if draft.get(HereOpenRow, "") is None:
        return None
    return (_HALF_MINUTE - now % _HALF_MINUTE) / 1000
