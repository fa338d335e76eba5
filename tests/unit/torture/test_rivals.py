"""The rule about the name that several clients want."""

from __future__ import annotations

from itertools import count

from tests.torture.logs import Kept
from tests.torture.rivals import NAME, ROOM, bearers, runs


def said(*sessions: str) -> list[Kept]:
    """Return what was said under the name, with other messages in between."""
    numbers = count(1)
    kept = []
    for session in sessions:
        seq = next(numbers)
        kept += [
            Kept(f"#{ROOM}", seq, "", NAME, ROOM, f"{session}: {seq}", ""),
            Kept("#R", seq, "", "Alice", "R", "hello", ""),
        ]
    return kept


def test_one_after_the_other() -> None:
    """Clients may have the name one after the other."""
    kept = said("rival0, 1", "rival0, 1", "rival1, 1", "rival0, 2")

    assert ["rival0, 1", "rival1, 1", "rival0, 2"] == runs(kept)
    assert [] == list(bearers(kept))


def test_two_at_once() -> None:
    """Two clients that speak in turns had it at once."""
    (broken,) = bearers(said("rival0, 1", "rival1, 1", "rival0, 1"))

    assert "'rival0, 1' has spoken as prize again" in broken
