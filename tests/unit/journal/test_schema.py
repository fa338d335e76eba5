"""The migrations that create a journal's tables, and those of older files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from classchat import cli
from classchat.core.journal_port import CannotOpen
from classchat.journal.opening import open_to_read, open_to_write
from classchat.journal.schema import MIGRATIONS
from tests.unit.journal.helpers import BEFORE, LATER, add_colour, epoch_of


def test_a_migration(path: Path) -> None:
    """An older file is migrated; a copy from before remains next to it, and can be opened."""
    epoch = epoch_of(path)
    db, claim = open_to_write(path, migrations=LATER)
    with closing(claim), closing(db):
        row = db.execute("SELECT epoch, colour FROM journal").fetchone()
        version = db.execute("PRAGMA user_version").fetchone()
    with closing(open_to_read(path.with_name(f"classchat.sqlite.{BEFORE}"))) as before:
        columns = before.execute("SELECT * FROM journal").fetchone()

    assert ((epoch, "red"), (len(LATER),), (epoch, 6)) == (row, version, (columns[0], len(columns)))


def test_nothing_to_migrate(path: Path) -> None:
    """A file of the present version is not copied, nor is a new one."""
    epoch_of(path)
    epoch_of(path)

    assert [path.name, f"{path.name}-lock"] == sorted(os.listdir(path.parent))


def test_the_copy_has_what_is_in_the_log(path: Path) -> None:
    """The copy includes commits that are still in the write-ahead log."""
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

    assert epoch == epoch_of(alone)


def test_a_migration_that_fails(path: Path) -> None:
    """A failed migration changes nothing; the file can be opened as before, and migrated again."""
    epoch = epoch_of(path)

    def fail(db: sqlite3.Connection) -> None:
        add_colour(db)
        db.execute("SELECT * FROM nowhere")

    with pytest.raises(CannotOpen, match="no such table: nowhere"):
        open_to_write(path, migrations=(*MIGRATIONS, fail))
    again = epoch_of(path)
    db, claim = open_to_write(path, migrations=LATER)
    with closing(claim), closing(db):
        row = db.execute("SELECT epoch, colour FROM journal").fetchone()

    assert (epoch, (epoch, "red")) == (again, row)


_KILLED = """
import sqlite3, sys
from pathlib import Path
from classchat.journal import opening, schema

def stop(db):
    if sys.argv[2] == "0":
        schema.MIGRATIONS[0](db)
    db.execute("PRAGMA cache_size = 10")
    db.execute("PRAGMA cache_spill = 1")
    db.execute("ALTER TABLE journal ADD COLUMN colour TEXT")
    db.execute("CREATE TABLE large(text TEXT)")
    db.executemany("INSERT INTO large VALUES(?)", [("x" * 4000,)] * 1_000)  # more than fits into the cache
    print("now", flush=True)
    sys.stdin.read()

opening.open_to_write(Path(sys.argv[1]), migrations=(*schema.MIGRATIONS[:int(sys.argv[2])], stop))
"""


@pytest.mark.parametrize("version", [0, len(MIGRATIONS)])
def test_killed_in_the_middle_of_a_migration(path: Path, version: int) -> None:
    """A process that is killed while it migrates, or makes the file, leaves one that opens as before."""
    epochs = [epoch_of(path)] if version else []
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(path), str(version)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()
    written = Path(f"{path}-wal").stat().st_size
    db, claim = open_to_write(path, migrations=LATER)
    with closing(claim), closing(db):
        rows = db.execute("SELECT epoch, colour FROM journal").fetchall()
        tables = db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'large'").fetchone()
        sound = db.execute("PRAGMA integrity_check").fetchone()

    assert written > 3_000_000, "what was not committed is in the log"
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


def test_bans_and_mutes_of_the_fifth_version(path: Path) -> None:
    """Rows of bans and mutes get who has decided them last and when from the audit log, if it says so."""
    db, claim = open_to_write(path, "normal", MIGRATIONS[:5])
    with closing(claim), closing(db):
        db.executemany(
            "INSERT INTO orders VALUES('#cs350', ?, ?, ?)",
            [("bob", "banned", ""), ("bob", "muted", "99"), ("carol", "banned", "7"), ("bob", "member", "")],
        )
        db.executemany(
            "INSERT INTO audit(time, actor, action, room, target, detail) VALUES(?, ?, ?, ?, ?, '')",
            [
                (1, "Alice", "ban", "CS350", "Bob"),
                (2, "Dora", "mute", "CS350", "Bob"),
                (3, "Eve", "ban", "cs350", "BOB"),
                (4, "Alice", "ban", "Other", "Bob"),
                (5, "Alice", "unban", "CS350", "Bob"),
            ],
        )
    db, claim = open_to_write(path)
    with closing(claim), closing(db):
        rows = db.execute("SELECT subject, what, value FROM orders ORDER BY subject, what").fetchall()

    assert [
        ("bob", "banned", " 3 Eve"),
        ("bob", "member", ""),
        ("bob", "muted", "99 2 Dora"),
        ("carol", "banned", "7"),
    ] == rows


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("journal check", "is in order"),
        ("journal info", "2025-11-23"),
        ("export --room CS350 --format csv", "Hello"),
        ("roster list", "0 students"),
        ("admin rooms", "CS350: 1 message"),
        ("admin accounts", ""),
        ("person export Alice", "Hello"),
    ],
)
def test_commands_after_an_upgrade(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str, shown: str
) -> None:
    """Each command works on a journal of an older version before any server was started on it."""
    monkeypatch.chdir(path.parent)
    db, claim = open_to_write(path, "normal", MIGRATIONS[:3])
    with closing(claim), closing(db):
        db.execute("INSERT INTO conversations VALUES(1, '#cs350', 'CS350', 7, 1)")
        db.execute(
            "INSERT INTO messages(id, conversation, seq, time, sender, sender_key, text)"
            " VALUES(1, 1, 1, 1763892000123, 'Alice', 'alice', 'Hello')"
        )
    cli.main([*words.split(), "--journal", path.name])
    printed = capsys.readouterr()

    assert shown in printed.out
    assert f"The journal is of version {len(MIGRATIONS)} now." in printed.err
