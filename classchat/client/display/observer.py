"""A conversation with a server as lines of a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from classchat.class_commands import Classing
from classchat.client.commands.past import Pages
from classchat.client.display import class_view, listings, view
from classchat.client.display.clock import ServerClock
from classchat.client.display.paper import USUAL_PAPER, Paper
from classchat.client.display.received_files import ReceivedFiles
from classchat.client.display.untyped import UntypedRequests
from classchat.client.link.exchange import Hearer
from classchat.client.link.happenings import is_counts
from classchat.client.link.open_request import OpenRequest
from classchat.client.spelling import name_key
from classchat.messages import (
    Error,
    Event,
    Group,
    History,
    Join,
    ListRooms,
    ListUsers,
    Private,
    Quit,
    Say,
    Search,
    Success,
    Tell,
)
from classchat.request import Request

UNANSWERED = "The server did not answer {} of your requests"


class Shows(Protocol):
    """A place where lines are shown."""

    def show(self, text: str) -> None:
        """Show whole lines."""


class Observer(Hearer, Protocol):
    """A hearer that is also told what is left in the end."""

    pages: Pages
    """The pages of histories and searches."""

    untyped: UntypedRequests
    """The requests that the user has not typed."""

    def closed(self, asked: Sequence[OpenRequest], on_purpose: bool) -> None:
        """Report requests without an answer at the end, which is `on_purpose` if this client has left."""

    def asked(self, command: Request, typed_id: str | None) -> None:  # noqa: ARG002
        """Record a request that the user has just typed; a program may have called it `typed_id`."""
        return

    def renamed(self, name: str) -> None:
        """Record the user's new name."""


