"""The table of all commands that users type: `/join CS350` becomes `Join`.

A command is checked here as far as possible without the server; a wrong or incomplete one is refused with
its usage, and never sent. Help and completion are made from the table.
"""

from __future__ import annotations

from classchat.client.commands import targets
from classchat.client.commands.class_table import CLASS_COMMANDS
from classchat.client.commands.deleting import read_delete
from classchat.client.commands.past import read_history, read_search
from classchat.client.commands.paths import read_send
from classchat.client.commands.typed import (
    Action,
    ClaimName,
    Clear,
    CommandError,
    FocusOn,
    GetFile,
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
    Assist,
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
    Rename,
    Say,
    Tell,
    Unassist,
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


def _about(
    kind: type[Unban | Unmute | Op | Deop | Assist | Unassist | Invite], name: str, help: str
) -> Usage:
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
        "Show or set the topic; - removes it",
        targets.placed(targets.read_topic),
        ("/t",),
        placed=True,
    ),
    Usage(
        "/kick",
        ("[room]", "<username>", "[reason]"),
        "Remove a user from the room",
        targets.placed(targets.read_kick),
        ("/k",),
        placed=True,
    ),
    _keeping_out(Ban, "/ban", "Ban a user from the room (30m; default: forever)"),
    _about(Unban, "/unban", "Lift a ban"),
    _keeping_out(Mute, "/mute", "Mute a user in the room (30m; default: forever)"),
    _about(Unmute, "/unmute", "Lift a mute"),
    _about(Op, "/op", "Make a user a moderator of the room"),
    _about(Deop, "/deop", "Remove a moderator, who stays a member"),
    _about(Assist, "/assist", "Make a user an assistant of the room"),
    _about(Unassist, "/unassist", "Remove an assistant, who stays a member"),
    _about(Invite, "/invite", "Invite a user to a private room"),
    Usage(
        "/room",
        ("[room]", "<kind>", "[30s]"),
        "Set who may join (private, open) or speak (announce, questions, slow 30s, exam, talk)",
        targets.placed(targets.read_room),
        placed=True,
        words=("private", "open", "announce", "talk", "questions", "slow", "exam"),
    ),
    Usage(
        "/close",
        ("[room]",),
        "Close a room: remove all members, and refuse new ones",
        targets.placed(targets.read_close),
        placed=True,
    ),
    Usage(
        "/broadcast",
        ("<message>",),
        "Send a message to all users on the server",
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
        "List the users in a room, or on the server (*), or show one user",
        targets.placed(targets.read_users),
        ("/who", "/names", "/n", "/members"),
        placed=True,
    ),
    Usage(
        "/whois",
        ("<username>",),
        "Show whether a user is online",
        lambda name: ListUsers(user=name),
    ),
    Usage(
        "/send",
        ("<file>", "[room|user]"),
        "Share a file with a room or a user",
        read_send,
        ("/upload", "/share"),
        secret=True,
        whole=True,
        offers=("room", "user"),
    ),
    Usage(
        "/get",
        ("[number|name]",),
        "Download a shared file into this directory; alone: the newest",
        GetFile,
        ("/download",),
        whole=True,
        offers=("file",),
    ),
    *_ORDER,
    Usage(
        "/delete",
        ("[room|user]", "[number|@user]"),
        "Delete your latest message, or another one by its number",
        read_delete,
        ("/del", "/unsend"),
    ),
    *CLASS_COMMANDS,
    Usage("/claim", (), "Register your name with a password", ClaimName, secret=True),
    Usage("/password", (), "Change your password", OtherPassword, secret=True),
    Usage(
        "/nick",
        ("<name>",),
        "Change your name, unless it is registered",
        lambda name: Rename(text=name),
        ("/name", "/rename"),
    ),
    Usage("/away", ("[message]",), "Mark yourself as away", lambda text: Away(text=text), ("/afk",)),
    Usage("/back", (), "Mark yourself as back", Back),
    Usage(
        "/help", ("[command]",), "Show this list, or the help of one command", Help, ("/h", "/?", "/commands")
    ),
    FIRST_VERSION[-1],
    Usage(
        "/history",
        ("[room|user]", "[N|2h]"),
        "Show earlier messages; more: the next page",
        read_history,
    ),
    Usage(
        "/search",
        ("<words>",),
        "Search messages; also from:NAME, in:NAME; more: the next page",
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
        "Choose the room or user to talk to; alone: none",
        FocusOn,
        ("/switch", "/goto", "/buffer", "/window"),
        screen=True,
    ),
    Usage(
        "/query",
        ("<username>", "[message]"),
        "Choose a user to talk to, and send them a message",
        TalkTo,
        screen=True,
        secret=True,
    ),
    Usage(
        "/conversations",
        (),
        "List your rooms and private conversations, by number",
        ListConversations,
        ("/chats", "/buffers", "/windows"),
        screen=True,
    ),
    Usage("/reply", ("<message>",), "Reply to the last private message", Reply, ("/r",), True, True),
    Usage("/me", ("<message>",), "Say what you are doing", Action, ("/action", "/emote"), screen=True),
    Usage("/say", ("<message>",), "Send text, even if it starts with a slash", Speech, screen=True),
    Usage(
        "/ignore",
        ("[username]",),
        "Hide a user's messages; alone: list hidden users",
        Ignore,
        ("/block",),
        True,
        True,
    ),
    Usage("/unignore", ("<username>",), "Show a user's messages again", Unignore, ("/unblock",), True, True),
    Usage(
        "/quiet",
        ("[room|*]", "[off]"),
        "Hide joins and leaves; off: show them again",
        _quiet,
        screen=True,
    ),
    Usage("/clear", (), "Clear the screen", Clear, ("/cls",), screen=True),
    *COMMANDS[-2:],
    COMMANDS[-3],
)
"""All commands of the screen, in the order in which /help lists them there."""
