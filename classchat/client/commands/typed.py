"""Typed commands as values: those of scripts, and those that only a screen has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from classchat.messages import History, Search
from classchat.request import Request


class CommandError(Exception):
    """A typed command can't be carried out; the argument is the sentence that says why."""


@dataclass(frozen=True)
class Whereabouts:
    """The focus, and the names that are known: they decide which room a command is about."""

    focus: str | None = None
    """The room with the focus, if a room has it."""
    is_room: Callable[[str], bool] = lambda _: False
    is_user: Callable[[str], bool] = lambda _: False
    knows_rooms: bool = False
    """Whether all rooms that the user is in are known: a screen knows them, a script does not."""


NOWHERE = Whereabouts()
"""The whereabouts of a script: it names each room."""


@dataclass(frozen=True)
class Placed:
    """A command whose room may be left out: the room is decided when the command is carried out."""

    read: Callable[[Whereabouts, tuple[str, ...]], Request]
    words: tuple[str, ...]

    def at(self, where: Whereabouts) -> Request:
        """Return the request.

        Raises:
            CommandError: no room is named and none has the focus, or a word is wrong.
        """
        return self.read(where, self.words)


@dataclass(frozen=True)
class Help:
    """Show the list of commands, or the help of one of them."""

    command: str = ""


@dataclass(frozen=True)
class ShowHistory:
    """Show earlier messages: the last `count`, or those since some time `ago`.

    Without a `name` the focus decides of which room or user; `@name` is always a user.
    """

    name: str = ""
    count: int | None = None
    ago: timedelta | None = None


@dataclass(frozen=True)
class DeleteMessage:
    """Delete a message: the one with this number, or else the latest one of a user.

    Without a `name` the focus decides where; without an `author` it is one of this user's own.
    """

    name: str = ""
    number: int | None = None
    author: str = ""


@dataclass(frozen=True)
class Further:
    """Show the next page of the last history or search."""

    kind: type[History | Search]


@dataclass(frozen=True)
class SendFile:
    """Share a file with a room or user; without a `receiver` the focus decides. `@name` is always a user."""

    path: str
    receiver: str = ""


@dataclass(frozen=True)
class GetFile:
    """Download a file that was shared, by its number or name; the newest without one."""

    which: str = ""


@dataclass(frozen=True)
class FocusOn:
    """Send plain text to this room or user from now on; without a name, nowhere."""

    name: str = ""


@dataclass(frozen=True)
class TalkTo:
    """Send plain text to this user from now on, and this text at once, if there is one."""

    name: str
    text: str = ""


@dataclass(frozen=True)
class Speech:
    """Send a text to the room or user with the focus."""

    text: str


@dataclass(frozen=True)
class Action:
    """Say there what the user is doing."""

    text: str


@dataclass(frozen=True)
class Reply:
    """Reply to the last private message."""

    text: str


@dataclass(frozen=True)
class Ignore:
    """Hide a user's messages; without a name, list the hidden users."""

    name: str = ""


@dataclass(frozen=True)
class Unignore:
    """Show a user's messages again."""

    name: str


@dataclass(frozen=True)
class Quiet:
    """Hide joins and leaves in a room, or in the one with the focus; or show them again."""

    room: str = ""
    off: bool = False


@dataclass(frozen=True)
class ListConversations:
    """List rooms and private conversations, with their numbers."""


@dataclass(frozen=True)
class Clear:
    """Clear the screen."""


@dataclass(frozen=True)
class ClaimName:
    """Register the user's name, with a password that the client asks for."""


@dataclass(frozen=True)
class OtherPassword:
    """Change the user's password; the client asks for the old and the new one."""


Local = FocusOn | TalkTo | Speech | Action | Reply | Ignore | Unignore | Quiet | ListConversations | Clear
"""The commands that only a screen has."""

Scripted = (
    Request | Help | ShowHistory | DeleteMessage | Further | SendFile | GetFile | ClaimName | OtherPassword
)
"""The commands that a script can give."""

Typed = Scripted | Placed
"""The commands that a script can give if it names the room."""
