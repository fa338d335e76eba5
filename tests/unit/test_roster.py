"""`classchat roster`: its reports, its invitations, and its refusals."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat import cli, handing_out
from classchat.core.acts import Issued, PersonRecord, Secured
from classchat.journal.batch_rows import PersonRow
from classchat.journal.store import Store
from classchat.rosters.join_codes import code_digest
from tests.unit.journal.helpers import open_store

_FILES = Path(__file__).parent / "rosters" / "files"
_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Change to a directory with a journal that a server writes to."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(handing_out, "reach", _nowhere)
    with closing(open_store(tmp_path / "classchat.sqlite")) as store:
        yield store


def _nowhere(*_: object) -> None:
    raise SystemExit("classchat: No server answers here.")


@pytest.fixture
def ask(store: Store, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return a function that runs `classchat roster` and returns its output."""
    return Ask(capsys)


class Ask:
    """Calls the command."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.code: object = 0

    def __call__(self, *words: str) -> list[str]:
        """Return the lines that it prints, or the one sentence why it does not; keep the exit code."""
        self.code = 0
        try:
            cli.main(["roster", *words])
        except SystemExit as refusal:
            self.code = refusal.code if isinstance(refusal.code, int) else 1
            if not isinstance(refusal.code, int):
                return [str(refusal)]
        out = self._capsys.readouterr()
        return out.out.splitlines() or out.err.splitlines()


def _file(text: str) -> str:
    Path("students.csv").write_text(text, encoding="utf-8")
    return "students.csv"


def _rows(statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect("classchat.sqlite")) as db:
        return db.execute(statement).fetchall()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("import", "classchat: Expected exactly one FILE. See classchat roster import --help."),
        ("remove a b", "classchat: Expected exactly one NAME. See classchat roster remove --help."),
        ("link a", "classchat: Expected NAME USER. See classchat roster link --help."),
        (
            "invite Jane --again",
            "classchat: --again can't be used with a NAME: a student who is named always gets a new code."
            " See classchat roster invite --help.",
        ),
        (
            "invite --output classchat.sqlite",
            "classchat: --output would overwrite the journal: choose another file."
            " See classchat roster invite --help.",
        ),
    ],
)
def test_misuse(ask: Ask, words: str, sentence: str) -> None:
    """A wrong command line ends with a sentence and exit code 2."""
    assert ([sentence], 2) == (ask(*words.split()), ask.code)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("import none.csv", "classchat: Can't read 'none.csv': No such file or directory."),
        ("import .", "classchat: Can't read '.': Is a directory."),
        ("remove Jane", "classchat: 'Jane' is not on the roster. 'classchat roster list' shows who is."),
        ("list --journal .", "classchat: The journal '.' is a directory: use the name of a file."),
    ],
)
def test_what_can_not_be_done(ask: Ask, words: str, sentence: str) -> None:
    """What can't be done is told in a sentence, with exit code 1."""
    assert ([sentence], 1) == (ask(*words.split()), ask.code)


def test_a_dry_run(ask: Ask) -> None:
    """A dry run shows what an import would change, and writes nothing."""
    lines = ask("import", str(_FILES / "canvas.csv"), "--dry-run")

    assert [
        "new: Jane Doe, 000417231, jdoe4, CS350-01 Fall 2026",
        "new: Seán O'Brien, 000417232, sobrien, CS350-01 Fall 2026 and CS350-02 Fall 2026",
        "new: Anna Maria van der Berg, 000417240, avdberg, CS350-02 Fall 2026",
        "3 new, 0 changed, 0 unchanged, 0 refused, 0 missing.",
        "Nothing was written (--dry-run).",
    ] == lines
    assert ["0 students."] == ask("list")
    assert [] == _rows("SELECT * FROM audit")


