"""Departures: a user goes offline, and is in none of the rooms from then on."""

from __future__ import annotations

from dataclasses import dataclass, field

from classchat.core.events import UserGone
from classchat.core.model import User
from classchat.core.ports import Peer
from classchat.errors import ChatError

_WORDS = {
    "timeout": "Timed out",
    "slow_reader": "Reads too slowly",
    "taken_over": "Signed in from another connection",
    "name_released": "The name was released",
    "kicked": "Disconnected by the operator of the server",
    "internal_error": "An error of the server",
}
"""Why a connection has ended, for others: what its client is told may be only for that user."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the connection of a client has ended."""

    reason: ChatError | None = None
    """Why the server has ended it; None where the client has."""

    said: str | None = None
    """What the client has said on leaving; None where it has left without a word."""

    def departure(self, user: User) -> Departure:
        """Return the departure of a user from all rooms."""
        return Departure(user, self.words, self.said is not None)

    @property
    def words(self) -> str:
        """The reason that other users are told."""
        if self.said is not None:
            return self.said
        return "Connection closed" if self.reason is None else _WORDS.get(self.reason.code, "Disconnected")


@dataclass(eq=False, slots=True)
class Departure:
    """One user's departure from all rooms, which each of their entries carries."""

    user: User
    words: str
    """Why the connection has ended, see `Ending.words`."""

    quit: bool
    """Whether those are the user's own words."""

    told: set[Peer] = field(default_factory=set)
    """The clients that were told of it: each is told once, however many rooms it shares with the user."""

    @property
    def event(self) -> UserGone:
        """What other clients are told, with the name that the user has by then."""
        return UserGone(self.user.name, self.words, quit=self.quit)

    def new(self, peers: list[Peer]) -> list[Peer]:
        """Return those of some clients that were not told yet, and count them as told."""
        new = [peer for peer in peers if peer not in self.told]
        self.told.update(new)
        return new
