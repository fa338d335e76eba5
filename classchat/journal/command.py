"""`classchat journal check|info|vacuum`: maintenance of a server's journal file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

from classchat.commandline import JOURNAL_OPTION, CommandLine, Line
from classchat.core.journal_port import CannotOpen
from classchat.journal.lock import InUse
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from classchat.texts import one_line


class CheckOptions(CommandLine):
    """The options of `classchat journal check`."""

    program = "classchat journal check"
    about = "Checks the journal for damage; the exit code is 1 if there is any."
    options = (JOURNAL_OPTION,)


class InfoOptions(CommandLine):
    """The options of `classchat journal info`."""

    program = "classchat journal info"
    about = "Shows what the journal holds."
    options = (JOURNAL_OPTION,)


class VacuumOptions(CommandLine):
    """The options of `classchat journal vacuum`."""

    program = "classchat journal vacuum"
    about = "Returns the space of deleted messages to the disk. Stop the server first."
    options = (JOURNAL_OPTION,)


def _run(do: Callable[[Path], None], options: CommandLine) -> None:
    """Run one command on the file.

    Raises:
        SystemExit: the file is damaged, or the command failed; the sentence says why.
    """
    path = Path(options["journal"])
    try:
        do(path)
    except CannotOpen as error:
        raise SystemExit(f"classchat: {error}") from None
    except sqlite3.Error as error:
        raise SystemExit(f"classchat: The journal '{path}' can't be read or written to: {error}.") from None


def check(path: Path) -> None:
    """Check the file and print the result; the search index is skipped while a server is running."""
    with closing(Reader(path)) as reader:
        unchecked = ""
        try:
            store = Store(path, _now())
        except CannotOpen as error:
            wrong = reader.check()
            why = "a server is running on it" if isinstance(error, InUse) else "it can't be written to"
            unchecked = f", except for its search index, which was not checked: {why}"
        else:
            with closing(store):
                wrong = store.check()
    for sentence in wrong:
        print(one_line(sentence))
    if wrong:
        raise SystemExit(1)
    print(f"The journal '{path}' is in order{unchecked}.")


def show(path: Path) -> None:
    """Print a summary of the file, one item on each line."""
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
    """Rewrite the file without unused space."""
    with closing(Reader(path)) as reader:  # a reader does not create a missing file
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


LINES = {
    "check": Line(CheckOptions, partial(_run, check)),
    "info": Line(InfoOptions, partial(_run, show)),
    "vacuum": Line(VacuumOptions, partial(_run, vacuum)),
}
