"""What the journal in PostgreSQL does beyond the contract: one server, databases that die."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.logger import LogLevel, capturedLogs

from classchat.cli import main
from classchat.core.entries import Said
from classchat.core.journal_port import CannotOpen
from classchat.core.model import Room, User
from tests.integration.journals import Clock, Log, outcome, soon, until
from tests.postgres import Cluster, shared_cluster
from tests.ready_journals import ready_journals

if TYPE_CHECKING:
    from classchat.journal.postgres.postgres_store import PostgresStore

OpenLog = Callable[..., Log]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of a new journal."""
    return ready_journals().take(str(tmp_path))


@pytest.fixture
def without_tables(tmp_path: Path) -> str:
    """Return the URL of a schema in which a test may make and change tables."""
    return shared_cluster().new_journal(str(tmp_path))


def log_of(url: str, keep: float | None = None) -> Log:
    """Open a journal."""
    from classchat.journal.postgres.postgres_journal import PostgresJournal

    clock = Clock()
    return Log(PostgresJournal(url, clock, "full", keep, clock), clock)


@async_yield_fixture
async def open_log(url: str, nothing_left_over: None) -> AsyncIterator[OpenLog]:
    """Return a function that opens the journal; open journals are closed after the test."""
    logs: list[Log] = []

    def open_log(keep: float | None = None) -> Log:
        logs.append(log_of(url, keep))
        return logs[-1]

    yield open_log
    for log in logs:
        await soon(log.journal.close())


def store_of(log: Log) -> PostgresStore:
    """Return what writes for a log."""
    return log.journal._store  # type: ignore[attr-defined, no-any-return]


@ensureDeferred
async def test_a_restart_finds_everything(open_log: OpenLog) -> None:
    """Rooms, messages, their numbers and the name of the journal are there after a restart."""
    log = open_log()
    alice, epoch = log.user("Alice"), log.journal.epoch
    room = log.room("R", alice)
    log.say(alice, room, "one", "1")
    await soon(log.journal.close())
    log = open_log()
    again = log.say(log.user("Alice"), room, "one", "1")
    new = log.say(log.user("Bob"), room, "two")
    await log.settled()

    assert (epoch, [("R", 1)]) == (log.journal.epoch, log.rooms)
    assert ([(1, True), (2, False)], ["one", "two"]) == (outcome(again, new), await log.texts(room))


@ensureDeferred
async def test_a_server_of_the_version_before_is_alone(open_log: OpenLog, url: str) -> None:
    """While a program has the journal for itself no server opens it, and afterwards one does."""
    from classchat.journal.postgres.postgres_sole_writer import DatabaseSoleWriter

    first = open_log()
    await soon(first.journal.close())
    alone = DatabaseSoleWriter(url)
    with pytest.raises(CannotOpen, match="in use by another server: stop that server"):
        open_log()
    alone.close()

    assert first.journal.epoch == open_log().journal.epoch


def test_a_newer_version_is_refused(url: str) -> None:
    """A journal of a newer program is left alone, with a sentence, if this one does not understand it."""
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from classchat.journal.postgres.postgres_schema import MIGRATIONS
    from classchat.journal.postgres.postgres_store import PostgresStore

    PostgresStore(url, 0).close()
    db = PostgresConnection(url)
    db.run("UPDATE journal SET version = 99, oldest = %s", (len(MIGRATIONS),))
    PostgresStore(url, 0).close()
    db.run("UPDATE journal SET oldest = 99")
    db.close()

    with pytest.raises(CannotOpen, match=r"newer ClassChat \(version 99 of the tables, this one knows \d+\)"):
        PostgresStore(url, 0)