class Display(Observer):
    """Shows what happens in a conversation."""

    def __init__(
        self,
        terminal: Shows,
        me: str,
        where: str,
        clock: ServerClock,
        gives_back: bool = False,
        paper: Paper = USUAL_PAPER,
    ) -> None:
        """Show to `me` what happens on the server at the address `where`, which has this `clock`.

        Tables and bars are drawn on `paper`, which begins after the indent of further lines. `gives_back` a
        refused message to a person, who may type it again; a script still has it.
        """
        self._gives_back = gives_back
        self._right_above: str | None = None  # the id of the request that was typed in the line above
        self._terminal = terminal
        self._me = me
        self._were: set[str] = set()  # the keys of the user's former names
        self._where = where
        self._clock = clock
        self._paper = paper
        self.pages = Pages()
        self.untyped = UntypedRequests()
        self.files = ReceivedFiles()
        """The files of the messages that were shown."""
        self.joined: Callable[[str, Success], object] = lambda *_: None
        """A callback for each room that the user has joined, with the answer."""

    def asked(self, command: Request, typed_id: str | None) -> None:  # noqa: ARG002
        """Record the request that stands in the last line."""
        self._right_above = command.id

    def heard(self, event: Event, request: Request | None) -> None:
        """Show an event, except for confirmations of what stands there anyway."""
        if isinstance(event, Success):
            self._clock.hears(event.time)
        right_above = event.id if isinstance(event, Error) and event.id == self._right_above else None
        if not isinstance(event, Success) or not isinstance(request, Say | Tell):
            self._right_above = None
        if isinstance(event, Success | Error):
            if self.untyped.take(event):
                return
            for found in self.pages.answered(event):
                self._message(found)
            self._show(event, request, right_above)
            self.pages.go_on()
        elif not (isinstance(event, Group | Private) and self.pages.keeps(event)):
            self._show(event, request, right_above)

    def _show(self, event: Event, request: Request | None, right_above: str | None) -> None:
        """Show an event; `right_above` is the id of a refused request that stands in the line above."""
        match event, request:
            case Success(away=True), _:
                self._terminal.show(view.line_of(event))
            case Success(held=True), _:
                self._terminal.show(view.success(event.text))
            case Success(), Say() | Tell() | Quit():
                pass
            case Success(), ListRooms(room=str(room)) if room:
                self._terminal.show(view.topic(event, room))
            case Success(), (History() | Search()) as request:
                self._listed(event, request)
            case Success(), ListUsers(receiver=str(room)) if room:
                self._terminal.show(view.success(listings.members(event, room)))
            case Success(), (Classing() as asked):
                self._terminal.show(view.success(self._of_class(event, asked)))
            case (Group() | Private()) as message, _:
                self._message(message)
            case Error(), (Say() | Tell()) as refused if self._gives_back:
                self._terminal.show(view.line_of(event))
                if right_above is None:
                    self._terminal.show(view.not_sent(refused))
            case Success(), Join(receiver=room):
                self._terminal.show(view.line_of(event))
                self.joined(room, event)
            case _:
                self._terminal.show(view.heard(event, self._me))

    def renamed(self, name: str) -> None:
        """Show what this user says from now on under the new name as their own."""
        self._were.add(name_key(self._me))
        self._were.discard(name_key(name))
        self._me = name

    def _as_now(self, event: Private) -> Private:
        """Return an earlier private message of this user, or to them, with the name that they have now.

        A former name may be another user's by now, who then has said something that is no earlier message.
        """
        if not event.replay:
            self._were.discard(name_key(event.sender))
        if not self._were:
            return event
        sender, receiver = (
            self._me if name_key(name) in self._were else name for name in (event.sender, event.receiver)
        )
        return replace(event, sender=sender, receiver=receiver)

    def _of_class(self, answer: Success, asked: Request) -> str:
        """Return the answer to a request of the class layer: a list, or the server's sentence."""
        return class_view.answer(answer, asked.receiver, self._paper, self._clock.now())

    def _as_shown(self, event: Group | Private) -> Group | Private | None:
        """Return a message with its pictures, under present names; None for one that is only for programs."""
        if is_counts(event):
            return None
        event = class_view.drawn(event, self._paper)
        if event.file is not None:
            event = replace(event, text=self.files.text_of(event.file))
        return self._as_now(event) if isinstance(event, Private) else event

    def _message(self, message: Group | Private) -> None:
        event = self._as_shown(message)
        if event is None:
            return
        if event.replay:
            self._terminal.show(view.replayed(event, self._me, self._clock.now()))
        else:
            self._terminal.show(view.heard(event, self._me))

    def missed(self, welcome: Success) -> None:
        """Show that messages were missed."""
        say = view.missed_private if welcome.rooms is None else view.missed_anywhere
        self._terminal.show(say(welcome.missed))

    def rejoined(self, room: str, answer: Success | Error) -> None:
        """Show that the user is no longer in a room, or that messages were missed there."""
        match answer:
            case Error():
                self._terminal.show(view.not_back(room, answer))
            case Success(gap=True):
                self._terminal.show(view.missed_in(room, answer.missed))
            case _:
                pass

    def returned(self, rooms: Sequence[str], again: Sequence[OpenRequest]) -> None:
        """Show that the client is connected again."""
        self.pages.returned()
        self._terminal.show(view.returned(self._where, rooms, len(self.untyped.without(again))))

    def unconfirmed(self, asked: Sequence[OpenRequest]) -> None:
        """Mark requests whose outcome is unknown."""
        for one in asked:
            self._terminal.show(view.unconfirmed(one.command))

    def not_done(self, asked: OpenRequest) -> None:
        """Mark a repeated request that was refused, unless the refusal has done so."""
        if not (self._gives_back and isinstance(asked.command, Say | Tell)):
            self._terminal.show(view.not_sent(asked.command))

    def closed(self, asked: Sequence[OpenRequest], on_purpose: bool) -> None:
        """Mark requests without an answer; a user who leaves `on_purpose` does not miss lists."""
        asked = self.untyped.without(asked)
        sent = sum(one.sent for one in asked)
        if sent and not on_purpose:
            self._terminal.show(view.error(UNANSWERED.format(sent)))
        for one in asked:
            if one.counts:
                show = view.unconfirmed if one.sent else view.not_sent
                self._terminal.show(show(one.command))

    def _listed(self, answer: Success, request: History | Search) -> None:
        """Show how much was found, and how to see more."""
        self._terminal.show(view.line_of(answer))
        if answer.oldest is not None:
            self._terminal.show(view.deleted())
        if answer.more and self.pages.has_next(type(request)):
            self._terminal.show(view.more(request))
