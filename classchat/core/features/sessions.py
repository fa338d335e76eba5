"""Sessions: stretches of a room's time. Fairness, attendance and transcripts count by them."""

from __future__ import annotations

from classchat.class_commands import SetSession
from classchat.class_events import AboutSession, SessionSet, SessionView
from classchat.core.acts import Audited, SessionOver
from classchat.core.features.class_permissions import role_of
from classchat.core.features.feature import STAFF, ClassAsked, Due, Ruling, later, no_longer
from classchat.core.features.rows import ClassRow, CurrentSession
from classchat.core.telling import Telling
from classchat.errors import NotAllowed, TooLong
from classchat.texts import harmless, stamp

NAME = "session"
_HOUR = 3_600_000
"""Milliseconds."""

_USUAL = 12 * _HOUR
"""After that time a session ends by itself, unless staff are here."""

_LONGEST = 24 * _HOUR


class SessionRow(ClassRow, frozen=True):
    """A session, for exports; the key is `""`."""

    kind = "session"

    number: int
    title: str
    began: int
    by: str
    ended: int | None = None
    ended_by: str = ""


class SessionCount(ClassRow, frozen=True):
    """How many sessions a room has had: the one row, with the key `""`."""

    kind = "sessions"
    lasting = True

    count: int


def begin(asked: ClassAsked, command: SetSession) -> Ruling:
    """Begin a session.

    Raises:
        NotAllowed: one is under way already.
        TooLong: the title is.
    """
    draft = asked.draft
    check_none(asked)
    longest = asked.directory.limits.topic
    title = harmless(" ".join(command.title.split()))
    if len(title) > longest:
        raise TooLong("title", longest, "characters")
    counted = draft.get(SessionCount, "")
    number = 1 if counted is None else counted.count + 1
    draft.put("", SessionCount(number))
    draft.put("", CurrentSession(asked.now, number, title))
    draft.session = asked.now
    later(draft, NAME, "", asked.now + _USUAL)
    draft.put("", SessionRow(number, title, asked.now, asked.user.name))
    about = AboutSession(asked.room.name, asked.user.name, "begun", number, title)
    return Ruling(
        SessionSet("begun", number),
        [Telling("room", about)],
        audited=Audited(asked.user.name, "session begin", asked.room.name, detail=title),
    )


def check_none(asked: ClassAsked) -> None:
    """Check that no session is under way.

    Raises:
        NotAllowed: one is.
    """
    current = asked.draft.current()
    if current is not None:
        raise NotAllowed(f"session {current.number} is under way; first: /session end")


def check_one(asked: ClassAsked) -> CurrentSession:
    """Return the session that is under way.

    Raises:
        NotAllowed: none is.
    """
    current = asked.draft.current()
    if current is None:
        raise NotAllowed(f"no session is under way in room '{asked.room.name}'")
    return current


def end(asked: ClassAsked) -> Ruling:
    """Return the ruling that ends the session; other features have put in order what is theirs before.

    Raises:
        NotAllowed: none is under way.
    """
    draft, room = asked.draft, asked.room
    current, row = check_one(asked), draft.get(SessionRow, "")
    draft.drop(CurrentSession, "")
    no_longer(draft, NAME, "")
    if row is not None:
        ended = SessionRow(row.number, row.title, row.began, row.by, asked.now, asked.user.name)
        draft.put("", ended)
    about = AboutSession(room.name, asked.user.name, "ended", current.number, current.title)
    return Ruling(
        SessionSet("ended", current.number),
        [Telling("room", about)],
        audited=Audited(asked.user.name, "session end", room.name, detail=current.title),
        acts=(SessionOver(room.key, current.session),),
    )


def goes_on(asked: ClassAsked, *, late: bool) -> bool:
    """Return whether a session goes on that is due to end by itself; if so, look again in an hour.

    It goes on while staff are here, or if the server was down and they may come back; but no longer than a
    day.
    """
    began = check_one(asked).session
    teaching = any(user.connected and role_of(user, asked.room) in STAFF for user in asked.room.members)
    if not (late or teaching) or asked.now - began >= _LONGEST:
        return False
    later(asked.draft, NAME, "", asked.now + _HOUR)
    return True


def restored(asked: ClassAsked) -> None:
    """Give a session an end that an earlier version has begun."""
    current = asked.draft.current()
    if current is not None and asked.draft.get(Due, f"{NAME}:") is None:
        later(asked.draft, NAME, "", max(current.session + _USUAL, asked.now + _HOUR))


def view(asked: ClassAsked) -> SessionView | None:
    """Return the session that is under way."""
    current = asked.draft.current()
    if current is None:
        return None
    return SessionView(current.number, current.title, stamp(current.session))
