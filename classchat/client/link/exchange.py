"""The exchange of one client with one server, over any number of connections.

It knows no network and no time. The link tells it what happens on a connection, and sends what it says:

    new       -> talking      the first welcome
    talking   -> away         the connection is lost
    away      -> returning    welcome again, with the token: it rejoins its rooms, and says how far it got
    returning -> talking      all of that is answered: what was not answered before is sent again, in order
    returning -> away         lost once more

A server that stops refuses requests with `shutting_down`: these count as not sent.

-> register                   sender, token, and `since` for the private conversations, and the rooms
<- replays, success           what was missed in private; with an account also in the rooms that it names
-> join, join, ... ping       each with `since`: the other rooms
<- success, replays ... pong  after which everything that was missed is here
-> group, private, ...        the same as before, with the same ids
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec.structs import replace

from classchat.class_commands import Ask, Follow, NextHand, StartPoll
from classchat.client.link.happenings import JOINED, LEFT, happening_of
from classchat.client.link.open_request import OpenRequest
from classchat.client.link.places import Places
from classchat.client.spelling import room_key
from classchat.messages import (
    Broadcast,
    ChangePassword,
    Claim,
    Command,
    Create,
    Error,
    Event,
    Group,
    Join,
    Leave,
    Ping,
    Private,
    Register,
    Rename,
    Say,
    Success,
    Tell,
)
from classchat.names import SERVER

MOST_OPEN = 256
"""Requests that may be open; further ones should wait."""

_STOPS = "shutting_down"
"""The code with which a server refuses requests while it stops; it disconnects its clients soon after."""

_LONGEST_NAME = 255
"""Characters of a name that the server gives; no server's names are longer."""

SendCommand = Callable[[Command], None]


_OTHERWISE_TWICE = (Broadcast, Say, Tell, Ask, StartPoll, NextHand)
"""Requests that a server without the old journal would do once more."""


class Hearer(Protocol):
    """The part of a client that is told what happens in an exchange."""

    def heard(self, event: Event, request: Command | None) -> None:
        """Take an event from the server; `request` is what it answers, if that is known."""

    def missed(self, welcome: Success) -> None:
        """Report that private messages were missed for good; `missed` is their number, if known."""

    def rejoined(self, room: str, answer: Success | Error) -> None:
        """Report that the client is back in a room, with or without a `gap`, or why it is not."""

    def returned(self, rooms: Sequence[str], again: int) -> None:
        """Report that the client is connected again, in these rooms, and repeats `again` requests."""

    def unconfirmed(self, asked: Sequence[OpenRequest]) -> None:
        """Report requests whose outcome is unknown, and which are not repeated."""

    def not_done(self, asked: OpenRequest) -> None:
        """Report a request that was repeated and refused; `heard` has said why."""


_GONE = Error(SERVER, "", "You left it, or were removed, while you were away", code="not_a_member")
"""The answer for a room that the server does not name any more."""


