"""`classchat export --attendance` and the other reports about classes."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from classchat import cli
from classchat.core.acts import Act, Change, Enrolling, Happened, PersonRecord, RowChange, Secured
from classchat.journal.batch_rows import PersonRow
from classchat.journal.class_records import ClassRecords
from classchat.journal.class_rows import RoomHappening
from classchat.journal.store import Store
from classchat.rosters.students import Student
from tests.tables import each_case
from tests.unit.journal.helpers import open_store, said

MINUTE = 60_000
NOON = 1_793_534_400_000  # 2026-11-01T12:00:00Z
ROOM = "#cs350"
NAMES = {1: "Carol", 2: "Dave", 3: "Mona"}


def _row(kind: str, key: str, *, session: int = NOON, room: str = ROOM, **value: object) -> RowChange:
    return RowChange(room, session, kind, key, json.dumps(value), None)


def _session(number: int, began: int, ended: int | None, room: str = ROOM) -> RowChange:
    fields = {"number": number, "title": "Week 3", "began": began, "by": "Mona", "ended": ended}
    return _row("session", "", session=began, room=room, **fields)


def _happened(what: str, to: str = "room", minute: bool = False, **about: object) -> Happened:
    about = {"kind": what, "room": "CS350", **about}
    return Happened(ROOM, what, to, 1 if to == "person" else None, json.dumps(about), minute)


def _account(number: int) -> list[Act]:
    name = NAMES[number]
    return [
        PersonRecord(number, name, name.lower(), name.encode()),
        Secured(name.lower(), name, number, "$hash", code=b"carol" if number == 1 else None),
    ]


def _moved(what: str, person: int, name: str, guest: bool = False) -> RoomHappening:
    return RoomHappening(ROOM, what, person, json.dumps({"user": name, "guest": guest}))


def _play(store: Store) -> None:
    """Keep a session with Carol and Zoe of the roster, Dave, the guest Emil, and the moderator Mona."""
    roster = [
        [Enrolling(Student("Carol Ng", section="A"), "Carol.Ng", b"carol")],
        [Enrolling(Student("Zoe Quux"), "Zoe.Quux", b"zoe")],
    ]
    persons = [PersonRow(number, name, name.lower(), name.encode()) for number, name in NAMES.items()]
    moderates = Change(ROOM, "mona", "moderator", "Mona")
    store.append(
        [], NOON - 9 * MINUTE, ["CS350", "S"], persons, [*roster, *map(_account, NAMES), [moderates]]
    )
    store.append(
        [said("too early", sender="Carol")], NOON - 5 * MINUTE, happened=[_moved("joined", 3, "Mona")]
    )
    store.append([], NOON - MINUTE, happened=[_moved("joined", 1, "Carol")])
    store.append(
        [],
        NOON,
        acts=[
            [_session(1, NOON, NOON + 60 * MINUTE)],
            [_happened("session", by="Mona", state="begun", number=1)],
        ],
    )
    store.append(
        [], NOON + 10 * MINUTE, happened=[_moved("joined", 2, "Dave"), _moved("joined", 9, "Emil", True)]
    )
    rows = [
        _row("here", "1", name="Carol", at=NOON + MINUTE, place="x"),
        _row("here", "9", name="=Emil", at=NOON + 2 * MINUTE, place="x"),
        _row("mark", "2", name="Dave", mark="late", by="Mona", at=NOON),
        _row(
            "served",
            f"{NOON} 1",
            name="Carol",
            topic="",
            by="Mona",
            raised=1,
            began=1,
            ended=2,
            state="helped",
        ),
        _row(
            "served",
            f"{NOON + 1} 1",
            name="Carol",
            topic="",
            by="Mona",
            raised=1,
            began=1,
            ended=2,
            state="absent",
        ),
        _row(
            "question",
            "1",
            text="Why?",
            state="answered",
            minute=NOON,
            anonymous="peers",
            public=True,
            supports=4,
            answer="So",
            by="Mona",
        ),
        _row(
            "question",
            "2",
            text="=1+1",
            state="open",
            minute=NOON,
            anonymous="no",
            public=True,
            subject="2",
            name="Dave",
        ),
        _row(
            "poll",
            "1",
            text="Which?",
            options=["A", "B"],
            seconds=60,
            until=NOON,
            by="Mona",
            many=False,
            named=False,
            live=False,
            closed=NOON,
            result={"votes": 9, "counts": [2, 7], "guest_votes": 0},
            here=10,
        ),
        _row(
            "poll",
            "2",
            text="Who?",
            options=["C", "D"],
            seconds=60,
            until=NOON,
            by="Mona",
            many=False,
            named=True,
            live=False,
            closed=NOON,
            result={"votes": 1, "counts": [0, 1]},
            here=3,
        ),
        _row("named_votes", "2", votes={"2": {"name": "Dave", "choices": [1]}}),
        _row(
            "poll",
            "3",
            text="Few?",
            options=["E", "F"],
            seconds=60,
            until=NOON,
            by="Mona",
            many=False,
            named=False,
            live=False,
            closed=NOON,
            result={"votes": 2},
            here=3,
        ),
        _row("votes_cast", "2", name="Dave", polls=2),
    ]
    secret = RowChange(
        ROOM, NOON, "author", "1", '{"subject":"1","name":"Carol","digest":"x"}', None, secret=True
    )
    store.append(
        [said("Hello", sender="Carol"), said("Hi", sender="Dave"), said("Again", sender="Carol")],
        NOON + 20 * MINUTE,
        acts=[
            *([row] for row in rows),
            [secret],
            [_happened("question", minute=True, number=1, state="open", text="Why?")],
            [
                _happened(
                    "question", "person", number=1, state="revealed", text="Why?", by="Mona", user="Carol"
                )
            ],
        ],
        happened=[_moved("left", 1, "Carol")],
    )
    store.append(
        [said("too late", sender="Carol")],
        NOON + 61 * MINUTE,
        acts=[[_session(2, NOON + 70 * MINUTE, None)], [_session(1, NOON, NOON + 1, "#s")]],
    )


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the time zone to UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Change to a directory with a journal that a server writes to."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "classchat.sqlite"
    with closing(open_store(path)) as store:
        _play(store)
        yield path


Export = Callable[..., str]


@pytest.fixture
def export(journal: Path, capfd: pytest.CaptureFixture[str]) -> Export:
    """Return a function that runs `classchat export` and returns the document, or the sentence why not."""

    def export(*words: str) -> str:
        try:
            cli.main(["export", *words])
        except SystemExit as refusal:
            return str(refusal).partition(" See ")[0]
        return capfd.readouterr().out

    return export


def _rows(export: Export, *words: str) -> list[dict[str, Any]]:
    """Return the rows of the first session of CS350."""
    document = json.loads(export(*words, "--room", "cs350", "--session", "1", "-f", "json"))
    ((session,),) = document.values()
    return session["rows"]  # type: ignore[no-any-return]


def test_attendance(export: Export) -> None:
    """Codes, presence and marks stand side by side, for the roster and for others; staff are left out."""
    assert [
        ["Carol Ng", "Carol", True, False, "2026-11-01T12:01:00.000Z", 20, "", ["=Emil"]],
        ["Zoe Quux", "", True, False, "", 0, "", []],
        ["Dave", "Dave", False, False, "", 50, "late", []],
        ["Emil", "Emil", False, True, "2026-11-01T12:02:00.000Z", 50, "", ["Carol"]],
    ] == [
        [
            row[field]
            for field in ("name", "user", "on_roster", "guest", "code", "minutes", "mark", "same_address")
        ]
        for row in _rows(export, "--attendance")
    ]
    carol = _rows(export, "--attendance")[0]
    assert ("2026-11-01T12:00:00.000Z", "2026-11-01T12:20:00.000Z") == (carol["first"], carol["last"])


def test_participation(export: Export) -> None:
    """What each student did in the session is counted; what has no name is not."""
    fields = ("name", "messages", "helped", "questions_by_name", "polls", "code")

    assert [
        ["Carol Ng", 2, 1, 0, 0, True],
        ["Zoe Quux", 0, 0, 0, 0, False],
        ["Dave", 1, 0, 1, 2, False],
        ["Emil", 0, 0, 0, 0, True],
    ] == [[row[field] for field in fields] for row in _rows(export, "--participation")]


def test_questions(export: Export) -> None:
    """Questions have their supports and answers; those without a name have none."""
    assert [
        [1, "Why?", "", "peers", "answered", 4, "So", "Mona"],
        [2, "=1+1", "Dave", "no", "open", 0, "", ""],
    ] == [
        [row[field] for field in ("number", "text", "user", "anonymous", "state", "supports", "answer", "by")]
        for row in _rows(export, "--questions")
    ]


def test_polls(export: Export) -> None:
    """Polls have a row for each option; only named polls have voters, and polls with few votes no counts."""
    assert [
        [1, "A", 2, 9, []],
        [1, "B", 7, 9, []],
        [2, "C", 0, 1, []],
        [2, "D", 1, 1, ["Dave"]],
        [3, "E", "", 2, []],
        [3, "F", "", 2, []],
    ] == [
        [row[field] for field in ("poll", "option", "votes", "voted", "voters")]
        for row in _rows(export, "--polls")
    ]


def test_a_transcript(export: Export) -> None:
    """What was said and told in the session, in order; nothing that only one student was told."""
    assert [
        ("12:00:00", "Mona has begun session 1"),
        ("12:10:00", "Dave has joined the chat room"),
        ("12:10:00", "Emil has joined the chat room"),
        ("12:20:00", "Hello"),
        ("12:20:00", "Hi"),
        ("12:20:00", "Again"),
        ("12:20:00", "Question 1: Why?"),
        ("12:20:00", "Carol has left the chat room"),
    ] == [(row["time"][11:19], row["text"]) for row in _rows(export)]


@each_case("name", ["--attendance", "--participation", "--questions", "--polls", "--session"])
@each_case("format", ["csv", "json", "html"])
def test_no_author_is_in_any_report(export: Export, name: str, format: str) -> None:
    """No report connects an author with an anonymous question, not even if a moderator has looked."""
    words = ["--session", "all"] if name == "--session" else [name]
    lines = export(*words, "-f", format).replace("</tr>", "\n").splitlines()

    assert [] == [line for line in lines if "Carol" in line and "Why?" in line]
    assert "revealed" not in "".join(lines)


def test_a_table_for_spreadsheets(export: Export) -> None:
    """As CSV all sessions are one table; no cell is a formula."""
    rows = list(csv.reader(io.StringIO(export("--questions").removeprefix("\ufeff"))))

    assert ["room", "session", "title", "began", "ended", "number", "minute", "text"] == rows[0][:8]
    assert ["CS350", "1", "Week 3", "2026-11-01T12:00:00.000Z", "2026-11-01T13:00:00.000Z", "2"] == rows[2][
        :6
    ]
    assert "'=1+1" == rows[2][7]


def test_a_page(export: Export) -> None:
    """As HTML each session has a table below its title, with local times; nothing in it runs."""
    page = export("--attendance", "-f", "html", "--room", "CS350")

    assert (
        "<h2><bdi>CS350, session 1: Week 3 (2026-11-01 12:00:00+00:00 to 2026-11-01 13:00:00+00:00)</bdi>"
        in page
    )
    assert "<td><bdi>Carol Ng</bdi></td>" in page
    assert "default-src 'none'" in page


def test_sessions(export: Export) -> None:
    """The last sessions are those of each room; a number is that of each room's."""
    last = json.loads(export("--polls", "--session", "last", "-f", "json"))["polls"]
    first = json.loads(export("--polls", "--session", "1", "-f", "json"))["polls"]

    assert [("CS350", 2, ""), ("S", 1, "2026-11-01T12:00:00.001Z")] == [
        (one["room"], one["session"], one["ended"]) for one in last
    ]
    assert [("CS350", 1), ("S", 1)] == [(one["room"], one["session"]) for one in first]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--attendance --polls", "Choose one of --attendance, --participation, --questions, --polls."),
        (
            "--polls --from 2026-11-01",
            "--from and --to are for messages: choose the session of a report with --session.",
        ),
        ("--polls -f md", "--format: a report is csv, json or html."),
        ("--session next", "--session: 'next' is not a session: use its number, last or all."),
        (
            "--polls --session 7",
            "There is no such session. A class has sessions when its moderator begins them: /session begin",
        ),
        ("--polls --room T", "There is no room 'T'. Existing rooms: CS350, S."),
    ],
)
def test_mistakes(export: Export, words: str, sentence: str) -> None:
    """What makes no sense, and what is not there, is told in a sentence."""
    assert f"classchat: {sentence}" == export(*words.split())


