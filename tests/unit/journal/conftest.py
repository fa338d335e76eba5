"""Fixtures for tests of the journal's file: a store in its own directory, and a reader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat.journal.reader import Reader
from classchat.journal.store import Store
from tests.unit.journal.helpers import open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a journal may be."""
    return tmp_path / "classchat.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Open a new journal."""
    with closing(open_store(path)) as store:
        yield store


@pytest.fixture
def reader(store: Store, path: Path) -> Iterator[Reader]:
    """Return a reader of the journal that is being written."""
    with closing(Reader(path, lambda: 0.0)) as reader:
        yield reader


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[None]:
    """Run a test as a user without privileges, who can reach the test's directory."""
    for directory in [tmp_path, *tmp_path.parents]:
        if not directory.stat().st_mode & 0o001:
            directory.chmod(0o755)
    if os.geteuid() == 0:
        os.seteuid(65534)
        yield
        os.seteuid(0)
    else:
        yield
