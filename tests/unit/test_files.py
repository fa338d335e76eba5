"""Files that only this process's user may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from classchat.files import (
    create_private,
    doubts_about_directory,
    doubts_about_file,
    is_strangers,
    make_private,
)

NOBODY = 65534


def mode_of(path: Path) -> int:
    """Return a file's rights."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0, 0o022, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """Set a umask for one test."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_a_new_file_is_private(tmp_path: Path) -> None:
    """A file is created with mode 0600, whatever the umask."""
    create_private(tmp_path / "new")

    assert 0o600 == mode_of(tmp_path / "new")


def test_what_exists_is_left_alone(tmp_path: Path) -> None:
    """A file that exists keeps its content."""
    (tmp_path / "old").write_text("content")
    create_private(tmp_path / "old")

    assert "content" == (tmp_path / "old").read_text()


def test_no_file_is_made_through_a_link(tmp_path: Path) -> None:
    """A dangling link is left alone, and its target is not created."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    create_private(tmp_path / "link")

    assert not (tmp_path / "elsewhere").exists()


def test_others_lose_their_rights(tmp_path: Path) -> None:
    """A readable file becomes private, a missing one counts as private, and a link's target is left alone."""
    for name in ("file", "target"):
        (tmp_path / name).touch(mode=0o644)
        (tmp_path / name).chmod(0o644)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    private = [make_private(tmp_path / name) for name in ("file", "link", "none")]

    assert ([True] * 3, 0o600, 0o644) == (private, mode_of(tmp_path / "file"), mode_of(tmp_path / "target"))


def test_nothing_is_doubtful_about_our_own(tmp_path: Path) -> None:
    """A private file in a directory of our own raises no doubt."""
    create_private(tmp_path / "file")
    tmp_path.chmod(0o755)

    assert [] == [
        *doubts_about_file(tmp_path / "file", "The journal"),
        *doubts_about_directory(tmp_path / "file", "The journal"),
    ]
    assert not is_strangers(tmp_path / "file")


def test_a_readable_file_is_doubtful(tmp_path: Path) -> None:
    """A file that other users can read gets a sentence that says what to do."""
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o640)

    assert [f"The journal '{path}' can be read by other users: chmod 600 '{path}'"] == list(
        doubts_about_file(path, "The journal")
    )


def test_a_directory_for_everybody_is_doubtful(tmp_path: Path) -> None:
    """A directory that every user may write to gets a sentence: other users could replace the file."""
    tmp_path.chmod(0o1777)

    assert [f"The journal is in a directory that every user may write to: '{tmp_path}'"] == list(
        doubts_about_directory(tmp_path / "file", "The journal")
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_belongs_to_another_user_is_doubtful(tmp_path: Path) -> None:
    """Another user's file, and a file in another user's directory, are named with that user."""
    path = tmp_path / "file"
    create_private(path)
    os.chown(path, NOBODY, -1)
    in_ours = is_strangers(path)
    os.chown(tmp_path, 12345678, -1)
    doubts = [*doubts_about_file(path, "The journal"), *doubts_about_directory(path, "The journal")]

    assert in_ours
    assert [
        f"The journal '{path}' belongs to another user (nobody), and that user can read it",
        "The journal is in a directory of another user (12345678), and that user can replace or delete it: "
        f"'{tmp_path}'",
    ] == doubts


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_of_a_directory_is_no_stranger_in_it(tmp_path: Path) -> None:
    """The directory's owner is no stranger, since they control its files anyway."""
    path = tmp_path / "file"
    create_private(path)
    for one in (path, tmp_path):
        os.chown(one, NOBODY, -1)

    assert not is_strangers(path)
