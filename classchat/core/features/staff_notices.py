"""Raised hands, as staff are told of them: joined over two seconds, because many may come at once."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from classchat.class_events import AboutHand
from classchat.core.accounts import subject_of
from classchat.core.events import PersonAbout
from classchat.core.model import Room, User
from classchat.core.ports import Call, Clock

_JOINED_OVER = 2.0
"""Seconds."""


def staff_of(room: Room) -> Iterator[User]:
    """Yield the members of a room who teach there."""
    order = room.order
    for user in list(room.members):
        subject = subject_of(user)
        if user.operator or subject in order.moderators or subject in order.assistants:
            yield user


class StaffNotices:
    """Collects raised hands of all rooms."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[Room, tuple[AboutHand, Call]] = {}
        self._closed = False

    def add(self, room: Room, about: AboutHand) -> None:
        """Tell the staff of a room about a hand, with others that are raised soon."""
        if room in self._waiting:
            before, call = self._waiting[room]
            joined = replace(about, user="", topic="", raised=before.raised + about.raised)
            self._waiting[room] = joined, call
        elif not self._closed:
            self._waiting[room] = about, self._clock.callLater(_JOINED_OVER, self._tell, room)

    def _tell(self, room: Room) -> None:
        about, _ = self._waiting.pop(room)
        for user in staff_of(room):
            for peer in list(user.peers):
                peer.tell(PersonAbout(user.name, about))

    def close(self) -> None:
        """Stop telling."""
        self._closed = True
        for _, call in self._waiting.values():
            call.cancel()
        self._waiting.clear()
