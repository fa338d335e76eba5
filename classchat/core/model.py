"""Users, rooms and accounts. They refer to each other, so they stand in one module.

A user is in rooms, a room has members, and a user may own an account. The registries that find them by name
are in `users.py`, `rooms.py` and `accounts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from classchat import names
from classchat.core.backlog import Backlogs
from classchat.core.orders import Order
from classchat.core.persons import Dialog, Person
from classchat.core.ports import Call, Peer
from classchat.core.rate_limit import RateLimit
from classchat.core.sorted import Members


class Abroad(NamedTuple):
    """What a user has on another node."""

    clients: int
    away: str | None
    """The away message of these clients, if all of them are away."""


# What most users do not have, so that they share it: an empty dict for each takes 64 bytes.
_NOWHERE: Mapping[str, Abroad] = {}
_NOT_AWAY: Mapping[Peer, str | None] = {}


@dataclass(eq=False, slots=True)
class User:
    """A named person who is signed in."""

    name: str
    person: Person
    """The person who has the name now."""

    peers: list[Peer] = field(default_factory=list)
    """The clients that get this user's events: one for each session. A guest has one."""

    catching_up: Backlogs = field(default_factory=Backlogs)
    """The clients that have signed in and still get what they missed, see `catch_up.py`."""

    rooms: set[Room] = field(default_factory=set)
    """The rooms that this user asked to be in and did not ask to leave.

    A room's own `members` follow when the journal has committed it.
    """

    account: Account | None = None
    """The user's account; None for a guest."""

    operator: bool = False
    """Whether the user is an operator of the server, who may do everything everywhere."""

    screen: bool = False
    """Whether this guest only shows rooms on a screen for all."""

    empowered_by: Person | None = None
    """The operator as whom a guest acts, see `empowering.py`."""

    away: str | None = None
    """The away message, perhaps ""; None while the user is not away. Only `absences.py` sets these three."""

    stated: str | None = None
    """The message of the `away` that holds for all clients; None after `back`."""

    absent: Mapping[Peer, str | None] = field(default_factory=lambda: _NOT_AWAY)
    """The clients that are away, with the message of each, if it has one: the newest is the last."""

    rate_limit: RateLimit | None = None
    """The rate limit of all the user's connections together; None where there is none."""

    visit: int = 0
    """The number of this stay of a guest, which several nodes name; 0 for the owner of an account."""

    elsewhere: Mapping[str, Abroad] = field(default_factory=lambda: _NOWHERE)
    """What the user has on other nodes, by the name of each."""

    ended: bool = False
    """Whether another node has written that this stay of a guest has ended: what we write comes later."""

    @property
    def takes_part(self) -> bool:
        """Whether the user is a person, not a screen; the owner of an account always is."""
        return not self.screen or self.account is not None

    @property
    def away_here(self) -> str | None:
        """The away message of the user's clients on this node; None unless there are any and all are away."""
        peers = (*self.peers, *self.catching_up)
        if not peers or not all(peer in self.absent for peer in peers):
            return None
        messages = [text for text in self.absent.values() if text is not None]
        return messages[-1] if messages else ""

    @property
    def connected(self) -> bool:
        """Whether the user has a client on any node."""
        return bool(self.peers or self.catching_up or self.elsewhere)

    @property
    def clients(self) -> int:
        """The number of the user's clients, on all nodes."""
        here = len(self.peers) + len(self.catching_up)
        return here + sum(abroad.clients for abroad in self.elsewhere.values())

    @property
    def personal_peer(self) -> Peer | None:
        """The newest client on this node that has a personal codec, or None."""
        return next((peer for peer in reversed(self.peers) if peer.codec.personal), None)

    def is_absent(self, peer: Peer, text: str | None) -> None:
        """Record that a client is away, perhaps with a message."""
        self.is_present(peer)  # the newest one is the last
        self.absent = {**self.absent, peer: text}

    def is_present(self, peer: Peer) -> None:
        """Record that a client is not away, or has disconnected. Harmless twice."""
        if peer in self.absent:
            self.absent = {other: text for other, text in self.absent.items() if other is not peer}

    def all_present(self) -> None:
        """Record that no client is away."""
        self.absent = _NOT_AWAY

    def reaches(self, peer: Peer) -> bool:
        """Return whether a client is this user's."""
        return peer in self.peers or peer in self.catching_up


