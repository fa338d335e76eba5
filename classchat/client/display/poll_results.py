"""The results of polls as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classchat.class_events import AboutPoll, PollView
from classchat.client.display.paper import Paper, padded, width
from classchat.client.display.stranger import shown_name
from classchat.texts import counted

_LONGEST_OPTION = 200
_WIDEST_BAR = 16  # columns
_NARROWEST_BAR = 6
_GAP = "   "


@dataclass(frozen=True)
class Result:
    """The votes of a poll."""

    options: Sequence[str]
    counts: Sequence[int]
    guests: Sequence[int] = ()
    """Those of them that are guests'."""

    votes: int = 0
    here: int = 0
    guest_votes: int = 0
    """How many of those who have voted are guests."""


def result_of(poll: AboutPoll | PollView) -> Result | None:
    """Return the votes that are told; None if they are not."""
    counts = poll.counts
    if not counts or len(counts) != len(poll.options) or min(counts) < 0:
        return None
    mixed = 0 < poll.guest_votes < poll.votes
    guests = poll.guests or () if mixed else ()
    return Result(poll.options, counts, guests, poll.votes, poll.here, poll.guest_votes if mixed else 0)


def bars(result: Result, paper: Paper) -> str:
    """Return a bar for each option, and how many have voted; on narrow paper below the option."""
    columns = paper.columns()
    names = [shown_name(option, _LONGEST_OPTION) for option in result.options]
    said = _numbers(result)
    widest, largest = max(map(width, names)), max(result.counts)
    left = columns - max(map(len, said)) - 2
    note = f"{result.votes} of {result.here} here" if result.here else counted(result.votes, "vote")
    if result.guest_votes:
        note += f", {counted(result.guest_votes, 'guest')}"
    room = min(_WIDEST_BAR, left - widest - len(_GAP))
    if room < _NARROWEST_BAR:
        room = max(1, min(_WIDEST_BAR, left - 2))
        rows = [
            f"{name}\n  {padded(paper.bar(count, largest, room), room)}  {number}"
            for name, count, number in zip(names, result.counts, said, strict=True)
        ]
        return "\n".join([*rows, note])
    rows = [
        f"{padded(name, widest)}{_GAP}{padded(paper.bar(count, largest, room), room)}  {number}"
        for name, count, number in zip(names, result.counts, said, strict=True)
    ]
    if width(rows[-1]) + 5 + width(note) <= columns:
        rows[-1] += f"     {note}"
    else:
        rows.append(note)
    return "\n".join(map(str.rstrip, rows))


def _numbers(result: Result) -> list[str]:
    """Return the counts, aligned, each with how many of them are guests'."""
    digits = len(str(max(result.counts)))
    guests = [*result.guests, *[0] * (len(result.counts) - len(result.guests))]
    said = [
        f"{count:>{digits}}" + (f" ({counted(guest, 'guest')})" if guest else "")
        for count, guest in zip(result.counts, guests, strict=False)
    ]
    longest = max(map(len, said))
    return [one.ljust(longest) for one in said] if any(result.guests) else said
