"""The file of a new journal, made once in each process and copied: its tables take longer than most tests."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from tests.in_memory import place


def with_tables(path: Path) -> Path:
    """Write the file of a new journal, with a name that no other has, if there is no file; return its path.

    That a server makes the tables in an empty file is tested in tests/unit/journal/test_schema.py and
    test_opening.py.
    """
    if not path.exists():
        data, epoch = _new()
        path.write_bytes(data.replace(epoch, token_hex(16).encode()))
    return path


@cache
def _new() -> tuple[bytes, bytes]:
    """Return the file of a new journal, and the name that it has there."""
    from classchat.journal.store import Store

    with TemporaryDirectory(dir=place()) as directory:
        path = Path(directory) / "new"
        Store(path, 0, "normal").close()
        with closing(sqlite3.connect(path)) as db:
            (epoch,) = db.execute("SELECT epoch FROM journal").fetchone()
        data = path.read_bytes()
    assert 1 == data.count(epoch.encode())
    return data, epoch.encode()
