"""The journal's file: how it is opened, brought up to date, or refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from classchat.journal.schema import (
    APPLICATION_ID,
    MIGRATIONS,
    CannotOpen,
    Synchronous,
    open_to_change,
    open_to_read,
    open_to_write,
)


def _add_colour(db: sqlite3.Connection) -> None:
    """A next migration, in two statements."""
    db.execute("ALTER TABLE journal ADD COLUMN colour TEXT")
    db.execute("UPDATE journal SET colour = 'red'")


LATER = (*MIGRATIONS, _add_colour)
BEFORE = f"before-{len(LATER)}"


def _epoch(path: Path, synchronous: Synchronous = "normal") -> str:
    """Open a journal, close it, and return its epoch."""
    db, claim = open_to_write(path, synchronous)
    with closing(claim), closing(db):
        return str(db.execute("SELECT epoch FROM journal").fetchone()[0])


def _refusal(path: Path) -> str:
    """Return why a journal can't be opened for writing."""
    with pytest.raises(CannotOpen) as caught:
        open_to_write(path)
    return str(caught.value)


def test_a_new_file(path: Path) -> None:
    """A missing file is created, marked as ours, with the current version."""
    db, claim = open_to_write(path)
    with closing(claim), closing(db):
        pragmas = [
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode", "synchronous")
        ]

    assert [APPLICATION_ID, len(MIGRATIONS), "wal", 2] == pragmas


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    """A file of no bytes, as `mktemp` makes it, becomes a journal."""
    path.touch()

    assert _epoch(path) == _epoch(path)


def test_a_file_that_only_got_its_header_is_a_new_one(path: Path) -> None:
    """Whoever was killed before the first migration left an SQLite file without anything in it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")

    assert 32 == len(_epoch(path))


def test_every_journal_has_an_epoch_of_its_own(path: Path) -> None:
    """The epoch is another one in each new file, and stays."""
    first, second = _epoch(path), _epoch(path.with_name("other.sqlite"))

    assert (first, False) == (_epoch(path), first == second)


def test_synchronous_as_the_operator_wants_it(path: Path) -> None:
    """`normal` lets the operating system decide when the disk has it."""
    db, claim = open_to_write(path, "normal")
    with closing(claim), closing(db):
        chosen = db.execute("PRAGMA synchronous").fetchone()[0]

    assert 1 == chosen


# Migrations.


def test_a_migration(path: Path) -> None:
    """An older file is migrated; a copy from before remains next to it, and can be opened."""
    epoch = _epoch(path)
    db, claim = open_to_write(path, migrations=LATER)
    with closing(claim), closing(db):
        row = db.execute("SELECT epoch, colour FROM journal").fetchone()
        version = db.execute("PRAGMA user_version").fetchone()
    with closing(open_to_read(path.with_name(f"classchat.sqlite.{BEFORE}"))) as before:
        columns = before.execute("SELECT * FROM journal").fetchone()

    assert ((epoch, "red"), (len(LATER),), (epoch, 5)) == (row, version, (columns[0], len(columns)))


def test_nothing_to_migrate(path: Path) -> None:
    """A file of the present version is not copied, nor is a new one."""
    _epoch(path)
    _epoch(path)

    assert [path.name, f"{path.name}-lock"] == sorted(os.listdir(path.parent))


def test_the_copy_has_what_is_in_the_log(path: Path) -> None:
    """What was committed but not moved from the write-ahead log to the file yet is in the copy."""
    db, claim = open_to_write(path)
    db.execute("UPDATE journal SET epoch = 'in the log'")
    aside = {suffix: Path(f"{path}{suffix}").read_bytes() for suffix in ("", "-wal")}
    db.close()
    claim.close()
    for suffix, data in aside.items():  # as if the process had been killed
        Path(f"{path}{suffix}").write_bytes(data)
    db, claim = open_to_write(path, migrations=LATER)
    db.close()
    claim.close()
    with closing(open_to_read(Path(f"{path}.{BEFORE}"))) as copy:
        epoch = copy.execute("SELECT epoch FROM journal").fetchone()

    assert ("in the log",) == epoch


def test_a_file_without_its_log(path: Path) -> None:
    """The file itself has our mark and its epoch, so it is not a new one without its log."""
    db, claim = open_to_write(path)
    with closing(claim), closing(db):
        (epoch,) = db.execute("SELECT epoch FROM journal").fetchone()
        alone = path.with_name("alone.sqlite")
        alone.write_bytes(path.read_bytes())

    assert epoch == _epoch(alone)


def test_a_migration_that_fails(path: Path) -> None:
    """A failed migration changes nothing; the file can be opened as before, and migrated again."""
    epoch = _epoch(path)

    def fail(db: sqlite3.Connection) -> None:
        _add_colour(db)
        db.execute("SELECT * FROM nowhere")

    with pytest.raises(CannotOpen, match="no such table: nowhere"):
        open_to_write(path, migrations=(*MIGRATIONS, fail))
    again = _epoch(path)
    db, claim = open_to_write(path, migrations=LATER)
    with closing(claim), closing(db):
        row = db.execute("SELECT epoch, colour FROM journal").fetchone()

    assert (epoch, (epoch, "red")) == (again, row)


_KILLED = """
import sqlite3, sys
from pathlib import Path
from classchat.journal import schema

