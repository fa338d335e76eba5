"""`classchat admin`: its output, and its refusals."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from classchat import admin, cli, passwords
from classchat.core.acts import Audited, Change
from classchat.errors import UnusablePassword
from classchat.journal import opening
from classchat.journal.store import Store
from tests.tables import each_case
from tests.unit.journal.helpers import open_store


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the time zone to UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Change to a directory with a journal that a server writes to."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    with closing(open_store(tmp_path / "classchat.sqlite")) as store:
        yield store


@pytest.fixture
def ask(store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return a function that runs `classchat admin` and returns its output."""
    return Ask(monkeypatch, capsys)


class Ask:
    """Calls the command, with a line for it to read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, words: str, line: bytes = b"") -> list[str]:
        """Return the lines that it prints; or the one sentence why it does not."""
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
        try:
            cli.main(["admin", *words.split()])
        except SystemExit as refusal:
            return [str(refusal)]
        return self._capsys.readouterr().out.splitlines()


@each_case(
    ("words", "sentence"),
    [
        (
            "",
            "classchat: Expected a command: one of audit, accounts, rooms, operator, password, claim,"
            " release, webhook, kick, ban, unban, mute, unmute, broadcast, limits, log-level, reload."
            " See classchat admin --help.",
        ),
        ("claim", "classchat: Expected exactly one NAME. See classchat admin claim --help."),
        ("release a b", "classchat: Expected exactly one NAME. See classchat admin release --help."),
        (
            "operator Alice",
            "classchat: Expected add NAME or remove NAME. See classchat admin operator --help.",
        ),
        (
            "audit --last 0",
            "classchat: --last: '0' is not a whole number from 1 to 999999999."
            " See classchat admin audit --help.",
        ),
        (
            "--last 5 rooms",
            "classchat: Unknown option --last: it belongs to classchat admin audit."
            " See classchat admin rooms --help.",
        ),
        ("claim SERVER", "classchat: 'SERVER' is not allowed as a user name."),
        ("claim Error", "classchat: 'Error' is not allowed as a user name."),
        ("claim nickserv", "classchat: 'nickserv' is not allowed as a user name."),
        ("release a/b", "classchat: 'a/b' is not allowed as a user name."),
        (
            "password Bob",
            "classchat: The name 'Bob' is not registered. To register it: classchat admin claim Bob",
        ),
        ("audit --journal .", "classchat: The journal '.' is a directory: use the name of a file."),
    ],
)
def test_mistakes(ask: Ask, words: str, sentence: str) -> None:
    """Every error is a sentence."""
    assert [sentence] == ask(words)


def test_what_is_printed_does_nothing_to_a_terminal(ask: Ask, tmp_path: Path) -> None:
    """Names and topics of an older or damaged journal are shown with escapes."""
    ask("claim Alice", b"correct horse\n")
    with closing(sqlite3.connect(tmp_path / "classchat.sqlite")) as db, db:
        db.execute("UPDATE accounts SET name = ?", ("Ali\u202ece\x1b[2J",))
        db.execute("UPDATE audit SET target = ?", ("Ali\u2067ce\u200b",))
    (account,), (act,), (line,) = ask("accounts"), ask("audit"), ask("audit --json")

    assert account.startswith("Ali\\u202ece\\x1b[2J, registered ")
    assert (True, True) == ("Ali\\u2067ce\\u200b" in act, "Ali\\u2067ce\\u200b" in line)


def test_a_name_and_its_password(ask: Ask) -> None:
    """A name is registered, made an operator's, given another password, and released."""
    assert ["The name 'Alice' is now registered."] == ask("claim Alice", b"correct horse\n")
    assert ["classchat: The name 'Alice' is already registered."] == ask("claim alice", b"correct horse\n")
    assert ["'Alice' is an operator."] == ask("operator add alice")
    (line,) = ask("accounts")
    assert line.startswith("Alice, operator, registered ")
    assert ["The password of 'Alice' has been changed."] == ask(
        "password ALICE", "wörter genug".encode("utf-8-sig")
    )
    with closing(sqlite3.connect("classchat.sqlite")) as db:
        (hash,) = db.execute("SELECT password FROM accounts").fetchone()
    assert PasswordHasher().verify(hash, "wörter genug")
    assert ["'Alice' is no longer an operator."] == ask("operator remove alice")
    assert ["The name 'Alice' has been released."] == ask("release alice")
    assert [] == ask("accounts")
    assert ["claim", "operator", "password", "operator", "release"] == [
        json.loads(line)["action"] for line in ask("audit --json")
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"short\n", UnusablePassword(8, 256).text),
        (b"", UnusablePassword(8, 256).text),
        (b"x" * 257, UnusablePassword(8, 256).text),
        (b"\xff" * 10, "The password is not UTF-8."),
    ],
)
def test_no_password(ask: Ask, line: bytes, sentence: str) -> None:
    """An invalid password is refused, and the name is not registered."""
    assert [f"classchat: {sentence}"] == ask("claim Alice", line)
    assert [] == ask("accounts")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "outcome"),
    [
        (["correct horse", "correct horse"], "The name 'Alice' is now registered."),
        (["correct horse"], "classchat: No password was given. Nothing was changed."),
    ],
)
def test_a_password_is_asked_for_twice(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: Sequence[str],
    outcome: str,
) -> None:
    """In a terminal the password is hidden and asked for twice; the end of the input cancels the command."""
    prompts: list[str] = []
    monkeypatch.setattr(sys, "stdin", _Terminal())
    monkeypatch.setattr(admin, "hidden_answers", lambda: _answers(typed, prompts))
    try:
        cli.main(["admin", "claim", "Alice"])
        said = capsys.readouterr().out.strip()
    except SystemExit as refusal:
        said = str(refusal)

    assert (outcome, ["Password: ", "Password again: "]) == (said, prompts)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (["correct horse", "correct house"], "Passwords don't match."),
        (["short", "short"], "A password must have 8 to 256 characters"),
        (["", ""], "A password must have 8 to 256 characters"),
        (["correct horse\tstaple", "correct horse\tstaple"], "A password must have 8 to 256 characters"),
    ],
)
def test_a_slip_is_no_end(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    first: Sequence[str],
    told: str,
) -> None:
    """A mistyped new password in a terminal is asked for again."""
    prompts: list[str] = []
    monkeypatch.setattr(sys, "stdin", _Terminal())
    monkeypatch.setattr(
        admin, "hidden_answers", lambda: _answers([*first, "correct horse", "correct horse"], prompts)
    )
    cli.main(["admin", "claim", "Alice"])
    lines = capsys.readouterr().out.splitlines()

    assert (2, 2) == (prompts.count("Password: "), prompts.count("Password again: "))
    assert lines[0].startswith(told)
    assert "The name 'Alice' is now registered." == lines[-1]


