"""The decisions about who may join a room and who may speak in it: the requests `room` and `close`."""

from __future__ import annotations

from typing import Literal

from classchat.core.accounts import owner_of, subject_of
from classchat.core.acts import Act, Change
from classchat.core.features.decision import Asked, Decision, known
from classchat.core.orders import BY_GUESTS
from classchat.core.room_events import IdempotentOrder, RoomModeChanged
from classchat.core.rooms import RoomRegistry
from classchat.errors import InvalidFormat, TooMany
from classchat.limits import Limits
from classchat.messages import SetRoom

SpeakingMode = Literal["announce", "questions", "exam", "talk"]
"""Who may speak, and who reads it."""


class RoomModes:
    """Decides what `room` and `close` change."""

    def __init__(self, limits: Limits, rooms: RoomRegistry) -> None:
        self._limits = limits
        self._rooms = rooms

    def set(self, asked: Asked, command: SetRoom) -> Decision | IdempotentOrder:
        """Return the decision on the request `room`; only its event if the room has that mode already.

        Raises:
            InvalidFormat: there is no such mode.
            TooMany: there are too many members to invite, or too many rooms that stay.
        """
        match command.text.lower():
            case "open":
                return self._open(asked)
            case "private":
                return self._make_private(asked)
            case "announce":
                return self._let_speak(asked, "announce")
            case "talk":
                return self._let_speak(asked, "talk")
            case "questions":
                return self._let_speak(asked, "questions")
            case "exam":
                return self._let_speak(asked, "exam")
            case "slow":
                return self._slow_down(asked, command)
            case _:
                raise InvalidFormat(
                    "the text must be private, open, announce, questions, exam, slow or talk", command.id
                )

    def _open(self, asked: Asked) -> Decision | IdempotentOrder:
        room, order = asked.room, asked.room.order
        event = RoomModeChanged(room.name, asked.user.name, "open")
        if not (order.private or order.closed):
            return event
        changes = [Change(room.key, "", "private", None), Change(room.key, "", "closed", None)]
        changes += [Change(room.key, subject, "invited", None) for subject in order.invited]
        return Decision(changes, event, detail="open")

    def _let_speak(self, asked: Asked, mode: SpeakingMode) -> Decision | IdempotentOrder:
        """Return the decision on who may speak, and who reads it: each mode ends the one before."""
        room, order = asked.room, asked.room.order
        event = RoomModeChanged(room.name, asked.user.name, mode)
        modes: dict[Literal["announce", "questions", "exam"], bool] = {
            "announce": order.announce,
            "questions": order.questions,
            "exam": order.exam,
        }
        changes: list[Act] = [
            Change(room.key, "", one, "" if one == mode else None)
            for one, holds in modes.items()
            if holds != (one == mode)
        ]
        if mode == "talk" and order.slow:
            changes.append(Change(room.key, "", "slow", None))
        return Decision(changes, event, detail=mode) if changes else event

    def _slow_down(self, asked: Asked, command: SetRoom) -> Decision | IdempotentOrder:
        """Return the decision that students must wait so many seconds after each of their lines."""
        room = asked.room
        if command.seconds is None:
            raise InvalidFormat("slow needs the seconds between two lines of a student", command.id)
        event = RoomModeChanged(room.name, asked.user.name, "slow", command.seconds)
        if room.order.slow == command.seconds:
            return event
        change = Change(room.key, "", "slow", str(command.seconds))
        return Decision([change], event, detail=f"slow {command.seconds}")

    def _make_private(self, asked: Asked) -> Decision | IdempotentOrder:
        """Return the decision that makes a room private; it invites the members, so that they can return.

        A room of guests is private until nobody can return to it, see `core.guest_rooms`.
        """
        room, order = asked.room, asked.room.order
        event = RoomModeChanged(room.name, asked.user.name, "private")
        if order.private and not order.closed:
            return event
        by_guests = not (order.claimed or asked.user.operator)
        if by_guests and self._rooms.keeps(self._limits.kept_rooms):
            raise TooMany("rooms that stay when everybody has left", self._limits.kept_rooms)
        staying = [user for user in room.enlisted if subject_of(user) not in order.moderators]
        invited = {**order.invited, **{subject_of(user): user.name for user in staying}}
        if len(invited) > self._limits.orders:
            raise TooMany("invited users in a room", self._limits.orders)
        changes: list[Act] = [Change(room.key, "", "private", BY_GUESTS if by_guests else "")]
        if order.closed:
            changes.append(Change(room.key, "", "closed", None))
        for user in staying:
            changes += [
                *known(user),
                Change(room.key, subject_of(user), "invited", user.name, owner_of(user)),
            ]
        return Decision(changes, event, detail="private")

    def close(self, asked: Asked) -> Decision | IdempotentOrder:
        """Return the decision that closes a room and removes all members."""
        room = asked.room
        event = RoomModeChanged(room.name, asked.user.name, "closed")
        if room.order.closed:
            return event
        return Decision([Change(room.key, "", "closed", "")], event, out=list(room.enlisted))