def stop(db):
    if sys.argv[2] == "0":
        schema.MIGRATIONS[0](db)
    db.execute("PRAGMA cache_spill = 1")
    db.execute("ALTER TABLE journal ADD COLUMN colour TEXT")
    db.execute("CREATE TABLE large(text TEXT)")
    db.executemany("INSERT INTO large VALUES(?)", [("x" * 4000,)] * 40_000)  # more than fits into the cache
    print("now", flush=True)
    sys.stdin.read()

schema.open_to_write(Path(sys.argv[1]), migrations=(*schema.MIGRATIONS[:int(sys.argv[2])], stop))
"""


@pytest.mark.parametrize("version", [0, len(MIGRATIONS)])
def test_killed_in_the_middle_of_a_migration(path: Path, version: int) -> None:
    """A process that is killed while it migrates, or makes the file, leaves one that opens as before."""
    epochs = [_epoch(path)] if version else []
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(path), str(version)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()
    db, claim = open_to_write(path, migrations=LATER)
    with closing(claim), closing(db):
        rows = db.execute("SELECT epoch, colour FROM journal").fetchall()
        tables = db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'large'").fetchone()
        sound = db.execute("PRAGMA integrity_check").fetchone()

    assert (b"now\n", -9, (0,), ("ok",)) == (said, process.returncode, tables, sound)
    assert ([(epoch, "red") for epoch in epochs] or [(rows[0][0], "red")]) == rows


def _of_the_first_version(path: Path) -> None:
    """Create a file with user names that are compared as before RFC 8265."""
    db, claim = open_to_write(path, "normal", MIGRATIONS[:1])
    with closing(claim), closing(db):
        db.executemany(
            "INSERT INTO persons(name, key) VALUES(?, ?)",
            [("Straße", "strasse"), ("Алиса", "алиса"), ("Ａｌｉｃｅ", "ａｌｉｃｅ"), ("Bob", "as it was")],
        )
        db.executemany(
            "INSERT INTO messages(conversation, seq, time, sender, sender_key, text, request)"
            " VALUES(1, ?, 0, ?, ?, '', ?)",
            [
                (1, "Straße", "strasse", "a"),
                (2, "Алиса", "алиса", "b"),
                (3, "Alice", "alice", "c"),
                (4, "Ａｌｉｃｅ", "ａｌｉｃｅ", "c"),
                (5, "Ａｌｉｃｅ", "ａｌｉｃｅ", "d"),
                (6, "Bob", "as it was", "e"),
            ],
        )


def test_names_of_the_first_version(path: Path) -> None:
    """Persons and messages are found by RFC 8265's keys; of two equal ids of one name, one is forgotten."""
    _of_the_first_version(path)
    db, claim = open_to_write(path)
    with closing(claim), closing(db):
        persons = [key for (key,) in db.execute("SELECT key FROM persons ORDER BY id")]
        messages = db.execute("SELECT sender_key, request FROM messages ORDER BY id").fetchall()
        sound = db.execute("PRAGMA integrity_check").fetchone()

    assert (["straße", "алиса", "alice", "as it was"], ("ok",)) == (persons, sound)
    assert [
        ("straße", "a"),
        ("алиса", "b"),
        ("alice", "c"),
        ("alice", None),
        ("alice", "d"),
        ("as it was", "e"),
    ] == messages


