"""What one types: `/join CS350` becomes `Join`, in one table of all commands.

A command is checked here as far as it can be without the server; what is wrong or incomplete is
told with its usage, and never sent. Help, completion and README's list are made from the table.
"""

from __future__ import annotations

from classchat.client.commands import targets
from classchat.client.commands.past import read_history, read_search
from classchat.client.commands.typed import (
    Action,
    ClaimName,
    Clear,
    CommandError,
    FocusOn,
    Help,
    Ignore,
    ListConversations,
    OtherPassword,
    Quiet,
    Reply,
    Speech,
    TalkTo,
    Unignore,
)
from classchat.client.commands.usage import Usage
from classchat.messages import (
    Away,
    Back,
    Ban,
    Broadcast,
    Create,
    Deop,
    Invite,
    Join,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    Quit,
    Say,
    Tell,
    Unban,
    Unmute,
)

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
