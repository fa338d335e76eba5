"""The lock that one server has on a journal."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from classchat.core.journal_port import CannotOpen
from classchat.journal.lock import WriterLock


def refusal(path: Path) -> str:
    """Return why the lock can't be taken."""
    with pytest.raises(CannotOpen) as caught:
        WriterLock(path)
    return str(caught.value)


def in_use(path: Path) -> str:
    """Return the sentence for a second server."""
    return f"The journal '{path}' is in use by another server: stop that server, or use another file."


def test_one_has_it(path: Path) -> None:
    """While one process holds the lock no other can take it; afterwards one can."""
    with closing(WriterLock(path)):
        refused = refusal(path)

    assert in_use(path) == refused
    WriterLock(path).close()


@pytest.mark.skipif(sys.platform != "linux", reason="the journal itself is locked on Linux only")
def test_the_lock_is_the_files_whatever_it_is_called(path: Path) -> None:
    """A renamed journal, or one without its lock file, is still in use."""
    renamed = path.with_name("renamed.sqlite")
    with closing(WriterLock(path)):
        Path(f"{path}-lock").unlink()
        without_lock = refusal(path)
        path.rename(renamed)
        under_another_name = refusal(renamed)

    assert [in_use(path), in_use(renamed)] == [without_lock, under_another_name]


def test_both_files_are_private(path: Path) -> None:
    """The journal and its lock are created readable by their owner only; an old lock becomes so."""
    Path(f"{path}-lock").touch()
    Path(f"{path}-lock").chmod(0o666)
    before = os.umask(0)
    try:
        WriterLock(path).close()
    finally:
        os.umask(before)

    assert [0o600, 0o600] == [stat.S_IMODE(os.stat(f"{path}{end}").st_mode) for end in ("", "-lock")]


def test_a_link_is_not_followed(path: Path) -> None:
    """If the lock's name is a dangling link, nothing is created, and the error names the link."""
    elsewhere = path.with_name("elsewhere")
    Path(f"{path}-lock").symlink_to(elsewhere)
    refused = refusal(path)

    assert f"The journal '{path}' can't be written to: '{path}-lock' is a link: remove it." == refused
    assert not elsewhere.exists()


def test_no_file(path: Path) -> None:
    """A pipe or a directory of the lock's name is refused, and not waited for."""
    os.mkfifo(f"{path}-lock")
    refused = [refusal(path)]
    os.remove(f"{path}-lock")
    os.mkdir(f"{path}-lock")
    refused.append(refusal(path))

    assert [
        f"The journal '{path}' can't be locked: '{path}-lock' is not a file. Remove it.",
        f"The journal '{path}' can't be written to: Is a directory.",
    ] == refused
