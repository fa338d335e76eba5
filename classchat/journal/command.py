"""`classchat journal check|info|vacuum`: looking after the file in which a server keeps what was said."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from twisted.python import usage

from classchat.commandline import DEFAULT_JOURNAL, CommandLine
from classchat.core.ports import CannotOpen
from classchat.journal.lock import InUse
from classchat.journal.reader import Reader
from classchat.journal.store import Store


class _FileOptions(CommandLine):
    optParameters = [["journal", "j", DEFAULT_JOURNAL, "The file in which the server keeps what was said."]]


class JournalOptions(CommandLine):
    """What is to be done, and with which file."""

    synopsis = "Usage: classchat journal check|info|vacuum [options]"
    longdesc = "Looks after the file in which a server keeps what was said."
    subCommands = [
        ["check", None, _FileOptions, "Is the file in order? The exit code is 1 if not."],
        ["info", None, _FileOptions, "What is in it?"],
        [
            "vacuum",
            None,
            _FileOptions,
            "Give back to the disk what it does not need; the server has to be stopped.",
        ],
    ]

    def postOptions(self) -> None:
        """Ask what is to be done."""
        if self.subCommand is None:
            raise usage.UsageError("What is to be done? Say check, info or vacuum")


def main(arguments: Sequence[str]) -> None:
    """Do it.

    Raises:
        SystemExit: the file is not in order, or it could not be done, and the sentence says why.
    """
    options = JournalOptions()
    options.parseOptions(list(arguments))
    path = Path(options.subOptions["journal"])
    commands = {"check": check, "info": show, "vacuum": vacuum}
    try:
        commands[str(options.subCommand)](path)
    except CannotOpen as error:
        raise SystemExit(f"classchat: {error}") from None
    except sqlite3.Error as error:
        raise SystemExit(f"classchat: The journal '{path}' can't be read, or written to: {error}.") from None


def check(path: Path) -> None:
    """Tell whether the file is in order; beside a running server all but the search index, its own."""
    with closing(Reader(path)) as reader:
        unchecked = ""
        try:
            store = Store(path, _now())
        except CannotOpen as error:
            wrong = reader.check()
            why = "a server is running on it" if isinstance(error, InUse) else "it can't be written to"
            unchecked = f", but for its search index, which was not checked: {why}"
        else:
            with closing(store):
                wrong = store.check()
    for sentence in wrong:
        print(sentence)
    if wrong:
        raise SystemExit(1)
    print(f"The journal '{path}' is in order{unchecked}.")


def show(path: Path) -> None:
    """Say what is in the file, one thing a line."""
    with closing(Reader(path)) as reader:
        found = reader.summary()
    lines = {
        "file": f"{path.resolve()}, version {found.version}",
        "epoch": found.epoch,
        "made": _local(found.created),
        "rooms": found.rooms,
        "private conversations": found.dialogs,
        "messages": found.messages,
        "oldest message": _local(found.first),
        "newest message": _local(found.last),
        "not searchable yet": found.unindexed,
        "size": f"{_mebibytes(found.size)}, {_mebibytes(found.unused)} of it unused",
    }
    for name, value in lines.items():
        print(f"{name + ':':<24}{value}")


def vacuum(path: Path) -> None:
    """Write the file anew without what it does not need."""
    with closing(Reader(path)) as reader:  # which makes no file if there is none
        before = reader.summary().size
    with closing(Store(path, _now())) as store:
        store.vacuum()
    with closing(Reader(path)) as reader:
        after = reader.summary().size
    print(f"The journal '{path}' has {_mebibytes(after)}. It had {_mebibytes(before)}.")


def _now() -> int:
    return time.time_ns() // 1_000_000


def _local(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "-"
    return datetime.fromtimestamp(milliseconds / 1000).astimezone().isoformat(" ", "seconds")


def _mebibytes(size: int) -> str:
    return f"{size / 1_048_576:.1f} MiB"
