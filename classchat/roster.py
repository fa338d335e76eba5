"""`classchat roster`: the students of the course and their invitations."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from classchat.commandline import CommandLine, Line
from classchat.handing_out import Invited, documents, where_to_join
from classchat.invite import HOST_OPTION, PORT_OPTION, URL_OPTION
from classchat.journal.command_changes import NotDone, failures_of_commands
from classchat.journal.roster_administration import RosterAdministration
from classchat.option_table import JOURNAL_OPTION, Misuse, Option, one_of, only, some_file
from classchat.output import what_is_kept_in, write
from classchat.rosters.encodings import UnreadableRoster
from classchat.rosters.merging import Changed, Merging
from classchat.rosters.roster_file import LARGEST_FILE, RosterFile, read_roster
from classchat.rosters.students import FIELDS, Enrolled, Student
from classchat.texts import counted, one_line, quoted

_STANDARD_INPUT = "-"


class ImportOptions(CommandLine):
    """The options of `classchat roster import`."""

    program = "classchat roster import"
    usages = ("FILE [options]",)
    about = (
        "Adds the students of a file to the roster, and updates those who are on it. The file is CSV as"
        " Canvas, Moodle, Blackboard or GitHub Classroom export it, or one that begins with a line such as"
        " name,email,section. Nothing is ever deleted. '-' reads standard input."
    )
    options = (
        Option("dry-run", "Show what would change, and change nothing"),
        Option("drop", "Mark students who are not in the file as having left the course"),
        JOURNAL_OPTION,
    )

    def parseArgs(self, *words: str) -> None:
        """Read the file's name."""
        if len(words) != 1:
            raise Misuse("Expected exactly one FILE")
        try:
            self["file"] = some_file(words[0])
        except ValueError as error:
            raise Misuse(f"FILE: {error}") from None


class RosterListOptions(CommandLine):
    """The options of `classchat roster list`."""

    program = "classchat roster list"
    about = "Lists the students on the roster, with their user names."
    options = (
        Option("left", "List students who have left the course as well"),
        Option("json", "Print JSON, one object a line"),
        JOURNAL_OPTION,
    )


class RosterInviteOptions(CommandLine):
    """The options of `classchat roster invite`."""

    program = "classchat roster invite"
    usages = ("[NAMES] [options]",)
    about = (
        "Makes a join code for each student named; without names, for each student who has neither an account"
        " nor a join code. With it the student sets a password for a user name, once. Only its digest is"
        " kept: hand the codes out, or make new ones."
    )
    options = (
        Option("again", "Make new codes for students who have one that is not used yet"),
        Option("format", "Format of the output", "text|csv|json", one_of("text", "csv", "json"), "text", "f"),
        Option("output", "File to write to", "FILE", some_file, short="o", shown="standard output"),
        HOST_OPTION,
        PORT_OPTION,
        URL_OPTION,
        JOURNAL_OPTION,
    )

    def parseArgs(self, *words: str) -> None:
        """Read the names of students."""
        self["names"] = words

    def postOptions(self) -> None:
        """Check that the options make sense together, and that no file of the server is overwritten."""
        if self["url"] and self["host"]:
            raise Misuse("--url can't be used with --host: the link has the host")
        if self["again"] and self["names"]:
            raise Misuse("--again can't be used with a NAME: a student who is named always gets a new code")
        if self["output"]:
            kept = what_is_kept_in(Path(self["output"]), Path(self["journal"]))
            if kept is not None:
                raise Misuse(f"--output would overwrite {kept}: choose another file")


class _StudentOptions(CommandLine):
    def parseArgs(self, *words: str) -> None:
        """Read the student's name."""
        self["name"] = only(words, "NAME")


class RosterRemoveOptions(_StudentOptions):
    """The options of `classchat roster remove`."""

    program = "classchat roster remove"
    usages = ("NAME [options]",)
    about = "Marks a student as having left the course. An account stays: see classchat admin release."
    options = (JOURNAL_OPTION,)


class RosterLinkOptions(CommandLine):
    """The options of `classchat roster link`."""

    program = "classchat roster link"
    usages = ("NAME USER [options]",)
    about = "Connects a student with a registered name, if the student has registered without a join code."
    options = (JOURNAL_OPTION,)

    def parseArgs(self, *words: str) -> None:
        """Read the student's name and the user name."""
        if len(words) != 2 or not all(words):
            raise Misuse("Expected NAME USER")
        self["name"], self["user"] = words


def _run(do: Callable[[RosterAdministration, CommandLine], None], asked: CommandLine) -> None:
    """Run one command on the journal.

    Raises:
        SystemExit: the command failed; the sentence says why.
    """
    place = asked["journal"]
    with failures_of_commands(place), closing(RosterAdministration(place, _now)) as roster:
        do(roster, asked)


def _import(roster: RosterAdministration, asked: CommandLine) -> None:
    file = _file(asked["file"])
    found = roster.compare(file) if asked["dry-run"] else roster.take(file, drop=asked["drop"])
    for line in _report(found, asked):
        print(one_line(line))
    if found.refused:
        raise SystemExit(1)