class Exchange:
    """The state that is kept from one connection to the next."""

    def __init__(self, name: str, ids: Iterator[str], hearer: Hearer) -> None:
        """Sign in as `name`; give requests `ids` that were not used under this name in the last 24 hours."""
        self.name = name
        self.claimed = False
        """Whether the user's name is registered, as far as the server has said."""
        self.first_version = True
        """Whether the server is of the first version, which knows no passwords, as far as it has said."""
        self.takes_claims = True
        """Whether the server lets guests register their names, as far as it has said."""
        self.progress = 0
        """How many answers and replays have arrived so far."""
        self.refused = 0
        """How many requests the server has refused so far."""
        self._ids = ids
        self._hearer = hearer
        self._token: str | None = None
        self._places = Places(name)
        self._welcomed = False
        self._send: SendCommand | None = None
        self._open: dict[str, OpenRequest] = {}  # in the order in which they were asked
        self._unsent: deque[OpenRequest] = deque()  # those of them that were not sent over this connection
        self._made: str | None = None  # the id of a repeated `create`, for whose answer the rest waits
        self._rejoining: dict[str, Join] = {}
        self._rejoined: dict[str, Success] = {}
        self._caught_up: str | None = None  # the id of the `ping` that ends the catch-up

    @property
    def rooms(self) -> list[str]:
        """The rooms that the user is in."""
        return self._places.rooms

    def last_of(self, name: str, private: bool, user: str) -> int | None:
        """Return the number of a user's latest known message in a room, or with another user."""
        return self._places.last_of(name, private, user)

    @property
    def talking(self) -> bool:
        """Whether the client is signed in, and back in its rooms."""
        return self._send is not None and self._caught_up is None

    @property
    def full(self) -> bool:
        """Whether the next request should wait until another one is answered."""
        return len(self._open) >= MOST_OPEN

    @property
    def idle(self) -> bool:
        """Whether every request is answered."""
        return not self._open

    @property
    def open(self) -> list[OpenRequest]:
        """The requests without an answer, in the order in which they were asked."""
        return list(self._open.values())

    def ask(self, command: Command) -> Command:
        """Send a request, now or after reconnecting; return it as it goes over the wire, with its id."""
        id = next(self._ids)
        asked = OpenRequest(replace(command, id=id))
        self._open[id] = asked
        self._unsent.append(asked)
        self._proceed()
        return asked.command

    def greeting(self) -> Register | None:
        """Return the request that signs in again; None the first time, when the bare name is enough."""
        if not self._welcomed:
            return None
        return Register(sender=self.name, token=self._token, since=self._places.since_all())

    def welcomed(self, welcome: Success, send: SendCommand) -> None:
        """Record that the client is signed in on a connection, over which `send` sends."""
        again, self._welcomed = self._welcomed, True
        kept = welcome.epoch is not None and welcome.epoch == self._places.epoch
        self._send = send
        self.claimed = welcome.rooms is not None
        self.first_version = welcome.server is None
        self.takes_claims = welcome.claims is not False
        self._token = welcome.token or self._token
        if again:  # the answer to a `rename` may have been lost
            self._is_called(welcome.receiver)
        self._places.welcomed(welcome.epoch)
        if again:
            self._withdraw((Broadcast,) if kept else _OTHERWISE_TWICE)
        if again and welcome.gap:
            self._hearer.missed(welcome)
        self._be_in(welcome)
        if again and kept and welcome.rooms is not None:
            self._be_in_no_others()
        if again:
            self._rejoin(send)
        else:
            self._rejoined.clear()

    def heard(self, event: Event, request: Command | None = None) -> None:
        """Take an event from the server, and pass it on if it is new.

        `request` is the request that it answers, if another part of the client has sent that.
        """
        match event:
            case Success() | Error():
                self._answer(event, request)
            case Group() | Private():
                self._happened(event)
                asked_for = event.replay and self.talking  # a history that was asked for may be known already
                if asked_for or self._places.is_new(event):
                    self.progress += event.replay
                    self._hearer.heard(event, None)

    def lost(self) -> None:
        """Record that the connection is lost."""
        self._send = None
        self._rejoining.clear()
        self._rejoined.clear()
        self._made = self._caught_up = None
        self._unsent = deque(self._open.values())

    # Coming back.

    def _be_in(self, welcome: Success) -> None:
        """Record the rooms that the server names in the welcome: it names those of an account."""
        for room in welcome.rooms or ():
            answer = Success(SERVER, self.name, "", epoch=welcome.epoch, seq=room.seq)
            self._places.rejoined(room.name, answer)
            if self._places.knows(room.name):
                self._rejoined[room.name] = answer
                self._hearer.rejoined(room.name, answer)

    def _be_in_no_others(self) -> None:
        """Forget rooms that the user has left with another device, or was removed from, in the meantime."""
        named = set(map(room_key, self._rejoined))
        for room in self.rooms:
            if room_key(room) not in named:
                self._places.left(room)
                self._hearer.rejoined(room, _GONE)

    def _withdraw(self, kinds: tuple[type[Command], ...]) -> None:
        """Give up requests that the server would do twice, because its journal does not know their ids.

        A journal that is still the same one knows what was said. A password that was changed would be refused
        the second time.
        """
        once = (Claim, ChangePassword, *kinds)
        said = [asked for asked in self._open.values() if asked.sent and isinstance(asked.command, once)]
        for asked in said:
            del self._open[str(asked.command.id)]
            self._unsent.remove(asked)
        if said:
            self._hearer.unconfirmed(said)

    def _rejoin(self, send: SendCommand) -> None:
        joins = [
            Join(receiver=room, id=next(self._ids), since=self._places.since(room))
            for room in self.rooms
            if room_key(room) not in map(room_key, self._rejoined)
        ]
        self._rejoining = {str(join.id): join for join in joins}
        self._caught_up = next(self._ids)
        for join in joins:
            send(join)
        send(Ping(id=self._caught_up))

    def _answer(self, event: Success | Error, request: Command | None) -> None:
        id = event.id or ""
        if isinstance(event, Error) and event.room is not None:
            self._places.left(event.room)  # a moderator has removed the user, so the client does not rejoin
        stops = isinstance(event, Error) and event.code == _STOPS
        if stops and id in self._open:
            self._open[id].sent = False  # it is not done, and asked again elsewhere
        elif stops and id in self._rejoining:
            pass  # likewise: the user is still in the room
        elif id in self._open:
            self._answer_to(self._open.pop(id), event)
        elif id in self._rejoining:
            self._answer_to_rejoining(self._rejoining.pop(id).receiver, event)
        elif id and id == self._caught_up:
            self._return()
        else:
            self.refused += isinstance(event, Error) and event.room is None
            self._hearer.heard(event, request)

    def _answer_to_rejoining(self, room: str, event: Success | Error) -> None:
        match event:
            case Success():
                self._places.rejoined(room, event)
                self._rejoined[room] = event
            case Error():
                self._places.left(room)
        self._hearer.rejoined(room, event)

    def _return(self) -> None:
        """End the catch-up: the server has answered the `ping`, and everything before it has arrived."""
        self._caught_up = None
        for room, answer in self._rejoined.items():
            self._places.caught_up(room, answer)
        again = sum(asked.sent for asked in self._unsent)
        self._hearer.returned(list(self._rejoined), again)
        self._rejoined.clear()
        self._proceed()

    # Talking.

    def _proceed(self) -> None:
        """Send requests in order, until a room has to be created again first."""
        while self._unsent and self._send is not None and self.talking and self._made is None:
            asked = self._unsent.popleft()
            asked.again, asked.sent = asked.sent, True
            if asked.again and isinstance(asked.command, Create):
                self._made = asked.command.id
            self._send(asked.command)

    def _answer_to(self, asked: OpenRequest, event: Success | Error) -> None:
        self.progress += 1
        if event.id == self._made:
            self._made = None
            if isinstance(event, Error) and event.code == "room_exists":
                self._join_instead(asked)
                return
        self._note(asked.command, event)
        self.refused += isinstance(event, Error) and not isinstance(asked.command, Follow)
        self._hearer.heard(event, asked.command)
        if asked.again and asked.counts and isinstance(event, Error):
            self._hearer.not_done(asked)
        self._proceed()

    def _join_instead(self, asked: OpenRequest) -> None:
        """Join the room that the client has most likely created before the connection was lost."""
        join = OpenRequest(Join(receiver=asked.command.receiver, id=asked.command.id))
        self._open = {str(asked.command.id): join, **self._open}  # it keeps its place at the front
        self._unsent.appendleft(join)
        self._proceed()

    def _happened(self, event: Group | Private) -> None:
        """Record a room that another device of the same user joins, or leaves."""
        told = happening_of(event)
        if told is not None and told.event == "deleted" and told.user and told.number is not None:
            private = isinstance(event, Private)
            self._places.deleted(
                told.name or "" if private else event.receiver, private, told.user, told.number
            )
            return
        if told is not None and told.event == "renamed" and told.user and told.name:
            if not self._places.is_me(told.user):
                self._places.renamed(told.user, told.name)
            return
        if told is None or told.room is None or told.user is None or not self._places.is_me(told.user):
            return
        if told.event in JOINED:
            self._places.entered(told.room)
        elif told.event in LEFT:
            self._places.left(told.room)

    def _is_called(self, name: str) -> None:
        """Record the name that the server gives this user."""
        if name != self.name and 0 < len(name) <= _LONGEST_NAME:
            self._places.renamed(self.name, name)
            self.name = name

    def _note(self, request: Command, answer: Success | Error) -> None:
        match request, answer:
            case Say() | Tell(), Success(seq=int(seq)):
                self._places.said(request.receiver, isinstance(request, Tell), self.name, seq)
            case Create() | Join(), Success():
                self._places.joined(request.receiver, answer)
            case Leave(), Success():
                self._places.left(request.receiver)
            case Rename(), Success():
                self._is_called(answer.receiver)
            case Claim(), Success():
                self.claimed = True
            case Claim(), Error(code="already_claimed"):
                self.claimed = True
            case _:
                pass
