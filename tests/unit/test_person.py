"""`classchat person`: everything about a person, and that nothing of it is left."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from classchat import cli
from classchat.core.acts import (
    Act,
    Audited,
    Change,
    Enrolling,
    Happened,
    Issued,
    PersonRecord,
    RowChange,
    Secured,
)
from classchat.core.features import hand_rows
from classchat.core.features.rows import CurrentSession
from classchat.journal.batch_rows import PersonRow
from classchat.journal.class_rows import RoomHappening
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from classchat.rosters.students import Student
from tests.unit.journal.helpers import open_store, said, told

JANE = PersonRow(1, "Jane.Doe", "jane.doe", b"jane's token")
BOB = PersonRow(2, "Bob", "bob", b"bob's token")
WRITTEN = "Supercalifragilistic"
ROOM = "#cs350"


def _row(kind: str, key: str, *, session: int = 5, secret: bool = False, **value: object) -> RowChange:
    return RowChange(ROOM, session, kind, key, json.dumps(value), None, secret=secret)


def _happened(what: str, person: int | None = None, **about: object) -> Happened:
    return Happened(ROOM, what, "room", person, json.dumps({"kind": what, "room": "CS350", **about}))


ACCOUNT = (
    Enrolling(Student("Jane Quux Doe", "4711", "jdoe", "jane@example.edu", "A"), "Jane.Doe", b"code"),
    PersonRecord(1, "Jane.Doe", "jane.doe", b"jane's token"),
    Secured("jane.doe", "Jane.Doe", 1, "$hash", code=b"code"),
    Issued(1, b"device of jane"),
    Audited("Jane.Doe", "claim"),
)
ORDERS = (
    Change(ROOM, "jane.doe", "moderator", "Jane.Doe"),
    Change(ROOM, "bob", "muted", " 1000 Jane.Doe"),
    Change(ROOM, "bob", "banned", "9000 1000 JANE.DOE"),
    Change(ROOM, "", "topic_by", "1000 Jane.Doe"),
    Audited("Jane.Doe", "mute", "CS350", "Bob"),
    Audited("classchat admin", "roster invite", detail="Anna, Jane.Doe, Zoe"),
    Audited("classchat admin", "roster link", target="Jane.Doe", detail="Jane Quux Doe"),
)
CLASS = (
    _row("hand", "1", name="Jane.Doe", topic=WRITTEN, raised=5),
    _row("turn", "2", name="Bob", topic="Bob's topic", raised=5, by="1", by_name="Jane.Doe", began=7),
    _row(
        "question",
        "1",
        text="Not theirs",
        state="open",
        name="Bob",
        subject="2",
        by="Jane.Doe",
        answer=WRITTEN,
    ),
    _row("question", "2", text=WRITTEN, state="open", name="Jane.Doe", subject="1"),
    _row("question", "3", text=f"Why {WRITTEN}?", state="open"),
    _row("question", "4", text="Why not?", state="open"),
    _row("author", "3", subject="1", name="Jane.Doe", digest="", secret=True),
    _row("author", "4", subject="2", name="Bob", digest="", secret=True),
    _row("author", "5", subject="1", name="Jane.Doe", digest="", secret=True),
    _row("answered", "2 r", session=0, answer='{"is":"next","user":"Jane.Doe"}'),
    _happened("turn", 2, by="Jane.Doe", state="taken"),
    _happened("question", number=2, user="Jane.Doe", text=WRITTEN, state="open"),
    _happened("question", number=3, text=f"Why {WRITTEN}?", state="open"),
    _happened("question", number=4, text="Why not?", state="open"),
    _happened("groups", rooms={"CS350-1": ["Bob", "Jane.Doe"]}, by="Bob", open=True),
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a new directory; return the journal that is taken where none is named."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "classchat.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Keep all that a journal can have about Jane and Bob."""
    with closing(open_store(path)) as store:
        joined = [RoomHappening(ROOM, "joined", 1, '{"user":"Jane.Doe","guest":false}')]
        store.append([], 1_000, ["CS350"], [JANE, BOB], [ACCOUNT, ORDERS, *([one] for one in CLASS)], joined)
        messages = [
            said(f"{WRITTEN} words", "r1", "Jane.Doe"),
            said("hello", sender="Bob"),
            told(BOB, JANE, "psst"),
            told(JANE, BOB, f"{WRITTEN} whisper"),
        ]
        store.append(messages, 2_000)
        while store.index_some():
            pass
        yield store


