"""Moving a journal from a file into PostgreSQL and back, and the commands on both: they print the same."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred

from classchat import cli
from classchat.journal import copying
from classchat.journal.copying import TABLES
from classchat.journal.store import Store
from tests.integration.helpers import Serve, line
from tests.integration.journals import at_rest
from tests.integration.test_class_in_files import PASSWORD, Class, R, build, server_with
from tests.postgres import shared_cluster

Run = Callable[..., tuple[str, str]]

ROSTER = "name,id,section\nCarol Smith,1,A\nZoë Öz,2,B\n"

REPORTS = [
    f"export --{report} --session all --format {format}"
    for report in ("attendance", "participation", "questions", "polls")
    for format in ("csv", "json")
]

QUERIES = [
    "admin audit --json",
    "admin accounts",
    "admin rooms",
    "roster list --left",
    f"export --room {R}",
    f"export --room {R} --session 1 --format json",
    *REPORTS,
    "person export Carol",
    "person export dave",
    "person export Olga",
    "person export Dave --format html",
    "person erase Dave --texts --dry-run",
    "person erase Dave --dry-run",
]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of a schema without a journal."""
    return shared_cluster().new_journal(str(tmp_path))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command, and returns its output and the sentence with which it failed."""

    def run(words: str, *more: object, input: str = "") -> tuple[str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(input.encode())))
        sentence = ""
        try:
            cli.main([*words.split(), *map(str, more)])
        except SystemExit as end:
            sentence = str(end.code or "")
        printed = capsys.readouterr()
        return printed.out, printed.err + sentence

    return run


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of a file's tables."""
    with closing(sqlite3.connect(path)) as db:
        tables = {
            table.name: db.execute(
                f"SELECT {table.columns} FROM {table.name} ORDER BY {table.key}"  # noqa: S608 (constants)
            ).fetchall()
            for table in TABLES
        }
        return {"journal": db.execute("SELECT epoch, created, last_id FROM journal").fetchall(), **tables}


def _as_in_file(printed: str) -> str:
    """Return what a command prints without the line about databases."""
    return re.sub("The database's write-ahead log.*\n", "", printed)


async def fill(path: Path, serve: Serve) -> None:
    """Hold a class, register names, moderate, and talk, with what is hard to keep."""
    server, journal = build(path, "Olga")
    await serve(server)
    room = Class(server, path)
    await room.come()
    olga = await server.connect("Olga", R)
    await olga.asks("claim", text=PASSWORD)
    await room.take_place()
    await room.asks(room.mona, "endpoll")
    carol, dave, emil, *_ = room.students
    await carol.asks("claim", text=PASSWORD)
    await dave.asks("private", "Carol", "Über \x01ACTION\x01 漢字 🎓 'quoted'")
    await emil.asks("rename", text="Emilia")
    await room.asks(room.mona, "mute", user="Frida")
    await room.asks(room.mona, "topic", "Sorting")
    await room.asks(room.mona, "session", "end")
    await at_rest(journal)
    await server.stop()


@ensureDeferred
async def test_there_and_back(serve: Serve, tmp_path: Path, url: str, run: Run) -> None:
    """All rows are the same after two copies, and all commands print the same about each of them."""
    path, back = tmp_path / "classchat.sqlite", tmp_path / "back.sqlite"
    await fill(path, serve)
    run("roster import - --journal", path, input=ROSTER)
    copied = run("journal copy", path, url), run("journal copy", url, back)
    printed = {
        place: [_as_in_file(run(f"{query} --journal", place)[0]) for query in QUERIES]
        for place in (path, url, back)
    }

    assert [
        (f"'{url}' has everything that '{path}' has.\n", ""),
        (f"'{back}' has everything that '{url}' has.\n", ""),
    ] == [*copied]
    assert rows(path) == rows(back)
    assert all(printed[path])
    assert printed[path] == printed[url] == printed[back]
    assert ("", f"The journal '{url}' is in order.\n") == run("journal check --journal", url)[::-1]
    assert re.search(rf"database: +{re.escape(url)}, version \d+\n", run("journal info --journal", url)[0])


@ensureDeferred
async def test_changes_in_both(serve: Serve, tmp_path: Path, url: str, run: Run) -> None:
    """Commands that change something do the same to a file and to a database, and refuse the same."""
    path, back = tmp_path / "classchat.sqlite", tmp_path / "back.sqlite"
    await fill(path, serve)
    run("journal copy", path, url)
    changes = [
        ("admin claim Zed", PASSWORD),
        ("admin claim Carol", PASSWORD),
        ("admin operator add Zed", ""),
        ("admin operator add Zed", ""),
        ("admin operator remove Olga", ""),
        ("admin password Zed", PASSWORD + "2"),
        ("admin release Olga", ""),
        ("admin release Nobody", ""),
        ("roster import -", ROSTER),
        ("roster import - --drop", ROSTER.replace("Carol Smith", "Carola Smith")),
        ("roster remove 2", ""),
        ("roster link 1 Carol", ""),
        ("roster link 1 Zed", ""),
        ("person erase Dave --texts", ""),
        ("person erase Frida", ""),
        ("person erase Nobody", ""),
    ]
    printed = {
        place: [run(f"{change} --journal", place, input=input) for change, input in changes]
        for place in (path, url)
    }
    printed[url] = [(_as_in_file(out), failed) for out, failed in printed[url]]
    run("journal copy", url, back)
    now, then = rows(path), rows(back)
    for each in (now, then):  # times, and hashes with a salt
        each["audit"] = [(id, *rest) for id, _, *rest in each["audit"]]
        each["accounts"] = [(row[0], row[1], row[2], row[4]) for row in each["accounts"]]
        each["roster"] = [(*row[:9], row[10]) for row in each["roster"]]
        each["persons"] = [row[:-1] for row in each["persons"]]

    assert printed[path] == printed[url]
    assert now == then


