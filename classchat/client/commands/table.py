"""What one types: `/join CS350` becomes `Join`, in one table of all commands.

A command is checked here as far as it can be without the server; what is wrong or incomplete is
told with its usage, and never sent. Help, completion and README's list are made from the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from classchat.client.commands import targets
from classchat.client.commands.other_names import INSTEAD
from classchat.client.commands.past import read_history, read_search, search_as_typed
from classchat.client.commands.typed import (
    NOWHERE,
    Action,
    Asked,
    ClaimName,
    Clear,
    CommandError,
    FocusOn,
    Help,
    Ignore,
    ListConversations,
    Local,
    OtherPassword,
    Placed,
    Quiet,
    Reply,
    Speech,
    TalkTo,
    Typed,
    Unignore,
)
from classchat.client.commands.usage import Usage
from classchat.messages import (
    Away,
    Back,
    Ban,
    Broadcast,
    ChangePassword,
    Claim,
    Command,
    Create,
    Deop,
    History,
    Invite,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    Ordering,
    Quit,
    Say,
    Search,
    SetTopic,
    Tell,
    Unban,
    Unmute,
)
from classchat.texts import quoted

_SHORTEST_NAME = 2  # characters: those that short are neither offered nor taken for what was meant
_LONGEST_NAME = 20  # characters of what is no command that are compared with those that are


FIRST_VERSION = (
    Usage(
        "/private",
        ("<username>", "<message>"),
        "Send private message",
        lambda name, text: Tell(receiver=name, text=text),
        ("/msg", "/dm", "/w", "/whisper", "/tell", "/pm", "/m"),
        secret=True,
    ),
    Usage(
        "/group",
        ("<room_name>", "<message>"),
        "Send group message",
        lambda name, text: Say(receiver=name, text=text),
    ),
    Usage("/create", ("<room_name>",), "Create a chat room", lambda name: Create(receiver=name)),
    Usage("/join", ("<room_name>",), "Join a chat room", lambda name: Join(receiver=name), ("/j",)),
    Usage("/quit", (), "Quit the application", Quit, ("/exit", "/bye", "/signoff", "/logout")),
)
"""The commands that the banner shows, which every server knows."""


def _about(kind: type[Unban | Unmute | Op | Deop | Invite], name: str, help: str) -> Usage:
    arguments = ("[room]", "<username>")
    read = targets.about_user(kind, " ".join((name, *arguments)))
    return Usage(name, arguments, help, targets.placed(read), placed=True)


def _keeping_out(kind: type[Ban | Mute], name: str, help: str) -> Usage:
    arguments = ("[room]", "<username>", "[30m]", "[reason]")
    read = targets.keeping_out(kind, " ".join((name, *arguments)))
    return Usage(name, arguments, help, targets.placed(read), placed=True)


_ORDER = (
    Usage(
        "/topic",
        ("[room]", "[text]"),
        "Show what a room is about, or set it; - removes it",
        targets.placed(targets.read_topic),
        ("/t",),
        placed=True,
    ),
    Usage(
        "/kick",
        ("[room]", "<username>", "[reason]"),
        "Put somebody out of a room",
        targets.placed(targets.read_kick),
        ("/k",),
        placed=True,
    ),
    _keeping_out(Ban, "/ban", "Put somebody out and keep them out, for a time or for ever"),
    _about(Unban, "/unban", "Let somebody in again"),
    _keeping_out(Mute, "/mute", "Stop somebody from speaking in a room, for a time or for ever"),
    _about(Unmute, "/unmute", "Let somebody speak again"),
    _about(Op, "/op", "Make somebody a moderator of a room"),
    _about(Deop, "/deop", "Make a moderator an ordinary member again"),
    _about(Invite, "/invite", "Let somebody into a private room"),
    Usage(
        "/room",
        ("[room]", "<kind>"),
        "Make a room private, open, announce or talk",
        targets.placed(targets.read_room),
        placed=True,
    ),
    Usage(
        "/close",
        ("[room]",),
        "Put everybody out of a room, and let nobody in",
        targets.placed(targets.read_close),
        placed=True,
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
    Usage(
        "/leave",
        ("[room]",),
        "Leave a chat room",
        targets.placed(targets.read_leave),
        ("/part",),
        placed=True,
    ),
    Usage("/rooms", (), "List the chat rooms", ListRooms, ("/list", "/channels")),
    Usage(
        "/users",
        ("[room|user|*]",),
        "List who is in a room, or online (*), or show one person",
        targets.placed(targets.read_users),
        ("/who", "/names", "/n", "/members"),
        placed=True,
    ),
    Usage(
        "/whois",
        ("<username>",),
        "Show whether somebody is online",
        lambda name: ListUsers(user=name),
    ),
    *_ORDER,
    Usage("/claim", (), "Make your name yours, with a password", ClaimName, secret=True),
    Usage("/password", (), "Change your password", OtherPassword, secret=True),
    Usage("/away", ("[message]",), "Say that you are not here", lambda text: Away(text=text), ("/afk",)),
    Usage("/back", (), "Say that you are here again", Back),
    Usage("/help", ("[command]",), "Show this list", Help, ("/h", "/?", "/commands")),
    FIRST_VERSION[-1],
    Usage(
        "/history",
        ("[room|user]", "[N|2h]"),
        "Show what was said before; more: the next page",
        read_history,
    ),
    Usage(
        "/search",
        ("<words>",),
        "Show where these words were said; also from:NAME, in:NAME; more: the next page",
        read_search,
        ("/find", "/grep"),
    ),
)
"""All commands of the line mode, in the order in which /help lists them."""


def _quiet(first: str, second: str) -> Quiet:
    """Read `[room|*] [off]`.

    Raises:
        CommandError: the second word is another one.
    """
    if not second and first.lower() in ("on", "off"):
        first, second = "", first
    if second.lower() not in ("", "on", "off"):
        raise CommandError("Usage: /quiet [room|*] [off]")
    room = targets.EVERYBODY if first.lower() == "all" else first.removeprefix("#")
    return Quiet(room, off=second.lower() == "off")


SCREEN_COMMANDS = (
    *COMMANDS[:-3],
    Usage(
        "/focus",
        ("[room|user|N]",),
        "Say where plain text goes; alone: nowhere",
        FocusOn,
        ("/switch", "/goto", "/buffer", "/window"),
        screen=True,
    ),
    Usage(
        "/query",
        ("<username>", "[message]"),
        "Talk to a person from now on",
        TalkTo,
        screen=True,
        secret=True,
    ),
    Usage(
        "/conversations",
        (),
        "List rooms and people you talk with, by number",
        ListConversations,
        ("/chats", "/buffers", "/windows"),
        screen=True,
    ),
    Usage("/reply", ("<message>",), "Tell who told you something last", Reply, ("/r",), True, True),
    Usage("/me", ("<message>",), "Say what you are doing", Action, ("/action", "/emote"), screen=True),
    Usage("/say", ("<message>",), "Say something, also with a slash before it", Speech, screen=True),
    Usage(
        "/ignore",
        ("[username]",),
        "Show nothing of a person; alone: list them",
        Ignore,
        ("/block",),
        True,
        True,
    ),
    Usage(
        "/unignore", ("<username>",), "Show a person's messages again", Unignore, ("/unblock",), True, True
    ),
    Usage(
        "/quiet",
        ("[room|*]", "[off]"),
        "Show no longer who comes and goes; off: show it again",
        _quiet,
        screen=True,
    ),
    Usage("/clear", (), "Empty the screen", Clear, ("/cls",), screen=True),
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
    if isinstance(command, Search):
        return search_as_typed(command)
    if isinstance(command, ListRooms) and command.room:
        return f"/topic {command.room}"
    if isinstance(command, SetTopic) and not command.text:
        return f"/topic {command.receiver} {targets.NOTHING}"
    if isinstance(command, ListUsers) and command.user:
        return f"/users @{command.user}"
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


def may_hold_password(line: str) -> bool:
    """Return whether a line may be one of those that ask for a password, with the password behind it."""
    name, *_ = line.split(None, 1) or [""]
    return bool(get_close_matches(name.lower(), ("/claim", "/password"), cutoff=0.6))


def parse(line: str) -> Asked:
    """Make a command of a line that was typed where there is no screen.

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
    return typed.at(NOWHERE) if isinstance(typed, Placed) else typed


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
    return _usage(name, _ON_SCREEN).parse("".join(rest))


def _usage(name: str, table: dict[str, Usage]) -> Usage:
    usage = table.get(name.lower())
    if usage is not None:
        return usage
    if name.lower() in INSTEAD:
        raise CommandError(f"There is no '{name.lower()}': {INSTEAD[name.lower()]}")
    names = [known for known in table if len(known) > _SHORTEST_NAME]
    near = get_close_matches(name[:_LONGEST_NAME].lower(), names, n=1)
    question = f", did you mean {near[0]}?" if near else ":"
    then = "Type" if near else "type"
    raise CommandError(f"Unknown command '{quoted(name)}'{question} {then} /help for the list")
