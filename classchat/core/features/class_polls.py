"""Polls: a question with options, open for some seconds; see docs/class.md.

    poll            the room reads the question, and that it is open
    vote            one vote for each student; the last one counts
    endpoll         the poll is closed before its end

A poll is closed in two entries. From the first one on no vote is stored; when that is delivered all votes are
known, and the second one counts them. It also deletes the rows that say who has voted for what, unless the
poll is named.
"""

from __future__ import annotations

from msgspec.structs import replace

from classchat.class_commands import LONGEST_OPTION, MOST_OPTIONS, EndPoll, StartPoll, Vote
from classchat.class_events import AboutPoll, PollBegun, PollEnded, Voted
from classchat.core.features import ballots
from classchat.core.features.ballots import Counted, OpenPollRow
from classchat.core.features.class_permissions import role_of
from classchat.core.features.feature import ClassAsked, Ruling, later, no_longer
from classchat.core.features.rows import ClassRow, Draft
from classchat.core.telling import Telling
from classchat.errors import InvalidFormat, PollClosed, PollNotFound, TooLong, TooMany
from classchat.texts import harmless, stamp

NAME = "polls"
MOST_POLLS = 200
MOST_OPEN = 5
LONGEST_TEXT = 500
_FEWEST_OPTIONS = 2
_LEEWAY = 2_000
"""Milliseconds after the end in which votes still count, because they were sent before it."""

_LONGER = 15_000
"""Milliseconds that a poll stays open when the server was down at its end."""

_CLIENTS_ARE_BACK = 5_000
"""Milliseconds after the start of the server."""


class PollRow(ClassRow, frozen=True):
    """A poll; the key is its number."""

    kind = "poll"

    text: str
    options: list[str]
    seconds: int
    until: int
    by: str
    many: bool
    named: bool
    live: bool
    closed: int | None = None
    """When it was closed; None while it is open, or votes are on their way."""

    result: Counted | None = None
    here: int = 0
    """How many students were in the room then, or had voted."""


class PollCount(ClassRow, frozen=True):
    """How many polls the room has had: the one row, with the key `""`."""

    kind = "poll_count"
    lasting = True

    count: int


# What moderators do.


def start(asked: ClassAsked, command: StartPoll) -> Ruling:
    """Begin a poll.

    Raises:
        InvalidFormat: it has no text, or not 2 to 10 different options.
        TooLong: the text is, or an option.
        TooMany: too many polls are open.
    """
    draft = asked.draft
    text = _line(command.text, "text", LONGEST_TEXT)
    options = [_line(one, "option", LONGEST_OPTION) for one in command.options[: MOST_OPTIONS + 1]]
    if not text:
        raise InvalidFormat("the poll has no text", command.id)
    if not _FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        raise InvalidFormat(f"a poll has {_FEWEST_OPTIONS} to {MOST_OPTIONS} options", command.id)
    if "" in options or len(set(options)) < len(options):
        raise InvalidFormat("the options of a poll must differ, and none may be empty", command.id)
    if len(draft.all(OpenPollRow)) >= MOST_OPEN:
        raise TooMany("open polls in a room", MOST_OPEN)
    _make_place(draft)
    counted = draft.get(PollCount, "")
    number = 1 if counted is None else counted.count + 1
    until = asked.now + command.seconds * 1000
    row = PollRow(
        text,
        options,
        command.seconds,
        until,
        asked.user.name,
        command.many is True,
        command.named is True,
        command.live is True,
    )
    draft.put("", PollCount(number))
    draft.put(str(number), row)
    draft.put(str(number), OpenPollRow(until))
    later(draft, NAME, str(number), until + _LEEWAY)
    about = replace(_about(asked, number, row), state="open", seconds=command.seconds)
    return Ruling(PollBegun(number, stamp(until)), [Telling("room", about)])


def _line(text: str, what: str, longest: int) -> str:
    line = harmless(" ".join(text.split()))
    if len(line) > longest:
        raise TooLong(what, longest, "characters")
    return line


def _make_place(draft: Draft) -> None:
    """Forget the oldest polls where there are too many."""
    polls = draft.all(PollRow)
    if len(polls) >= MOST_POLLS:
        number = str(min(int(one) for one, row in polls.items() if row.closed is not None))
        draft.drop(PollRow, number)
        ballots.forget(draft, number)


def end(asked: ClassAsked, command: EndPoll) -> Ruling:
    """Close a poll before its end: without a number, the only one that is open.

    Raises:
        PollClosed: it is closed already.
        PollNotFound: there is no such poll.
    """
    number = command.number or _only(asked.draft, _uncounted(asked.draft), command.id)
    row = found(asked.draft, number)
    if row.closed is not None:
        raise PollClosed(number)
    if not _is_complete(asked, number):
        return Ruling(again=True)
    return Ruling(PollEnded(number), [_count(asked, number, row)])


def found(draft: Draft, number: int) -> PollRow:
    """Return a poll by its number.

    Raises:
        PollNotFound: there is no such poll.
    """
    row = draft.get(PollRow, str(number))
    if row is None:
        raise PollNotFound(number)
    return row


