"""Rooms and users as places to talk, and what is unread there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RoomFocus:
    """A room, as a place to talk."""

    name: str


@dataclass(frozen=True)
class UserFocus:
    """A person, as somebody to talk to."""

    name: str


Focus = RoomFocus | UserFocus


@dataclass(eq=False)
class OpenConversation:
    """A room or person, and what was said there that one has not looked at."""

    place: Focus
    unread: int = 0
    mentions: int = 0

    def was_read(self) -> None:
        """Have nothing unread any more."""
        self.unread = self.mentions = 0


@dataclass(frozen=True)
class Seen:
    """What a message is to who reads it."""

    mention: bool = False
    """Whether it has one's name in it, or is to oneself alone."""

    ignored: bool = False
    """Whether it is not to be shown: from somebody who is ignored, or of who comes and goes."""
