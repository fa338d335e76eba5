"""What one types: `/join CS350` becomes `Join`, in one table of all commands.

A command is checked here as far as it can be without the server; what is wrong or incomplete is
told with its usage, and never sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from classchat.messages import (
    MOST_HISTORY,
    Command,
    Create,
    History,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Quit,
    Say,
    Search,
    Tell,
)
from classchat.texts import quoted

_EXTENT = re.compile(r"(\d{1,4})([mhd]?)", re.ASCII | re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class CommandError(Exception):
    """What was typed can't be sent; its one argument is the sentence that says why."""


class Help:
    """The one command that asks the server nothing."""


@dataclass(frozen=True)
class Recall:
    """What was said before is to be shown: the last `count` messages, or those of the time since `ago`.

    Without a `name` it is for whoever knows where one talks to say of which room or person.
    """

    name: str = ""
    count: int | None = None
    ago: timedelta | None = None


Typed = Command | Help | Recall


@dataclass(frozen=True)
class Usage:
    """One command: what it is called, what follows it, what it is for, and what it becomes.

    `arguments` are `<needed>` or `[optional]`; the last one takes the rest of the line if it is a
    `<message>`, or `<words>`. `make` gets as many words as `arguments` has, `""` for one that was left out.
    """

    name: str
    arguments: tuple[str, ...]
    help: str
    make: Callable[..., Typed]

    @property
    def synopsis(self) -> str:
        """What one types."""
        return " ".join([self.name, *self.arguments])

    def parse(self, rest: str) -> Typed:
        """Make the command of what was typed behind its name.

        Raises:
            CommandError: something is missing, or there is too much.
        """
        has_message = self.arguments[-1:] in (("<message>",), ("<words>",))
        words = rest.split(None, len(self.arguments) - 1) if has_message else rest.split()
        needed = sum(argument.startswith("<") for argument in self.arguments)
        if not needed <= len(words) <= len(self.arguments):
            raise CommandError(f"Usage: {self.synopsis}")
        return self.make(*words, *[""] * (len(self.arguments) - len(words)))


def _recall(first: str, second: str) -> Recall:
    """Read what follows `/history`: a name, and how many or since when, each of which may be left out.

    Raises:
        CommandError: what should be a number or a time is none.
    """
    name, extent = (first, second) if second or not _EXTENT.fullmatch(first) else ("", first)
    if not extent:
        return Recall(name)
    refusal = CommandError(
        f"'{quoted(extent)}' is neither a number from 1 to {MOST_HISTORY} nor a time such as 30m, 2h or 3d"
    )
    number = _EXTENT.fullmatch(extent)
    if number is None:
        raise refusal
    count, unit = int(number[1]), number[2].lower()
    if unit:
        return Recall(name, ago=timedelta(**{_UNITS[unit]: count}))
    if not 1 <= count <= MOST_HISTORY:
        raise refusal
    return Recall(name, count=count)


FIRST_VERSION = (
    Usage(
        "/private",
        ("<username>", "<message>"),
        "Send private message",
        lambda name, text: Tell(receiver=name, text=text),
    ),
    Usage(
        "/group",
        ("<room_name>", "<message>"),
        "Send group message",
        lambda name, text: Say(receiver=name, text=text),
    ),
    Usage("/create", ("<room_name>",), "Create a chat room", lambda name: Create(receiver=name)),
    Usage("/join", ("<room_name>",), "Join a chat room", lambda name: Join(receiver=name)),
    Usage("/quit", (), "Quit the application", Quit),
)
"""The commands that the banner shows, which every server knows."""

COMMANDS = (
    *FIRST_VERSION[:-1],
    Usage("/leave", ("<room_name>",), "Leave a chat room", lambda name: Leave(receiver=name)),
    Usage("/rooms", (), "List the chat rooms", ListRooms),
    Usage(
        "/users",
        ("[room_name]",),
        "List who is online, or in a room",
        lambda name: ListUsers(receiver=name),
    ),
    Usage("/help", (), "Show this list", Help),
    FIRST_VERSION[-1],
    Usage("/history", ("[room|user]", "[N|2h]"), "Show what was said before", _recall),
    Usage("/search", ("<words>",), "Show where these words were said", lambda words: Search(text=words)),
)
"""All commands, in the order in which /help lists them."""

_TYPED = {
    Tell: "/private",
    Say: "/group",
    Create: "/create",
    Join: "/join",
    Leave: "/leave",
    ListRooms: "/rooms",
    ListUsers: "/users",
    History: "/history",
    Search: "/search",
    Quit: "/quit",
}

_BY_NAME = {usage.name: usage for usage in COMMANDS}


def as_typed(command: Command) -> str:
    """Return a request as one types it, as far as that tells which one it was."""
    name = _TYPED.get(type(command), str(command.__struct_config__.tag))
    return " ".join(filter(None, [name, command.receiver, command.text]))


def parse(line: str) -> Typed:
    """Make a command of a line that was typed.

    Raises:
        CommandError: it is no command, or not all of one.
    """
    name, *rest = line.split(None, 1) or [""]
    if not name.startswith("/"):
        raise CommandError("A command starts with '/': type /help for the list, /group or /private to talk")
    usage = _BY_NAME.get(name.lower())
    if usage is None:
        raise CommandError(f"Unknown command '{quoted(name)}': type /help for the list")
    return usage.parse("".join(rest))