@contextmanager
def _answers(typed: Sequence[str], prompts: list[str]) -> Iterator[Callable[[str], str]]:
    """Answer each question with the next input, and record the questions."""
    answers = iter(typed)

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    yield ask


def test_the_rooms_and_their_order(store: Store, ask: Ask) -> None:
    """A room's line has all its settings and orders, except those that have ended."""
    soon = (time.time_ns() // 1_000_000_000 + 3600) * 1000
    acts = [
        Change("#cs350", "", "topic", "Exam\x1b"),
        Change("#cs350", "", "private", ""),
        Change("#cs350", "", "announce", ""),
        Change("#cs350", "", "closed", ""),
        Change("#cs350", "alice", "moderator", "Alice"),
        *(Change("#cs350", f"~{number}", "invited", f"Guest-{number:02}") for number in range(12)),
        Change("#cs350", "bob", "muted", ""),
        Change("#cs350", "eve", "muted", " 1763892000123 Alice"),
        Change("#cs350", "carol", "banned", f"{soon} 1763892000123 Alice"),
        Change("#cs350", "dora", "banned", "5"),
    ]
    store.append([], 5, ["CS350", "Other"], [], [acts])
    guests = " ".join(f"Guest-{number:02}" for number in range(10))
    until = time.strftime("%Y-%m-%d %H:%M:%S+00:00", time.gmtime(soon / 1000))

    assert [
        "CS350: 0 messages, closed, private, announce, topic 'Exam�', moderators Alice,"
        f" invited {guests} and 2 more, muted bob eve (by Alice), banned carol (until {until}, by Alice)",
        "Other: 0 messages",
    ] == ask("rooms")


def test_the_audit_log(store: Store, ask: Ask) -> None:
    """Each act is a line with its time, actor, action, target and room; the last ones are shown."""
    store.append([], 5_000, [], [], [[Audited("Alice", "create", "CS350")]])
    store.append([], 6_000, [], [], [[Audited("Alice", "ban", "CS350", "Bob", "for 1 hour")]])

    assert [
        "1970-01-01 00:00:05+00:00  Alice create in CS350",
        "1970-01-01 00:00:06+00:00  Alice ban Bob in CS350 for 1 hour",
    ] == ask("audit")
    (line,) = ask("--journal classchat.sqlite audit --last 1 --json")
    assert {
        "time": "1970-01-01T00:00:06.000Z",
        "actor": "Alice",
        "action": "ban",
        "room": "CS350",
        "target": "Bob",
        "detail": "for 1 hour",
    } == json.loads(line)


def test_a_file_that_is_busy_or_broken(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What SQLite can't do is a sentence, too."""
    monkeypatch.setattr(opening, "_LONG_PATIENCE", 1)
    with closing(sqlite3.connect("classchat.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        busy = ask("claim Alice", b"correct horse\n")
        other.execute("ROLLBACK")
        other.execute("DROP TABLE audit")
    broken = ask("audit")

    begin = "classchat: The journal 'classchat.sqlite' can't be read or written to: "
    assert [f"{begin}another program is writing to it, please try again."] == busy
    assert [f"{begin}no such table: audit."] == broken


def test_nobody_reads_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """`classchat admin audit | head -1` ends without a complaint."""
    store.append([], 5_000, [], [], [[Audited("Alice", "create", "CS350")]])
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        cli.main(["admin", "audit"])
