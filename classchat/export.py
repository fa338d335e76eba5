"""`classchat export`: a room's messages, or reports about classes, whether the server is running or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import time_ns

from classchat.commandline import CommandLine, Line
from classchat.core.journal_port import CannotOpen
from classchat.core.model import room_log_key
from classchat.journal.class_records import ClassRecords
from classchat.journal.database import FAILURES
from classchat.journal.journal_places import journal_reader
from classchat.journal.read_rows import KeptMessage
from classchat.journal.reader import Reader
from classchat.option_table import JOURNAL_OPTION, Misuse, Option, one_of, shown, some_file
from classchat.output import format_of, what_is_kept_in, write
from classchat.reports.report_documents import NoSession, chosen, report
from classchat.texts import one_line, quoted
from classchat.transcripts import FORMATS

_PAGE = 1000
"""Messages to read at a time; between two pages the server can clean up its file."""

_MOST_NAMED = 20
"""Rooms to list when the requested room does not exist."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def moment(*, of_end: bool) -> Callable[[str], int]:
    """Return a function that reads a time from the command line, in milliseconds.

    A day stands for its first moment or, with `of_end`, its last one. Days, and times without an offset, are
    in this machine's time zone.
    """

    def coerce(text: str) -> int:
        try:
            if _DAY.fullmatch(text):
                day = date.fromisoformat(text) + timedelta(days=of_end)
                return _milliseconds(datetime.combine(day, time()))
            if _TIME.fullmatch(text):
                when = datetime.fromisoformat(text.upper())  # an hour that comes twice counts in full
                return max(_milliseconds(when), _milliseconds(when.replace(fold=of_end)))
        except (ValueError, OverflowError):
            pass
        raise ValueError(f"'{text}' is not a time: use a day such as 2026-11-01, or 2026-11-01T10:00:00Z")

    return coerce


def some_sessions(text: str) -> str:
    """Read which sessions are meant: the number of one in its room, the last one of each room, or all."""
    if text in ("last", "all") or (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        return text
    raise ValueError(f"'{shown(text)}' is not a session: use its number, last or all")


_REPORTS = {
    "attendance": "Who entered a code, was there, and was marked",
    "participation": "What each student did in the sessions",
    "questions": "The questions that were asked",
    "polls": "The polls with their results",
}
"""The reports, and what helps say about them."""


def _milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)


class ExportOptions(CommandLine):
    """The options of `classchat export`."""

    program = "classchat export"
    usages = (
        "--room ROOM [options]",
        "--session N|last|all [--room ROOM] [options]",
        "--attendance|--participation|--questions|--polls [--session N|last|all] [--room ROOM] [options]",
    )
    about = (
        "Exports a room's messages as a document, or reports about the sessions of classes, whether the"
        " server is running or not."
    )
    options = (
        Option("room", "The room; reports are about all rooms by default", "ROOM", short="r"),
        Option(
            "session",
            "Sessions of the reports, without a value the last ones; without a report: their transcripts",
            "N|last|all",
            some_sessions,
            alone="last",
        ),
        *(Option(name, help) for name, help in _REPORTS.items()),
        Option("output", "File to write to", "FILE", some_file, short="o", shown="standard output"),
        Option(
            "format",
            "Format of the document",
            "|".join(FORMATS),
            one_of(*FORMATS),
            short="f",
            shown="from the name of --output, or md; of reports csv",
        ),
        Option("from", "First day, such as 2026-11-01, or start time", "TIME", moment(of_end=False)),
        Option("to", "Last day (included), or end time (not included)", "TIME", moment(of_end=True)),
        JOURNAL_OPTION,
    )

    def postOptions(self) -> None:
        """Check that the options make sense together."""
        self["report"] = self._report()
        if self["room"] is None and self["report"] is None:
            raise Misuse("Expected --room ROOM, or a report such as --attendance")
        if self["report"] and (self["from"] is not None or self["to"] is not None):
            raise Misuse("--from and --to are for messages: choose the session of a report with --session")
        if self["from"] is not None and self["to"] is not None and self["from"] >= self["to"]:
            raise Misuse("--from is after --to: give the earlier time as --from")
        if self["output"]:
            kept = what_is_kept_in(Path(self["output"]), Path(self["journal"]))
            if kept is not None:
                raise Misuse(f"--output would overwrite {kept}: choose another file")
        if self["format"] is None:
            self["format"] = format_of(self["output"] or "")
            if self["report"] and self["format"] == "md":
                self["format"] = "csv"
        if self["report"] and self["format"] == "md":
            raise Misuse("--format: a report is csv, json or html")

    def _report(self) -> str | None:
        """Return the name of the report, if it is one.

        Raises:
            Misuse: there are several.
        """
        reports = [name for name in _REPORTS if self[name]]
        if len(reports) > 1:
            raise Misuse(f"Choose one of {', '.join(f'--{name}' for name in _REPORTS)}")
        return reports[0] if reports else "session" if self["session"] is not None else None


def run(options: ExportOptions) -> None:
    """Write the document.

    Raises:
        SystemExit: the document could not be written; the sentence says why.
    """
    try:
        with closing(journal_reader(options["journal"])) as reader:
            room = None if options["room"] is None else _room(reader, options["room"])
            if room is not None and options["report"] is None:
                messages = _messages(reader, room_log_key(room), options["from"], options["to"])
                write(FORMATS[options["format"]](room, messages, None), options["output"])
                return
        with closing(ClassRecords(options["journal"], _now)) as records:
            sessions = chosen(records.sessions(room), options["session"] or "all")
            write(report(options["report"], options["format"], records, sessions), options["output"])
    except NoSession as error:
        raise SystemExit(f"classchat: {error}") from None
    except CannotOpen as error:
        raise SystemExit(f"classchat: {error}") from None
    except FAILURES as error:
        raise SystemExit(f"classchat: The journal '{options['journal']}' can't be read: {error}.") from None
    except OSError as error:
        place = options["output"] or "standard output"
        raise SystemExit(f"classchat: Can't write to '{place}': {error.strerror}.") from None


def _room(reader: Reader, name: str) -> str:
    """Return a room's name as it is shown."""
    rooms = {room_log_key(room): room for room, _ in reader.rooms()}
    found = rooms.get(room_log_key(name))
    if found is None:
        known = sorted(rooms.values())
        there = f"Existing rooms: {', '.join(known[:_MOST_NAMED])}" if known else "The journal has no rooms"
        more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
        raise SystemExit(one_line(f"classchat: There is no room '{quoted(name)}'. {there}{more}."))
    return found


def _messages(reader: Reader, conversation: str, begin: int | None, end: int | None) -> Iterator[KeptMessage]:
    """Yield the messages of a conversation between two times, read page by page."""
    page = reader.page(conversation, _PAGE, after=0, since=begin)
    while True:
        for message in page.messages:
            if end is not None and message.time >= end:
                return
            yield message
        if not page.more:
            return
        page = reader.page(conversation, _PAGE, after=page.messages[-1].seq)


def _now() -> int:
    return time_ns() // 1_000_000


LINE = Line(ExportOptions, run)
