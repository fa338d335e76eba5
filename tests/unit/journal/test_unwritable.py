"""Reading a journal that can't be written to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat.core.journal_port import CannotOpen
from classchat.journal.opening import open_to_change
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from tests.unit.journal.helpers import open_store, said


def make_read_only(path: Path) -> None:
    """Make a journal's files readable and not writable for all users."""
    for file in path.parent.iterdir():
        file.chmod(0o444)
    path.parent.chmod(0o555)


def texts(path: Path) -> list[str]:
    """Return the texts of the messages."""
    with closing(Reader(path)) as reader:
        return [message.text for message in reader.page("#cs350", 10, after=0).messages]


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory for temporary files that only this test uses."""
    copies = tmp_path / "tmp"
    copies.mkdir()
    copies.chmod(0o777)
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    return copies


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Keep a message."""
    with closing(open_store(path)) as store:
        store.append([said("hello")], 1, ["CS350"])
        yield store


def test_a_journal_that_was_closed(store: Store, path: Path, request: pytest.FixtureRequest) -> None:
    """A backup on a read-only disk is read, and nothing is written next to it."""
    store.close()
    make_read_only(path)
    before = sorted(path.parent.iterdir())
    request.getfixturevalue("nobody")

    assert ["hello"] == texts(path)
    assert before == sorted(path.parent.iterdir())


@pytest.mark.parametrize("parts", [("", "-wal", "-shm"), ("", "-wal")])
def test_a_journal_that_was_not_closed(
    store: Store, tmp_path: Path, copies: Path, request: pytest.FixtureRequest, parts: tuple[str, ...]
) -> None:
    """The log of a killed server is read as well, and no copy is left behind."""
    backup = tmp_path / "backup" / "copy.sqlite"
    backup.parent.mkdir()
    for part in parts:
        shutil.copyfile(f"{store.path}{part}", f"{backup}{part}")
    make_read_only(backup)
    request.getfixturevalue("nobody")

    assert ["hello"] == texts(backup)
    assert [] == [*copies.iterdir()]


def test_there_is_no_changing_it(store: Store, path: Path, request: pytest.FixtureRequest) -> None:
    """What would change a journal refuses one that can't be written to."""
    store.close()
    make_read_only(path)
    request.getfixturevalue("nobody")
    with pytest.raises(CannotOpen, match="may this user read and write it and its directory"):
        open_to_change(path)
