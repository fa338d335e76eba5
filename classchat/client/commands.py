"""What one types: `/join CS350` becomes `Join`, in one table of all commands.

A command is checked here as far as it can be without the server; what is wrong or incomplete is
told with its usage, and never sent. Help, completion and README's list are made from the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from classchat.client.orders import lasting, with_room
from classchat.messages import (
    MOST_HISTORY,
    Away,
    Back,
    Ban,
    Broadcast,
    ChangePassword,
    Claim,
    Close,
    Command,
    Create,
    Deop,
    History,
    Invite,
    Join,
    Kick,
    Leave,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    Ordering,
    Quit,
    Say,
    Search,
    SetRoom,
    SetTopic,
    Tell,
    Unban,
    Unmute,
)
from classchat.texts import quoted

_EXTENT = re.compile(r"(\d{1,4})([mhd]?)", re.ASCII | re.IGNORECASE)
_KINDS = {
    "<username>": ("user",),
    "[username]": ("user",),
    "<room_name>": ("room",),
    "[room_name]": ("room",),
    "[room]": ("room",),
    "[room|user]": ("room", "user"),
    "[command]": ("command",),
}
_LONGEST_NAME = 20  # characters of what is no command that are compared with those that are
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class CommandError(Exception):
    """What was typed can't be sent; its one argument is the sentence that says why."""


@dataclass(frozen=True)
class Help:
    """The list of commands is to be shown, or what is known of one of them."""

    command: str = ""


@dataclass(frozen=True)
class Recall:
    """What was said before is to be shown: the last `count` messages, or those of the time since `ago`.

    Without a `name` it is for whoever knows where one talks to say of which room or person.
    """

    name: str = ""
    count: int | None = None
    ago: timedelta | None = None


@dataclass(frozen=True)
class FocusOn:
    """Plain text is to go to this room or person; to nobody if there is no name."""

    name: str = ""


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
class Clear:
    """The screen is to be empty."""


@dataclass(frozen=True)
class ClaimName:
    """One's name is to be one's own, with a password that is asked for."""


@dataclass(frozen=True)
class OtherPassword:
    """One's password is to be another one; both are asked for."""


Local = FocusOn | Speech | Action | Reply | Ignore | Unignore | Clear
"""What only makes sense on a screen that knows where one talks."""

Typed = Command | Help | Recall | ClaimName | OtherPassword
"""What makes sense also for a script."""


@dataclass(frozen=True)
class Usage:
    """One command: what it is called, what follows it, what it is for, and what it becomes.

    `arguments` are `<needed>` or `[optional]`; the last one takes the rest of the line if it is a
    `<message>`, `[message]` or `<words>`. `make` gets as many words as `arguments` has, `""` for one that was
    left out.
    """

    name: str
    arguments: tuple[str, ...]
    help: str
    make: Callable[..., Typed | Local]
    aliases: tuple[str, ...] = ()
    screen: bool = False
    """Whether it is only there where there is a screen, not in the line mode."""
    secret: bool = False
    """Whether what follows it is not to be kept between runs."""

    @property
    def synopsis(self) -> str:
        """What one types."""
        return " ".join([self.name, *self.arguments])

    def completes(self, position: int) -> Sequence[str]:
        """Return of which kinds the argument at a position may be: `user`, `room`, `command`."""
        if position >= len(self.arguments):
            return ()
        kinds = _KINDS.get(self.arguments[position], ())
        if self.arguments[position : position + 2] == ("[room]", "<username>"):
            return (*kinds, "user")  # the room may be left out
        return kinds

    def parse(self, rest: str) -> Typed | Local:
        """Make the command of what was typed behind its name.

        Raises:
            CommandError: something is missing, or there is too much.
        """
        has_message = self.arguments[-1:] in (("<message>",), ("[message]",), ("<words>",), ("[text]",))
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


def _about(kind: type[Kick | Unban | Unmute | Op | Deop | Invite]) -> Callable[..., Command]:
    """Return what reads `[room] <user>`."""
    return lambda first, second: kind(receiver=first if second else "", user=second or first)


