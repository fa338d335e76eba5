"""The requests about one room: who is in it, what its moderators decide, its class and its files."""

from __future__ import annotations

from secrets import token_bytes
from typing import assert_never

from classchat.class_commands import ClassCommand, Classing, ReadRoster
from classchat.core.catch_up import CatchUp
from classchat.core.device import Device, Granted, Granting
from classchat.core.features.class_happenings import ClassHappenings
from classchat.core.features.class_requests import ClassRequests
from classchat.core.features.moderation import Moderation
from classchat.core.features.order_requests import OrderRequests
from classchat.core.features.roster_requests import RosterRequests
from classchat.core.features.rulings import Rulings
from classchat.core.features.speaking import SlowRooms
from classchat.core.file_requests import FileRequests
from classchat.core.ground import Ground
from classchat.core.guest_rooms import GuestRooms
from classchat.core.memberships import Memberships
from classchat.core.model import User
from classchat.core.ports import Peer
from classchat.messages import Create, Join, Leave, Mute, OrderCommand, Ordering, ShareFile, Since, Unmute

Membership = Create | Join | Leave
"""The requests that change who is in a room."""

RoomRequest = ShareFile | OrderCommand | ClassCommand
"""The other requests about one room; a moderator's message to everybody is among the orders."""


class RoomRequests:
    """Grants them, each by the part of the chat that it is for."""

    def __init__(self, ground: Ground, moderation: Moderation, catch_up: CatchUp) -> None:
        journal, directory, gate, calendar = ground.journal, ground.directory, ground.gate, ground.calendar
        self._journal = journal
        self.slow_rooms = SlowRooms(ground.clock)
        self.guest_rooms = GuestRooms(directory, moderation, calendar)
        self.memberships = Memberships(journal, directory, moderation, self.guest_rooms, catch_up, gate)
        self.orders = OrderRequests(journal, directory, moderation, calendar, gate)
        self.rulings = Rulings(ground, moderation)
        self.happenings = ClassHappenings(self.rulings)
        self.classes = ClassRequests(ground, self.rulings)
        self._rosters = RosterRequests(journal, directory, self.rulings, calendar, gate, token_bytes)
        self.files = FileRequests(journal, directory, moderation, self.slow_rooms, gate, token_bytes)
        directory.rooms.dropped += [self.rulings.forget, self.slow_rooms.forget]

    def grant(self, user: User, device: Device, command: RoomRequest) -> Granted:
        """Grant a request.

        Raises:
            ChatError: it can't be granted.
            Undecided: an order that is on its way may change that.
        """
        match command:
            case ShareFile():
                return self.files.offer(user, command)
            case Mute(number=int()) | Unmute(number=int()):
                return self.classes.grant(user, device, command)
            case Ordering():
                return self.orders.answer(user, device.peer, command)
            case ReadRoster():
                return self._rosters.grant(user, command)
            case Classing():
                return self.classes.grant(user, device, command)
            case _:
                assert_never(command)

    def change_membership(self, user: User, peer: Peer, command: Membership) -> Granting | None:
        """Create, join or leave a room, as `grant` does."""
        match command:
            case Create():
                self.memberships.create(user, peer, command)
            case Join() if command.since is not None:
                return self._rejoin(user, peer, command, command.since)
            case Join():
                self.memberships.join(user, peer, command)
            case Leave():
                self.memberships.leave(user, peer, command)
            case _:
                assert_never(command)
        return None

    async def _rejoin(self, user: User, peer: Peer, command: Join, since: Since) -> None:
        await self.memberships.rejoin(user, peer, command, since)
        await self._journal.settled()
