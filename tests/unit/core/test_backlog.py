"""The backlog: new messages for a client that is catching up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.core.backlog import MOST_MISSED, Backlog
from tests.unit.helpers import group


@given(st.lists(st.one_of(st.none(), st.integers(0, 5))))
def test_gaps_add_up(losses: list[int | None]) -> None:
    """Lost messages are counted, until an unknown number is lost."""
    backlog = Backlog()
    for count in losses:
        backlog.lose(count)
    known = [count for count in losses if count is not None]

    assert (None if not losses else sum(known) if len(known) == len(losses) else None) == (
        backlog.gap.missed if backlog.gap else None
    )
    assert bool(losses) == bool(backlog.gap)


def test_a_backlog_is_bounded() -> None:
    """A slow reader gets the latest messages, and the number of those left out."""
    backlog = Backlog()
    for number in range(MOST_MISSED + 3):
        backlog.add(group("Alice", "R", str(number), seq=number + 1))

    assert (MOST_MISSED, "3", 3) == (
        len(backlog.events),
        backlog.events[0].text,
        backlog.gap and backlog.gap.missed,
    )