def _keeping_out(kind: type[Ban | Mute]) -> Callable[..., Command]:
    """Return what reads `[room] <user> [30m]`."""

    def read(first: str, second: str, third: str) -> Command:
        command = lasting(kind, first, second, third)
        if command is None:
            raise CommandError(f"'{quoted(third)}' is no time such as 30s, 30m, 2h or 7d, of a year at most")
        return command

    return read


def _set_room(first: str, second: str) -> Command:
    return SetRoom(receiver=first if second else "", text=second or first)


FIRST_VERSION = (
    Usage(
        "/private",
        ("<username>", "<message>"),
        "Send private message",
        lambda name, text: Tell(receiver=name, text=text),
        ("/msg",),
        secret=True,
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

_ORDER = (
    Usage(
        "/topic",
        ("[room]", "[text]"),
        "Say what a room is about; without text, nothing",
        lambda first, rest: SetTopic(text=f"{first} {rest}".strip()),
    ),
    Usage("/kick", ("[room]", "<username>"), "Put somebody out of a room", _about(Kick)),
    Usage(
        "/ban",
        ("[room]", "<username>", "[30m]"),
        "Put somebody out, and let him not in, for a time or for ever",
        _keeping_out(Ban),
    ),
    Usage("/unban", ("[room]", "<username>"), "Let him in again", _about(Unban)),
    Usage(
        "/mute",
        ("[room]", "<username>", "[30m]"),
        "Let somebody not speak in a room, for a time or for ever",
        _keeping_out(Mute),
    ),
    Usage("/unmute", ("[room]", "<username>"), "Let him speak again", _about(Unmute)),
    Usage("/op", ("[room]", "<username>"), "Make somebody a moderator of a room", _about(Op)),
    Usage("/deop", ("[room]", "<username>"), "Let him be one no more", _about(Deop)),
    Usage("/invite", ("[room]", "<username>"), "Let somebody into a private room", _about(Invite)),
    Usage("/room", ("[room]", "<kind>"), "Make a room private, open, announce or talk", _set_room),
    Usage(
        "/close",
        ("[room]",),
        "Put everybody out of a room, and let nobody in",
        lambda name: Close(receiver=name),
    ),
    Usage(
        "/broadcast",
        ("<message>",),
        "Tell everybody on the server something",
        lambda text: Broadcast(text=text),
    ),
)
"""The commands of moderators and operators."""

COMMANDS = (
    *FIRST_VERSION[:-1],
    Usage("/leave", ("<room_name>",), "Leave a chat room", lambda name: Leave(receiver=name)),
    Usage("/rooms", (), "List the chat rooms", ListRooms),
    Usage(
        "/users",
        ("[room_name]",),
        "List who is online, or in a room",
        lambda name: ListUsers(receiver=name),
        ("/who",),
    ),
    *_ORDER,
    Usage("/claim", (), "Let your name be yours, with a password", ClaimName, secret=True),
    Usage("/password", (), "Change your password", OtherPassword, secret=True),
    Usage("/away", ("[message]",), "Say that you are not here", lambda text: Away(text=text)),
    Usage("/back", (), "Say that you are here again", Back),
    Usage("/help", ("[command]",), "Show this list", Help),
    FIRST_VERSION[-1],
    Usage("/history", ("[room|user]", "[N|2h]"), "Show what was said before", _recall),
    Usage("/search", ("<words>",), "Show where these words were said", lambda words: Search(text=words)),
)
"""All commands of the line mode, in the order in which /help lists them."""

SCREEN_COMMANDS = (
    *COMMANDS[:-3],
    Usage("/focus", ("[room|user]",), "Say where plain text goes; alone: nowhere", FocusOn, screen=True),
    Usage("/reply", ("<message>",), "Tell who told you something last", Reply, ("/r",), True, True),
    Usage("/me", ("<message>",), "Say what you are doing", Action, screen=True),
    Usage("/ignore", ("[username]",), "Show nothing of a person; alone: list them", Ignore, (), True, True),
    Usage("/unignore", ("<username>",), "Show a person's messages again", Unignore, (), True, True),
    Usage("/clear", (), "Empty the screen", Clear, screen=True),
    *COMMANDS[-2:],
    COMMANDS[-3],
)
"""All commands of the screen, in the order in which /help lists them there."""

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
    Claim: "/claim",
    ChangePassword: "/password",
    Away: "/away",
    Back: "/back",
    Quit: "/quit",
}


def _by_name(commands: Sequence[Usage]) -> dict[str, Usage]:
    return {name: usage for usage in commands for name in (usage.name, *usage.aliases)}


_BY_NAME = _by_name(COMMANDS)
_ON_SCREEN = _by_name(SCREEN_COMMANDS)


def as_typed(command: Command) -> str:
    """Return a request as one types it, as far as that tells which one it was, and nobody a password."""
    if isinstance(command, Claim | ChangePassword):
        return _TYPED[type(command)]
    tag = str(command.__struct_config__.tag)
    name = _TYPED.get(type(command), f"/{tag}" if isinstance(command, Ordering) else tag)
    return " ".join(filter(None, [name, command.receiver, getattr(command, "user", ""), command.text]))


def usage_of(name: str) -> Usage:
    """Return what is known of a command, with or without its slash.

    Raises:
        CommandError: there is none of that name.
    """
    return _usage(f"/{name.removeprefix('/')}", _ON_SCREEN)


def is_secret(line: str) -> bool:
    """Tell whether a command is not to be kept between runs; one that nobody knows may be a slip for such."""
    name, *_ = line.split(None, 1)
    usage = _ON_SCREEN.get(name.lower())
    return usage is None or usage.secret


def parse(line: str) -> Typed:
    """Make a command of a line that was typed.

    Raises:
        CommandError: it is no command, or not all of one.
    """
    name, *rest = line.split(None, 1) or [""]
    if not name.startswith("/"):
        raise CommandError("A command starts with '/': type /help for the list, /group or /private to talk")
    usage = _ON_SCREEN.get(name.lower()) or _usage(name, _BY_NAME)
    typed = usage.parse("".join(rest))
    if isinstance(typed, Local):
        raise CommandError(f"'{usage.name}' is only there on the screen: in a terminal, without --plain")
    return typed if isinstance(typed, Help | Recall | ClaimName | OtherPassword) else in_room(typed, None)


def in_room(command: Command, focus: str | None) -> Command:
    """Let what is about a room be about the one that one talks in, where none was named.

    Raises:
        CommandError: one talks in none.
    """
    placed = with_room(command, focus)
    if placed is None:
        usage = usage_of(str(command.__struct_config__.tag))
        raise CommandError(f"Which room? Usage: {usage.synopsis.replace('[room]', '<room>')}")
    return placed


def parse_on_screen(text: str) -> Typed | Local:
    """Make a command, or something to say, of what was typed where there is a screen.

    `//` says a slash; what does not begin with one is said as it is, blanks and line breaks included. A blank
    before the slash of a single line is a slip, and must not say to a room what was for one person.

    Raises:
        CommandError: it is no command, or not all of one.
    """
    line = text if "\n" in text else text.lstrip()
    if line.startswith("//"):
        return Speech(line[1:])
    if not line.startswith("/"):
        return Speech(text)
    name, *rest = line.split(None, 1)
    usage = _usage(name, _ON_SCREEN)
    return usage.parse(_without_at("".join(rest)) if usage.completes(0) == ("user",) else "".join(rest))


def _without_at(rest: str) -> str:
    """Let people write a name as the prompt shows it."""
    return rest.removeprefix("@") if rest[1:2].strip() else rest


def _usage(name: str, table: dict[str, Usage]) -> Usage:
    usage = table.get(name.lower())
    if usage is not None:
        return usage
    near = get_close_matches(name[:_LONGEST_NAME].lower(), table, n=1)
    question = f", did you mean {near[0]}?" if near else ":"
    then = "Type" if near else "type"
    raise CommandError(f"Unknown command '{quoted(name)}'{question} {then} /help for the list")
