"""The journal's file: how it is opened, brought up to date, or refused."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from classchat.core.journal_port import CannotOpen
from classchat.journal.opening import open_to_change, open_to_read, open_to_write
from classchat.journal.schema import APPLICATION_ID, MIGRATIONS
from tests.unit.journal.helpers import BEFORE, LATER, epoch_of


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

    assert epoch_of(path) == epoch_of(path)


def test_a_file_that_only_got_its_header_is_a_new_one(path: Path) -> None:
    """An SQLite file without tables, left by a kill before the first migration, counts as new."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")

    assert 32 == len(epoch_of(path))


def test_every_journal_has_an_epoch_of_its_own(path: Path) -> None:
    """The epoch is another one in each new file, and stays."""
    first, second = epoch_of(path), epoch_of(path.with_name("other.sqlite"))

    assert (first, False) == (epoch_of(path), first == second)


def test_synchronous_as_the_operator_wants_it(path: Path) -> None:
    """`normal` lets the operating system decide when the disk has it."""
    db, claim = open_to_write(path, "normal")
    with closing(claim), closing(db):
        chosen = db.execute("PRAGMA synchronous").fetchone()[0]

    assert 1 == chosen


# Refusals.


def _newer(path: Path) -> None:
    epoch_of(path)
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
    epoch_of(path)
    _overwrite(path, 16, b"\xff" * 40)


def _garbage_in_the_first_page(path: Path) -> None:
    epoch_of(path)
    _overwrite(path, 100, b"\xff" * 2000)


def _truncated(path: Path) -> None:
    epoch_of(path)
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def _without_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")


def _without_epoch(path: Path) -> None:
    epoch_of(path)
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
    """A directory is refused."""
    assert f"The journal '{tmp_path}' is a directory: use the name of a file." == _refusal(tmp_path)


def test_no_directory(tmp_path: Path) -> None:
    """A journal's directory has to be there."""
    assert f"The directory '{tmp_path / 'no'}' for the journal does not exist: create it first." == _refusal(
        tmp_path / "no" / "classchat.sqlite"
    )


def test_no_file(path: Path) -> None:
    """A pipe, or anything else that is not a regular file, is refused."""
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
    epoch_of(path)
    Path(f"{path}-lock").chmod(0o666)
    forbid(path)
    request.getfixturevalue("nobody")

    assert f"The journal '{path}' {sentence}" == _refusal(path)


# The lock.


def test_a_second_server(path: Path) -> None:
    """While one server has the file open no other can open it under any name; afterwards it can."""
    epoch_of(path)
    link = path.with_name("link.sqlite")
    link.symlink_to(path)
    db, claim = open_to_write(path)
    refusals = [_refusal(path), _refusal(link)]
    db.close()
    claim.close()
    claim.close()
    sentence = f"The journal '{path}' is in use by another server: stop that server, or use another file."

    assert ([sentence] * 2, 32) == (refusals, len(epoch_of(link)))


def test_a_file_with_two_names(path: Path) -> None:
    """A file with a second name is refused under both, also for reading: SQLite finds its log under one."""
    epoch_of(path)
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
    assert 32 == len(epoch_of(other))


@pytest.mark.parametrize("end", ["-wal", "-shm", "-lock"])
def test_nothing_is_written_through_a_link(path: Path, end: str) -> None:
    """If one of SQLite's files is a link, the journal is refused, and nothing is created."""
    epoch_of(path)
    beside, elsewhere = Path(f"{path}{end}"), path.with_name("elsewhere")
    beside.unlink(missing_ok=True)
    beside.symlink_to(elsewhere)

    assert f"The journal '{path}' can't be opened: '{beside}' is a link. Remove it." == _refusal(path)
    assert not elsewhere.exists()


# Rights to the files.


def _modes(directory: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mode & 0o777 for one in directory.iterdir()}


def test_all_files_are_private(path: Path) -> None:
    """The journal, SQLite's files next to it and the copy from before a migration have mode 0600."""
    before = os.umask(0)
    try:
        epoch_of(path)
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
    epoch_of(path)
    path.chmod(0o644)
    with closing(open_to_change(path)) as db:
        db.execute("UPDATE journal SET last_id = last_id")
        modes = _modes(path.parent)

    assert {0o600} == set(modes.values())


