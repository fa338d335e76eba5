"""What the file of a class has when it is over, and what it has not: its secrets are looked for."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.logger import formatEvent, globalLogPublisher

from classchat.console import log_notices
from classchat.core.journal_port import Journal
from classchat.journal.class_records import ClassRecords
from classchat.journal.sqlite import SQLiteJournal
from classchat.limits import Limits
from classchat.notice_sentences import Sentences
from classchat.reports.reporting import people_of
from classchat.servers.service import ChatService
from classchat.tap import makeFactory
from tests.integration.helpers import Client, LoopbackEndpoint, Serve, Server
from tests.integration.journals import at_rest
from tests.new_files import with_tables

Rows = list[tuple[Any, ...]]

STUDENTS = ("Carol", "Dave", "Emil", "Frida", "Gerda", "Hugo")
R = "CS350"
PASSWORD = "correct horse battery"  # noqa: S105  # of a test
QUESTIONS = {"Carol": "Why is it slow?", "Dave": "Where is the exam?"}
"""The first one is hidden from peers, the second one from everybody."""

CHOICES = {name: [len(name) % 2] for name in STUDENTS}


def build(path: Path, *operators: str) -> tuple[Server, SQLiteJournal]:
    """Return a server that keeps its journal in a file, and the journal."""
    journal = SQLiteJournal(with_tables(path), reactor, "normal")
    return server_with(journal, *operators), journal


def server_with(journal: Journal, *operators: str) -> Server:
    """Return a server that keeps this journal."""
    factory = makeFactory(journal, reactor, replace(Limits().without_guard(), operators=frozenset(operators)))
    return Server(ChatService(factory, {"127.0.0.1:0": LoopbackEndpoint(None)}, log_notices))


def select(path: Path, query: str) -> Rows:
    """Return the result of a query to the file of a server that is running."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def all_bytes(path: Path) -> bytes:
    """Return the bytes of the journal and of the files next to it."""
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(path.name + "*")))


@contextmanager
def logged() -> Iterator[list[str]]:
    """Yield a list of what is logged meanwhile."""
    lines: list[str] = []

    def note(event: dict[str, Any]) -> None:
        sentences = event.get("sentences")
        lines.append(str(sentences) if isinstance(sentences, Sentences) else formatEvent(event))

    globalLogPublisher.addObserver(note)
    yield lines
    globalLogPublisher.removeObserver(note)


class Class:
    """A session with questions and a poll, from its beginning to its end."""

    def __init__(self, server: Server, path: Path) -> None:
        self.server = server
        self.path = path
        self.secrets: Rows = []
        """The rows that are secret, just before the poll is closed."""

    async def come(self) -> None:
        """Sign all in, and begin the session."""
        self.mona = await self.server.connect("Mona", R)
        self.students = [await self.server.connect(name, R) for name in STUDENTS]
        await self.asks(self.mona, "session", "begin")

    async def asks(self, client: Client, status: str, text: str = "", **fields: Any) -> dict[str, Any]:
        """Return the answer to a request, which is granted."""
        answer = await client.asks(status, R, text, **fields)
        assert answer["status"] == "success", answer
        return answer

    async def take_place(self) -> None:
        """Ask, support and vote."""
        carol, dave, *others = self.students
        await self.asks(carol, "hand", "pointers")
        await self.asks(carol, "ask", QUESTIONS["Carol"])
        await self.asks(carol, "lower")
        await self.asks(self.mona, "questions", anonymous="full")
        await self.asks(dave, "group", "Hello")
        await self.asks(dave, "ask", QUESTIONS["Dave"])
        await self.asks(dave, "group", "Bye")
        for student in others:
            await self.asks(student, "support", number=2)
        await self.asks(self.mona, "poll", "Which?", options=["quicksort", "mergesort"])
        for student in self.students:
            await self.asks(student, "vote", choices=CHOICES[student.name])
        self.secrets = select(self.path, "SELECT kind, key, value FROM secrets")


@ensureDeferred
async def test_nothing_is_left_of_secrets(serve: Serve, tmp_path: Path) -> None:
    """No file has a key, a digest, an author or a choice, from the moment on that the server has rested."""
    path = tmp_path / "classchat.sqlite"
    server, journal = build(path)
    await serve(server)
    room = Class(server, path)
    await room.come()
    await room.take_place()
    pieces = {piece for row in room.secrets for piece in row[1:] if len(piece) > len("12 345")}
    before = {piece for piece in pieces if piece.encode() in all_bytes(path)}
    assert pieces == before
    await room.asks(room.mona, "endpoll")
    await at_rest(journal)
    votes = {row[2] for row in room.secrets if row[0] == "vote"}
    assert len(votes) == len(STUDENTS)
    assert set() == {piece for piece in votes if piece.encode() in all_bytes(path)}
    await room.asks(room.mona, "session", "end")
    await at_rest(journal)

    assert set() == {piece for piece in pieces if piece.encode() in all_bytes(path)}
    assert [] == select(path, "SELECT * FROM secrets")
    assert not re.search(rb'"choices"|"subject":"', all_bytes(path))


