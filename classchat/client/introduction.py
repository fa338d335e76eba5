"""The introduction of a newcomer: banner, lobby or rooms, a room's members, and its last messages."""

from __future__ import annotations

from typing import Protocol

from classchat.client.audience import Audience
from classchat.client.display import listings, view
from classchat.client.display.untyped import OnSuccess, nothing
from classchat.messages import History, ListRooms, ListUsers, Success
from classchat.request import Request


class Guide(Protocol):
    """The interface that an introduction uses to ask, and to show the answers."""

    def join(self, room: str) -> None:
        """Join a room, as if the user had typed it."""

    def ask_quietly(self, command: Request, granted: OnSuccess) -> None:
        """Send a request that the user has not typed; the answer is not shown, but goes to `granted`."""

    def tell(self, line: str) -> None:
        """Show a line."""


class Introduction:
    """Shows a user around after signing in, and in each room that they join."""

    def __init__(self, audience: Audience, guide: Guide) -> None:
        """Show as much as this `audience` wants."""
        self._audience = audience
        self._guide = guide
        self._greets = audience.greets

    def greeting(self) -> str | None:
        """Return the banner the first time, before missed messages; otherwise None."""
        greets, self._greets = self._greets, False
        return view.banner() if greets else None

    def welcomed(self, welcome: Success) -> None:
        """Join the lobby, or show which rooms there are."""
        if not self._audience.lands or welcome.rooms:
            return
        if welcome.lobby:
            self._guide.join(welcome.lobby)
        elif self._audience.introduces:
            self._guide.ask_quietly(ListRooms(), self._show_rooms)

    def joined(self, room: str, answer: Success) -> None:
        """Show who is in a room that the user has joined, and what was said there last."""
        if self._audience.introduces:
            members = ListUsers(receiver=room)
            self._guide.ask_quietly(members, lambda answer: self._show_members(answer, room))
        if self._audience.replay and answer.seq:
            last = History(receiver=room, limit=self._audience.replay, before=answer.seq + 1, private=False)
            self._guide.ask_quietly(last, nothing)  # the messages came before the answer

    def _show_rooms(self, answer: Success) -> None:
        if answer.rooms:
            self._guide.tell(view.rooms_there(answer))

    def _show_members(self, answer: Success, room: str) -> None:
        if len(answer.users or ()) > 1 or answer.absent:  # someone besides this user
            self._guide.tell(f"[CLIENT] {listings.members(answer, room)}")
