"""Events as the lines that users see, to the letter of docs/protocol.md.

Texts of other users are harmless to a terminal when they leave this module, and the further lines of a text
can't be taken for a line of the client: those begin with `[`, these with a space.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import assert_never

from classchat.client.commands.as_typed import as_typed
from classchat.client.commands.table import COMMANDS, FIRST_VERSION
from classchat.client.commands.usage import Usage
from classchat.client.display.stranger import shown, shown_name
from classchat.client.link.happenings import happening_of
from classchat.client.spelling import name_key, room_key
from classchat.errors import RoomNotFound
from classchat.messages import Error, Event, Group, History, Private, Say, Search, Success, Tell
from classchat.names import SERVER
from classchat.request import Request
from classchat.texts import counted

_RULE = "=" * 60
_WIDTH = 29  # columns of a command in the list, as in the first version; a longer one has its help below it
_COLUMNS = 79  # columns of the list: the narrowest usual terminal
_LONGEST_SAID = 10_000  # characters; no server takes more
_LONGEST_TYPED = 80  # characters of a request that is repeated
_MOST_LISTED = 5  # rooms


def line_of(event: Event) -> str:
    """Return an event as a line."""
    text = body(event.text)
    sender, receiver = shown_name(event.sender), shown_name(event.receiver)
    match event:
        case Success():
            return success(event.text)
        case Error():
            return error(event.text)
        case Private(sender="SERVER", event="renamed" | "deleted"):
            return f"[SERVER] {text}"
        case Private(sender="SERVER") if event.about is not None:
            return f"[SERVER] {text}"
        case Private():
            return f"[Private from {sender}] {text}"
        case Group():
            if event.sender == SERVER:
                return f"[{receiver}] {_presence(event) or text}"
            return f"[{receiver} - {sender}] {text}"
        case _:
            assert_never(event)


def _presence(event: Group) -> str:
    """Return that a member is offline, or back: for older clients the text says that they left, or joined."""
    told = happening_of(event)
    if told is None or told.event not in ("offline", "online") or told.user is None:
        return ""
    return f"{shown_name(told.user)} is {'offline' if told.event == 'offline' else 'online again'}"


def heard(event: Event, me: str) -> str:
    """Return an event as a line for `me`: messages from the user's other devices are shown as their own."""
    if isinstance(event, Private) and name_key(event.sender) == name_key(me) != name_key(event.receiver):
        return f"[Private to {shown_name(event.receiver)}] {body(event.text)}"
    return line_of(event)


def replayed(event: Group | Private, me: str, now: datetime) -> str:
    """Return an earlier message as a line with its time, in the time zone of `now`."""
    line = heard(event, me)
    when = _when(event.time or "", now)
    if not when:
        return line
    head, _, text = line.partition("] ")
    return f"{head}] ({when}) {text}"


def success(text: str) -> str:
    """Return a line about success."""
    return f"[SUCCESS] {body(text)}"


def error(text: str) -> str:
    """Return a line about an error."""
    return f"[ERROR] {body(text)}"


def connected(where: str) -> str:
    """Return the line about a new connection."""
    return f"[CLIENT] Connected to server at {where}"


def disconnected() -> str:
    """Return the line about the end of the connection."""
    return "[CLIENT] Disconnected from server"


def dropped(where: str) -> str:
    """Return the line about a lost connection."""
    return f"[CLIENT] {sentence_of_loss(where)}"


def sentence_of_loss(where: str) -> str:
    """Return the sentence about a lost connection."""
    return f"Connection lost: reconnecting to {where}"


def returned(where: str, rooms: Sequence[str], again: int) -> str:
    """Return the line about a restored connection."""
    return f"[CLIENT] {sentence_of_return(where, rooms, again)}"


def sentence_of_return(where: str, rooms: Sequence[str], again: int) -> str:
    """Return the sentence about a restored connection."""
    parts = []
    if rooms:
        parts.append(f"back in {_listed(rooms)}")
    if again:
        parts.append(f"{counted(again, 'request')} sent again")
    return f"Reconnected to {where}{': ' if parts else ''}{', '.join(parts)}"


def in_rooms(rooms: Sequence[str]) -> str:
    """Return the line about the rooms that the user is in after signing in."""
    return f"[CLIENT] You are in {_listed(rooms)}"


def rooms_there(answer: Success) -> str:
    """Return the line that lists rooms for a newcomer."""
    names = [room.name for room in answer.rooms or ()]
    return f"[CLIENT] Rooms: {_listed(names)}. To join one: /join <room_name>. Details: /rooms"


