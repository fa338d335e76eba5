"""Opens the journal's file for writing, reading or changing, or refuses it.

A file is either opened, or refused with one sentence; it is never replaced by a new one. An empty file counts
as new. The migrations that an older file needs are in `schema.py`.

Only one server at a time may write: see `lock.py`. The file, SQLite's files next to it, and our copies are
readable only by their owner.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from classchat.core.journal_port import CannotOpen
from classchat.files import create_private, make_private
from classchat.journal.folding import folded
from classchat.journal.lock import InUse, WriterLock
from classchat.journal.schema import APPLICATION_ID, MIGRATIONS, Migration, migrate
from classchat.journal.unwritable import connect as connect_unwritable
from classchat.streams import complain

Synchronous = Literal["full", "normal"]
"""Whether a commit waits for the disk, or only for the operating system."""

PATIENCE = 0.25
"""Seconds to wait for another program's lock; with more, new messages pile up."""

_LONG_PATIENCE = 5_000
"""Milliseconds to wait for a lock in programs that have no other work."""

_CACHE = 2 * 1024
"""KiB of pages that the writer keeps in memory."""

_CHECKPOINT = 4000
"""Pages in the write-ahead log before they are moved to the file; with more, fewer are moved twice."""

_LARGEST_LOG = 64 * 1024 * 1024
"""Bytes of the write-ahead log that stay on disk after its pages are moved."""

_SMALLEST = 512
"""Bytes of the smallest file that can be a database."""

_IN_MEMORY = "memory:"
"""What a server is given instead of a file if it keeps nothing."""

_KEY = "-tls.pem"

_SUFFIXES = ("", "-wal", "-shm", "-lock", _KEY)
"""The suffixes of a journal's files; the last is that of the server's certificate and key."""

_LINKABLE = ("-wal", "-shm", "-lock")
"""Files that are created next to a journal; through a link they would be created or changed elsewhere."""

_INSTEAD = "replace it with a copy, or use another file"


def open_to_write(
    path: Path, synchronous: Synchronous = "full", migrations: Sequence[Migration] = MIGRATIONS
) -> tuple[sqlite3.Connection, WriterLock]:
    """Open a journal as its only writer; create it if it does not exist.

    Other threads may use the connection, one at a time.

    Raises:
        CannotOpen: the file can't be written to.
    """
    path = _place(path)
    lock = WriterLock(path)
    try:
        _make_private(path)
        return _connect_to_write(path, synchronous, migrations), lock
    except BaseException:
        lock.close()
        raise


def files_of(path: Path) -> list[Path]:
    """Return a journal's files: the journal, the files that belong to it, and our copies of it."""
    found = {path.with_name(path.name + suffix) for suffix in _SUFFIXES}
    with suppress(OSError):
        found |= {one for one in path.parent.iterdir() if one.name.startswith(f"{path.name}.before-")}
    return sorted(found)


def _make_private(path: Path) -> None:
    """Remove other users' rights to files that an older version, or a copy, left readable.

    The private key is left out: the server does this, with a warning, when it reads the key.
    """
    for file in files_of(path):
        if not file.name.endswith(_KEY):
            make_private(file)


