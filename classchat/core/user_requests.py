"""The requests of signed-in users, other than messages, and the part of the chat that grants each."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, assert_never

from classchat.class_commands import Classing, ReadRoster
from classchat.core.absences import Absences
from classchat.core.claims import Claims
from classchat.core.credentials import Credentials
from classchat.core.delete_requests import DeleteRequests
from classchat.core.device import Device
from classchat.core.events import AwayChanged, Event
from classchat.core.features.class_requests import ClassRequests
from classchat.core.features.order_requests import OrderRequests
from classchat.core.features.roster_requests import RosterRequests
from classchat.core.file_requests import FileRequests
from classchat.core.history_requests import HistoryRequests
from classchat.core.journal_port import Journal
from classchat.core.list_requests import ListRequests
from classchat.core.memberships import Memberships
from classchat.core.model import User
from classchat.core.ports import Peer
from classchat.core.renames import Renames
from classchat.core.search_requests import SearchRequests
from classchat.errors import TooLong
from classchat.limits import Limits
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
    Mute,
    Ordering,
    Rename,
    Search,
    ShareFile,
    Since,
    Unmute,
    UserRequest,
)
from classchat.texts import harmless

Granting = Coroutine[Any, Any, Event | None]
"""Grants a request, and returns its answer; None where its entry answers it when it is delivered."""


@dataclass(frozen=True, slots=True)
class UserRequests:
    """Grants requests."""

    journal: Journal
    limits: Limits
    memberships: Memberships
    lists: ListRequests
    history: HistoryRequests
    search: SearchRequests
    deletions: DeleteRequests
    orders: OrderRequests
    claims: Claims
    credentials: Credentials
    renames: Renames
    absences: Absences
    classes: ClassRequests
    roster: RosterRequests
    files: FileRequests

    def grant(self, user: User, device: Device, command: UserRequest) -> Event | Granting | None:
        """Return the answer to a request, or what grants it where that takes a while.

        None means that the request is granted, and its entry answers it when it is delivered.

        Raises:
            ChatError: it can't be granted.
            Undecided: an order that is on its way may change that.
        """
        peer = device.peer
        match command:
            case Create():
                self.memberships.create(user, peer, command)
                return None
            case Join():
                if command.since is not None:
                    return self._rejoin(user, peer, command, command.since)
                self.memberships.join(user, peer, command)
                return None
            case Leave():
                self.memberships.leave(user, peer, command)
                return None
            case ListRooms():
                return self.lists.rooms(user, command)
            case ListUsers():
                return self.lists.users(user, command)
            case ShareFile():
                return self.files.offer(user, command)
            case History():
                return self.history.answer(user, peer, command)
            case Search():
                return self.search.answer(user, peer, command)
            case Delete():
                return self.deletions.answer(user, peer, command)
            case Mute(number=int()) | Unmute(number=int()):
                return self.classes.grant(user, device, command)
            case Ordering():
                return self.orders.answer(user, peer, command)
            case Claim():
                return self.claims.claim(user, device.peer, device.token, command, device.address)
            case ChangePassword():
                return self.credentials.change_password(user, peer, device.token, command, device.address)
            case Rename():
                return self.renames.request(user, peer, command)
            case Away() | Back():
                return self._be_away(user, peer, command)
            case ReadRoster():
                return self.roster.grant(user, command)
            case Classing():
                return self.classes.grant(user, device, command)
            case _:
                assert_never(command)

    async def _rejoin(self, user: User, peer: Peer, command: Join, since: Since) -> None:
        await self.memberships.rejoin(user, peer, command, since)
        await self.journal.settled()

    def _be_away(self, user: User, peer: Peer, command: Away | Back) -> AwayChanged:
        """Record whether a user is away, for those who ask for the users, or watch this one."""
        if isinstance(command, Back):
            self.absences.back(user, peer)
            return AwayChanged(user.name, command.id, away=False)
        if len(command.text) > self.limits.away:
            raise TooLong("away message", self.limits.away, "characters")
        text = harmless(" ".join(command.text.split()))  # on one line, because it stands in a list
        self.absences.away(user, peer, text)
        return AwayChanged(user.name, command.id, away=True)
