"""What one sees of a conversation with a server: its events as lines of the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from classchat.client.commands.past import Pages
from classchat.client.display import listings, view
from classchat.client.display.clock import ServerClock
from classchat.client.link.exchange import Hearer, OpenRequest
from classchat.messages import (
    Command,
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

UNANSWERED = "The server did not answer {} of your requests"


class Shows(Protocol):
    """Where lines are shown."""

    def show(self, text: str) -> None:
        """Show whole lines."""


class Observer(Hearer, Protocol):
    """Who is told what happens in a conversation, and what is left of it in the end."""

    pages: Pages
    """What was asked of the past."""

    own: dict[str, Callable[[Success], object]]
    """What is done with the answers to what nobody has typed, by the ids of the requests."""

    def closed(self, asked: Sequence[OpenRequest], on_purpose: bool) -> None:
        """It is over, `on_purpose` if it was we who left; these were asked, and not answered."""

    def asked(self, command: Command) -> None:  # noqa: ARG002
        """Something was typed, and asked, just now."""
        return


class Display(Observer):
    """Shows what happens in a conversation."""

    def __init__(
        self, terminal: Shows, me: str, where: str, clock: ServerClock, gives_back: bool = False
    ) -> None:
        """Show it to `me`, of the server that is `where`, with the `clock` of that server.

        Who may type it again is given back what was refused; a script has it.
        """
        self._gives_back = gives_back
        self._right_above: str | None = None  # the id of what was typed in the line above
        self._terminal = terminal
        self._me = me
        self._where = where
        self._clock = clock
        self.pages = Pages()
        self.own = {}
        self.joined: Callable[[str, Success], object] = lambda *_: None
        """Is told of a room that one has joined, and of the answer."""

    def asked(self, command: Command) -> None:
        """Record what stands in the last line."""
        self._right_above = command.id

    def heard(self, event: Event, request: Command | None) -> None:
        """Show what the server tells, but for the mere confirmation of what one sees anyway."""
        if isinstance(event, Success):
            self._clock.hears(event.time)
        right_above = event.id if isinstance(event, Error) and event.id == self._right_above else None
        if not isinstance(event, Success) or not isinstance(request, Say | Tell):
            self._right_above = None
        if isinstance(event, Success | Error) and event.id in self.own:
            then = self.own.pop(event.id)
            if isinstance(event, Success):
                then(event)
            return
        if isinstance(event, Group | Private) and self.pages.keeps(event):
            return
        if isinstance(event, Success | Error):
            for found in self.pages.answered(event):
                self._message(found)
        match event, request:
            case Success(away=True), _:
                self._terminal.show(view.line_of(event))
            case Success(), Say() | Tell() | Quit():
                pass
            case Success(), ListRooms(room=str(room)) if room:
                self._terminal.show(view.topic(event, room))
            case Success(), (History() | Search()) as request:
                self._listed(event, request)
            case Success(), ListUsers(receiver=str(room)) if room:
                self._terminal.show(view.success(listings.members(event, room)))
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
        if isinstance(event, Success | Error):
            self.pages.go_on()

    def _message(self, event: Group | Private) -> None:
        if event.replay:
            self._terminal.show(view.replayed(event, self._me, self._clock.now()))
        else:
            self._terminal.show(view.heard(event, self._me))

    def missed(self, welcome: Success) -> None:
        """Say that something is missing."""
        say = view.missed_private if welcome.rooms is None else view.missed_anywhere
        self._terminal.show(say(welcome.missed))

    def rejoined(self, room: str, answer: Success | Error) -> None:
        """Say where one is not any more, and where something is missing."""
        match answer:
            case Error():
                self._terminal.show(view.not_back(room, answer))
            case Success(gap=True):
                self._terminal.show(view.missed_in(room, answer.missed))
            case _:
                pass

    def returned(self, rooms: Sequence[str], again: int) -> None:
        """Say that all is well."""
        self.pages.returned()
        self._terminal.show(view.returned(self._where, rooms, again))

    def unconfirmed(self, asked: Sequence[OpenRequest]) -> None:
        """Mark what may have been said, or not."""
        for one in asked:
            self._terminal.show(view.unconfirmed(one.command))

    def not_done(self, asked: OpenRequest) -> None:
        """Mark what was not said in the end, unless the refusal has done so."""
        if not (self._gives_back and isinstance(asked.command, Say | Tell)):
            self._terminal.show(view.not_sent(asked.command))

    def closed(self, asked: Sequence[OpenRequest], on_purpose: bool) -> None:
        """Mark what was asked and not answered; nobody who leaves `on_purpose` misses a list."""
        asked = [one for one in asked if one.command.id not in self.own]
        sent = sum(one.sent for one in asked)
        if sent and not on_purpose:
            self._terminal.show(view.error(UNANSWERED.format(sent)))
        for one in asked:
            if one.counts:
                show = view.unconfirmed if one.sent else view.not_sent
                self._terminal.show(show(one.command))

    def _listed(self, answer: Success, request: History | Search) -> None:
        """Say how much there was, and where there is more."""
        self._terminal.show(view.line_of(answer))
        if answer.oldest is not None:
            self._terminal.show(view.deleted())
        if answer.more and self.pages.has_next(type(request)):
            self._terminal.show(view.more(request))