def not_back(room: str, answer: Error) -> str:
    """Return the line about a room that the user is no longer in."""
    return f"[CLIENT] You are no longer in {shown_name(room)}: {body(answer.text)}"


def missed_in(room: str, missed: int | None) -> str:
    """Return the line about missed messages in a room."""
    name = shown_name(room)
    if missed is None:
        return f"[{name}] Messages may be missing here. To read them: /history {name}"
    return f"[{name}] {counted(missed, 'message')} missed here. To read them: /history {name}"


def missed_private(missed: int | None) -> str:
    """Return the line about missed private messages."""
    what = "Private messages may have been" if missed is None else counted(missed, "private message")
    return f"[CLIENT] {what} missed. To read them: /history <username>"


def missed_anywhere(missed: int | None) -> str:
    """Return the line about missed messages, private or in a room."""
    what = "Messages may have been" if missed is None else counted(missed, "message")
    return f"[CLIENT] {what} missed. To read them: /history <room|user>"


def unconfirmed(command: Request) -> str:
    """Return the line that marks a request whose outcome is unknown."""
    return f"[CLIENT] Not confirmed: {_again(command)}"


def not_sent(command: Request) -> str:
    """Return the line that marks a request that was not sent, or was refused."""
    return f"[CLIENT] Not sent: {_again(command)}"


def not_said(text: str) -> str:
    """Return the line that gives back a text that was not sent."""
    return f"[CLIENT] Not sent: {body(text[:_LONGEST_SAID])}"


def _again(command: Request) -> str:
    """Return a request as it may be typed again, with its whole text."""
    if isinstance(command, Say | Tell):
        return body(as_typed(command))
    return shown_name(as_typed(command), _LONGEST_TYPED)


def more(request: History | Search) -> str:
    """Return the line that says how to see the next page."""
    if isinstance(request, Search):
        return "[CLIENT] More results: /search more"
    later = request.since is not None or request.after is not None
    return f"[CLIENT] More {'later' if later else 'older'} messages: /history more"


def topic(answer: Success, room: str) -> str:
    """Return the line with the topic of a room; a server may have listed other rooms as well."""
    listed = next((one for one in answer.rooms or () if room_key(one.name) == room_key(room)), None)
    if listed is None:
        return error(RoomNotFound(room).text)
    name = shown_name(listed.name)
    return success(f"The topic of '{name}' is: {listed.topic}" if listed.topic else f"'{name}' has no topic")


def deleted() -> str:
    """Return the line that says that older messages were deleted."""
    return "[CLIENT] Older messages were deleted"


def banner() -> str:
    """Return the banner that greets users: the commands of the first version."""
    return f"\n{_RULE}\nClassChat Commands:\n{_table(FIRST_VERSION)}\n{_RULE}\n"


def help_text(commands: Sequence[Usage] = COMMANDS) -> str:
    """Return the list of all commands, with their other names."""
    return f"ClassChat Commands:\n{_table(commands, _also)}"


def help_of(usage: Usage) -> str:
    """Return the help of one command."""
    return f"{usage.synopsis}  - {usage.help}{_also(usage)}"


def _also(usage: Usage) -> str:
    return f" (also {', '.join(usage.aliases)})" if usage.aliases else ""


def _when(time: str, now: datetime) -> str:
    """Return a time in the zone of `now`, with its date unless that is today; "" if it is not a time."""
    try:
        then = datetime.fromisoformat(time).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return ""
    return then.strftime("%H:%M" if then.date() == now.date() else "%Y-%m-%d %H:%M")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(shown_name, names[:_MOST_LISTED]))
    return shown if len(names) <= _MOST_LISTED else f"{shown} and {len(names) - _MOST_LISTED} more"


def body(text: str) -> str:
    """Return a text as it stands after the brackets: its further lines are indented."""
    return shown(text).replace("\n", "\n    ")


def _table(commands: Sequence[Usage], more: Callable[[Usage], str] = lambda _: "") -> str:
    return "\n".join(_row(usage.synopsis, f"- {usage.help}{more(usage)}") for usage in commands)


def _row(synopsis: str, text: str) -> str:
    """Return one row of the table; a long text goes on below."""
    left = f"  {synopsis:<{_WIDTH}}  "
    indent = " " * (_WIDTH + 4)
    above, begin = ("", left) if len(synopsis) <= _WIDTH else (f"{left.rstrip()}\n", indent)
    return above + textwrap.fill(
        text, _COLUMNS, initial_indent=begin, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )
