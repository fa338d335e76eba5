"""`classchat admin`: the operator's own words, on the server's file, with the server running or not."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from getpass import getpass
from pathlib import Path
from typing import Any

from twisted.python import usage

from classchat import names
from classchat.commandline import DEFAULT_JOURNAL, CommandLine
from classchat.core.orders import FOR_EVER
from classchat.core.ports import CannotOpen
from classchat.errors import UnusablePassword
from classchat.journal.administration import Administration, NotDone, RoomRow, is_busy
from classchat.journal.times import stamp
from classchat.limits import Limits
from classchat.passwords import hash_password
from classchat.texts import quoted

_MOST_SHOWN = 10
"""People of each kind to name in a line about a room."""


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if number < 1:
        raise ValueError(f"'{text}' is not a number of lines")
    return number


_count.coerceDoc = "How many."  # type: ignore[attr-defined]


_JOURNAL = "The file in which the server keeps everything."


class _Options(CommandLine):
    optParameters: list[list[Any]] = [["journal", "j", None, _JOURNAL]]


class _AuditOptions(_Options):
    optParameters = [["last", "n", 50, "How many lines.", _count]]
    optFlags = [["json", None, "As JSON, one object a line, with times in UTC."]]


class _NameOptions(_Options):
    synopsis = "NAME [options]"

    def parseArgs(self, *words: str) -> None:
        """Take the one name."""
        if len(words) != 1:
            raise usage.UsageError("Whose? Give one NAME")
        self["name"] = words[0]


class _OperatorOptions(_Options):
    synopsis = "add|remove NAME [options]"

    def parseArgs(self, *words: str) -> None:
        """Take what is to be done, and the one name."""
        if len(words) != 2 or words[0] not in ("add", "remove"):
            raise usage.UsageError("Say operator add NAME, or operator remove NAME")
        self["add"], self["name"] = words[0] == "add", words[1]


class AdminOptions(CommandLine):
    """What is to be done, and with which file."""

    synopsis = "Usage: classchat admin [--journal FILE] audit|accounts|rooms|operator|password|claim|release"
    longdesc = "Looks up and changes who may do what, with the server running or not."
    optParameters = [["journal", "j", DEFAULT_JOURNAL, _JOURNAL]]
    subCommands = [
        ["audit", None, _AuditOptions, "What was done by whom, newest last."],
        ["accounts", None, _Options, "Whose names are claimed."],
        ["rooms", None, _Options, "The rooms, and what was decided in them."],
        ["operator", None, _OperatorOptions, "Make a claimed name an operator's, or no more."],
        ["password", None, _NameOptions, "Give a claimed name another password."],
        ["claim", None, _NameOptions, "Let a name be somebody's."],
        ["release", None, _NameOptions, "Let a claimed name be nobody's."],
    ]

    def postOptions(self) -> None:
        """Ask what is to be done."""
        if self.subCommand is None:
            raise usage.UsageError(f"What is to be done? Say one of {', '.join(_COMMANDS)}")


def main(arguments: Sequence[str]) -> None:
    """Do it.

    Raises:
        SystemExit: it could not be done, and the sentence says why.
    """
    options = AdminOptions()
    options.parseOptions(list(arguments))
    asked: dict[str, Any] = dict(options.subOptions)
    path = Path(asked["journal"] or options["journal"])
    try:
        with closing(Administration(path, _now)) as administration:
            _COMMANDS[str(options.subCommand)](administration, asked)
        sys.stdout.flush()
    except (CannotOpen, NotDone) as error:
        raise SystemExit(f"classchat: {error}") from None
    except sqlite3.Error as error:
        reason = "somebody else is writing to it, please try again" if is_busy(error) else error
        raise SystemExit(f"classchat: The journal '{path}' can't be read, or written to: {reason}.") from None
    except BrokenPipeError:
        # Nobody reads on; what is left in the buffer has to go somewhere when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# Looking.


def _audit(administration: Administration, asked: dict[str, Any]) -> None:
    for row in administration.audit(asked["last"]):
        if asked["json"]:
            print(json.dumps({**row._asdict(), "time": stamp(row.time)}, ensure_ascii=False))
            continue
        parts = [row.actor, row.action, row.target, f"in {row.room}" if row.room else "", row.detail]
        print(f"{_local(row.time)}  {quoted(' '.join(filter(None, parts)), 400)}")


def _accounts(administration: Administration, asked: dict[str, Any]) -> None:  # noqa: ARG001  as all
    for row in administration.accounts():
        operator = ", operator" if row.operator else ""
        last = "here now" if row.ended is None else f"last here {_local(row.ended)}"
        print(f"{row.name}{operator}, claimed {_local(row.created)}, {last}")


def _rooms(administration: Administration, asked: dict[str, Any]) -> None:  # noqa: ARG001
    for row in administration.rooms():
        said = "1 message" if row.messages == 1 else f"{row.messages} messages"
        print(", ".join([f"{row.name}: {said}", *_described(row, _now())]))


def _described(row: RoomRow, now: int) -> Iterator[str]:
    order = row.order
    for word, holds in (("closed", order.closed), ("private", order.private), ("announce", order.announce)):
        if holds:
            yield word
    if order.topic:
        yield f"topic '{quoted(order.topic, 200)}'"
    if order.moderators:
        yield f"moderators {_listed(sorted(order.moderators.values()))}"
    if order.invited:
        yield f"invited {_listed(sorted(order.invited.values()))}"
    for word, rows in (("muted", order.muted), ("banned", order.banned)):
        lasting = [_with_end(key, until) for key, until in sorted(rows.items()) if until > now]
        if lasting:
            yield f"{word} {_listed(lasting)}"


def _listed(people: Sequence[str]) -> str:
    more = len(people) - _MOST_SHOWN
    return " ".join(people[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _with_end(name: str, until: float) -> str:
    return name if until == FOR_EVER else f"{name} (until {_local(int(until))})"


# Changing.


def _operator(administration: Administration, asked: dict[str, Any]) -> None:
    name = administration.set_operator(_name(asked), asked["add"])
    print(f"'{name}' is an operator." if asked["add"] else f"'{name}' is an operator no more.")


def _password(administration: Administration, asked: dict[str, Any]) -> None:
    administration.check(_name(asked), claimed=True)  # before anybody types for nothing
    name = administration.set_password(_name(asked), _hash(_read_password()))
    print(f"The password of '{name}' is changed.")


def _claim(administration: Administration, asked: dict[str, Any]) -> None:
    administration.check(_name(asked), claimed=False)
    name = administration.claim(_name(asked), _hash(_read_password()))
    print(f"The name '{name}' is claimed.")


def _release(administration: Administration, asked: dict[str, Any]) -> None:
    name = administration.release(_name(asked))
    print(f"The name '{name}' is nobody's.")


_COMMANDS: dict[str, Callable[[Administration, dict[str, Any]], None]] = {
    "audit": _audit,
    "accounts": _accounts,
    "rooms": _rooms,
    "operator": _operator,
    "password": _password,
    "claim": _claim,
    "release": _release,
}


def _name(asked: dict[str, Any]) -> str:
    name = str(asked["name"])
    shown = names.user_name(name, Limits.user_name)
    if shown is None or names.is_reserved(shown):
        raise NotDone(f"'{quoted(name)}' can't be a user's name.")
    return shown


def _read_password() -> str:
    """Ask for a password twice, without showing it; from a pipe, read one line."""
    if not sys.stdin.isatty():
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise NotDone("The password is not UTF-8.") from None
    try:
        password = getpass("Password: ")
        if password != getpass("The same again: "):
            raise NotDone("These were two different passwords: nothing was changed.")
    except (EOFError, KeyboardInterrupt):
        print()
        raise NotDone("No password was given: nothing was changed.") from None
    return password


def _hash(password: str) -> str:
    """Return what is kept of a password."""
    try:
        return hash_password(password)
    except UnusablePassword as error:
        raise NotDone(error.text) from None


def _now() -> int:
    return time.time_ns() // 1_000_000


def _local(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000).astimezone().isoformat(" ", "seconds")
