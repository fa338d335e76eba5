"""The requests of signed-in users, other than messages, and the part of the chat that grants each."""

from __future__ import annotations

from dataclasses import dataclass

from classchat.core.archive import Archive
from classchat.core.device import Device, Granted
from classchat.core.list_requests import ListRequests
from classchat.core.model import User
from classchat.core.people import People
from classchat.core.room_requests import RoomRequests
from classchat.messages import (
    Away,
    Back,
    ChangePassword,
    Claim,
    Create,
    Delete,
    History,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Rename,
    Search,
    UserRequest,
)


@dataclass(frozen=True, slots=True)
class UserRequests:
    """Grants requests."""

    lists: ListRequests
    archive: Archive
    people: People
    of_rooms: RoomRequests

    def grant(self, user: User, device: Device, command: UserRequest) -> Granted:
        """Grant a request.

        Raises:
            ChatError: it can't be granted.
            Undecided: an order that is on its way may change that.
        """
        match command:
            case Create() | Join() | Leave():  # first: a class that arrives is many of these
                return self.of_rooms.change_membership(user, device.peer, command)
            case ListRooms():
                return self.lists.rooms(user, command)
            case ListUsers():
                return self.lists.users(user, command)
            case History() | Search() | Delete():
                return self.archive.grant(user, device, command)
            case Claim() | ChangePassword() | Rename() | Away() | Back():
                return self.people.grant(user, device, command)
            case _:
                return self.of_rooms.grant(user, device, command)