def test_an_import_and_a_later_one(ask: Ask) -> None:
    """A later file adds, changes and refuses; the students who are missing in it stay."""
    ask("import", str(_FILES / "canvas.csv"))
    lines = ask("import", _file("id,name,section\n000417231,Jane Doe,B\nx,New,\n,,B\nx,Other,\n"))

    assert [
        "new: New, x",
        "changed: Jane Doe: section 'CS350-01 Fall 2026' to 'B'",
        "refused: line 5: it has the same id as line 3",
        "missing: Anna Maria van der Berg, 000417240, avdberg, CS350-02 Fall 2026",
        "missing: Seán O'Brien, 000417232, sobrien, CS350-01 Fall 2026 and CS350-02 Fall 2026",
        "1 new, 1 changed, 0 unchanged, 1 refused, 2 missing.",
    ] == lines
    assert 1 == ask.code
    assert [
        "Anna Maria van der Berg, 000417240, avdberg, CS350-02 Fall 2026: Anna.van-der-Berg, not invited",
        "Jane Doe, 000417231, jdoe4, B: Jane.Doe, not invited",
        "New, x: New, not invited",
        "Seán O'Brien, 000417232, sobrien, CS350-01 Fall 2026 and CS350-02 Fall 2026: Seán.OBrien,"
        " not invited",
        "4 students.",
    ] == ask("list")


def test_students_who_are_not_in_the_file_are_dropped(ask: Ask) -> None:
    """With `--drop` they have left, unless a line was refused; they come back with a later file."""
    ask("import", _file("name,id\nJane,1\nBob,2\n"))
    refused = ask("import", _file("name,id\nBob,2\nBob,2\n"), "--drop")
    dropped = ask("import", _file("name,id\nBob,2\n"), "--drop")
    students = ask("list")
    back = ask("import", _file("name,id\nJane,1\n"))

    assert "No student is marked as having left, because a refused line may be about one of them." in refused
    assert ["left: Jane, 1", "0 new, 0 changed, 1 unchanged, 0 refused, 1 left."] == dropped
    assert ["Bob, 2: Bob, not invited", "1 student."] == students
    assert "changed: Jane: is back" == back[0]


def test_names_in_use(ask: Ask, store: Store) -> None:
    """No name is proposed that is registered, or that looks like one that is."""
    store.append(
        [],
        5,
        ["CS350"],
        [PersonRow(1, "Jane.Doe", "jane.doe", b"jane")],
        [[PersonRecord(1, "Jane.Doe", "jane.doe", b"jane"), Secured("jane.doe", "Jane.Doe", 1, "$x")]],
    )
    ask("import", _file("name,id\nJane Doe,1\nJane Doe,2\nJаne Doe,3\n"))

    assert [("Jane.Doe2",), ("Jane.Doe3",)] == _rows("SELECT user FROM roster WHERE id < '3' ORDER BY id")
    assert [] == _rows("SELECT user FROM roster WHERE id = '3' AND user = 'Jаne.Doe'")


@pytest.mark.parametrize("format", ["text", "csv", "json"])
def test_invitations_without_a_server(ask: Ask, capsys: pytest.CaptureFixture[str], format: str) -> None:
    """In each format, a warning outside the output says that the codes have no links, and what to do."""
    ask("import", _file("name\nJane Doe\n"))
    cli.main(["roster", "invite", "--format", format, "--output", "invitations", "--port", "5921"])
    said = capsys.readouterr()

    assert (
        "",
        "classchat: No server answers at port 5921 of this machine, so the codes have no links. For new"
        " codes with links, start the server, or give --port, --host or --url: classchat"
        " roster invite --again\n",
    ) == said
    assert "No server" not in Path("invitations").read_text()


