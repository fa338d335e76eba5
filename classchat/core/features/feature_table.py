"""The features of the class layer, and which of them decides what.

A new feature stands in a file of its own, and here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol, assert_never

from classchat.class_commands import (
    AnswerQuestion,
    Approve,
    Ask,
    Dismiss,
    EndPoll,
    FinishTurn,
    Follow,
    Here,
    ListPolls,
    LowerHand,
    Mark,
    NextHand,
    Present,
    RaiseHand,
    Reveal,
    SetGroups,
    SetHands,
    SetQuestions,
    SetSession,
    StartPoll,
    Support,
    Vote,
)
from classchat.class_events import AboutCounts, ClassView
from classchat.core.answer_events import ClassShown
from classchat.core.features import (
    attendance,
    authors,
    ballots,
    groups,
    hand_rows,
    hands,
    helping,
    poll_views,
    question_rows,
    question_rules,
    question_views,
    sessions,
)
from classchat.core.features import class_polls as polls
from classchat.core.features import class_questions as questions
from classchat.core.features.answered import AnsweredRow
from classchat.core.features.feature import ClassAsked, ClassRequest, Due, Ruling, later
from classchat.core.features.rows import ClassRow, CurrentSession, Draft
from classchat.core.orders import Order
from classchat.core.telling import Telling
from classchat.errors import InvalidFormat, UnknownStatus
from classchat.messages import Mute, Unmute

ROWS: tuple[type[ClassRow], ...] = (
    CurrentSession,
    Due,
    AnsweredRow,
    sessions.SessionRow,
    sessions.SessionCount,
    hand_rows.HandRow,
    hand_rows.RaisedRow,
    hand_rows.TurnRow,
    hand_rows.HelpedRow,
    hand_rows.HandRulesRow,
    attendance.HereOpenRow,
    attendance.HereKeyRow,
    attendance.HereRow,
    attendance.WrongCodesRow,
    attendance.MarkRow,
    question_rows.QuestionRow,
    question_rows.SupportsRow,
    question_rules.QuestionRulesRow,
    question_rows.QuestionCount,
    question_rows.RevealedRow,
    authors.AuthorsKeyRow,
    authors.AuthorRow,
    authors.AskedRow,
    authors.AskingRow,
    authors.SilencedRow,
    polls.PollRow,
    polls.PollCount,
    ballots.OpenPollRow,
    ballots.VoteRow,
    ballots.VoteIdsRow,
    ballots.NamedVotesRow,
    ballots.VotesCastRow,
    groups.GroupsRow,
    groups.GroupRoomRow,
    groups.EarlierGroupsRow,
)
"""All rows that are part of the state."""

KINDS: Mapping[str, type[ClassRow]] = {row.kind: row for row in ROWS}


class OnDue(Protocol):
    """Decides what happens when something is due."""

    def __call__(self, asked: ClassAsked, about: str, /, *, late: bool) -> Ruling:
        """Return the ruling; `late` is True where the server was down at that time."""


class OnWent(Protocol):
    """Takes note of a user who has left the room."""

    def __call__(self, asked: ClassAsked, subject: str, /, *, guest: bool, for_good: bool) -> None:
        """Change the draft; `for_good` is False where a connection was lost."""


DUE: Mapping[str, OnDue] = {
    hand_rows.NAME: hands.due,
    attendance.NAME: attendance.due,
    authors.NAME: questions.due,
    polls.NAME: polls.due,
    groups.NAME: groups.due,
}
"""What decides when something is due, by the first part of its key."""

TAKEN_OVER: tuple[Callable[[Draft], list[tuple[str, ClassRow]]], ...] = (
    hand_rows.taken_over,
    attendance.taken_over,
    questions.taken_over,
)
"""Functions that return the rows of the time without a session that a new session takes over."""

CLOSE: tuple[Callable[[ClassAsked], list[Telling]], ...] = (
    polls.close,
    groups.close,
    hands.close,
    attendance.close,
    questions.close,
)
"""Functions that put a feature's state in order when the session ends."""

EXAM: tuple[Callable[[ClassAsked], list[Telling]], ...] = (groups.close,)
"""Functions that end what students could talk to each other with, when an exam begins."""

RESTORED: tuple[Callable[[ClassAsked], None], ...] = (hands.restored, polls.restored, sessions.restored)
"""Functions that put a feature's state in order when the server has been started."""

CAME: tuple[Callable[[ClassAsked, str], None], ...] = (hands.came, groups.came)
"""Functions that take note of a user who is in the room from now on."""

PROMOTED: tuple[Callable[[ClassAsked], None], ...] = (hands.promoted,)
"""Functions that take note of users who teach in the room from now on."""

WENT: tuple[OnWent, ...] = (hands.went,)


def decide(asked: ClassAsked, command: ClassRequest) -> Ruling:
    """Return the ruling on a request that is permitted.

    Raises:
        ChatError: it can't be granted.
    """
    match command:
        case SetSession():
            return _session(asked, command)
        case RaiseHand() | LowerHand() | NextHand() | FinishTurn() | SetHands():
            return _hand(asked, command)
        case Present() | Here() | Mark():
            return _attendance(asked, command)
        case Ask() | Support() | AnswerQuestion() | Approve() | Dismiss() | Reveal() | SetQuestions():
            return _question(asked, command)
        case Mute() | Unmute():
            return questions.mute(asked, command)
        case StartPoll() | Vote() | EndPoll():
            return _poll(asked, command)
        case SetGroups():
            return groups.set_groups(asked, command)
        case Follow():
            raise AssertionError  # a view, see `views`
        case _:
            raise UnknownStatus(str(command.__struct_config__.tag), command.id)