# What is refused.


def _newer(path: Path) -> None:
    _epoch(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def _of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE recipes(cake TEXT)")


def _marked_by_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA application_id = 42")


def _no_database(path: Path) -> None:
    path.write_text("Dear diary,\n" * 1000)


def _short(path: Path) -> None:
    path.write_text("x")


def _garbage_in_the_header(path: Path) -> None:
    _epoch(path)
    _overwrite(path, 16, b"\xff" * 40)


def _garbage_in_the_first_page(path: Path) -> None:
    _epoch(path)
    _overwrite(path, 100, b"\xff" * 2000)


def _truncated(path: Path) -> None:
    _epoch(path)
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def _without_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")


def _without_epoch(path: Path) -> None:
    _epoch(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DELETE FROM journal")


def _overwrite(path: Path, place: int, data: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(place)
        file.write(data)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            _newer,
            f"by a newer ClassChat (version 99 of the file, this one knows {len(MIGRATIONS)})",
        ),
        (_of_another_program, "is not a ClassChat journal: it belongs to another program."),
        (_marked_by_another_program, "is not a ClassChat journal: it belongs to another program."),
        (_no_database, "is neither a ClassChat journal nor any other SQLite file."),
        (_short, "is neither a ClassChat journal nor any other SQLite file."),
        (_garbage_in_the_header, "is neither a ClassChat journal nor any other SQLite file."),
        (_garbage_in_the_first_page, "is damaged (database disk image is malformed)"),
        (_truncated, "is damaged (database disk image is malformed)"),
        (_without_tables, "is damaged (no such table: journal)"),
        (_without_epoch, "is damaged (it has no epoch)"),
    ],
)
def test_a_bad_file_is_refused_and_left_alone(
    path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    """A file that is not a readable journal is refused in one sentence, for every use."""
    spoil(path)
    before = path.read_bytes()
    refusal = _refusal(path)
    with pytest.raises(CannotOpen) as caught:
        open_to_read(path)

    assert (True, refusal) == (sentence in refusal, str(caught.value))
    assert (before, 1) == (path.read_bytes(), len(refusal.splitlines()))


def test_a_directory(tmp_path: Path) -> None:
    """A directory is no journal."""
    assert f"The journal '{tmp_path}' is a directory: use the name of a file." == _refusal(tmp_path)


def test_no_directory(tmp_path: Path) -> None:
    """A journal's directory has to be there."""
    assert f"The directory '{tmp_path / 'no'}' for the journal does not exist: create it first." == _refusal(
        tmp_path / "no" / "classchat.sqlite"
    )


def test_no_file(path: Path) -> None:
    """A pipe, or anything else that is no file, is no journal."""
    os.mkfifo(path)

    assert f"The journal '{path}' is not a file: use the name of a file." == _refusal(path)


@pytest.mark.parametrize("name", ["x" * 300, "\0"])
def test_a_name_that_can_not_be(tmp_path: Path, name: str) -> None:
    """A name that no file can have is told, too."""
    assert _refusal(tmp_path / name).startswith(f"The journal '{tmp_path / name}' can't be ")


def _may_not_write(path: Path) -> None:
    path.chmod(0o444)


def _may_not_read(path: Path) -> None:
    path.chmod(0)


def _may_not_write_beside(path: Path) -> None:
    Path(f"{path}-lock").unlink()
    path.parent.chmod(0o555)


@pytest.mark.parametrize(
    ("forbid", "sentence"),
    [
        (_may_not_write, "can't be opened: may this user read and write it and its directory?"),
        (_may_not_read, "can't be opened: may this user read and write it and its directory?"),
        (_may_not_write_beside, "can't be written to: Permission denied."),
    ],
)
def test_no_permission(
    path: Path, request: pytest.FixtureRequest, forbid: Callable[[Path], None], sentence: str
) -> None:
    """A file that may not be read or written, or a directory that may not, is refused as such."""
    _epoch(path)
    Path(f"{path}-lock").chmod(0o666)
    for directory in [path.parent, *path.parents[1:3]]:
        directory.chmod(0o755)
    forbid(path)
    request.getfixturevalue("nobody")

    assert f"The journal '{path}' {sentence}" == _refusal(path)


# Who has it.


def test_a_second_server(path: Path) -> None:
    """While one server has the file open no other can open it under any name; afterwards it can."""
    _epoch(path)
    link = path.with_name("link.sqlite")
    link.symlink_to(path)
    db, claim = open_to_write(path)
    refusals = [_refusal(path), _refusal(link)]
    db.close()
    claim.close()
    claim.close()
    sentence = f"The journal '{path}' is in use by another server: stop that server, or use another file."

    assert ([sentence] * 2, 32) == (refusals, len(_epoch(link)))


def test_a_file_with_two_names(path: Path) -> None:
    """A file with a second name is refused under both, also for reading: SQLite finds its log under one."""
    _epoch(path)
    other = path.with_name("other.sqlite")
    other.hardlink_to(path)
    refusals = [_refusal(path), _refusal(other)]
    with pytest.raises(CannotOpen) as caught:
        open_to_read(other)
    reading = str(caught.value)
    path.unlink()

    assert [
        f"The journal '{name}' has 2 names (hard links): remove the other names, or use a copy."
        for name in (path, other, other)
    ] == [*refusals, reading]
    assert 32 == len(_epoch(other))


@pytest.mark.parametrize("end", ["-wal", "-shm", "-lock"])
def test_nothing_is_written_through_a_link(path: Path, end: str) -> None:
    """If one of SQLite's files is a link, the journal is refused, and nothing is created."""
    _epoch(path)
    beside, elsewhere = Path(f"{path}{end}"), path.with_name("elsewhere")
    beside.unlink(missing_ok=True)
    beside.symlink_to(elsewhere)

    assert f"The journal '{path}' can't be opened: '{beside}' is a link. Remove it." == _refusal(path)
    assert not elsewhere.exists()


# Who may read it.


def _modes(directory: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mode & 0o777 for one in directory.iterdir()}


def test_all_files_are_private(path: Path) -> None:
    """The journal, SQLite's files next to it and the copy from before a migration have mode 0600."""
    before = os.umask(0)
    try:
        _epoch(path)
        db, lock = open_to_write(path, migrations=LATER)
        with closing(lock), closing(db):
            db.execute("UPDATE journal SET colour = 'blue'")
            modes = _modes(path.parent)
    finally:
        os.umask(before)

    names = [path.name + end for end in ("", f".{BEFORE}", "-lock", "-shm", "-wal")]
    assert dict.fromkeys(names, 0o600) == dict(sorted(modes.items()))


def test_what_others_could_read_becomes_private(path: Path) -> None:
    """A journal of an older version, its log and its copies lose the rights that others had."""
    db, lock = open_to_write(path)
    with closing(lock), closing(db):
        db.execute("UPDATE journal SET last_id = last_id")
        copies = {path.with_name(one.name): one.read_bytes() for one in path.parent.iterdir()}
    copies[path.with_name(f"{path.name}.before-2")] = b""
    for copy, content in copies.items():
        copy.write_bytes(content)
        copy.chmod(0o644)
    db, lock = open_to_write(path)
    with closing(lock), closing(db):
        modes = _modes(path.parent)

    assert (5, {0o600}) == (len(modes), set(modes.values()))


def test_what_is_changed_beside_a_server_becomes_private(path: Path) -> None:
    """What `classchat admin` changes, others can't read meanwhile or afterwards."""
    _epoch(path)
    path.chmod(0o644)
    with closing(open_to_change(path)) as db:
        db.execute("UPDATE journal SET last_id = last_id")
        modes = _modes(path.parent)

    assert {0o600} == set(modes.values())


def test_the_private_key_is_its_readers_to_make_private(path: Path) -> None:
    """The rights to the key stay as they are here: the server takes them away, and warns of it."""
    _epoch(path)
    key = path.with_name(f"{path.name}-tls.pem")
    key.touch()
    key.chmod(0o644)
    _epoch(path)

    assert 0o644 == key.stat().st_mode & 0o777


def test_a_refused_file_can_be_opened_later(path: Path) -> None:
    """A refusal leaves nothing behind that would hinder the next attempt."""
    _no_database(path)
    _refusal(path)
    path.unlink()

    assert 32 == len(_epoch(path))


def test_locked_by_another_program(path: Path) -> None:
    """A file that some other program is writing to is not waited for."""
    _epoch(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refusal = _refusal(path)

    assert f"The journal '{path}' is locked by another program: close that program first." == refusal


# Reading.


def test_a_reader_beside_the_server(path: Path) -> None:
    """A reader sees all committed data, also during a write."""
    db, claim = open_to_write(path)
    with closing(claim), closing(db), closing(open_to_read(path)) as reader:
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE journal SET epoch = 'new'")
        before = reader.execute("SELECT length(epoch) FROM journal").fetchone()
        db.execute("COMMIT")
        after = reader.execute("SELECT epoch FROM journal").fetchone()

    assert ((32,), ("new",)) == (before, after)


def test_a_reader_can_not_write(path: Path) -> None:
    """Whatever a reader does, the file stays as it is."""
    _epoch(path)
    with closing(open_to_read(path)) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM journal")


def test_a_reader_makes_no_file(path: Path) -> None:
    """A reader does not create a missing file."""
    with pytest.raises(CannotOpen, match=r"There is no journal '.*/classchat.sqlite'\."):
        open_to_read(path)

    assert [] == os.listdir(path.parent)


def test_a_reader_of_an_older_version(path: Path) -> None:
    """A reader can't migrate a file, and says what can."""
    _epoch(path)
    with pytest.raises(CannotOpen, match="is empty or of an older version: start the server on it once"):
        open_to_read(path, LATER)


@pytest.mark.parametrize("name", ["a?mode=memory.sqlite", "100%41.sqlite", "#1.sqlite", "Fluß 日本.sqlite"])
def test_any_name(tmp_path: Path, name: str) -> None:
    """A file may have any name, and gets no other one."""
    epoch = _epoch(tmp_path / name)
    with closing(open_to_read(tmp_path / name)) as reader:
        found = reader.execute("SELECT epoch FROM journal").fetchone()

    assert ((epoch,), True) == (found, (tmp_path / name).is_file())


# Logs that broke off.


@pytest.mark.parametrize(
    ("size", "commits"), [(0, 0), (20, 0), (32 + 4120 - 1, 0), (32 + 4120 * 5 + 100, 5), (32 + 4120 * 9, 9)]
)
def test_a_truncated_log(path: Path, size: int, commits: int) -> None:
    """If a write-ahead log is cut off, the commits in its remaining part are kept."""
    _epoch(path)
    db, claim = open_to_write(path)
    for number in range(10):
        db.execute("UPDATE journal SET last_id = ?", (number + 1,))
    aside = {suffix: Path(f"{path}{suffix}").read_bytes() for suffix in ("", "-wal")}
    db.close()
    claim.close()
    for suffix, data in aside.items():
        Path(f"{path}{suffix}").write_bytes(data)
    os.truncate(f"{path}-wal", size)
    db, claim = open_to_write(path)
    with closing(claim), closing(db):
        (last,) = db.execute("SELECT last_id FROM journal").fetchone()
        sound = db.execute("PRAGMA integrity_check").fetchone()

    assert (commits, ("ok",)) == (last, sound)
