"""What one types, as values: the requests that a script can make, and what only a screen can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from classchat.messages import Command, History, Search


class CommandError(Exception):
    """What was typed can't be sent; its one argument is the sentence that says why."""


@dataclass(frozen=True)
class Whereabouts:
    """Where one talks, and which names are known: it decides which room a command is about."""

    focus: str | None = None
    """The room that plain text goes to, if it goes to one."""
    is_room: Callable[[str], bool] = lambda _: False
    is_user: Callable[[str], bool] = lambda _: False


NOWHERE = Whereabouts()
"""Where a script is: it names each room."""


@dataclass(frozen=True)
class Placed:
    """A command whose room may be left out: which one is meant is decided when the command is carried out."""

    read: Callable[[Whereabouts, tuple[str, ...]], Command]
    words: tuple[str, ...]

    def at(self, where: Whereabouts) -> Command:
        """Return the request.

        Raises:
            CommandError: no room is named and none has the focus, or a word can't be what it should be.
        """
        return self.read(where, self.words)


@dataclass(frozen=True)
class Help:
    """The list of commands is to be shown, or what is known of one of them."""

    command: str = ""


@dataclass(frozen=True)
class ShowHistory:
    """What was said before is to be shown: the last `count` messages, or those of the time since `ago`.

    Without a `name` it is for whoever knows where one talks to say of which room or person; `@name` is
    always a person.
    """

    name: str = ""
    count: int | None = None
    ago: timedelta | None = None


@dataclass(frozen=True)
class Further:
    """The next page is to be shown of what was asked for last: of a history, or of a search."""

    kind: type[History | Search]


@dataclass(frozen=True)
class FocusOn:
    """Plain text is to go to this room or person; to nobody if there is no name."""

    name: str = ""


@dataclass(frozen=True)
class TalkTo:
    """Plain text is to go to this person, and this text at once, if there is one."""

    name: str
    text: str = ""


@dataclass(frozen=True)
class Speech:
    """A text is to go where plain text goes."""

    text: str


@dataclass(frozen=True)
class Action:
    """Where plain text goes is to be told what one does."""

    text: str


@dataclass(frozen=True)
class Reply:
    """Who told us something last is to be told this."""

    text: str


@dataclass(frozen=True)
class Ignore:
    """What this person says is not to be shown; without a name, who is ignored is to be listed."""

    name: str = ""


@dataclass(frozen=True)
class Unignore:
    """What this person says is to be shown again."""

    name: str


@dataclass(frozen=True)
class Quiet:
    """Who comes and goes is not to be shown, in a room, or in the one that has the focus; or it is again."""

    room: str = ""
    off: bool = False


@dataclass(frozen=True)
class ListConversations:
    """The rooms and people one talks with are to be listed, with their numbers."""


@dataclass(frozen=True)
class Clear:
    """The screen is to be empty."""


@dataclass(frozen=True)
class ClaimName:
    """One's name is to be one's own, with a password that is asked for."""


@dataclass(frozen=True)
class OtherPassword:
    """One's password is to be another one; both are asked for."""


Local = FocusOn | TalkTo | Speech | Action | Reply | Ignore | Unignore | Quiet | ListConversations | Clear
"""What only makes sense on a screen that knows where one talks."""

Scripted = Command | Help | ShowHistory | Further | ClaimName | OtherPassword
"""What a script asks for."""

Typed = Scripted | Placed
"""What makes sense also for a script, once it is known which room is meant."""
