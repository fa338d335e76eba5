"""Votes in polls: while a poll is open in secret rows, then counted, and forgotten unless the poll is named.

Few votes would show who has voted for what. So the distribution of a secret poll is told and stored only if
there are at least five votes, and that of the guests' votes only if there are at least five from guests and
five from others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from msgspec import Struct

from classchat.core.features.feature import ClassAsked
from classchat.core.features.rows import ClassRow, Draft

FEW = 5
_IDS_OF_VOTE = 32
"""Requests of one person that are remembered while a poll is open.

A vote may arrive late on another node, from a connection that its client has given up. It must not replace
later ones.
"""

_IDS_WHEN_CLOSED = 3
_POLLS_WITH_IDS = 5


class OpenPollRow(ClassRow, frozen=True):
    """A poll in which votes count; the key is its number."""

    kind = "open_poll"

    until: int
    late: bool = False
    """Whether the server was down at the end."""


class VoteRow(ClassRow, frozen=True):
    """A vote in an open poll; the key is the number of the poll, and the person's subject."""

    kind = "vote"
    secret = True

    name: str
    guest: bool
    choices: list[int]
    ids: list[str] = []
    """The ids of the person's last requests."""


class VoteIdsRow(ClassRow, frozen=True):
    """The requests that were votes in a closed poll, which may be repeated; the key is its number."""

    kind = "vote_ids"
    secret = True

    ids: list[str]
    """The ids, each with the person's subject before it, sorted."""


class NamedVote(Struct, frozen=True):
    """What a person has voted for in a named poll."""

    name: str
    choices: list[int]


class NamedVotesRow(ClassRow, frozen=True):
    """The votes in a named poll that is closed; the key is its number."""

    kind = "named_votes"

    votes: dict[str, NamedVote]
    """By subject."""


class VotesCastRow(ClassRow, frozen=True):
    """In how many polls of the session a person has voted, for exports; the key is the subject."""

    kind = "votes_cast"

    name: str
    polls: int


class Counted(Struct, frozen=True, omit_defaults=True):
    """The votes in a poll."""

    votes: int = 0
    counts: list[int] | None = None
    """For each option."""

    guest_votes: int = 0
    guests: list[int] | None = None
    """Those of guests for each option."""


def _key(number: int, subject: str) -> str:
    return f"{number} {subject}"


def put(asked: ClassAsked, number: int, choices: list[int], id: str | None) -> None:
    """Write a person's vote, which replaces an earlier one."""
    key = _key(number, asked.subject)
    before = asked.draft.get(VoteRow, key)
    ids = [] if before is None else before.ids
    if id is not None:
        ids = [*ids, id][-_IDS_OF_VOTE:]
    asked.draft.put(key, VoteRow(asked.user.name, asked.user.account is None, choices, ids))


def repeated(asked: ClassAsked, id: str | None, uncounted: Iterable[int]) -> int | None:
    """Return the number of the poll in which a request with this `id` was a vote.

    The polls whose votes are not counted yet are `uncounted`: some are closed already.

    It must still be one when this is stored: the vote, or the count of it, may be on its way and be refused.
    """
    if id is None:
        return None
    draft = asked.draft
    for poll in uncounted:
        key = _key(poll, asked.subject)
        row = draft.get(VoteRow, key)
        if row is not None and id in row.ids:
            draft.hold(VoteRow, key)
            return poll
    one = _key_of_id(asked.subject, id)
    for number, closed in draft.all(VoteIdsRow).items():
        at = bisect_left(closed.ids, one)
        if at < len(closed.ids) and closed.ids[at] == one:
            draft.hold(VoteIdsRow, number)
            return int(number)
    return None


def _key_of_id(subject: str, id: str) -> str:
    return f"{subject} {id}"


def votes_in(draft: Draft, number: int) -> dict[str, VoteRow]:
    """Return the votes in a poll that is not counted yet, by subject."""
    start = f"{number} "
    votes = draft.all(VoteRow).items()
    return {key.removeprefix(start): row for key, row in votes if key.startswith(start)}


def choices_of(draft: Draft, number: int, subject: str) -> list[int] | None:
    """Return what a person has voted for: of a secret poll only while it is open."""
    row = draft.get(VoteRow, _key(number, subject))
    if row is not None:
        return row.choices
    named = draft.get(NamedVotesRow, str(number))
    vote = None if named is None else named.votes.get(subject)
    return None if vote is None else vote.choices


def named_votes(draft: Draft, number: int) -> Mapping[str, NamedVote]:
    """Return who has voted for what in a named poll, by subject."""
    named = draft.get(NamedVotesRow, str(number))
    if named is not None:
        return named.votes
    return _named(votes_in(draft, number))


def _named(votes: Mapping[str, VoteRow]) -> dict[str, NamedVote]:
    return {subject: NamedVote(vote.name, vote.choices) for subject, vote in sorted(votes.items())}


def counted(votes: Iterable[VoteRow], options: int, *, named: bool) -> Counted:
    """Count votes: as much as may be told."""
    counts, guests = [0] * options, [0] * options
    total = total_of_guests = 0
    for vote in votes:
        total += 1
        total_of_guests += vote.guest
        for choice in vote.choices:
            counts[choice] += 1
            guests[choice] += vote.guest
    others = total - total_of_guests
    apart = total_of_guests > 0 and (named or (total_of_guests >= FEW and (others == 0 or others >= FEW)))
    return Counted(
        total,
        counts if named or total >= FEW else None,
        total_of_guests,
        guests if apart else None,
    )


def close(draft: Draft, number: int, votes: Mapping[str, VoteRow], *, named: bool) -> None:
    """Delete who has voted for what, unless the poll is named."""
    for subject, vote in sorted(votes.items()):  # not in the order of the votes
        draft.drop(VoteRow, _key(number, subject))
        if draft.session:
            cast = draft.get(VotesCastRow, subject)
            draft.put(subject, VotesCastRow(vote.name, 1 if cast is None else cast.polls + 1))
    if named:
        draft.put(str(number), NamedVotesRow(_named(votes)))
    ids = sorted(
        _key_of_id(subject, id) for subject, vote in votes.items() for id in vote.ids[-_IDS_WHEN_CLOSED:]
    )
    draft.put(str(number), VoteIdsRow(ids))
    for old in sorted(map(int, draft.all(VoteIdsRow)))[:-_POLLS_WITH_IDS]:
        draft.drop(VoteIdsRow, str(old))


def forget(draft: Draft, number: str) -> None:
    """Forget a closed poll."""
    draft.drop(NamedVotesRow, number)
    draft.drop(VoteIdsRow, number)