@dataclass(eq=False, slots=True)
class Account:
    """A claimed name."""

    user: User
    """The owner: the same object whether the owner is connected or not."""

    left: float | None = None
    """When the owner's last connection ended, in seconds since 1970; None while there is one."""

    unheard: float | None = None
    """The time since which messages may have reached none of the owner's clients, in seconds since 1970.

    None where one of them has received everything.
    """

    leaving: Call | None = None
    """The timer that tells the rooms that the owner is gone, unless the owner is back before it fires."""

    def stay(self) -> None:
        """Tell the rooms no longer that the owner is gone, if that was about to happen."""
        leaving, self.leaving = self.leaving, None
        if leaving is not None:
            leaving.cancel()

    def be_back_elsewhere(self, unheard: float | None) -> None:
        """Record that the owner has a client on another node, and since when none has received anything."""
        self.stay()
        self.left, self.unheard = None, unheard

    @property
    def name(self) -> str:
        """The name as it is shown."""
        return self.user.name

    @property
    def key(self) -> str:
        """The name as names are compared."""
        return self.user.person.key


@dataclass(eq=False, slots=True)
class Room:
    """A named room."""

    name: str
    key: str
    """The key by which the journal finds it, see `room_log_key`."""

    last_seq: int = field(default=0, kw_only=True)
    """The number of the last message that was committed."""

    created: int | None = field(default=None, init=False)
    """When it was created, in milliseconds since 1970; None until that is committed."""

    order: Order = field(default_factory=Order, init=False)
    """The decisions of its moderators."""

    gives_way: str | None = field(default=None, init=False)
    """The key of the room that was removed to make place for this one."""

    members: Members[User] = field(default_factory=Members)
    """The users that the room's messages go to; changes only when an entry is delivered."""

    enlisted: Members[User] = field(default_factory=Members, init=False)
    """The users who asked to be members, also those whose join is not committed or who are not connected."""

    wanted: int = field(default=0, init=False)
    """The number of enlisted users, plus the number of orders on their way into the journal.

    A room with none may be removed.
    """

    catching_up: Backlogs = field(default_factory=Backlogs, init=False)
    """The clients that still get what they missed here, see `catch_up.py`."""

    def __post_init__(self) -> None:
        """Keep the members in the order of their names, whatever set they came in."""
        if not isinstance(self.members, Members):
            self.members = Members(self.members)

    def enlist(self, user: User) -> None:
        """Record a user's wish to be a member. Harmless twice."""
        if self not in user.rooms:
            user.rooms.add(self)
            self.enlisted.add(user)
            self.wanted += 1

    def expect(self, user: User) -> None:
        """Keep the room's messages from now on for those clients of a new member that are still catching up.

        A user who was removed while the join was on its way gets nothing. A client that catches up with this
        room on its own gets the rest as the others do.
        """
        for peer in user.peers:
            self.catching_up.pop(peer, None)
        if self in user.rooms:
            for peer, backlog in user.catching_up.items():
                self.catching_up.setdefault(peer, backlog)

    def forsake(self, user: User) -> None:
        """Record that a user does not want to be a member any longer. Harmless twice."""
        if self in user.rooms:
            user.rooms.remove(self)
            self.enlisted.discard(user)
            for peer in [*user.peers, *user.catching_up]:
                self.catching_up.pop(peer, None)
            self.wanted -= 1


def room_log_key(name: str) -> str:
    """Return the key by which the journal finds a room, from any spelling of its name."""
    return f"#{names.key(name)}"


def is_room_log(key: str) -> bool:
    """Return whether a key of the journal is that of a room, and not of a private conversation."""
    return key.startswith("#")


Conversation = Room | Dialog
"""The conversations, each with a log whose messages the journal numbers from 1."""
