"""The directory of shared files: whole contents, each under its digest, and nothing else for long."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from classchat.contents import Contents, Unexpected, WrongDirectory
from classchat.core.shared_files import digest_of

HELLO = digest_of(b"Hello")


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    """Return an open directory."""
    made = Contents(tmp_path / "files")
    made.open("the-first")
    return made


def uploaded(contents: Contents, data: bytes = b"Hello", number: int = 7) -> str:
    """Upload a content; return its digest."""
    contents.append(number, 0, data)
    assert contents.finish(number, digest_of(data))
    contents.remove_part(number)
    return digest_of(data)


def test_an_upload_in_pieces_becomes_a_content(contents: Contents) -> None:
    """Pieces that follow each other are a content when finished; the part stays until it is removed."""
    contents.append(7, 0, b"Hel")
    contents.append(7, 3, b"lo")
    contents.sync(7)

    assert (5, True, 5) == (contents.have(7), contents.finish(7, HELLO), contents.have(7))
    contents.remove_part(7)
    assert [(HELLO, 5)] == [(found.sha256, found.size) for found in contents.all()]
    with contents.read(HELLO) as file:
        assert file.read() == b"Hello"


def test_a_piece_in_another_place_is_refused(contents: Contents) -> None:
    """A piece that does not follow the last one is not written."""
    contents.append(7, 0, b"Hel")
    with pytest.raises(Unexpected):
        contents.append(7, 5, b"lo")

    assert contents.have(7) == 3


def test_another_content_than_announced_is_deleted(contents: Contents) -> None:
    """A part with another digest becomes no content, and its upload begins again."""
    contents.append(7, 0, b"Hullo")

    assert not contents.finish(7, HELLO)
    assert contents.have(7) == 0
    assert [] == list(contents.all())


def test_an_empty_file(contents: Contents) -> None:
    """A file without a byte is a content as well."""
    empty = digest_of(b"")

    assert contents.finish(7, empty)
    assert contents.holds(empty, 0)


def test_two_files_share_one_content(contents: Contents) -> None:
    """A second upload of the same content makes no second one."""
    uploaded(contents)
    contents.append(8, 0, b"Hello")

    assert contents.finish(8, HELLO)
    contents.remove_part(8)
    assert [HELLO] == [found.sha256 for found in contents.all()]


def test_a_damaged_content_is_recognized(contents: Contents) -> None:
    """A content with other bytes than its name says is not intact; one that is gone is not either."""
    uploaded(contents)
    intact = contents.is_intact(HELLO)
    (found,) = contents.all()
    found.path.write_bytes(b"Hullo")
    damaged = contents.is_intact(HELLO)
    contents.remove(HELLO)
    contents.remove(HELLO)  # harmless

    assert (True, False, False) == (intact, damaged, contents.is_intact(HELLO))
    assert not contents.holds(HELLO, 5)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_the_owner_may_read(contents: Contents) -> None:
    """Nobody else on the machine may read a content, or list the directory."""
    uploaded(contents)
    (found,) = contents.all()

    places = (found.path, found.path.parent, contents.directory)
    assert [0o600, 0o700, 0o700] == [place.stat().st_mode & 0o777 for place in places]


def test_the_directory_of_another_journal_is_refused(contents: Contents) -> None:
    """A directory belongs to one journal: with another one nothing is written, and nothing deleted."""
    uploaded(contents)
    other = Contents(contents.directory)
    other.try_to_open("the-second")

    assert "another journal" in other.problem
    assert not other.usable
    with pytest.raises(WrongDirectory):
        other.open("the-second")


def test_a_place_that_is_no_directory(tmp_path: Path) -> None:
    """A directory that can't be made is a problem in one sentence."""
    (tmp_path / "file").write_text("")
    contents = Contents(tmp_path / "file" / "files")
    contents.try_to_open("the-first")

    assert str(contents.directory) in contents.problem


def test_a_passing_directory_is_deleted(tmp_path: Path) -> None:
    """The directory of a journal in memory is deleted at the end; any other one stays."""
    passing, lasting = Contents(tmp_path / "a", passing=True), Contents(tmp_path / "b")
    for one in (passing, lasting):
        one.open("the-first")
        one.close()
        one.close()  # harmless

    assert (False, True) == (passing.directory.exists(), lasting.directory.exists())


def test_a_content_is_copied(contents: Contents, tmp_path: Path) -> None:
    """A copy has the same content under the same name."""
    uploaded(contents)
    copy = Contents(tmp_path / "copy")
    copy.open("the-first")
    contents.copy(HELLO, copy)

    assert copy.is_intact(HELLO)


def test_strange_names_are_left_alone(contents: Contents) -> None:
    """What is not ours in the directory is not looked at."""
    (contents.directory / "notes").write_text("mine")
    (contents.directory / "parts" / "README").write_text("mine")
    (contents.directory / "ab").mkdir()
    (contents.directory / "ab" / HELLO).write_text("in the wrong place")

    assert [] == list(contents.all())


def test_a_digest_alone_is_no_upload(contents: Contents) -> None:
    """Who only knows the digest and the size of a content has uploaded nothing, and gets nothing."""
    uploaded(contents)
    contents.append(8, 0, b"01234")

    assert contents.have(9) == 0
    assert not contents.finish(8, HELLO)
    assert not contents.finish(9, HELLO)


def test_a_disk_without_second_names(contents: Contents, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file can't have two names the part becomes the content."""

    def refuse(_content: Path, _part: Path) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    contents.append(7, 0, b"Hello")

    assert contents.finish(7, HELLO)
    assert [HELLO] == [found.sha256 for found in contents.all()]