def test_commands_after_an_upgrade(without_tables: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Commands bring tables of an older version up to date, unless a server of that version uses them."""
    from classchat.journal.postgres import node_leases
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from classchat.journal.postgres.postgres_schema import MIGRATIONS
    from classchat.journal.postgres.postgres_versions import migrate

    db = PostgresConnection(without_tables)
    migrate(db, MIGRATIONS[:-1])
    node_leases.hold_lock(db, "older")
    node_leases.register(db, "older", "db9.example")
    with pytest.raises(SystemExit, match=r"servers of that version use it \(db9\.example\): upgrade one"):
        main(["journal", "info", "--journal", without_tables])
    node_leases.forget_all(db)
    db.close()
    main(["admin", "rooms", "--journal", without_tables])
    first = capsys.readouterr().err
    main(["journal", "check", "--journal", without_tables])

    assert f"classchat: The journal is of version {len(MIGRATIONS)} now." == first.splitlines()[-1]
    assert "is in order" in capsys.readouterr().out


def test_the_tables_are_changed_while_a_server_starts(url: str) -> None:
    """A server that does not understand the tables any more when its turn comes is refused as well."""
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from classchat.journal.postgres.postgres_store import PostgresStore

    PostgresStore(url, 0).close()
    db = PostgresConnection(url)
    db.run("BEGIN")
    db.run("SELECT pos FROM clock FOR UPDATE")
    with ThreadPoolExecutor(1) as pool:
        starts = pool.submit(PostgresStore, url, 0)
        while db.run("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is None:
            assert not starts.done()
        db.run("UPDATE journal SET version = 99, oldest = 99")
        db.run("COMMIT")
        error = starts.exception(30)
    db.close()

    assert isinstance(error, CannotOpen)


def test_tables_that_are_read_for_a_long_time(without_tables: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup keeps a server from changing the tables: it says so, and delays no other server for long."""
    from classchat.journal.postgres import postgres_versions
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from classchat.journal.postgres.postgres_schema import MIGRATIONS, Migration
    from classchat.journal.postgres.postgres_versions import migrate

    monkeypatch.setattr(postgres_versions, "_IMPATIENT", "SET LOCAL lock_timeout = 1")
    db, backup = PostgresConnection(without_tables), PostgresConnection(without_tables)
    migrate(db)
    backup.run("BEGIN")
    backup.run("LOCK TABLE messages IN ACCESS SHARE MODE")
    later = Migration(lambda db: db.run("ALTER TABLE messages ADD COLUMN colour TEXT"), additive=True)

    with pytest.raises(CannotOpen, match="perhaps a backup"):
        migrate(db, [*MIGRATIONS, later])
    backup.close()
    migrate(db, [*MIGRATIONS, later])
    db.close()


def test_two_servers_begin_on_an_empty_database(without_tables: str) -> None:
    """Both want to create the tables: one does, the other waits and goes on with them."""
    from classchat.journal.postgres.postgres_connection import PostgresConnection
    from classchat.journal.postgres.postgres_schema import MIGRATING, MIGRATIONS, SCHEMA
    from classchat.journal.postgres.postgres_versions import migrate, version_of

    first, second = PostgresConnection(without_tables), PostgresConnection(without_tables)
    first.run(f"SELECT pg_advisory_lock({MIGRATING}, {SCHEMA})")
    with ThreadPoolExecutor(1) as pool:
        migrated = pool.submit(migrate, second)
        waiting = f"SELECT 1 FROM pg_locks WHERE pid = {second.backend} AND NOT granted"  # noqa: S608
        while first.run(waiting).fetchone() is None:
            assert not migrated.done()
        migrate(first, MIGRATIONS[:1])
        first.run("SELECT pg_advisory_unlock_all()")
        migrated.result(30)
    versions = [version_of(first), version_of(second)]
    first.close()
    second.close()

    assert [len(MIGRATIONS)] * 2 == versions


def test_the_order_is_dense(url: str) -> None:
    """Ids rise by one with each message, and the clock has the newest, also after repetitions."""
    from classchat.journal.batch_rows import Message
    from classchat.journal.postgres.postgres_store import PostgresStore

    store = PostgresStore(url, 0)
    sent = [Message("#r", "A", "a", "x", str(number % 3)) for number in range(9)]
    store.append([], 1, ["R"])
    store.append(sent, 1)
    store.append([*sent, Message("#r", "B", "b", "y")], 1)
    ids = [id for (id,) in store._db.run("SELECT id FROM messages ORDER BY id")]
    clock = store._db.run("SELECT pos, batch FROM clock").fetchone()
    store.close()

    assert ([1, 2, 3, 4], (4, 3)) == (ids, clock)


@ensureDeferred
async def test_old_messages_are_deleted(open_log: OpenLog) -> None:
    """With `keep`, messages go from the log and from the index, and numbers go on."""
    log = open_log(keep=60.0)
    alice = log.user("Alice")
    room = log.room("R", alice)
    for _ in range(3):
        log.say(alice, room, "hello")
    await log.settled()
    await log.at_rest()
    log.clock.ahead += 120
    log.say(alice, room, "new hello")
    await log.settled()
    log.journal._chores._look_around()  # type: ignore[attr-defined]
    await log.at_rest()

    assert (4, ["new hello"]) == (await soon(log.journal.oldest(room)), await log.texts(room))
    assert ["new hello"] == await log.finds("hello", room)


# Databases that die.


@pytest.fixture
def committing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list: the connection is lost `before` or `after` the commits that it has."""
    from classchat.journal.postgres.postgres_connection import ConnectionLost, PostgresConnection

    places: list[str] = []
    run = PostgresConnection.run

    def lost(db: PostgresConnection, statement: str, values: object = None) -> object:
        if statement != "COMMIT" or not places:
            return run(db, statement, values)
        if places.pop() == "after":
            run(db, statement, values)
        db.close()
        raise ConnectionLost("the connection was lost")

    monkeypatch.setattr(PostgresConnection, "run", lost)
    return places


@ensureDeferred
@pytest.mark.parametrize("place", ["before", "after"])
async def test_a_commit_without_an_answer(
    open_log: OpenLog,
    committing: list[str],
    place: str,
    monkeypatch: pytest.MonkeyPatch,
    nothing_logged: list[str],
) -> None:
    """The batch is delivered if it is there, or else taken back, and all later numbers fit."""
    monkeypatch.setattr("classchat.journal.batching._AGAIN", 0.0)
    log = open_log()
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "zero")
    await log.settled()
    committing.append(place)
    entry = log.say(alice, room, "one", "1")
    await log.settled()
    again = log.say(alice, room, "one", "1")
    await log.settled()
    logged, nothing_logged[:] = list(nothing_logged), []

    assert 1 == len(logged)
    assert ["zero", "one"] == await log.texts(room)
    if place == "after":
        assert ([(2, False), (2, True)], []) == (outcome(entry, again), log.taken_back)
    else:
        assert ([(2, False)], [(entry, "not_saved")]) == (outcome(again), log.taken_back)


@ensureDeferred
async def test_a_lost_connection_is_made_again_at_once(open_log: OpenLog) -> None:
    """After a connection was lost while it was idle, nothing is refused, and nothing is logged."""
    log = open_log()
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "one")
    await log.settled()
    await log.at_rest()
    with capturedLogs() as logged:
        shared_cluster().execute(f"SELECT pg_terminate_backend({store_of(log)._db.backend})")
        entry = log.say(alice, room, "two")
        await log.settled()

    assert ([(2, False)], []) == (outcome(entry), log.taken_back)
    assert [] == [event for event in logged if event["log_level"] >= LogLevel.warn]


@ensureDeferred
async def test_a_command_was_here_meanwhile(open_log: OpenLog, url: str, nothing_logged: list[str]) -> None:
    """A server that was cut off does not write after a command has had the journal: its memory is too old."""
    from classchat.journal.postgres.postgres_sole_writer import DatabaseSoleWriter

    log = open_log()
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "one")
    await log.settled()
    await log.at_rest()
    store_of(log)._db.close()
    command = DatabaseSoleWriter(url)
    with command.transaction():
        pass
    command.close()
    log.say(alice, room, "two")
    await log.settled()
    log.say(alice, room, "three")
    await log.settled()
    logged, nothing_logged[:] = list(nothing_logged), []

    assert ["not_saved", "not_saved"] == [code for _, code in log.taken_back]
    assert ["other servers have taken this one for dead: it has to start again"] == [
        line.split("\t")[-1] for line in logged
    ]


@ensureDeferred
async def test_a_database_that_is_killed(nothing_left_over: None, nothing_logged: list[str]) -> None:
    """What was acknowledged is there once, the rest was refused, and then the server goes on by itself."""
    cluster = Cluster()
    log = log_of(cluster.url())
    tried = list[tuple[bool, bool]]()
    try:
        alice = log.user("Alice")
        room = log.room("R", alice)
        await log.settled()
        for again in range(2):
            for number in range(60):
                log.say(alice, room, f"{again} {number}", f"{again} {number}")
                if number == 20:
                    await log.settled()
                if number in (30, 40):
                    await deferLater(reactor, 0)  # this batch may be on its way
                if number == 40:
                    cluster.kill()
            refused = len(log.taken_back)
            await until(lambda: len(log.taken_back) > refused or is_undecided(log), "it is noticed")  # noqa: B023
            down = await soon(log.journal.try_to_write())
            cluster.start()
            await log.settled()
            await until(lambda: goes_on(log, room, alice), "it goes on")
            tried.append((down, await soon(log.journal.try_to_write())))
        said = [entry for entry in log.delivered if isinstance(entry, Said)]
        kept = await log.texts(room)
        logged, nothing_logged[:] = list(nothing_logged), []
    finally:
        await soon(log.journal.close())
        cluster.close()

    assert [(False, True)] * 2 == tried
    assert [entry.text for entry in said] == kept
    assert list(range(1, len(said) + 1)) == [entry.seq for entry in said]
    assert {"not_saved"} == {code for _, code in log.taken_back}
    assert 1 <= sum("messages are refused" in line for line in logged) <= 2  # chores may fail as well


def is_undecided(log: Log) -> bool:
    """Return whether it is unknown if the last batch was written."""
    return log.journal._unsure is not None  # type: ignore[attr-defined]


def goes_on(log: Log, room: Room, user: User) -> bool:
    """Return whether another message is saved; send one more if not."""
    if log.delivered and isinstance(log.delivered[-1], Said) and log.delivered[-1].text == "over":
        return True
    log.say(user, room, "over")
    return False


def test_psycopg_is_missing(tmp_path: Path) -> None:
    """Without psycopg a sentence says how to install it, and everything else works."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from classchat.cli import main\n"
        "sys.argv = ['classchat', 'serve', '--journal', 'postgresql://chat@localhost/classchat']\n"
        "main()"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert 1 == found.returncode
    assert "pip install 'classchat[postgres]'" in found.stderr