@ensureDeferred
async def test_a_copy_that_is_stopped(
    serve: Serve, tmp_path: Path, url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can't be used, and the same command finishes it, also after the journal was changed meanwhile."""
    path, back = tmp_path / "classchat.sqlite", tmp_path / "back.sqlite"
    await fill(path, serve)
    monkeypatch.setattr(copying, "_PAGE", 3)

    class Killed(BaseException):
        """The process is killed."""

    for to, after in ((url, 20), (url, 5), (back, 20), (back, 5)):
        pages = 0

        def told(*_: object, most: int = after) -> None:
            nonlocal pages
            pages += 1
            if pages == most:
                raise Killed

        monkeypatch.setattr("classchat.journal.command._tell", told)
        with pytest.raises(Killed):
            run("journal copy", path, to)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DELETE FROM messages WHERE id = 2")
            db.execute("UPDATE messages SET text = 'other' WHERE id = 3")
    assert "is an unfinished copy" in run("admin rooms --journal", url)[1]
    assert "There is no journal" in run("admin rooms --journal", back)[1]
    monkeypatch.setattr("classchat.journal.command._tell", lambda *_: None)

    assert ("", "") == (run("journal copy", path, url)[1], run("journal copy", path, back)[1])
    assert rows(path) == rows(back)
    assert [back.name] == [one.name for one in tmp_path.glob("back*")]
    assert (
        f"'{url}' has a journal already: use another database or schema." in run("journal copy", path, url)[1]
    )
    assert f"The file '{back}' exists: use the name of a new one." in run("journal copy", path, back)[1]


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 99])
def test_a_file_without_a_journal(tmp_path: Path, url: str, run: Run, content: bytes | None) -> None:
    """What is no journal is not copied, and no file or table is made of a name that was mistyped."""
    path = tmp_path / "mistyped.sqlite"
    if content is not None:
        path.write_bytes(content)
    to_database, to_file = run("journal copy", path, url), run("journal copy", path, tmp_path / "back.sqlite")

    assert to_database == to_file
    assert re.match(r"classchat: (There is no journal|The journal .* is empty|.* is neither)", to_file[1])
    left = [one.name for one in tmp_path.iterdir()]
    assert ([] if content is None else [path.name]) == left
    assert "is empty: start the server on it once" in run("journal info --journal", url)[1]


def test_two_at_once(tmp_path: Path, url: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal in use is not copied, and a file that appears meanwhile is not replaced."""
    path, back = tmp_path / "classchat.sqlite", tmp_path / "back.sqlite"
    with closing(Store(path, 0)):
        refused = [run("journal copy", path, to)[1] for to in (url, back)]
    monkeypatch.setattr("classchat.journal.command._tell", lambda *_: back.write_bytes(b"theirs"))

    assert all("in use" in sentence for sentence in refused)
    assert f"The file '{back}' exists: use the name of a new one." in run("journal copy", path, back)[1]
    assert b"theirs" == back.read_bytes()


@ensureDeferred
async def test_a_server_goes_on_with_a_copy(serve: Serve, tmp_path: Path, url: str, run: Run) -> None:
    """Numbers, ids, names and passwords go on where the file ended."""
    from twisted.internet import reactor

    from classchat.journal.postgres.postgres_journal import PostgresJournal

    path = tmp_path / "classchat.sqlite"
    await fill(path, serve)
    run("journal copy", path, url)
    journal = PostgresJournal(url, reactor, "normal")
    server = server_with(journal, "Olga")
    await serve(server)
    gina = await server.connect("Gina", R)
    said = await gina.asks("group", R, "Again")
    gina.send(line("group", receiver=R, text="Again", id=said["id"]))
    repeated = await gina.hears("success", id=said["id"])
    created = await gina.asks("create", "New")
    carol = await server.dial("Carol")
    signed_in = await carol.asks("register", text=PASSWORD)
    zed = await server.connect("Zed")
    claimed = await zed.asks("claim", text=PASSWORD)
    await at_rest(journal)
    await gina.asks("search", R, "hello")
    found = gina.everything()[-2]
    await server.stop()
    last = max(row[2] for row in rows(path)["messages"] if row[1] == 1)

    assert [last + 1, last + 1] == [said["seq"], repeated["seq"]]
    assert {"success"} == {one["status"] for one in (created, signed_in, claimed)}
    assert ("Hello", "Dave") == (found["text"], found["sender"])
