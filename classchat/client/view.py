"""What one sees: events as the lines of the screen, to the letter of docs/protocol.md.

Whatever others have sent is harmless to a terminal when it leaves here, and a text of several
lines can't be taken for a line of ours: those begin with `[`, its further ones with a space.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from classchat.client.commands import COMMANDS, FIRST_VERSION, Usage
from classchat.messages import Error, Event, Group, Private, Success
from classchat.names import SERVER
from classchat.texts import harmless, quoted

_RULE = "=" * 60


def line_of(event: Event) -> str:
    """Return an event as what is shown of it."""
    text = _shown(event.text)
    sender, receiver = quoted(event.sender), quoted(event.receiver)
    match event:
        case Success():
            return success(event.text)
        case Error():
            return error(event.text)
        case Private():
            return f"[Private from {sender}] {text}"
        case Group():
            if event.sender == SERVER:
                return f"[{receiver}] {text}"
            return f"[{receiver} - {sender}] {text}"
        case _:
            assert_never(event)


def success(text: str) -> str:
    """Return a line that says what was done."""
    return f"[SUCCESS] {_shown(text)}"


def error(text: str) -> str:
    """Return a line that says what went wrong."""
    return f"[ERROR] {_shown(text)}"


def connected(host: str, port: int) -> str:
    """Return the line that says that the server is there."""
    return f"[CLIENT] Connected to server at {place(host, port)}"


def place(host: str, port: int) -> str:
    """Return where a server is, as one types it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def disconnected() -> str:
    """Return the line that says that it is over."""
    return "[CLIENT] Disconnected from server"


def banner() -> str:
    """Return what greets everybody who signs in: the commands of the first version."""
    return f"\n{_RULE}\nClassChat Commands:\n{_table(FIRST_VERSION)}\n{_RULE}\n"


def help_text() -> str:
    """Return the list of all commands."""
    return f"ClassChat Commands:\n{_table(COMMANDS)}"


def _shown(text: str) -> str:
    return harmless(text).replace("\n", "\n    ")


def _table(commands: Sequence[Usage]) -> str:
    width = max(len(usage.synopsis) for usage in commands)
    return "\n".join(f"  {usage.synopsis:<{width}}  - {usage.help}" for usage in commands)
