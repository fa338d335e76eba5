"""The last rooms, on disk."""

from __future__ import annotations

import stat
from pathlib import Path

from classchat.client.screen.last_room import LastRooms

PLACE = "127.0.0.1:5555"


def test_round_trip(tmp_path: Path) -> None:
    """The last room of each server and name is known, and only its owner can read it."""
    path = tmp_path / "new" / "rooms"
    rooms = LastRooms(path)
    rooms.remember(PLACE, "Alice", "CS350")
    rooms.remember(PLACE, "Bob", "lab1")
    rooms.remember(PLACE, "Alice", "lab2")

    assert ("lab2", "lab1", None) == (
        LastRooms(path).find(PLACE, "Alice"),
        LastRooms(path).find(PLACE, "Bob"),
        LastRooms(path).find("other:1", "Alice"),
    )
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    """Of many rooms the latest are kept."""
    rooms = LastRooms(tmp_path / "rooms")
    for number in range(210):
        rooms.remember(PLACE, f"User{number}", "CS350")

    assert (None, "CS350") == (rooms.find(PLACE, "User5"), rooms.find(PLACE, "User209"))


def test_what_can_not_be_read(tmp_path: Path) -> None:
    """A damaged file, or something else in its place, counts as no file."""
    (tmp_path / "rooms").write_bytes(b"\xff\t\tx\n\x00")
    (tmp_path / "directory").mkdir()
    LastRooms(tmp_path / "directory").remember(PLACE, "Alice", "CS350")

    assert LastRooms(tmp_path / "rooms").find(PLACE, "Alice") is None
    assert LastRooms(tmp_path / "directory").find(PLACE, "Alice") is None