@ensureDeferred
async def test_neither_order_nor_time_tells_who_has_asked(serve: Serve, tmp_path: Path) -> None:
    """Rows about questions have the minute only, and no place between other rows."""
    path = tmp_path / "classchat.sqlite"
    server, journal = build(path)
    await serve(server)
    room = Class(server, path)
    await room.come()
    await room.take_place()
    await room.asks(room.mona, "endpoll")
    await room.asks(room.mona, "session", "end")
    await at_rest(journal)
    told = select(path, "SELECT id, time, person FROM happenings WHERE what = 'question'")
    kept = select(path, "SELECT id, value FROM features WHERE kind = 'question'")
    cast = select(path, "SELECT key FROM features WHERE kind = 'votes_cast' ORDER BY id")

    assert 2 == len(told) == len(kept)
    assert all(id < 0 and time % 60_000 == 0 and person is None for id, time, person in told)
    assert all(id < 0 and json.loads(value)["minute"] % 60_000 == 0 for id, value in kept)
    assert sorted(cast) == cast  # not in the order of the votes
    ids = [f'"{name}-{number}"' for name in ("Carol", "Dave") for number in range(10)]
    answered = select(path, "SELECT key, value FROM features WHERE kind = 'answered'")
    assert answered
    assert not [value for _, value in answered if re.search("ask|vote|support", value)]
    assert not [id for id in ids if id.encode() in all_bytes(path)]


@ensureDeferred
async def test_nothing_that_anybody_reads_names_an_author(serve: Serve, tmp_path: Path) -> None:
    """Neither what they hear and ask for, nor history, search, export, audit log and console."""
    path = tmp_path / "classchat.sqlite"
    server, journal = build(path)
    with logged() as lines:
        await serve(server)
        room = Class(server, path)
        await room.come()
        await room.take_place()
        for client in (room.mona, *room.students):
            for status in ("class", "questions", "polls", "history", "users"):
                await client.asks(status, R, follow=True) if status == "class" else await client.asks(
                    status, R
                )
            await client.asks("search", R, "exam")
            await client.asks("polls", R, number=1)
        await room.asks(room.mona, "endpoll")
        await room.asks(room.mona, "session", "end")
        await at_rest(journal)
    asked = [text for text in lines if any(question in text for question in QUESTIONS.values())]
    assert [] == asked
    audited = select(path, "SELECT action, target, detail FROM audit")
    assert {"create", "session begin", "session end"} == {action for action, _, _ in audited}
    for client in (room.mona, *room.students):
        for heard in client.everything():
            text = json.dumps(heard)
            for author, question in QUESTIONS.items():
                if question in text and client.name != author:
                    parts = re.findall(r"\{[^{}]*" + re.escape(question) + r"[^{}]*\}", text)
                    assert parts
                    assert not [
                        part for part in parts if author in part.replace(f'"receiver": "{client.name}"', "")
                    ]


@ensureDeferred
async def test_a_guest_who_only_asks_is_not_recorded(serve: Serve, tmp_path: Path) -> None:
    """A record that is written with a question would name its author; later guests get other numbers."""
    path = tmp_path / "classchat.sqlite"
    server, _ = build(path)
    await serve(server)
    room = Class(server, path)
    await room.come()
    carol, dave = room.students[:2]
    await room.asks(carol, "ask", QUESTIONS["Carol"])
    await room.asks(dave, "hand")
    recorded = select(path, "SELECT name FROM persons WHERE name <> 'Mona'")
    await server.stop()
    again, _ = build(path)
    await serve(again)
    zoe = await again.connect("Zoe", R)
    shown = await zoe.asks("questions", R)

    assert [("Dave",)] == recorded
    assert [None] == [one.get("own") for one in shown["questions"]["list"]]


@ensureDeferred
async def test_who_is_no_student_in_the_file(serve: Serve, tmp_path: Path) -> None:
    """A screen and an operator of the command line, who has begun no session, stand in no report."""
    path = tmp_path / "classchat.sqlite"
    first, _ = build(path)
    await serve(first)
    olga = await first.connect("Olga")
    await olga.asks("claim", text=PASSWORD)
    await first.stop()
    server, _ = build(path, "olga")
    await serve(server)
    room = Class(server, path)
    await room.come()
    screen = await server.dial("Projector")
    await screen.asks("register", screen=True)
    await screen.asks("join", R)
    olga = await server.dial("Olga")
    await olga.asks("register", text=PASSWORD)
    await olga.asks("join", R)
    await room.asks(room.mona, "session", "end")
    await server.stop()
    records = ClassRecords(str(path), lambda: 0)
    (people,) = people_of(records, records.sessions(), ())
    records.close()

    assert list(STUDENTS) == [one.user for one in people.people]