def _only(draft: Draft, polls: list[int], id: str | None) -> int:
    """Return the only one of the polls that are open."""
    if not polls:
        last = max(map(int, draft.all(PollRow)), default=None)
        raise PollNotFound(None) if last is None else PollClosed(last)
    if len(polls) > 1:
        numbers = ", ".join(map(str, polls))
        raise InvalidFormat(f"polls {numbers} are open: say which, with its number", id)
    return polls[0]


# Votes.


def vote(asked: ClassAsked, command: Vote) -> Ruling:
    """Vote, or change a vote: without a number, in the only poll that is open.

    Raises:
        InvalidFormat: there is no such option, or only one may be chosen, or none is.
        PollClosed: the poll is closed.
        PollNotFound: there is no such poll.
    """
    draft = asked.draft
    uncounted = [int(key) for key, poll in draft.all(PollRow).items() if poll.closed is None]
    repeated = ballots.repeated(asked, command.id, uncounted)
    if repeated is not None:
        return Ruling(Voted(repeated, []))
    number = command.number or _only(draft, sorted(map(int, draft.all(OpenPollRow))), command.id)
    row = found(draft, number)
    draft.hold(OpenPollRow, str(number))
    if draft.get(OpenPollRow, str(number)) is None:
        raise PollClosed(number)
    choices = sorted(set(command.choices))
    if not choices or choices[-1] >= len(row.options):
        raise InvalidFormat(f"choose from the options 1 to {len(row.options)}", command.id)
    if len(choices) > 1 and not row.many:
        raise InvalidFormat("choose one option", command.id)
    ballots.put(asked, number, choices, command.id)
    return Ruling(Voted(number, [row.options[one] for one in choices]))


# How polls end.


def _is_complete(asked: ClassAsked, number: int) -> bool:
    """Return whether all votes are known; if not, let no further ones come."""
    draft, key = asked.draft, str(number)
    if draft.get(OpenPollRow, key) is not None:
        draft.drop(OpenPollRow, key)
        later(draft, NAME, key, asked.now)  # a server that is started in between goes on with it
        return False
    later(draft, NAME, key, asked.now)
    return draft.is_delivered(OpenPollRow, key)


def _count(asked: ClassAsked, number: int, row: PollRow) -> Telling:
    """Count the votes, and forget who has voted for what; return what the room is told."""
    draft = asked.draft
    no_longer(draft, NAME, str(number))
    votes = ballots.votes_in(draft, number)
    here = {str(user.person.number) for user in asked.room.members if user.connected}
    staff = {str(user.person.number) for user in asked.room.members if role_of(user, asked.room) != "student"}
    counted = ballots.counted(votes.values(), len(row.options), named=row.named)
    closed = replace(row, closed=asked.now, result=counted, here=len(here - staff | votes.keys()))
    draft.put(str(number), closed)
    ballots.close(draft, number, votes, named=row.named)
    return Telling("room", _about(asked, number, closed))


def due(asked: ClassAsked, about: str, *, late: bool) -> Ruling:
    """Close a poll whose time is over; leave it open for a while if the server was down then."""
    draft, number = asked.draft, int(about)
    row, opened = draft.get(PollRow, about), draft.get(OpenPollRow, about)
    if row is None or row.closed is not None:
        return Ruling()
    if opened is not None and (late or opened.late):
        until = asked.now + _LONGER
        longer = replace(row, until=until)
        draft.put(about, longer)
        draft.put(about, OpenPollRow(until))
        later(draft, NAME, about, until + _LEEWAY)
        told = replace(_about(asked, number, longer), state="longer", seconds=_LONGER // 1000)
        return Ruling(told=[Telling("room", told)])
    if not _is_complete(asked, number):
        return Ruling(again=True)
    return Ruling(told=[_count(asked, number, row)])


def restored(asked: ClassAsked) -> None:
    """Keep polls open that would end before clients are back after a start of the server."""
    for number, opened in asked.draft.all(OpenPollRow).items():
        if opened.until < asked.now + _CLIENTS_ARE_BACK:
            asked.draft.put(number, OpenPollRow(opened.until, late=True))
            later(asked.draft, NAME, number, asked.now + _CLIENTS_ARE_BACK)


def are_complete(asked: ClassAsked) -> bool:
    """Return whether all votes in all polls are known; if not, let no further ones come."""
    complete = True
    for number in _uncounted(asked.draft):
        complete = _is_complete(asked, number) and complete
    return complete


def _uncounted(draft: Draft) -> list[int]:
    return sorted(int(number) for number, row in draft.all(PollRow).items() if row.closed is None)


def close(asked: ClassAsked) -> list[Telling]:
    """Count the votes in all polls, which are complete, because the session ends or another one begins."""
    return [_count(asked, number, found(asked.draft, number)) for number in _uncounted(asked.draft)]


def _about(asked: ClassAsked, number: int, row: PollRow) -> AboutPoll:
    result = row.result or Counted()
    return AboutPoll(
        asked.room.name,
        number,
        "closed",
        row.text,
        row.options,
        stamp(row.until),
        row.by,
        row.many,
        row.named,
        row.live,
        counts=result.counts,
        guests=result.guests,
        votes=result.votes,
        guest_votes=result.guest_votes,
        here=row.here,
    )
