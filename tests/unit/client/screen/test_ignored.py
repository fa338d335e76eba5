"""Ignored users, on disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from classchat.client.screen.ignored import KeptNames


class Told:
    """A recorder of complaints."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def __call__(self, sentence: str) -> None:
        """Record a complaint."""
        self.sentences.append(sentence)


@pytest.fixture
def told() -> Told:
    """Return a recorder without complaints."""
    return Told()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the file."""
    return tmp_path / "not there yet" / "ignored"


def test_round_trip(path: Path, told: Told) -> None:
    """Saved names are read; only their owner can read them, and no partial file is left."""
    KeptNames(path).change("Bob", keep=True)
    kept = KeptNames(path).change("Zoë", keep=True)

    assert (["Bob", "Zoë"], ["Bob", "Zoë"], []) == (kept, KeptNames(path).read(told), told.sentences)
    assert ["ignored", "ignored.lock"] == sorted(file.name for file in path.parent.iterdir())
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_two_clients(path: Path, told: Told) -> None:
    """Changes of one client do not undo those of another one."""
    one, two = KeptNames(path), KeptNames(path)
    one.read(told)
    two.read(told)
    one.change("Bob", keep=True)
    two.change("Dora", keep=True)
    one.change("BOB", keep=False)
    two.change("Eve", keep=True)

    assert ["Dora", "Eve"] == one.read(told)


def test_twice(path: Path, told: Told) -> None:
    """A name that is ignored already stands there once, in its last spelling."""
    KeptNames(path).change("Bob", keep=True)

    assert ["BOB"] == KeptNames(path).change("BOB", keep=True) == KeptNames(path).read(told)


def test_none_yet(path: Path, told: Told) -> None:
    """Without a file no user is ignored."""
    assert ([], []) == (KeptNames(path).read(told), told.sentences)


def test_damaged(tmp_path: Path, told: Told) -> None:
    """Names next to invalid lines count; the lines are reported, and stay."""
    path = tmp_path / "ignored"
    path.write_bytes(b"Bob\n\xff\xfe\x00\nCarol\r\n\n")
    path.chmod(0o644)
    names = KeptNames(path).read(told)
    KeptNames(path).change("Dora", keep=True)

    assert ["Bob", "Carol"] == names
    assert [f"{path}, line 2: not a name, skipped"] == told.sentences
    assert b"Bob\n\xff\xfe\x00\nCarol\nDora\n" == path.read_bytes()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_unreadable(tmp_path: Path, told: Told) -> None:
    """An unreadable file is reported, and not overwritten."""
    path = tmp_path / "ignored"
    path.mkdir()

    assert [] == KeptNames(path).read(told)
    assert [f"Can't read who is ignored, {path}: Is a directory"] == told.sentences
    with pytest.raises(OSError, match="Is a directory"):
        KeptNames(path).change("Bob", keep=True)


def test_cannot_be_kept(tmp_path: Path) -> None:
    """A name that can't be saved is reported."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        KeptNames(tmp_path / "file" / "ignored").change("Bob", keep=True)