def test_a_server_that_was_killed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A student who does not come back after that was there until the server has written last."""
    path = tmp_path / "classchat.sqlite"
    with closing(open_store(path)) as store:
        _play_until_killed(store)
    with closing(open_store(path, NOON + 40 * MINUTE)) as store:
        store.append([], NOON + 41 * MINUTE, happened=[_moved("joined", 2, "Dave")])
        store.append([], NOON + 60 * MINUTE, acts=[[_session(1, NOON, NOON + 60 * MINUTE)]])
    cli.main(["export", "--attendance", "-f", "json", "-j", str(path)])
    ((session,),) = json.loads(capfd.readouterr().out).values()

    assert [("Carol", 20), ("Dave", 60)] == [(row["name"], row["minutes"]) for row in session["rows"]]


def _play_until_killed(store: Store) -> None:
    joined = [_moved("joined", 1, "Carol"), _moved("joined", 2, "Dave")]
    store.append([], NOON, ["CS350"], happened=joined)
    store.append([said("the last message", sender="Carol")], NOON + 20 * MINUTE)


def test_the_beginning_of_a_session(tmp_path: Path) -> None:
    """What was before it is not in its transcript, except for questions: only their minute is known."""
    path, began = tmp_path / "classchat.sqlite", NOON + 30_000
    with closing(open_store(path)) as store:
        store.append([], began - 10, ["CS350"], happened=[_moved("joined", 1, "Carol")])
        store.append([], began, acts=[[_session(1, began, NOON + MINUTE)]])
        store.append(
            [], began + 5, acts=[[_happened("question", minute=True, number=1, state="open", text="Why?")]]
        )
    with closing(ClassRecords(str(path), lambda: NOON)) as records:
        (session,) = records.sessions()
        told = [(one.time, one.what) for one in records.told(session)]

    assert [(NOON, "question")] == told
