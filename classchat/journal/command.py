"""`classchat journal check|info|copy|vacuum`: maintenance of a server's journal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

from classchat.commandline import CommandLine, Line
from classchat.contents import Contents, WrongDirectory, beside
from classchat.core.journal_port import CannotOpen
from classchat.journal import file_rows
from classchat.journal.command_changes import failures_of_commands
from classchat.journal.copy_file import FileTarget
from classchat.journal.copying import CopyDiffers, CopyTarget, Header, check_copy, copy_tables, header_of
from classchat.journal.damaged_files import damaged_files
from classchat.journal.database import FAILURES, Database
from classchat.journal.journal_places import journal_reader
from classchat.journal.lock import InUse
from classchat.journal.postgres.address import is_address
from classchat.journal.reader import Reader
from classchat.journal.sole_writer import sole_writer
from classchat.journal.store import Store
from classchat.journal.upkeep import JournalServer
from classchat.option_table import JOURNAL_OPTION, Misuse, Option, some_file
from classchat.texts import one_line


class CheckOptions(CommandLine):
    """The options of `classchat journal check`."""

    program = "classchat journal check"
    about = "Checks the journal and the shared files for damage; the exit code is 1 if there is any."
    options = (
        JOURNAL_OPTION,
        Option(
            "files", "Directory of the shared files", "DIR", some_file, shown="the journal's name with .files"
        ),
    )


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


def _run(do: Callable[[str], None], options: CommandLine) -> None:
    """Run one command on the file.

    Raises:
        SystemExit: the file is damaged, or the command failed; the sentence says why.
    """
    place = options["journal"]
    with failures_of_commands(place):
        do(place)


def check(place: str, files: str | None = None) -> None:
    """Check the journal and print the result; a file's search index is skipped while a server is running.

    The contents of shared files are in a directory: by default next to the journal's file.
    """
    with closing(journal_reader(place)) as reader:
        wrong, unchecked = (reader.check(), "") if is_address(place) else _checked(Path(place), reader)
        if files or not is_address(place):
            wrong += damaged_files(reader, Contents(Path(files) if files else beside(place)))
    for sentence in wrong:
        print(one_line(sentence))
    if wrong:
        raise SystemExit(1)
    print(f"The journal '{place}' is in order{unchecked}.")


def _check(options: CommandLine) -> None:
    _run(lambda place: check(place, options["files"]), options)


class CopyOptions(CommandLine):
    """The options of `classchat journal copy`."""

    program = "classchat journal copy"
    usages = ("FROM TO",)
    about = (
        "Copies a journal from a file into a database, or back: FROM and TO are files or URLs."
        " Stop the server first. If it is stopped halfway, the same command continues. Shared files are"
        " copied as well."
    )
    options = (
        Option(
            "from-files", "Directory of the shared files of FROM", "DIR", some_file, shown="FROM with .files"
        ),
        Option("to-files", "Directory for the shared files of TO", "DIR", some_file, shown="TO with .files"),
    )

    def parseArgs(self, *words: str) -> None:
        """Read the two places."""
        if len(words) != 2 or not all(words):
            raise Misuse("Expected FROM and TO, such as classchat.sqlite postgresql://chat@db/classchat")
        self["from"], self["to"] = map(some_file, words)


def copy(options: CommandLine) -> None:
    """Copy a journal, compare the copy, and print what it has.

    Raises:
        SystemExit: the copy could not be finished; the sentence says why.
    """
    try:
        with closing(sole_writer(options["from"])) as source:
            header = header_of(source.db)
            with closing(_target(options["to"], header)) as target:
                copy_tables(source.db, target.db, _tell)
                _tell("checking", None)
                check_copy(source.db, target.db)
                _copy_files(options, source.db, header)
                target.finish(header)
    except CannotOpen as error:
        raise SystemExit(f"classchat: {error}") from None
    except CopyDiffers as differs:
        raise SystemExit(f"classchat: The copy differs in '{differs}'. Run the command again.") from None
    except (*FAILURES, OSError) as error:
        raise SystemExit(f"classchat: The copy was stopped: {error}. Run the command again.") from None
    print(f"'{options['to']}' has everything that '{options['from']}' has.")


def _copy_files(options: CommandLine, source: Database, header: Header) -> None:
    """Copy the contents of shared files that are not there yet.

    Raises:
        CannotOpen: it is not known from where or to where, or they can't be written there.
    """
    needed = [file for file in file_rows.needed(source) if file.shared]
    if not needed:
        return
    places = []
    for what in ("from", "to"):
        given = options[f"{what}-files"]
        if given is None and is_address(options[what]):
            raise CannotOpen(
                f"The journal has {len(needed)} shared files: give --{what}-files DIR, the directory that"
                f" servers on '{options[what]}' use with --files."
            )
        places.append(Contents(Path(given) if given else beside(options[what])))
    try:
        places[1].open(header.epoch)
    except WrongDirectory as error:
        raise CannotOpen(f"{error}.") from None
    for number, file in enumerate(needed, 1):
        if not places[1].holds(file.sha256, file.size) and places[0].holds(file.sha256, file.size):
            places[0].copy(file.sha256, places[1])
        _tell("files", number)


def _target(place: str, header: Header) -> CopyTarget:
    if is_address(place):
        from classchat.journal.postgres.postgres_copy import DatabaseTarget

        return DatabaseTarget(place, header)
    return FileTarget(Path(place), header)


def _tell(what: str, rows: int | None) -> None:
    """Show the progress on a terminal, in one line."""
    if sys.stderr.isatty():
        told = what if rows is None else f"{what}: {rows}"
        print(f"\r{told:<40}\r", end="", file=sys.stderr, flush=True)


def _checked(path: Path, reader: Reader) -> tuple[list[str], str]:
    """Return the damage of a file, and what was not checked."""
    try:
        store = Store(path, _now())
    except CannotOpen as error:
        why = "a server is running on it" if isinstance(error, InUse) else "it can't be written to"
        return reader.check(), f", except for its search index, which was not checked: {why}"
    with closing(store):
        return store.check(), ""


def show(place: str) -> None:
    """Print a summary of the journal, one item on each line."""
    with closing(journal_reader(place)) as reader:
        found = reader.summary()
    kind, name = ("database", place) if is_address(place) else ("file", str(Path(place).resolve()))
    lines = {
        kind: f"{name}, version {found.version}",
        "epoch": found.epoch,
        "made": _local(found.created),
        "rooms": found.rooms,
        "private conversations": found.dialogs,
        "messages": found.messages,
        "oldest message": _local(found.first),
        "newest message": _local(found.last),
        "not searchable yet": found.unindexed,
        "size": _mebibytes(found.size),
    }
    if kind == "file":
        lines["size"] = f"{lines['size']}, {_mebibytes(found.unused)} of it unused"
    for name, value in lines.items():
        print(f"{name + ':':<24}{value}")
    for server in found.servers:
        print(f"{'server:':<24}{_described(server)}")


def _described(server: JournalServer) -> str:
    heard = f"lease for {server.lease:.0f} s" if server.lease > 0 else "its lease has ended"
    return one_line(f"{server.host} ({server.id}), since {_local(server.since)}, {heard}")


def vacuum(place: str) -> None:
    """Rewrite the file without unused space."""
    if is_address(place):
        raise CannotOpen("A database reuses its space by itself: this command is for a journal in a file.")
    path = Path(place)
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
    "check": Line(CheckOptions, _check),
    "info": Line(InfoOptions, partial(_run, show)),
    "copy": Line(CopyOptions, copy),
    "vacuum": Line(VacuumOptions, partial(_run, vacuum)),
}
