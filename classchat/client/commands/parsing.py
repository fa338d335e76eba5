"""How a line that a user has typed becomes a command, or something to say."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from classchat.client.commands.other_names import INSTEAD
from classchat.client.commands.table import COMMANDS, SCREEN_COMMANDS
from classchat.client.commands.typed import NOWHERE, CommandError, Local, Placed, Scripted, Speech, Typed
from classchat.client.commands.usage import Usage
from classchat.texts import quoted

_SHORTEST_NAME = 2  # characters; shorter names are not offered for a mistyped one


_LONGEST_NAME = 20  # characters of an unknown command that are compared with known ones


def _by_name(commands: Sequence[Usage]) -> dict[str, Usage]:
    return {name: usage for usage in commands for name in (usage.name, *usage.aliases)}


_BY_NAME = _by_name(COMMANDS)


_ON_SCREEN = _by_name(SCREEN_COMMANDS)


def usage_of(name: str) -> Usage:
    """Return the row of a command, with or without its slash.

    Raises:
        CommandError: there is no such command.
    """
    return _usage(f"/{name.removeprefix('/')}", _ON_SCREEN)


def is_secret(line: str) -> bool:
    """Return whether a command must not be kept between runs; an unknown one may be a mistyped secret one."""
    name, *_ = line.split(None, 1)
    usage = _ON_SCREEN.get(name.lower())
    return usage is None or usage.secret


def may_hold_password(line: str) -> bool:
    """Return whether a line may be `/claim` or `/password`, perhaps mistyped, with a password after it."""
    name, *_ = line.split(None, 1) or [""]
    return bool(get_close_matches(name.lower(), ("/claim", "/password"), cutoff=0.6))


def parse(line: str) -> Scripted:
    """Return the command that was typed in line mode.

    Raises:
        CommandError: it is not a command, or an incomplete one.
    """
    name, *rest = line.split(None, 1) or [""]
    if not name.startswith("/"):
        raise CommandError(
            "Commands start with '/'. To talk: /group ROOM TEXT or /private NAME TEXT. All commands: /help"
        )
    usage = _ON_SCREEN.get(name.lower()) or _usage(name, _BY_NAME)
    typed = usage.parse("".join(rest))
    if isinstance(typed, Local):
        raise CommandError(f"'{usage.name}' needs the screen: run classchat in a terminal, without --plain")
    return typed.at(NOWHERE) if isinstance(typed, Placed) else typed


def parse_on_screen(text: str) -> Typed | Local:
    """Return the command, or the text to say, that was typed on a screen.

    `//` says a slash. A line without a slash is said as it is, with its blanks and line breaks. A blank
    before the slash of a single line is a slip: else a private message would be said in a room.

    Raises:
        CommandError: it is not a command, or an incomplete one.
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
        raise CommandError(f"Unknown command '{name.lower()}': {INSTEAD[name.lower()]}")
    names = [known for known in table if len(known) > _SHORTEST_NAME]
    near = get_close_matches(name[:_LONGEST_NAME].lower(), names, n=1)
    question = f": did you mean {near[0]}?" if near else "."
    raise CommandError(f"Unknown command '{quoted(name)}'{question} All commands: /help")
