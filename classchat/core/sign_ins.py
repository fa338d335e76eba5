"""Signing in: the steps from a client's first request to its welcome, and its departure.

register with a name alone        a new guest is welcomed at once
register with token or password   credentials are verified, the user enters, then the client catches up
claim with a name                 the name becomes an account, and its owner enters
"""

from __future__ import annotations

from dataclasses import dataclass

from classchat import __version__
from classchat.core.answer_events import Gap, SignedIn
from classchat.core.arrivals import Arrivals
from classchat.core.backlog import Backlog
from classchat.core.catch_up import CatchUp
from classchat.core.claims import Claims
from classchat.core.credentials import Credentials
from classchat.core.departures import Ending
from classchat.core.journal_port import Journal
from classchat.core.model import User
from classchat.core.ports import Calendar, Peer
from classchat.core.presence import Presence
from classchat.limits import Limits
from classchat.messages import Claim, Register, RoomListing
from classchat.texts import stamp

_SERVER_VERSION = f"ClassChat {__version__}"


@dataclass(frozen=True, slots=True)
class SignIns:
    """Signs clients in and out."""

    journal: Journal
    limits: Limits
    presence: Presence
    arrivals: Arrivals
    credentials: Credentials
    claims: Claims
    catching_up: CatchUp
    calendar: Calendar

    def new_guest(self, name: str, peer: Peer) -> tuple[User, str]:
        """Sign in a new guest; return the user, and the token with which they are recognized later.

        Raises:
            ChatError: the name is not valid, taken or claimed, or guests may not sign in.
        """
        return self.presence.register(name, peer)

    async def enter(self, command: Register | Claim, peer: Peer, address: str) -> tuple[User, str]:
        """Sign in a client with a password, a token or a claim; it gets no messages before it has caught up.

        Returns the user, and the token with which they are recognized later.

        Raises:
            ChatError: the password is wrong, or the name can't be had.
        """
        if isinstance(command, Claim):
            return await self.claims.sign_up(command, peer, address)
        identity = await self.credentials.identify(command, peer, address)
        await self.arrivals.decided(command.sender)
        user, token = self.presence.enter(identity, peer)
        await self.presence.arrived(user)
        return user, token

    async def catch_up(self, user: User, peer: Peer, command: Register | Claim) -> Backlog:
        """Replay what a user has missed; return what is left to be sent after the welcome."""
        since = command.since if isinstance(command, Register) else None
        return await self.catching_up.sign_in(user, peer, since)

    def welcome(self, user: User, id: str | None, token: str, lobby: str | None, gap: Gap | None) -> SignedIn:
        """Return the answer to a client that is signed in."""
        rooms = None
        if user.account is not None:
            rooms = [RoomListing(room.name, len(room.members), seq=room.last_seq) for room in user.rooms]
        return SignedIn(
            user.name,
            id,
            _SERVER_VERSION,
            token,
            self.journal.epoch,
            self.time(),
            lobby=lobby,
            claims=user.account is not None or self.limits.claims != "closed",
            rooms=rooms,
            gap=gap,
            operator=user.operator,
        )

    def time(self) -> str:
        """Return the time of day on the server, for a client whose own clock is wrong."""
        return stamp(int(self.calendar.seconds() * 1000))

    def received_all(self, user: User) -> None:
        """Record that a client has received all that its user has missed."""
        self.presence.heard(user)

    def depart(self, user: User, peer: Peer, ending: Ending) -> None:
        """Remove a client; sign its user out if it was the last one. Harmless twice."""
        self.presence.depart(user, peer, ending)
