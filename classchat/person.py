"""`classchat person`: all that the server's file has about one person, and its erasure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from classchat.commandline import CommandLine, Line
from classchat.documents import Section, html_document, json_document
from classchat.journal import erasure, person_records
from classchat.journal.command_changes import NotDone, failures_of_commands
from classchat.journal.database import Database
from classchat.journal.journal_places import database_to_read
from classchat.journal.lock import InUse
from classchat.journal.person_records import KnownPerson, SeveralPersons
from classchat.journal.postgres.address import is_address
from classchat.option_table import JOURNAL_OPTION, Misuse, Option, one_of, only, some_file
from classchat.output import what_is_kept_in, write
from classchat.texts import counted, one_line, quoted


class PersonExportOptions(CommandLine):
    """The options of `classchat person export`."""

    program = "classchat person export"
    usages = ("NAME [options]",)
    about = (
        "Writes all that the server's file has about one person: account, roster, messages, rooms, classes"
        " and the audit log. NAME is a user name, or that of a student on the roster."
    )
    options = (
        Option("output", "File to write to", "FILE", some_file, short="o", shown="standard output"),
        Option("format", "Format of the document", "json|html", one_of("json", "html"), "json", "f"),
        JOURNAL_OPTION,
    )

    def parseArgs(self, *words: str) -> None:
        """Read the name."""
        self["name"] = only(words, "NAME")

    def postOptions(self) -> None:
        """Check that no file of the server is overwritten."""
        if self["output"]:
            kept = what_is_kept_in(Path(self["output"]), Path(self["journal"]))
            if kept is not None:
                raise Misuse(f"--output would overwrite {kept}: choose another file")


class PersonEraseOptions(CommandLine):
    """The options of `classchat person erase`."""

    program = "classchat person erase"
    usages = ("NAME [options]",)
    about = (
        "Erases one person from the server's file: everywhere the name becomes one such as"
        " 'former student 12'. Account, roster row, roles and bans are deleted. This can't be undone."
        " Stop the server first."
    )
    options = (
        Option("texts", "Erase what the person has written as well"),
        Option("dry-run", "Show what would be erased, and change nothing"),
        JOURNAL_OPTION,
    )

    def parseArgs(self, *words: str) -> None:
        """Read the name."""
        self["name"] = only(words, "NAME")


def _run(do: Callable[[CommandLine], None], asked: CommandLine) -> None:
    """Run one command.

    Raises:
        SystemExit: it failed; the sentence says why.
    """
    with failures_of_commands(asked["journal"]):
        try:
            do(asked)
        except InUse:
            raise NotDone(
                "A server is running on the journal. It has names in memory, and would write them again:"
                " stop it first."
            ) from None
        except SeveralPersons as error:
            raise NotDone(str(error)) from None


def _find(db: Database, name: str) -> KnownPerson:
    person = person_records.find_person(db, name)
    if person is None:
        raise SystemExit(one_line(f"classchat: The journal has no person called '{quoted(name)}'."))
    return person


def _export(asked: CommandLine) -> None:
    with closing(database_to_read(asked["journal"])) as db:
        person = _find(db, asked["name"])
        document = html_document if asked["format"] == "html" else json_document
        try:
            write(document(person.name, _sections(db, person)), asked["output"])
        except OSError as error:
            place = asked["output"] or "standard output"
            raise SystemExit(f"classchat: Can't write to '{place}': {error.strerror}.") from None


def _sections(db: Database, person: KnownPerson) -> Iterator[Section]:
    account, student = person_records.about_account(person), person_records.about_student(person)
    yield Section("account", "Account", [account] if account else [])
    yield Section("roster", "Roster", [student] if student else [])
    yield Section("rooms", "Memberships, roles, mutes and bans", person_records.orders_about(db, person))
    yield Section("messages", "Messages", person_records.messages_of(db, person))
    yield Section("happenings", "What happened in rooms", person_records.happenings_of(db, person))
    yield Section("classes", "Classes", person_records.class_rows_of(db, person))
    yield Section("audit", "Audit log", person_records.audited_of(db, person))


def _erase(asked: CommandLine) -> None:
    place = asked["journal"]
    with closing(database_to_read(place)) as db:
        person = _find(db, asked["name"])
        found = erasure.what_would_be_erased(db, person) if asked["dry-run"] else None
    erased = found or erasure.erase(place, person, time.time_ns() // 1_000_000, texts=asked["texts"])
    verb = "would become" if found else "is now"
    print(one_line(f"'{quoted(person.name)}' {verb} '{erased.former}'."))
    for line in _report(erased, person, place, texts=asked["texts"]):
        print(one_line(line))
    if found:
        print("Nothing was changed (--dry-run).")


def _report(erased: erasure.Erasure, person: KnownPerson, place: str, *, texts: bool) -> Iterator[str]:
    yield f"Messages sent: {erased.sent}{', with their texts' if texts else ', whose texts stay'}."
    yield f"Private messages received: {erased.received}."
    yield f"Rows of classes: {erased.rows}. Lines of the audit log: {erased.audited}."
    deleted = [
        word
        for word, there in (("the account", person.account), ("the row on the roster", person.student))
        if there
    ]
    if deleted:
        yield f"Deleted: {' and '.join(deleted)}."
    if erased.mentioned:
        yield f"The name stays in {counted(erased.mentioned, 'message')} of other users who mention it."
    if is_address(place):
        yield "The database's write-ahead log and backups have the name for as long as they are kept."
        return
    for copy in erasure.copies_of(Path(place)):
        yield f"The copy '{copy}' still has the name: delete it."


LINES = {
    "export": Line(PersonExportOptions, partial(_run, _export)),
    "erase": Line(PersonEraseOptions, partial(_run, _erase)),
}