_HandRequest = RaiseHand | LowerHand | NextHand | FinishTurn | SetHands
_QuestionRequest = Ask | Support | AnswerQuestion | Approve | Dismiss | Reveal | SetQuestions


def _hand(asked: ClassAsked, command: _HandRequest) -> Ruling:
    match command:
        case RaiseHand():
            return hands.raise_hand(asked, command)
        case LowerHand():
            return hands.lower_hand(asked, command)
        case NextHand():
            return helping.take_next(asked, command)
        case FinishTurn():
            return helping.finish_turn(asked, command)
        case SetHands():
            return helping.set_hands(asked, command)
        case _:
            assert_never(command)


def _attendance(asked: ClassAsked, command: Present | Here | Mark) -> Ruling:
    match command:
        case Present():
            return attendance.open_or_close(asked, command)
        case Here():
            return attendance.say_here(asked, command)
        case Mark():
            return attendance.mark(asked, command)
        case _:
            assert_never(command)


def _question(asked: ClassAsked, command: _QuestionRequest) -> Ruling:
    match command:
        case Ask():
            return questions.ask(asked, command)
        case Support():
            return questions.support(asked, command)
        case AnswerQuestion():
            return questions.answer(asked, command)
        case Approve():
            return questions.approve(asked, command)
        case Dismiss():
            return questions.dismiss(asked, command)
        case Reveal():
            return questions.reveal(asked, command)
        case SetQuestions():
            return question_rules.set_questions(asked, command)
        case _:
            assert_never(command)


def _poll(asked: ClassAsked, command: StartPoll | Vote | EndPoll) -> Ruling:
    match command:
        case StartPoll():
            return polls.start(asked, command)
        case Vote():
            return polls.vote(asked, command)
        case EndPoll():
            return polls.end(asked, command)
        case _:
            assert_never(command)


def is_repeatable(command: ClassRequest) -> bool:
    """Return whether a repeated request gets the first answer here; some features do that themselves."""
    return not isinstance(command, Ask | Support | Reveal | Vote)


def fall_due(asked: ClassAsked, key: str, *, late: bool) -> Ruling:
    """Return the ruling on what is due."""
    feature, _, about = key.partition(":")
    decide = _end_by_itself if feature == sessions.NAME else DUE.get(feature)
    return Ruling() if decide is None else decide(asked, about, late=late)


def _session(asked: ClassAsked, command: SetSession) -> Ruling:
    match command.text.strip().lower():
        case "begin":
            sessions.check_none(asked)
            if not polls.are_complete(asked):
                return Ruling(again=True)
            told = polls.close(asked)
            taken_over = [one for feature in TAKEN_OVER for one in feature(asked.draft)]
            for key, row in taken_over:
                asked.draft.drop(type(row), key)
            ruling = sessions.begin(asked, command)
            for key, row in taken_over:
                asked.draft.put(key, row)
            ruling.told[:0] = told
            return ruling
        case "end":
            sessions.check_one(asked)
            return _end(asked)
        case _:
            raise InvalidFormat("the text must be begin or end", command.id)


def _end(asked: ClassAsked) -> Ruling:
    """End the session that is under way."""
    if not polls.are_complete(asked):
        return Ruling(again=True)
    told = [one for close in CLOSE for one in close(asked)]
    ruling = sessions.end(asked)
    ruling.told[:0] = told
    return ruling


def _end_by_itself(asked: ClassAsked, about: str, *, late: bool) -> Ruling:
    """End a session that nobody has ended."""
    if asked.draft.current() is None or sessions.goes_on(asked, late=late):
        return Ruling()
    ruling = _end(asked)
    if ruling.again:
        later(asked.draft, sessions.NAME, about, asked.now)  # a server that is started in between ends it
    return ruling


# What users are shown.


def show(asked: ClassAsked, command: ClassRequest) -> ClassShown:
    """Return the answer to a request that only reads."""
    user, id, room = asked.user.name, command.id, asked.room.name
    match command:
        case SetHands():
            return ClassShown(user, id, room, hands=hands.view(asked))
        case SetQuestions():
            return ClassShown(user, id, room, questions=question_views.view(asked))
        case ListPolls():
            return ClassShown(user, id, room, polls=poll_views.read(asked, command))
        case _:
            return ClassShown(user, id, room, state=view(asked))


def view(asked: ClassAsked) -> ClassView:
    """Return the state that a user may see."""
    order = asked.room.order
    return ClassView(
        asked.room.name,
        asked.role or "student",
        _mode(order),
        order.slow or None,
        sessions.view(asked),
        hands.view(asked),
        question_views.view(asked),
        poll_views.view(asked),
        here=attendance.view(asked),
        groups=groups.view(asked),
    )


def _mode(order: Order) -> Literal["talk", "announce", "questions", "exam"]:
    if order.exam:
        return "exam"
    if order.questions:
        return "questions"
    return "announce" if order.announce else "talk"


def counts(asked: ClassAsked) -> AboutCounts:
    """Return the counts, the places and the rules that a follower is told."""
    order = asked.room.order
    return AboutCounts(
        asked.room.name,
        hands.view(asked),
        question_rows.supports(asked.draft),
        poll_views.open_views(asked),
        attendance.view(asked),
        role=asked.role,
        mode=_mode(order),
        slow=order.slow,
    )


def changes_in(draft: Draft, now: int) -> float | None:
    """Return in how many seconds something changes that followers are told, without an entry."""
    return attendance.changes_in(draft, now)
