"""The exchange of one client with one server, over any number of connections.

It knows no network and no time. The link tells it what happens on a connection, and sends what it says:

    new       -> talking      the first welcome
    talking   -> away         the connection is lost
    away      -> returning    welcome again, with the token: it rejoins its rooms, and says how far it got
    returning -> talking      all of that is answered: what was not answered before is sent again, in order
    returning -> away         lost once more

A server that stops refuses requests with `shutting_down`: these count as not sent.

-> register ... <- pong       the user returns: see returning.py
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
from classchat.client.link.returning import STOPS, Rejoiner, Returning
from classchat.messages import (
    Broadcast,
    ChangePassword,
    Claim,
    Create,
    Error,
    Event,
    Group,
    Join,
    Leave,
    Private,
    Register,
    Rename,
    Say,
    Success,
    Tell,
)
from classchat.request import Request

MOST_OPEN = 256
"""Requests that may be open; further ones should wait."""

_LONGEST_NAME = 255
"""Characters of a name that the server gives; no server's names are longer."""

SendCommand = Callable[[Request], None]


_OTHERWISE_TWICE = (Broadcast, Say, Tell, Ask, StartPoll, NextHand)
"""Requests that a server without the old journal would do once more."""


class Hearer(Rejoiner, Protocol):
    """The part of a client that is told what happens in an exchange."""

    def heard(self, event: Event, request: Request | None) -> None:
        """Take an event from the server; `request` is what it answers, if that is known."""

    def missed(self, welcome: Success) -> None:
        """Report that private messages were missed for good; `missed` is their number, if known."""

    def returned(self, rooms: Sequence[str], again: Sequence[OpenRequest]) -> None:
        """Report that the client is connected again, in these rooms, and which requests it repeats."""

    def unconfirmed(self, asked: Sequence[OpenRequest]) -> None:
        """Report requests whose outcome is unknown, and which are not repeated."""

    def not_done(self, asked: OpenRequest) -> None:
        """Report a request that was repeated and refused; `heard` has said why."""


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
        self._returning: Returning | None = None

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
        return self._send is not None and self._returning is None

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

    def ask(self, command: Request) -> Request:
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
        returning = Returning(self._places, self._ids, self._hearer)
        returning.be_in(welcome)
        if again and kept and welcome.rooms is not None:
            returning.be_in_no_others()
        if again:
            self._returning = returning
            returning.rejoin(send)

    def heard(self, event: Event, request: Request | None = None) -> None:
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
        self._send = self._returning = self._made = None
        self._unsent = deque(self._open.values())

    # Coming back.

    def _withdraw(self, kinds: tuple[type[Request], ...]) -> None:
        """Give up requests that the server would do twice, because its journal does not know their ids.

        A journal that is still the same one knows what was said. A password that was changed would be refused
        the second time.
        """
        once: tuple[type[Request], ...] = (Claim, ChangePassword, *kinds)
        said = [asked for asked in self._open.values() if asked.sent and isinstance(asked.command, once)]
        for asked in said:
            del self._open[str(asked.command.id)]
            self._unsent.remove(asked)
        if said:
            self._hearer.unconfirmed(said)

    def _answer(self, event: Success | Error, request: Request | None) -> None:
        id = event.id or ""
        if isinstance(event, Error) and event.room is not None:
            self._places.left(event.room)  # a moderator has removed the user, so the client does not rejoin
        returning = self._returning
        if id in self._open and isinstance(event, Error) and event.code == STOPS:
            self._open[id].sent = False  # it is not done, and asked again elsewhere
        elif id in self._open:
            self._answer_to(self._open.pop(id), event)
        elif returning is not None and returning.take(event):
            if returning.is_complete:
                self._return(returning)
        else:
            self.refused += isinstance(event, Error) and event.room is None
            self._hearer.heard(event, request)

    def _return(self, returning: Returning) -> None:
        """Talk again, and repeat what was not answered."""
        self._returning = None
        again = [asked for asked in self._unsent if asked.sent]
        self._hearer.returned(returning.rooms, again)
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

    def _note(self, request: Request, answer: Success | Error) -> None:
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