def test_the_private_key_is_its_readers_to_make_private(path: Path) -> None:
    """The rights to the key stay as they are here: the server takes them away, and warns of it."""
    epoch_of(path)
    key = path.with_name(f"{path.name}-tls.pem")
    key.touch()
    key.chmod(0o644)
    epoch_of(path)

    assert 0o644 == key.stat().st_mode & 0o777


def test_a_refused_file_can_be_opened_later(path: Path) -> None:
    """A refusal leaves nothing behind that would hinder the next attempt."""
    _no_database(path)
    _refusal(path)
    path.unlink()

    assert 32 == len(epoch_of(path))


def test_locked_by_another_program(path: Path) -> None:
    """A file that some other program is writing to is not waited for."""
    epoch_of(path)
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
    epoch_of(path)
    with closing(open_to_read(path)) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM journal")


def test_a_journal_in_memory_has_no_file() -> None:
    """A command that is given what a server without a file was given says that there is none."""
    with pytest.raises(CannotOpen, match="A server with --journal memory: has no file"):
        open_to_read(Path("memory:"))


def test_a_reader_makes_no_file(path: Path) -> None:
    """A reader does not create a missing file."""
    with pytest.raises(CannotOpen, match=r"There is no journal '.*/classchat.sqlite'\."):
        open_to_read(path)

    assert [] == os.listdir(path.parent)


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_reader_of_an_older_version(path: Path, version: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A journal of each older version is brought up to date for whoever reads it, and a copy is kept."""
    db, claim = open_to_write(path, migrations=MIGRATIONS[:version])
    (epoch,) = db.execute("SELECT epoch FROM journal").fetchone()
    db.close()
    claim.close()
    with closing(open_to_read(path)) as reader:
        found = reader.execute("SELECT epoch FROM journal").fetchone()
    before = Path(f"{path}.before-{version + 1}")

    assert ((epoch,), True) == (found, before.is_file())
    assert (
        f"classchat: The journal is of version {len(MIGRATIONS)} now. A copy of it as it was is '{before}'.\n"
        == capsys.readouterr().err
    )


@pytest.mark.parametrize("opened", [open_to_read, open_to_change])
def test_an_older_version_that_a_server_has_open(
    path: Path, opened: Callable[..., sqlite3.Connection]
) -> None:
    """While a server of the older version runs nothing is changed, and the sentence says what to do."""
    db, claim = open_to_write(path)
    with closing(claim), closing(db):
        with pytest.raises(CannotOpen, match="a server of that version has it open: restart the server"):
            opened(path, LATER)
        version = db.execute("PRAGMA user_version").fetchone()

    assert (len(MIGRATIONS),) == version


def test_an_older_version_that_can_not_be_changed(path: Path) -> None:
    """Where a file of an older version can't be written to, the sentence says why that is needed."""
    epoch_of(path)
    Path(f"{path}-lock").unlink()
    Path(f"{path}-lock").mkdir()
    with pytest.raises(
        CannotOpen, match=r"\. It is of an older version, and has to be brought up to date: copy"
    ):
        open_to_read(path, LATER)


def test_a_reader_of_an_empty_file(path: Path) -> None:
    """A file that no server has made a journal of is not made one by a reader."""
    path.touch()
    with pytest.raises(CannotOpen, match="is empty: start the server on it once"):
        open_to_read(path)

    assert 0 == path.stat().st_size


@pytest.mark.parametrize("name", ["a?mode=memory.sqlite", "100%41.sqlite", "#1.sqlite", "Fluß 日本.sqlite"])
def test_any_name(tmp_path: Path, name: str) -> None:
    """A file may have any name, and gets no other one."""
    epoch = epoch_of(tmp_path / name)
    with closing(open_to_read(tmp_path / name)) as reader:
        found = reader.execute("SELECT epoch FROM journal").fetchone()

    assert ((epoch,), True) == (found, (tmp_path / name).is_file())


# Logs that broke off.


@pytest.mark.parametrize(
    ("size", "commits"), [(0, 0), (20, 0), (32 + 4120 - 1, 0), (32 + 4120 * 5 + 100, 5), (32 + 4120 * 9, 9)]
)
def test_a_truncated_log(path: Path, size: int, commits: int) -> None:
    """If a write-ahead log is cut off, the commits in its remaining part are kept."""
    epoch_of(path)
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
