"""`classchat status`: the state of a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import msgspec

from classchat.asking import WHERE, AskingOptions, asked
from classchat.commandline import CommandLine, Line
from classchat.control_messages import AskState, ServerState
from classchat.option_table import Option
from classchat.options import CHANGEABLE, SERVER_OPTIONS
from classchat.texts import counted, json_line, one_line

_COLUMN = 15
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


class StatusOptions(AskingOptions):
    """The options of `classchat status`."""

    program = "classchat status"
    about = (
        "Shows the state of a running server. The exit code is 1 if none runs, or it can't store messages."
    )
    options = (Option("json", "Print JSON, in one line"), *WHERE)


def _show(line: CommandLine) -> None:
    """Print the state of a server.

    Raises:
        SystemExit: no server runs, or it can't write to its journal.
    """
    state = asked(line, AskState()).state
    if state is None:
        raise SystemExit("classchat: The server has not answered as this version does.")
    if line["json"]:
        print(json_line(json.loads(msgspec.json.encode(state))))
    else:
        for shown in described(state):
            print(one_line(shown))
    if not state.writable:
        raise SystemExit(1)


def described(state: ServerState) -> Iterator[str]:
    """Yield the lines for people."""
    since = datetime.fromisoformat(state.started).astimezone().isoformat(" ", "seconds")
    yield f"ClassChat {state.version}, process {state.pid}, has been running for {_lasting(state.uptime)}"
    journal = "can be written to" if state.writable else "CAN'T BE WRITTEN TO: messages are refused"
    connections = ", ".join(f"{number} {door}" for door, number in state.connections.items())
    memory = f"{state.memory / 1_048_576:.0f} MiB" if state.memory else "not known"
    rows = {
        "Since": since,
        "Listens on": ", ".join(state.addresses),
        "Takes clients": "yes" if state.ready else "no",
        "Journal": f"{state.journal} ({journal}; {counted(state.waiting, 'entry')} waiting)".replace(
            "entrys", "entries"
        ),
        "Node": state.node,
        "Connections": f"{sum(state.connections.values())}" + (f" ({connections})" if connections else ""),
        "Users": f"{state.users} online, {counted(state.accounts, 'registered name')}",
        "Rooms": f"{state.rooms}",
        "Since start": f"{counted(state.messages, 'message')}, {counted(state.sign_ins, 'sign-in')}",
        "Memory": memory,
        "Log level": state.log_level,
        "Limits": _changed(state) or "the defaults",
    }
    for name, text in rows.items():
        if text:
            yield f"{name}:".ljust(_COLUMN) + text


def _changed(state: ServerState) -> str:
    """Return the limits that are not the defaults."""
    usual = {option.name: option.usual or "none" for option in SERVER_OPTIONS if option.name in CHANGEABLE}
    return ", ".join(f"{name} {text}" for name, text in state.limits.items() if text != usual.get(name))


def _lasting(seconds: float) -> str:
    """Return a time in its two largest units."""
    rest, parts = int(seconds), list[str]()
    for size, unit in _UNITS:
        number, rest = divmod(rest, size)
        if number or (unit == "second" and not parts):
            parts.append(counted(number, unit))
    return " ".join(parts[:2])


LINE = Line(StatusOptions, _show)
