"""Who is ignored, on disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from classchat.client.ignored import Ignored


class Told:
    """Takes what is wrong with the file."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def __call__(self, sentence: str) -> None:
        """Remember it."""
        self.sentences.append(sentence)


@pytest.fixture
def told() -> Told:
    """Return somebody who has been told nothing yet."""
    return Told()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file will be."""
    return tmp_path / "not there yet" / "ignored"


def test_round_trip(path: Path, told: Told) -> None:
    """What was kept is read, by nobody else, and nothing half is left beside it."""
    Ignored(path).change("Bob", ignore=True)
    kept = Ignored(path).change("Zoë", ignore=True)

    assert (["Bob", "Zoë"], ["Bob", "Zoë"], []) == (kept, Ignored(path).read(told), told.sentences)
    assert ["ignored", "ignored.lock"] == sorted(file.name for file in path.parent.iterdir())
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_two_clients(path: Path, told: Told) -> None:
    """What one client keeps does not take away what another one kept, nor bring back what it took away."""
    one, two = Ignored(path), Ignored(path)
    one.read(told)
    two.read(told)
    one.change("Bob", ignore=True)
    two.change("Dora", ignore=True)
    one.change("BOB", ignore=False)
    two.change("Eve", ignore=True)

    assert ["Dora", "Eve"] == one.read(told)


def test_twice(path: Path, told: Told) -> None:
    """A name that is ignored already stands there once, as it was spelled last."""
    Ignored(path).change("Bob", ignore=True)

    assert ["BOB"] == Ignored(path).change("BOB", ignore=True) == Ignored(path).read(told)


def test_none_yet(path: Path, told: Told) -> None:
    """Without a file nobody is ignored."""
    assert ([], []) == (Ignored(path).read(told), told.sentences)


def test_damaged(tmp_path: Path, told: Told) -> None:
    """Names beside what makes no sense count; that is told, and stays as it is."""
    path = tmp_path / "ignored"
    path.write_bytes(b"Bob\n\xff\xfe\x00\nCarol\r\n\n")
    path.chmod(0o644)
    names = Ignored(path).read(told)
    Ignored(path).change("Dora", ignore=True)

    assert ["Bob", "Carol"] == names
    assert [f"{path}, line 2: that is no name, and is passed over"] == told.sentences
    assert b"Bob\n\xff\xfe\x00\nCarol\nDora\n" == path.read_bytes()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_unreadable(tmp_path: Path, told: Told) -> None:
    """What can't be read is told, and is not written over."""
    path = tmp_path / "ignored"
    path.mkdir()

    assert [] == Ignored(path).read(told)
    assert [f"Can't read who is ignored, {path}: Is a directory"] == told.sentences
    with pytest.raises(OSError, match="Is a directory"):
        Ignored(path).change("Bob", ignore=True)


def test_cannot_be_kept(tmp_path: Path) -> None:
    """What can't be kept is told."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Ignored(tmp_path / "file" / "ignored").change("Bob", ignore=True)
