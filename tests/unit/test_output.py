"""Where an exported document goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat import output
from classchat.journal.opening import open_to_write
from classchat.output import format_of, what_is_kept_in, write
from classchat.servers.certificates import make_pem
from tests.tables import each_case


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Create a journal."""
    path = tmp_path / "classchat.sqlite"
    db, lock = open_to_write(path)
    with closing(lock), closing(db):
        pass
    return path


def test_the_files_of_the_journal_are_found_by_any_name(journal: Path) -> None:
    """The journal, its parts and copies are known through links, and where they do not exist yet."""
    journal.with_name("symbolic").symlink_to(journal)
    journal.with_name("dangling").symlink_to(f"{journal}-tls.pem")
    Path(f"{journal}-tls.pem").write_bytes(b"")
    journal.with_name("hard").hardlink_to(f"{journal}-tls.pem")
    names = ["symbolic", "dangling", "hard", "classchat.sqlite-wal", "classchat.sqlite.before-4", "notes.md"]

    assert [
        "the journal",
        "a file of the journal",
        "a file of the journal",
        "a file of the journal",
        "a copy of the journal",
        None,
    ] == [what_is_kept_in(journal.with_name(name), journal) for name in names]


def test_other_journals_and_keys_are_kept(journal: Path, tmp_path: Path) -> None:
    """A journal or a private key that lies elsewhere is not overwritten either; other files are."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "copy").write_bytes(journal.read_bytes())
    (place / "key.pem").write_bytes(make_pem())
    (place / "fullchain.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (place / "notes.md").write_text("# Notes")
    names = ("copy", "key.pem", "fullchain.pem", "notes.md", "new.md")
    kept = [what_is_kept_in(place / name, journal) for name in names]

    assert ["a journal", "a private key", "a certificate", None, None] == kept


def test_the_files_of_the_client_are_kept(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, and which servers are known, are not overwritten either, nor made."""
    monkeypatch.setattr(output, "_OF_THE_CLIENT", [journal.parent / "settings"])
    kept = [what_is_kept_in(journal.parent / name, journal) for name in ("settings/config.toml", "a.toml")]

    assert ["a file of the client", None] == kept


@each_case(
    ("name", "format"),
    [("a.HTML", "html"), ("a.htm", "html"), ("x/.csv", "csv"), ("a.b.json", "json"), ("a.csv/b", "md")],
)
def test_the_format_follows_the_name(name: str, format: str) -> None:
    """The end of a name is the format; without a known end it is Markdown."""
    assert format == format_of(name)


def test_what_was_there_stays_until_the_document_is_whole(tmp_path: Path) -> None:
    """If writing fails halfway, the old file stays as it was, and no other file remains."""
    path = tmp_path / "room.md"
    path.write_text("yesterday's")

    def fails() -> Iterator[str]:
        yield "today's"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write(fails(), str(path))

    assert ("yesterday's", [path]) == (path.read_text(), list(tmp_path.iterdir()))


def test_a_file_that_is_replaced_keeps_its_rights(tmp_path: Path) -> None:
    """Who could not read the document before can't read the new one; a link still leads to it."""
    path, link = tmp_path / "room.md", tmp_path / "link"
    path.write_text("yesterday's")
    path.chmod(0o640)
    link.symlink_to(path)
    write(["to", "day"], str(link))

    assert ("today", 0o640, True) == (path.read_text(), path.stat().st_mode & 0o777, link.is_symlink())


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    """A device takes the document as it comes, and stays a device."""
    write(["to", "day"], os.devnull)

    assert not Path(os.devnull).is_file()
    assert [] == list(tmp_path.iterdir())
