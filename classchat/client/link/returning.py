"""The return of a user over a new connection: into all rooms, with everything that was missed.

-> register                   with `since`, for an account also with its rooms
<- replays, success           an account is back in the rooms that the server names
-> join, join, ... ping       each with `since`: the other rooms
<- success, replays ... pong  after which everything that was missed is here
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from classchat.client.link.places import Places
from classchat.client.spelling import room_key
from classchat.messages import Error, Join, Ping, Success
from classchat.names import SERVER
from classchat.request import Request

STOPS = "shutting_down"
"""The code with which a server refuses requests while it stops; it disconnects its clients soon after."""

_GONE = Error(SERVER, "", "You left it, or were removed, while you were away", code="not_a_member")
"""The answer for a room that the server does not name any more."""


class Rejoiner(Protocol):
    """The part of a client that is told in which rooms it is again."""

    def rejoined(self, room: str, answer: Success | Error) -> None:
        """Report that the client is back in a room, with or without a `gap`, or why it is not."""


class Returning:
    """One attempt to return, which ends with its connection."""

    def __init__(self, places: Places, ids: Iterator[str], rejoiner: Rejoiner) -> None:
        """Record in `places` in which rooms the user is again, and how much of them is known."""
        self._places = places
        self._ids = ids
        self._rejoiner = rejoiner
        self._back_in: dict[str, Success] = {}  # the rooms, each with the answer
        self._joins: dict[str, Join] = {}  # by their ids, as long as they are not answered
        self._ping: str | None = None  # the id of the ping behind them
        self.is_complete = False
        """Whether everything that was missed has arrived."""

    @property
    def rooms(self) -> list[str]:
        """The rooms that the user is back in."""
        return list(self._back_in)

    def be_in(self, welcome: Success) -> None:
        """Record the rooms that the server names in a welcome: those of an account."""
        for room in welcome.rooms or ():
            answer = Success(SERVER, welcome.receiver, "", epoch=welcome.epoch, seq=room.seq)
            self._places.rejoined(room.name, answer)
            if self._places.knows(room.name):
                self._back_in[room.name] = answer
                self._rejoiner.rejoined(room.name, answer)

    def be_in_no_others(self) -> None:
        """Forget rooms that the user has left with another device, or was removed from, in the meantime."""
        named = set(map(room_key, self._back_in))
        for room in self._places.rooms:
            if room_key(room) not in named:
                self._places.left(room)
                self._rejoiner.rejoined(room, _GONE)

    def rejoin(self, send: Callable[[Request], None]) -> None:
        """Send the requests for the other rooms, and a ping behind them."""
        named = set(map(room_key, self._back_in))
        for room in self._places.rooms:
            if room_key(room) not in named:
                join = Join(receiver=room, id=next(self._ids), since=self._places.since(room))
                self._joins[str(join.id)] = join
        self._ping = next(self._ids)
        for join in list(self._joins.values()):
            send(join)
        send(Ping(id=self._ping))

    def take(self, answer: Success | Error) -> bool:
        """Take an answer, and return whether it was for one of these requests."""
        id = answer.id or ""
        if id in self._joins:
            if not (isinstance(answer, Error) and answer.code == STOPS):  # else the user is still in the room
                self._rejoined(self._joins.pop(id).receiver, answer)
            return True
        if self._ping is None or id != self._ping:
            return False
        self.is_complete = True
        for room, welcome in self._back_in.items():
            self._places.caught_up(room, welcome)
        return True

    def _rejoined(self, room: str, answer: Success | Error) -> None:
        match answer:
            case Success():
                self._places.rejoined(room, answer)
                self._back_in[room] = answer
            case Error():
                self._places.left(room)
        self._rejoiner.rejoined(room, answer)
