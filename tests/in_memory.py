"""Where tests keep files that need not outlast the machine: in memory, if there is room."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest

_MEMORY = Path("/dev/shm")  # noqa: S108 (the names in there are random)

_ROOM = 2 << 30
"""Bytes that have to be free: all files of all processes of the tests take less."""


def place() -> str:
    """Return the directory in which temporary files take the least of a processor.

    It has a short path: a socket of which the path has more than 107 bytes can't be made.
    """
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        return str(_MEMORY)
    return "/tmp"  # noqa: S108


@pytest.fixture(scope="session")
def temporary_directory() -> Iterator[Path]:
    """Make a directory for all tests of a process; delete it when everything is over."""
    with TemporaryDirectory(prefix="tests-", dir=place(), ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@pytest.fixture
def tmp_path(temporary_directory: Path) -> Path:
    """Make a directory for a test, in place of pytest's own on a disk."""
    return Path(mkdtemp(dir=temporary_directory))