def _file(name: str) -> RosterFile:
    """Return the contents of the file.

    Raises:
        NotDone: it can't be read, or is no roster.
    """
    try:
        if name == _STANDARD_INPUT:
            return read_roster(sys.stdin.buffer.read(LARGEST_FILE + 1))
        with open(name, "rb") as file:
            return read_roster(file.read(LARGEST_FILE + 1))
    except OSError as error:
        raise NotDone(f"Can't read '{name}': {error.strerror}.") from None
    except UnreadableRoster as error:
        raise NotDone(str(error)) from None


def _report(found: Merging, asked: CommandLine) -> Iterator[str]:
    """Yield what a file means for the roster: a line for each student who changes."""
    for student in found.new:
        yield f"new: {_described(student)}"
    for change in found.changed:
        yield f"changed: {change.before.student.name}: {', '.join(_differences(change))}"
    for line, reason in found.refused:
        yield f"refused: line {line}: {reason}"
    drops = asked["drop"] and not found.refused
    for one in found.missing:
        yield f"{'left' if drops else 'missing'}: {_described(one.student)}"
    yield (
        f"{len(found.new)} new, {len(found.changed)} changed, {found.unchanged} unchanged,"
        f" {len(found.refused)} refused, {len(found.missing)} {'left' if drops else 'missing'}."
    )
    if asked["drop"] and found.refused:
        yield "No student is marked as having left, because a refused line may be about one of them."
    if asked["dry-run"]:
        yield "Nothing was written (--dry-run)."


def _described(student: Student) -> str:
    parts = [student.name, student.id, student.login, student.email, student.section]
    return ", ".join(quoted(part, 200) for at, part in enumerate(parts) if part and part not in parts[:at])


def _differences(change: Changed) -> Iterator[str]:
    if change.before.left:
        yield "is back"
    for field in change.fields:
        before, after = change.before.student.value(field), change.after.value(field)
        yield f"{field} '{quoted(before, 200)}' to '{quoted(after, 200)}'" if before else f"{field} '{after}'"


def _list(roster: RosterAdministration, asked: CommandLine) -> None:
    students = [one for one in roster.students() if asked["left"] or not one.left]
    for one in students:
        if asked["json"]:
            print(json.dumps(_fields(one)))
        else:
            print(one_line(f"{_described(one.student)}: {one.user}, {_state(one)}"))
    if not asked["json"]:
        print(f"{counted(len(students), 'student')}.")


def _fields(one: Enrolled) -> dict[str, object]:
    return {
        **{field: one.student.value(field) for field in FIELDS},
        "user": one.user,
        "state": _state(one),
        "left": one.left,
    }


def _state(one: Enrolled) -> str:
    if one.left:
        return "has left"
    if one.person is not None:
        return "registered"
    return "invited" if one.invited else "not invited"


def _invite(roster: RosterAdministration, asked: CommandLine) -> None:
    place = where_to_join(asked)
    invitations = roster.invite(asked["names"], again=asked["again"], random=secrets.token_bytes)
    if not invitations:
        print("No student needs an invitation. For new codes: classchat roster invite --again")
        return
    invited = [
        Invited(one.student.student.name, one.student.student.email, one.student.user, one.code)
        for one in invitations
    ]
    try:
        write(documents(asked["format"], invited, place), asked["output"])
    except OSError as error:
        to = asked["output"] or "standard output"
        raise NotDone(
            f"Can't write to '{to}': {error.strerror}. Make new codes: classchat roster invite --again"
        ) from None
    if not place.link and not place.terminal:
        print(_NO_LINKS.format(port=asked["port"]), file=sys.stderr)
    earlier = sum(_state(one) == "invited" for one in roster.students()) - len(invitations)
    if earlier and not asked["names"]:
        who, have = counted(earlier, "student"), "has" if earlier == 1 else "have"
        print(_EARLIER.format(who=who, have=have), file=sys.stderr)


_EARLIER = (
    "classchat: {who} {have} a code from before, which is still valid and is not in this list. For new codes"
    " for all: classchat roster invite --again"
)

_NO_LINKS = (
    "classchat: No server answers at port {port} of this machine, so the codes have no links. For new codes"
    " with links, start the server, or give --port, --host or --url: classchat roster invite --again"
)


def _remove(roster: RosterAdministration, asked: CommandLine) -> None:
    one = roster.remove(asked["name"])
    print(one_line(f"'{one.student.name}' has left the course."))


def _link(roster: RosterAdministration, asked: CommandLine) -> None:
    one = roster.link(asked["name"], asked["user"])
    print(one_line(f"'{one.student.name}' is '{asked['user']}'."))


def _now() -> int:
    return time.time_ns() // 1_000_000


LINES = {
    "import": Line(ImportOptions, partial(_run, _import)),
    "list": Line(RosterListOptions, partial(_run, _list)),
    "invite": Line(RosterInviteOptions, partial(_run, _invite)),
    "remove": Line(RosterRemoveOptions, partial(_run, _remove)),
    "link": Line(RosterLinkOptions, partial(_run, _link)),
}
