"""Directories that last as long as their process: deleted at the end, or by the next process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from classchat.passing import PassingDirectory, passing_name

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no flock on Windows")

KILLED = """
import os, signal, sys
from pathlib import Path
from classchat.passing import PassingDirectory
PassingDirectory(Path(sys.argv[1])).make()
os.kill(os.getpid(), signal.SIGKILL)
"""


def made(root: Path) -> PassingDirectory:
    """Return a directory with a file in it."""
    directory = PassingDirectory(root / passing_name())
    directory.make()
    (directory.path / "parts").mkdir()
    (directory.path / "parts" / "7").write_bytes(b"secret")
    return directory


def test_it_is_deleted_at_the_end(tmp_path: Path) -> None:
    """A directory goes with all that is in it; making and deleting it twice is harmless."""
    directory = made(tmp_path)
    directory.make()
    there = os.listdir(directory.path)
    directory.remove()
    directory.remove()

    assert (["parts", "running"], []) == (sorted(there), os.listdir(tmp_path))


def test_what_a_killed_process_has_left(tmp_path: Path) -> None:
    """The next process deletes the directory of one that was killed, and none of one that lives."""
    left, living = tmp_path / passing_name(), made(tmp_path)
    subprocess.run([sys.executable, "-c", KILLED, str(left)], check=False)
    was_there = left.exists()
    other = made(tmp_path)

    assert was_there
    assert sorted([living.path.name, other.path.name]) == sorted(os.listdir(tmp_path))


def test_what_is_not_touched(tmp_path: Path) -> None:
    """What has another name, has no lock file yet, or is a link stays."""
    dead = tmp_path / "elsewhere" / passing_name()
    dead.mkdir(parents=True)
    (dead / "running").touch()
    (tmp_path / passing_name()).symlink_to(dead)
    (tmp_path / passing_name()).mkdir()
    (tmp_path / "classchat-files").mkdir()
    (tmp_path / "classchat-files" / "running").touch()
    before = set(os.listdir(tmp_path))
    made(tmp_path).remove()

    assert before == set(os.listdir(tmp_path))
    assert dead.exists()
