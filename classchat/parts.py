"""The commands of `classchat`: what each is called, what it is for, and where its code is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from classchat.commandline import Line


@dataclass(frozen=True)
class Part:
    """One command: its summary for help, and the place of its code or its subcommands."""

    summary: str
    place: str = ""
    """The module, and the name of its `Line` or of the table of lines; imported on use."""
    about: str = ""
    parts: Mapping[str, Part] = field(default_factory=dict)

    def line(self, name: str) -> Line:
        """Return the command, which is called `name` in its table; import its module."""
        module, _, attribute = self.place.partition(":")
        found: Any = getattr(import_module(module), attribute)
        line: Line = found[name] if attribute == "LINES" else found
        return line


_ADMIN = "classchat.admin:LINES"
_RUNNING = "classchat.admin_running:LINES"
_CONFIG = "classchat.config:LINES"
_JOURNAL = "classchat.journal.command:LINES"
_PERSON = "classchat.person:LINES"
_ROSTER = "classchat.roster:LINES"

PARTS = {
    "serve": Part("Run a server", "classchat.serve:LINE"),
    "status": Part("Show the state of a running server", "classchat.status:LINE"),
    "invite": Part("Show the link to a room, with its QR code", "classchat.invite:LINE"),
    "send": Part("Send one message, or files, to a room or a user", "classchat.client.send:LINE"),
    "forget": Part("Forget the certificate of a server", "classchat.client.forget:LINE"),
    "export": Part("Export a room's messages as a document", "classchat.export:LINE"),
    "admin": Part(
        "Manage accounts, operators and rooms",
        about="Manages accounts, operators and rooms, whether the server is running or not. From 'kick' on, "
        "the commands act on the running server.",
        parts={
            "audit": Part("Show the audit log: who did what", _ADMIN),
            "accounts": Part("List the registered names", _ADMIN),
            "rooms": Part("List the rooms with their settings, moderators and bans", _ADMIN),
            "operator": Part("Add or remove an operator", _ADMIN),
            "password": Part("Change the password of a registered name", _ADMIN),
            "claim": Part("Register a name for a user", _ADMIN),
            "release": Part("Release a registered name", _ADMIN),
            "webhook": Part("Let programs post into a room", "classchat.webhook_command:LINE"),
            "kick": Part("Remove a user from a room of the running server", _RUNNING),
            "ban": Part("Ban a user from a room", _RUNNING),
            "unban": Part("End a ban", _RUNNING),
            "mute": Part("Mute a user in a room", _RUNNING),
            "unmute": Part("End a mute", _RUNNING),
            "broadcast": Part("Tell all users something", _RUNNING),
            "limits": Part("Show or set limits of the running server", _RUNNING),
            "log-level": Part("Show or set what the running server logs", _RUNNING),
            "reload": Part("Have the running server read its options again", _RUNNING),
        },
    ),
    "roster": Part(
        "Import the students of a course, and invite them",
        about="Keeps the list of the course's students, whether the server is running or not.",
        parts={
            "import": Part("Add and update the students of a file", _ROSTER),
            "list": Part("List the students", _ROSTER),
            "invite": Part("Make join codes for students to register with", _ROSTER),
            "remove": Part("Mark a student as having left", _ROSTER),
            "link": Part("Connect a student with a registered name", _ROSTER),
        },
    ),
    "person": Part(
        "Export or erase what is kept about one person",
        about="Exports or erases what the server's file has about one person.",
        parts={
            "export": Part("Write all that is kept about a person", _PERSON),
            "erase": Part("Erase a person: the name becomes 'former student 12'", _PERSON),
        },
    ),
    "journal": Part(
        "Check or compact the server's journal",
        about="Checks, copies or compacts the journal, which holds a server's data.",
        parts={
            "check": Part("Check the journal for damage", _JOURNAL),
            "info": Part("Show what the journal holds", _JOURNAL),
            "copy": Part("Copy the journal into a database, or back into a file", _JOURNAL),
            "vacuum": Part("Return unused space to the disk", _JOURNAL),
        },
    ),
    "config": Part(
        "Check a configuration file, or show one",
        about="Checks a configuration file of the server, or shows one with all options.",
        parts={
            "check": Part("Check a file, and show which values hold", _CONFIG),
            "example": Part("Print a file with all options and their defaults", _CONFIG),
        },
    ),
    "completion": Part(
        "Print the script by which a shell completes commands", "classchat.shell_completion:LINE"
    ),
    "man": Part("Print the manual page", "classchat.manual:LINE"),
    "help": Part("Show the help of a command", "classchat.cli:HELP"),
    "version": Part("Show the version", "classchat.cli:VERSION"),
}
"""Every command except the client, which runs if no command is named."""

CLIENT = Part("Join a server", "classchat.client.main:LINE")
"""The client, which runs if no command is named."""


def lines(parts: Mapping[str, Part]) -> Iterator[Line]:
    """Yield all commands of a table that have options, at any depth; import their modules."""
    for name, part in parts.items():
        if part.parts:
            yield from lines(part.parts)
        else:
            yield part.line(name)
