"""The polls of a room as a user may see them."""

from __future__ import annotations

from msgspec.structs import replace

from classchat.class_commands import ListPolls
from classchat.class_events import PollView
from classchat.core.features import ballots
from classchat.core.features.class_polls import NAME, PollRow, found
from classchat.core.features.feature import ClassAsked
from classchat.core.features.rows import Draft
from classchat.texts import stamp

_MOST_LISTED = 20


def _views(draft: Draft) -> dict[int, PollView]:
    """Return the last polls, with what all may see of them."""
    polls = sorted((int(number), row) for number, row in draft.all(PollRow).items())
    closed = [number for number, row in polls if row.closed is not None]
    left_out = set(closed[: max(len(polls) - _MOST_LISTED, 0)])
    return {number: _view(draft, number, row) for number, row in polls if number not in left_out}


def _view(draft: Draft, number: int, row: PollRow) -> PollView:
    counted = row.result
    if counted is None:
        votes = ballots.votes_in(draft, number).values()
        counted = ballots.counted(votes, len(row.options), named=row.named)
        if not row.live:
            counted = replace(counted, counts=None, guests=None)
    return PollView(
        number,
        row.text,
        row.options,
        "open" if row.closed is None else "closed",
        stamp(row.until),
        row.by,
        row.many,
        row.named,
        row.live,
        counted.counts,
        counted.guests,
        counted.votes,
        row.here,
        guest_votes=counted.guest_votes,
    )


def _seen(asked: ClassAsked, number: int, poll: PollView) -> PollView:
    """Return a poll as this user may see it."""
    mine = ballots.choices_of(asked.draft, number, asked.subject)
    return poll if mine is None else replace(poll, mine=mine)


def view(asked: ClassAsked) -> list[PollView]:
    """Return the polls that are open, and the last ones that are closed."""
    return [_seen(asked, number, poll) for number, poll in _known_views(asked).items()]


def _known_views(asked: ClassAsked) -> dict[int, PollView]:
    return asked.draft.known(NAME, lambda: _views(asked.draft))


def open_views(asked: ClassAsked) -> dict[int, PollView]:
    """Return the polls that are open, by number."""
    polls = _known_views(asked).items()
    return {number: _seen(asked, number, poll) for number, poll in polls if poll.state == "open"}


def read(asked: ClassAsked, command: ListPolls) -> list[PollView]:
    """Return the polls, or one of them: staff also see who has voted for what, if it is named.

    Raises:
        PollNotFound: there is no such poll.
    """
    if command.number is None:
        return view(asked)
    row = found(asked.draft, command.number)
    poll = _seen(asked, command.number, _view(asked.draft, command.number, row))
    if not (asked.staff and row.named):
        return [poll]
    voters = ballots.named_votes(asked.draft, command.number)
    named = {asked.name_of(subject, one.name): one.choices for subject, one in voters.items()}
    return [replace(poll, voters=named)]
