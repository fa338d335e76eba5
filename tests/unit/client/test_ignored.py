"""Who is ignored, on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from classchat.client.ignored import read_ignored, write_ignored


def test_round_trip(tmp_path: Path) -> None:
    """What was written is read."""
    path = tmp_path / "not there yet" / "ignored"
    write_ignored(path, ["Bob", "Zoë"])

    assert ["Bob", "Zoë"] == read_ignored(path)
    assert ["ignored"] == [file.name for file in path.parent.iterdir()]


def test_none_yet(tmp_path: Path) -> None:
    """Without a file nobody is ignored."""
    assert [] == read_ignored(tmp_path / "ignored")


def test_garbage(tmp_path: Path) -> None:
    """A file that is none of ours ignores nobody, and stops nobody."""
    path = tmp_path / "ignored"
    path.write_bytes(b"\xff\xfe\x00" * 10)

    assert [] == read_ignored(path)


def test_cannot_be_kept(tmp_path: Path) -> None:
    """What can't be kept is told."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_ignored(tmp_path / "file" / "ignored", ["Bob"])
