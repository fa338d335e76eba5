"""Typed lines, kept between runs."""

from __future__ import annotations

import stat
from pathlib import Path

from classchat.client.screen.history import KeptHistory


def history(path: Path) -> KeptHistory:
    """Return a history in which lines with a slash are secret."""
    return KeptHistory(path, lambda line: line.startswith("/"))


def kept(path: Path) -> list[str]:
    """Return what the next run knows, the latest first."""
    return list(history(path).load_history_strings())


def test_kept_but_for_secrets(tmp_path: Path) -> None:
    """A secret line can be recalled in this run, and not in the next."""
    path = tmp_path / "new" / "typed"
    this = history(path)
    for line in ("one", "/msg Bob x", "two\nlines"):
        this.append_string(line)

    assert ["one", "/msg Bob x", "two\nlines"] == this.get_strings()
    assert ["two\nlines", "one"] == kept(path)
    assert b"Bob" not in path.read_bytes()


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    """Only its owner can read the file."""
    history(tmp_path / "typed").append_string("one")

    assert 0o600 == stat.S_IMODE((tmp_path / "typed").stat().st_mode)


def test_a_file_that_others_could_read(tmp_path: Path) -> None:
    """Permissions are corrected if an earlier version or a copy made the file readable."""
    (tmp_path / "typed").touch(mode=0o644)
    history(tmp_path / "typed")

    assert 0o600 == stat.S_IMODE((tmp_path / "typed").stat().st_mode)


def test_two_clients(tmp_path: Path) -> None:
    """Lines of two clients of one home are all kept, even while one of them shortens the file."""
    path = tmp_path / "typed"
    one = history(path)
    one.append_string("x" * 1_100_000)
    one.append_string("one")
    two = history(path)
    one.append_string("two")
    two.append_string("three")

    assert ["three", "two", "one"] == kept(path)[:3]


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    """A long file loses its older half, and no line of the rest is cut."""
    path = tmp_path / "typed"
    this = history(path)
    for number in range(1200):
        this.append_string(f"{number}: {'x' * 1000}")
    lines = kept(path)

    assert 300_000 < path.stat().st_size <= 500_000
    assert [f"{number}: {'x' * 1000}" for number in range(1199, 1199 - len(lines), -1)] == lines
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_one_line_that_is_too_long(tmp_path: Path) -> None:
    """A very long line stops nothing."""
    path = tmp_path / "typed"
    history(path).append_string("x" * 2_000_000)
    kept(path)
    history(path).append_string("one")

    assert "one" == kept(path)[0]


def test_where_nothing_can_be_kept(tmp_path: Path) -> None:
    """A full disk does not stop the conversation."""
    (tmp_path / "file").touch()
    this = history(tmp_path / "file" / "typed")
    this.append_string("one")

    assert ["one"] == this.get_strings()
    assert [] == kept(tmp_path / "file" / "typed")


def test_what_can_not_be_read(tmp_path: Path) -> None:
    """Something else in place of the file counts as no file."""
    assert [] == kept(tmp_path)
