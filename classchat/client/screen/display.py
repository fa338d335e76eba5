"""A conversation on a screen, which has a focus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from classchat.class_commands import Follow
from classchat.client.display import class_view, view
from classchat.client.display.clock import ServerClock
from classchat.client.display.observer import Display
from classchat.client.display.paper import Paper
from classchat.client.display.stranger import shown_name
from classchat.client.display.wrapping import Pieces
from classchat.client.link.old_sentences import request_granted
from classchat.client.link.open_request import OpenRequest
from classchat.client.screen import lists
from classchat.client.screen.colours import Painter
from classchat.client.screen.following import Following
from classchat.client.screen.state import ALREADY_MEMBER, Screen
from classchat.client.spelling import name_key
from classchat.messages import Error, Event, Group, ListRooms, Private, Say, Success, Tell
from classchat.request import Request


class Canvas(Protocol):
    """A place where lines of pieces are drawn."""

    def draw(self, pieces: Pieces, indent: int) -> None:
        """Draw a line, each piece a style and a text; rows that continue it have an indent."""

    def bell(self) -> None:
        """Ring the bell."""

    def refresh(self) -> None:
        """Draw again what is below the conversation."""


class Painted:
    """A surface that shows lines of the client with the time before them."""

    def __init__(self, canvas: Canvas, painter: Painter, clock: ServerClock) -> None:
        """Draw on the canvas, with the time that the `clock` shows."""
        self._canvas = canvas
        self._painter = painter
        self._clock = clock

    def show(self, text: str) -> None:
        """Show a line."""
        self._canvas.draw(self._painter.status(text, self._clock.now()), self._painter.indent)


class ScreenDisplay(Display):
    """A display that also keeps the screen's state."""

    def __init__(
        self,
        canvas: Canvas,
        painter: Painter,
        screen: Screen,
        where: str,
        clock: ServerClock,
        rings: str,
        settled: Callable[[Request | None, bool], None],
        following: Following,
        paper: Paper,
    ) -> None:
        """Ring the bell as `rings` says: `off`, `mention` or `all`; draw tables on `paper`.

        `following` is told what classes do, and `settled` of each request that is answered, and whether it
        was granted.
        """
        super().__init__(
            Painted(canvas, painter, clock), screen.me, where, clock, True, paper.inside(painter.indent)
        )
        self._canvas = canvas
        self._painter = painter
        self._screen = screen
        self._rings = rings
        self._settled = settled
        self._following = following

    def asked(self, command: Request, typed_id: str | None) -> None:  # noqa: ARG002
        """Record a request that waits for an answer."""
        self._screen.asked(command)

    def heard(self, event: Event, request: Request | None) -> None:
        """Show an event, and record it."""
        if isinstance(event, Success):
            self._clock.hears(event.time)
        match event:
            case Group() | Private():
                self._following.told(event, self._screen.me)
                if not self.pages.keeps(event):
                    self._message(event)
            case Success() | Error():
                if isinstance(event, Error) and event.room is not None:
                    self._screen.left(event.room)  # a moderator has removed the user
                self._screen.answered(event, request)
                self._following.answered(event, request)
                if isinstance(request, Follow):
                    self._show_policy(request.receiver)
                self._enter(event, request)
                self._answer(event, request)
                self._settled(request, isinstance(event, Success) or event.code == ALREADY_MEMBER)
        self._canvas.refresh()

    def tell(self, line: str) -> None:
        """Show a line of the client like those of the server."""
        self._terminal.show(line)

    def renamed(self, name: str) -> None:
        """Record the user's new name."""
        super().renamed(name)
        self._screen.me = name
        self._painter.rename(name)
        self._canvas.refresh()

    def rejoined(self, room: str, answer: Success | Error) -> None:
        """Record whether the user is back in a room, and show that."""
        if isinstance(answer, Error):
            self._screen.left(room)
        else:
            self._screen.returned_to(room)
        super().rejoined(room, answer)
        self._settled(None, isinstance(answer, Success))

    def returned(self, rooms: Sequence[str], again: Sequence[OpenRequest]) -> None:
        """Show that the client is connected again, and follow the same classes."""
        super().returned(rooms, again)
        self._following.returned()

    def unconfirmed(self, asked: Sequence[OpenRequest]) -> None:
        """Mark requests whose outcome is unknown."""
        for one in asked:
            self._screen.forgot(one.command.id)
        super().unconfirmed(asked)

    def _message(self, message: Group | Private) -> None:
        event = self._as_shown(message)
        if event is None:
            return
        focus = self._screen.focus
        seen = self._screen.heard(event)
        if self._screen.focus != focus:
            self._settled(None, True)
        if seen.ignored:
            return
        self._canvas.draw(self._painter.message(event, self._when(event)), self._painter.indent)
        own = name_key(event.sender) == name_key(self._screen.me)
        mention = seen.mention or class_view.calls(event)
        wanted = self._rings == "all" or (mention and self._rings == "mention")
        if wanted and not event.replay and not own:
            self._canvas.bell()

    def _show_policy(self, room: str) -> None:
        policy = self._following.policy_to_show(room)
        if policy is not None:
            self._terminal.show(f"[CLIENT] {policy}")

    def _answer(self, event: Success | Error, request: Request | None) -> None:
        if self.untyped.take(event):
            return
        match event, request:
            case Success(), ListRooms(room=""):
                self._terminal.show(view.success(lists.rooms(event, self._screen)))
            case Success(held=True), Say() as said:
                line = f"[To the staff of {shown_name(said.receiver)}] {view.body(said.text)}"
                self._terminal.show(line)
            case Success(), Tell() as tell:
                told = Private(self._screen.me, self._screen.users.spelled(tell.receiver), tell.text)
                self._canvas.draw(self._painter.said(told, self._clock.now()), self._painter.indent)
                super().heard(event, request)
            case _:
                super().heard(event, request)

    def _enter(self, event: Success | Error, request: Request | None) -> None:
        """Record a room that an old server grants without the `id` of a request."""
        granted = request_granted(event) if isinstance(event, Success) and request is None else None
        if granted is not None:
            self._screen.answered(event, granted)

    def _when(self, event: Group | Private) -> datetime:
        now = self._clock.now()
        try:
            return now if event.replay else datetime.fromisoformat(event.time or "").astimezone(now.tzinfo)
        except (ValueError, OverflowError):
            return now


def pending_line(command: Say | Tell, me: str) -> str:
    """Return a message of this user as it will stand in the conversation."""
    match command:
        case Say():
            return view.line_of(Group(me, command.receiver, command.text))
        case Tell():
            return f"[Private to {shown_name(command.receiver)}] {view.body(command.text)}"
