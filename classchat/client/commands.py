"""What one types: `/join CS350` becomes `Join`, in one table of all commands.

A command is checked here as far as it can be without the server; what is wrong or incomplete is
told with its usage, and never sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from classchat.messages import Command, Create, Join, Leave, ListRooms, ListUsers, Quit, Say, Tell
from classchat.texts import quoted


class CommandError(Exception):
    """What was typed can't be sent; its one argument is the sentence that says why."""


class Help:
    """The one command that asks the server nothing."""


Typed = Command | Help


@dataclass(frozen=True)
class Usage:
    """One command: what it is called, what follows it, what it is for, and what it becomes.

    `arguments` are `<needed>` or `[optional]`; the last one takes the rest of the line if it is a
    `<message>`. `make` gets as many words as `arguments` has, `""` for one that was left out.
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
        has_message = "<message>" in self.arguments
        words = rest.split(None, len(self.arguments) - 1) if has_message else rest.split()
        needed = sum(argument.startswith("<") for argument in self.arguments)
        if not needed <= len(words) <= len(self.arguments):
            raise CommandError(f"Usage: {self.synopsis}")
        return self.make(*words, *[""] * (len(self.arguments) - len(words)))


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
)
"""All commands, in the order in which /help lists them."""

_BY_NAME = {usage.name: usage for usage in COMMANDS}


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