def open_to_read(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """Open an existing journal for reading, whether or not a server writes to it.

    One of an older version is brought up to date first, if no server has it open.

    Raises:
        CannotOpen: the file does not exist or can't be read.
    """
    return _open_beside(path, "PRAGMA query_only = ON", migrations, unwritable=True)


def open_to_change(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """Open an existing journal for small changes, whether or not a server writes to it.

    Commits do not wait for the disk, since the server could not write during that time. A change that is lost
    in a power failure has to be made again.

    Raises:
        CannotOpen: the file does not exist or can't be changed.
    """
    _make_private(_place(path))
    db = _open_beside(path, f"PRAGMA busy_timeout = {_LONG_PATIENCE}", migrations)
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _open_beside(
    path: Path, mode: str, migrations: Sequence[Migration], *, unwritable: bool = False
) -> sqlite3.Connection:
    """Open an existing journal; with `unwritable`, even one that can't be written to."""
    path = _place(path)
    if not path.exists() and path.name == _IN_MEMORY:
        raise CannotOpen(f"A server with --journal {_IN_MEMORY} has no file that a command can open.")
    if not path.exists():
        raise CannotOpen(f"There is no journal '{path}'. A server makes it when it first starts.")
    with _explained(path, "to be read"):
        # Not `ro`: closing the last such connection would leave the write-ahead log behind.
        db = _connect(path, create=False)
        try:
            if unwritable and not _is_writable(db):
                db.close()
                db = connect_unwritable(path)
            version = _version(db, path, len(migrations))
            if version == 0:
                raise CannotOpen(f"The journal '{path}' is empty: start the server on it once.")
            if version < len(migrations):
                db.close()
                _bring_up_to_date(path, version, migrations)
                db = _connect(path, create=False)
            db.execute(mode)
            return db
        except BaseException:
            db.close()
            raise


def _bring_up_to_date(path: Path, version: int, migrations: Sequence[Migration]) -> None:
    """Migrate a file of an older version, as a server does when it starts, and say so.

    Raises:
        CannotOpen: a server has it open, or this user can't write to it.
    """
    try:
        db, lock = open_to_write(path, migrations=migrations)
    except InUse:
        raise CannotOpen(
            f"The journal '{path}' is of an older version, and a server of that version has it open: restart "
            "the server."
        ) from None
    except CannotOpen as error:
        raise CannotOpen(
            f"{error} It is of an older version, and has to be brought up to date: copy it to where this "
            "user can write, if it can't be done there."
        ) from None
    db.close()
    lock.close()
    complain(
        f"classchat: The journal is of version {len(migrations)} now. A copy of it as it was is "
        f"'{path}.before-{version + 1}'."
    )


@contextmanager
def _explained(path: Path, purpose: str) -> Iterator[None]:
    """Turn the errors of SQLite and of the file system into sentences.

    `purpose` is what the file is copied for: only copying uses the file system without SQLite.

    Raises:
        CannotOpen: there was such an error.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise CannotOpen(sentence(path, error)) from None
    except OSError as error:
        raise CannotOpen(f"The journal '{path}' can't be copied {purpose}: {error}.") from None


def _is_writable(db: sqlite3.Connection) -> bool:
    """Return whether SQLite can write next to a file, which it must even for reading."""
    try:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return True
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return False
        raise


def _place(path: Path) -> Path:
    """Return the real path of the file: two paths to one file are one journal."""
    if str(path).startswith(("postgresql:/", "postgres:/")):
        raise CannotOpen("This command works only on a journal in a file, not on one in PostgreSQL.")
    try:
        place = path.resolve()
        if place.is_dir():
            raise CannotOpen(f"The journal '{path}' is a directory: use the name of a file.")
        if not place.parent.is_dir():
            raise CannotOpen(
                f"The directory '{place.parent}' for the journal does not exist: create it first."
            )
        if place.exists() and not place.is_file():
            raise CannotOpen(f"The journal '{path}' is not a file: use the name of a file.")
        if place.exists() and (count := place.stat().st_nlink) > 1:
            # SQLite looks for its log next to the name that is opened, and would not find it under another
            # one.
            raise CannotOpen(
                f"The journal '{path}' has {count} names (hard links): remove the other names, or use a copy."
            )
        for suffix in _LINKABLE:
            if (beside := place.with_name(place.name + suffix)).is_symlink():
                raise CannotOpen(f"The journal '{path}' can't be opened: '{beside}' is a link. Remove it.")
    except (OSError, ValueError, RuntimeError) as error:  # a loop of links, too long a name, or a NUL
        raise CannotOpen(f"The journal '{path}' can't be opened: {error}.") from None
    return place


def _connect(path: Path, *, create: bool) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < (3, 35):
        raise CannotOpen(f"Journals need SQLite 3.35 or newer, but this Python has {sqlite3.sqlite_version}.")
    db = sqlite3.connect(
        f"{path.as_uri()}?mode={'rwc' if create else 'rw'}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=not create,
    )
    db.create_function("folded", 1, folded, deterministic=True)  # used by the view `searchable`
    return db


def _connect_to_write(
    path: Path, synchronous: Synchronous, migrations: Sequence[Migration]
) -> sqlite3.Connection:
    with _explained(path, "before it is changed"):
        db = _connect(path, create=True)
        try:
            version = _version(db, path, len(migrations))
            if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
                raise CannotOpen(
                    f"The journal '{path}' can't be kept on this file system: use a file on a local disk."
                )
            db.execute(f"PRAGMA synchronous = {synchronous}")
            db.execute(f"PRAGMA cache_size = -{_CACHE}")
            db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
            db.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG}")
            db.execute("PRAGMA secure_delete = FAST")  # deleted data is overwritten where that is free
            if 0 < version < len(migrations):
                _copy(db, Path(f"{path}.before-{version + 1}"))
            for number, migration in enumerate(migrations[version:], version + 1):
                migrate(db, number, migration)
            if version < len(migrations):
                # Without its log the file would silently become a new one, with another epoch.
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute("BEGIN IMMEDIATE")  # a user without the right to write is told now
            db.execute("ROLLBACK")
            return db
        except BaseException:
            db.close()
            raise


def _version(db: sqlite3.Connection, path: Path, latest: int) -> int:
    """Return the version of a file: the number of its last migration, 0 for an empty file.

    Raises:
        CannotOpen: the file belongs to another program, or to a newer version.
    """
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application == 0 and version == 0 and tables == 0:
        if 0 < path.stat().st_size < _SMALLEST:  # SQLite takes such a file for an empty one
            raise CannotOpen(_no_database(path))
        return 0
    if application != APPLICATION_ID:
        raise CannotOpen(
            f"'{path}' is not a ClassChat journal: it belongs to another program. Use another file."
        )
    if version > latest:
        raise CannotOpen(
            f"The journal '{path}' was written by a newer ClassChat (version {version} of the file, "
            f"this one knows {latest}): install that version again, or use another file."
        )
    if db.execute("SELECT epoch FROM journal").fetchone() is None:
        raise CannotOpen(f"The journal '{path}' is damaged (it has no epoch): {_INSTEAD}.")
    return int(version)


def _copy(db: sqlite3.Connection, place: Path) -> None:
    """Copy the file as it is now, with its write-ahead log, under another name."""
    unfinished = Path(f"{place}.unfinished")
    unfinished.unlink(missing_ok=True)
    create_private(unfinished)
    copy = sqlite3.connect(unfinished)
    try:
        db.backup(copy)
    finally:
        copy.close()
    unfinished.replace(place)


def _no_database(path: Path) -> str:
    return f"'{path}' is neither a ClassChat journal nor any other SQLite file. Use another file."


def sentence(path: Path, error: Exception) -> str:
    """Return a sentence with the reason of an SQLite error, and what to do about it."""
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:  # the primary result code
        case sqlite3.SQLITE_NOTADB:
            return _no_database(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"The journal '{path}' is locked by another program: close that program first."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return f"The journal '{path}' can't be opened: may this user read and write it and its directory?"
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return f"The journal '{path}' can't be opened: the disk is full or fails ({error})."
        case _:
            return f"The journal '{path}' is damaged ({error}): {_INSTEAD}."