Ask = Callable[..., list[str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return a function that runs `classchat person` and returns its lines, or the sentence why not."""

    def ask(*words: str) -> list[str]:
        try:
            cli.main(["person", *words])
        except SystemExit as refusal:
            return [str(refusal)]
        return capsys.readouterr().out.splitlines()

    return ask


def _bytes(path: Path) -> bytes:
    """Return all bytes of a journal's files."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())


def _values(path: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        return [value for (value,) in db.execute(statement)]


@pytest.mark.usefixtures("store")
def test_export(ask: Ask) -> None:
    """Everything about a person is exported while a server runs, except for secrets."""
    document = json.loads("".join(ask("export", "JDOE")))

    assert "Jane.Doe" == document["name"]
    assert ["Jane.Doe"] == [one["name"] for one in document["account"]]
    assert ["jane@example.edu"] == [one["email"] for one in document["roster"]]
    assert ["moderator"] == [one["what"] for one in document["rooms"]]
    assert [f"{WRITTEN} words", "psst", f"{WRITTEN} whisper"] == [one["text"] for one in document["messages"]]
    assert ["turn", "question", "groups", "joined"] == [one["what"] for one in document["happenings"]]
    assert ["hand", "turn", "question", "question"] == [one["kind"] for one in document["classes"]]
    assert ["claim", "mute", "roster invite", "roster link"] == [one["action"] for one in document["audit"]]
    assert "$hash" not in str(document)


@pytest.mark.usefixtures("store")
def test_export_for_people(ask: Ask, path: Path) -> None:
    """As HTML it is one page in which nothing runs."""
    ask("export", "Jane.Doe", "-f", "html", "-o", "jane.html")
    page = (path.parent / "jane.html").read_text()

    assert "default-src 'none'" in page
    assert "<td><bdi>jane@example.edu</bdi></td>" in page
    assert ["classchat: --output would overwrite the journal: choose another file."] == [
        line.partition(" See ")[0] for line in ask("export", "Jane.Doe", "-o", "classchat.sqlite")
    ]


@pytest.mark.usefixtures("store")
def test_a_dry_run(ask: Ask, path: Path) -> None:
    """A dry run says, while a server runs, what would be erased, and changes nothing."""
    before = _values(path, "SELECT sender FROM messages")

    assert [
        "'Jane.Doe' would become 'former student 1'.",
        "Messages sent: 2, whose texts stay.",
        "Private messages received: 1.",
        "Rows of classes: 10. Lines of the audit log: 4.",
        "Deleted: the account and the row on the roster.",
        "Nothing was changed (--dry-run).",
    ] == ask("erase", "Jane.Doe", "--dry-run")
    assert before == _values(path, "SELECT sender FROM messages")


@pytest.mark.usefixtures("store")
def test_beside_a_server(ask: Ask) -> None:
    """While a server is running nothing is erased, and the reason is told."""
    assert [
        "classchat: A server is running on the journal. It has names in memory, and would write them again:"
        " stop it first."
    ] == ask("erase", "Jane.Doe")


def test_nothing_is_left(store: Store, ask: Ask, path: Path) -> None:
    """With the texts, no byte of the journal's files has a name, a key or a word of the person."""
    store.close()
    found = [
        word
        for word in (b"jane", b"quux", b"4711", b"jdoe", b"supercali", b"upe")
        if word in _bytes(path).lower()
    ]
    ask("erase", "Jane.Doe", "--texts")
    left = [word for word in found if word in _bytes(path).lower()]

    assert [b"jane", b"quux", b"4711", b"jdoe", b"supercali", b"upe"] == found
    assert [] == left
    with closing(open_store(path)) as store:
        assert [] == store.check()
    with closing(Reader(path)) as reader:
        assert [] == reader.search("supercali", [ROOM], 10).messages
        assert 1 == len(reader.search("erased", [ROOM], 10).messages)


def test_what_stays(store: Store, ask: Ask, path: Path) -> None:
    """Without `--texts` the texts stay, under another name; what others have written always stays."""
    store.close()
    ask("erase", "Jane.Doe")
    rows = [json.loads(value) for value in _values(path, "SELECT value FROM features ORDER BY id")]

    assert ["former student 1", "Bob", "Bob", "former student 1"] == _values(
        path, "SELECT sender FROM messages"
    )
    assert [f"{WRITTEN} words", "hello", "psst", f"{WRITTEN} whisper"] == _values(
        path, "SELECT text FROM messages"
    )
    assert ["former student 1", None] == _values(
        path, "SELECT DISTINCT receiver FROM messages WHERE sender = 'Bob' ORDER BY receiver DESC"
    )
    assert ["former student 1", "Bob", "Bob", "former student 1"] == [
        row["name"] for row in rows if "name" in row
    ]
    assert [f"Why {WRITTEN}?", "Why not?"] == [row["text"] for row in rows if "name" not in row]
    assert ["9000 1000 former student 1", " 1000 former student 1", "1000 former student 1"] == _values(
        path, "SELECT value FROM orders ORDER BY subject DESC, what"
    )
    assert "Anna, former student 1, Zoe" in _values(path, "SELECT detail FROM audit")
    assert b"Jane" not in _bytes(path)


def test_texts_of_others_stay(store: Store, ask: Ask, path: Path) -> None:
    """`--texts` erases what the person has written, and nothing that others have."""
    store.close()
    ask("erase", "Jane.Doe", "--texts")
    rows = [json.loads(value) for value in _values(path, "SELECT value FROM features ORDER BY id")]
    told = [json.loads(value) for value in _values(path, "SELECT detail FROM happenings ORDER BY id")]

    assert ["[erased]", "hello", "psst", "[erased]"] == _values(path, "SELECT text FROM messages")
    assert ["[erased]", "Bob's topic"] == [row["topic"] for row in rows if "topic" in row]
    assert ["Not theirs", "[erased]", "[erased]", "Why not?"] == [
        row["text"] for row in rows if "text" in row
    ]
    assert ["[erased]", "[erased]", "Why not?"] == [one["text"] for one in told if "text" in one]
    assert {"CS350-1": ["Bob", "former student 1"]} in [one.get("rooms") for one in told]


def test_the_next_one(store: Store, ask: Ask, path: Path) -> None:
    """Each person gets a number of their own; the name is free for another person."""
    store.close()
    ask("erase", "Jane.Doe")

    assert "'Bob' is now 'former student 2'." == ask("erase", "bob")[0]
    assert ["classchat: The journal has no person called 'Jane.Doe'."] == ask("erase", "Jane.Doe")
    assert [] == _values(path, "SELECT name FROM accounts")


def test_a_name_that_is_a_word_of_the_protocol(path: Path, ask: Ask) -> None:
    """A person called `helped` is erased, and the states of turns stay what they are."""
    acts: Sequence[Act] = [
        _row("served", "7 3", name="helped", topic="x", state="helped", by="open"),
        _row("groups", "", names={"3": "helped"}, rooms={"G-1": ["3"]}, by="Bob"),
    ]
    with closing(open_store(path)) as store:
        store.append([said("hi", sender="helped")], 1, ["CS350"], [], [acts])
    ask("erase", "helped")

    assert [
        '{"name":"former student 1","topic":"x","state":"helped","by":"open"}',
        '{"names":{"3":"former student 1"},"rooms":{"G-1":["3"]},"by":"Bob"}',
    ] == _values(path, "SELECT value FROM features ORDER BY id")


def test_a_guest(path: Path, ask: Ask) -> None:
    """A guest is known by name: by what was said, and by the rooms they have joined."""
    with closing(open_store(path)) as store:
        joined = [RoomHappening(ROOM, "joined", 7, '{"user":"Guesty","guest":true}')]
        hand = _row("hand", "7", name="Guesty", topic="", raised=5)
        store.append([said("Guesty?", sender="Bob")], 1, ["CS350"], [], [[hand]], joined)
    lines = ask("erase", "guesty", "--texts")

    assert "The name stays in 1 message of other users who mention it." in lines
    assert ["former student 1"] == _values(path, "SELECT json_extract(value, '$.name') FROM features")
    assert ["former student 1"] == _values(
        path, "SELECT json_extract(detail, '$.user') FROM happenings WHERE person IS NOT NULL"
    )


def test_a_student_who_never_came(path: Path, ask: Ask) -> None:
    """A row of the roster is deleted, in any spelling of what it has."""
    with closing(open_store(path)) as store:
        store.append([], 1, acts=[[Enrolling(Student("Zoë Quux", email="z@x.edu"), "Zoë.Quux", b"c")]])
    ask("erase", "Z@X.EDU")

    assert [] == _values(path, "SELECT name FROM roster")
    assert b"Quux" not in _bytes(path)


def test_copies(store: Store, ask: Ask, path: Path) -> None:
    """Copies of the file that still have the name are named."""
    store.close()
    Path(f"{path}.before-7").write_bytes(b"")
    line = ask("erase", "Jane.Doe")[-1]

    assert line.endswith("classchat.sqlite.before-7' still has the name: delete it.")


@pytest.mark.parametrize("words", ["export", "erase a b", "erase", "export ''"])
def test_misuse(path: Path, ask: Ask, words: str) -> None:
    """A wrong command line ends with a sentence."""
    (line,) = ask(*words.replace("''", "").split(" "))

    assert line.startswith("classchat: Expected exactly one NAME. See classchat person ")


def test_a_name_that_is_too_long(path: Path, ask: Ask) -> None:
    """No person has it, and that is found out soon."""
    with closing(open_store(path)):
        (line,) = ask("export", "e\u0301" * 100_000)

    assert line.startswith("classchat: The journal has no person called 'e")


def test_a_class_that_goes_on(store: Store, ask: Ask, path: Path) -> None:
    """A server can read all rows of a class in which an erased person took part."""
    row = hand_rows.HandRow("Jane.Doe", "pointers", 5)
    current = CurrentSession(5, 1)
    acts: Sequence[Act] = [
        RowChange(ROOM, 0, CurrentSession.kind, "", msgspec.json.encode(current).decode(), None),
        RowChange(ROOM, 5, row.kind, "1", msgspec.json.encode(row).decode(), CLASS[0].value),  # type: ignore[union-attr]
    ]
    store.append([], 3_000, acts=[acts])
    store.close()
    ask("erase", "Jane.Doe")
    with closing(Reader(path)) as reader:
        (found,) = [one for one in reader.class_rows() if one.kind == row.kind]

    assert hand_rows.HandRow("former student 1", "pointers", 5) == msgspec.json.decode(
        found.value, type=hand_rows.HandRow
    )
