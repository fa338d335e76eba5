"""Rooms in which students do not speak as elsewhere: only staff read it, or it takes a pause."""

from __future__ import annotations

from classchat.class_events import AboutLine, LineHeld
from classchat.core import permissions
from classchat.core.features.feature import ClassAsked, Ruling
from classchat.core.model import Room, User
from classchat.core.ports import Clock
from classchat.core.rooms import RoomRegistry
from classchat.core.telling import Telling
from classchat.errors import SlowMode, StaffOnly

_FEW = 64


def to_staff(asked: ClassAsked, text: str) -> Ruling:
    """Send a student's line to the staff only."""
    about = AboutLine(asked.room.name, asked.user.name, text)
    return Ruling(LineHeld(), [Telling("staff", about)])


def goes_to_staff(user: User, room: Room) -> bool:
    """Return whether only the staff read what a user writes in a room."""
    return (room.order.questions or room.order.exam) and not permissions.teaches(user, room)


def check_private(rooms: RoomRegistry, user: User, to: User) -> None:
    """Check that two users may write to each other in private.

    Raises:
        StaffOnly: both are students of a room in which there is an exam.
    """
    if user is to:
        return
    for room in rooms.exams & user.rooms & to.rooms:
        if not permissions.teaches(user, room) and not permissions.teaches(to, room):
            raise StaffOnly(room.name)


class SlowRooms:
    """When students have written their last lines in slow rooms; a restart forgets it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[Room, dict[int, float]] = {}

    def check(self, user: User, room: Room) -> None:
        """Check that a user has waited long enough, and take note of a line.

        Raises:
            SlowMode: they have not.
        """
        wait = room.order.slow
        if not wait or permissions.teaches(user, room):
            return
        now, lines = self._clock.seconds(), self._last.setdefault(room, {})
        left = lines.get(user.person.number, now - wait) + wait - now
        if left > 0:
            raise SlowMode(room.name, int(left) + 1)
        lines.pop(user.person.number, None)
        lines[user.person.number] = now
        while len(lines) > _FEW and lines[next(iter(lines))] + wait <= now:
            del lines[next(iter(lines))]

    def forget(self, room: Room) -> None:
        """Forget a room that exists no longer."""
        self._last.pop(room, None)