def test_invitations(ask: Ask) -> None:
    """Each student gets one code; only its digest is stored, and a new code replaces it."""
    ask("import", _file("name,email\nJane Doe,j@example.edu\nBob,b@example.edu\n"))
    lines = ask("invite", "--url", "https://school.example/chat")
    (first, second) = [found[0] for line in lines if (found := _CODE.search(line)) and "Join code" in line]
    digests = {code for (code,) in _rows("SELECT code FROM roster")}
    bob, *_ = ask("invite", "bob", "--format", "json")
    code = json.loads(bob)["code"]

    assert [
        "Bob <b@example.edu>",
        f"    Join code: {first}, for the user name Bob",
        f"    Browser:   https://school.example/chat/#code={first}&name=Bob",
        "Jane Doe <j@example.edu>",
        f"    Join code: {second}, for the user name Jane.Doe",
        f"    Browser:   https://school.example/chat/#code={second}&name=Jane.Doe",
    ] == lines
    assert {code_digest(first), code_digest(second)} == digests
    assert first.encode() not in Path("classchat.sqlite").read_bytes()
    assert {code_digest(code), code_digest(second)} == {code for (code,) in _rows("SELECT code FROM roster")}
    assert ["No student needs an invitation. For new codes: classchat roster invite --again"] == ask("invite")


def test_invitations_of_those_who_are_new(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning says that earlier codes are not in the list: it may replace the file that has them."""
    ask("import", _file("name\nJane Doe\n"))
    ask("invite", "--url", "https://school.example/")
    ask("import", _file("name\nBob\n"))
    cli.main(["roster", "invite", "--url", "https://school.example/", "--output", "invitations"])

    assert (
        "",
        "classchat: 1 student has a code from before, which is still valid and is not in this list. For new"
        " codes for all: classchat roster invite --again\n",
    ) == capsys.readouterr()


def test_invitations_for_a_serial_letter(ask: Ask) -> None:
    """As CSV the invitations are a table without formulas, also without a server and so without links."""
    ask("import", _file('name,id\n"=HYPERLINK(""x"")",1\n'))
    ask("invite", "--again", "-f", "csv", "-o", "letters.csv")
    header, row = csv.reader(io.StringIO(Path("letters.csv").read_text(encoding="utf-8-sig")))

    assert ["name", "email", "user", "code", "link", "terminal"] == header
    assert ('\'=HYPERLINK("x")', "HYPERLINKx", "", "") == (row[0], row[2], row[4], row[5])


def test_students_who_are_not_invited(ask: Ask, store: Store) -> None:
    """If one named student has an account, or has left, no code is made for any of them."""
    _register(store)
    ask("import", _file("name,id\nJane,1\nBob,2\nCarol,3\n"))
    linked = ask("link", "Jane", "alice")
    ask("remove", "2")

    assert ["'Jane' is 'alice'."] == linked
    assert ["classchat: 'Jane' has an account, 'Alice', and needs no join code."] == ask(
        "invite", "3", "Alice"
    )
    assert ["classchat: 'Bob' has left the course, and needs no join code."] == ask("invite", "bob")
    assert [(0,)] == _rows("SELECT count(code) FROM roster")
    assert ["classchat: The name 'Who' is not registered."] == ask("link", "Carol", "Who")
    assert ["classchat: 'Carol' or 'Alice' is connected with another one."] == ask("link", "3", "Alice")


def test_two_students_of_one_name(ask: Ask) -> None:
    """A name that two students have is refused, with the names that tell them apart."""
    ask("import", _file("name,id\nJane,1\nJane,2\n"))

    assert ["'Jane' has left the course."] == ask("remove", "jane2")
    assert ["classchat: 'Jane' has left the course already."] == ask("remove", "2")


def test_what_is_printed_does_nothing_to_a_terminal(ask: Ask) -> None:
    """Texts of a file that are printed have escapes for what could deceive their reader."""
    lines = ask("import", _file("name,id\nJa\u202ene,1\n"))

    assert "new: Ja\\u202ene, 1" == lines[0]
    assert "\u202e" not in "".join([*ask("list"), *ask("invite"), *ask("list", "--json")])


def test_standard_input(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file named `-` is standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"name\nJane\n")))

    assert "new: Jane" == ask("import", "-")[0]


def _register(store: Store) -> None:
    acts = [PersonRecord(1, "Alice", "alice", b"a"), Secured("alice", "Alice", 1, "$x"), Issued(1, b"device")]
    store.append([], 5, ["CS350"], [PersonRow(1, "Alice", "alice", b"a")], [acts])
