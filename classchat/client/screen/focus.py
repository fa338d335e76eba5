"""Rooms and users as places to talk, and what is unread there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RoomFocus:
    """A room as the focus."""

    name: str


@dataclass(frozen=True)
class UserFocus:
    """A user as the focus."""

    name: str


Focus = RoomFocus | UserFocus


@dataclass(eq=False)
class OpenConversation:
    """A room or private conversation, and what is unread there."""

    place: Focus
    unread: int = 0
    mentions: int = 0

    def was_read(self) -> None:
        """Mark everything as read."""
        self.unread = self.mentions = 0


@dataclass(frozen=True)
class Seen:
    """The meaning of a message to this user."""

    mention: bool = False
    """Whether it mentions the user, or is private."""

    ignored: bool = False
    """Whether it is hidden: from an ignored user, or a join or leave in a quiet room."""
