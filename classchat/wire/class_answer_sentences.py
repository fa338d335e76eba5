"""The sentences of the answers of a class. Programs read the same in fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from classchat.class_events import (
    AuthorMuted,
    ClassAnswer,
    ClassView,
    GroupsSet,
    HandLowered,
    HandRaised,
    HandsSet,
    HandsView,
    HereSet,
    LineHeld,
    Marked,
    PollBegun,
    PollEnded,
    PollView,
    QuestionAsked,
    QuestionDone,
    QuestionsSet,
    QuestionsView,
    QuestionView,
    Revealed,
    RosterAdded,
    RosterView,
    SaidHere,
    SessionSet,
    Supported,
    TurnDone,
    TurnTaken,
    Voted,
)
from classchat.texts import counted
from classchat.wire.class_sentences import ANONYMITY, RULES, ordinal

_MOST_NAMED = 20
"""Names in one sentence."""


def granted(answer: ClassAnswer, to: str) -> str:
    """Return the sentence of an answer to a user."""
    match answer:
        case HandRaised(place=place, again=again):
            return f"Your hand is {'still ' if again else ''}up: you are {ordinal(place)}"
        case HandLowered(user=user):
            return f"You have lowered the hand of {user}" if user else "Your hand is down"
        case TurnTaken(user=user, topic=topic):
            return f"Next is {user}: {topic}" if topic else f"Next is {user}"
        case TurnDone(user=user, state=state):
            whose = "Your turn" if user == to else f"The turn of {user}"
            return f"{whose} has ended ({state})"
        case HandsSet(open=opened, rule=rule):
            return f"The queue is {'open' if opened else 'closed'}; {RULES[rule]}"
        case SessionSet(state=state, number=number):
            return f"You have {state} session {number}"
        case _:
            return _granted(answer)


def _granted(answer: ClassAnswer) -> str:
    match answer:
        case QuestionAsked(number=number, waits=waits):
            asked = f"Your question has the number {number}"
            return f"{asked}; the staff see it first" if waits else asked
        case Supported(number=number, supports=supports, value=value):
            what = "You support" if value else "You no longer support"
            return f"{what} question {number} ({counted(supports, 'supporter')})"
        case QuestionDone(number=number, state=state):
            done = {"answered": "is answered", "open": "is shown to the room", "dismissed": "is closed"}
            return f"Question {number} {done[state]}"
        case Revealed(number=number, user=user):
            return f"Question {number} was asked by {user}, who is told that you know it"
        case QuestionsSet(policy=policy, anonymous=anonymous):
            return (
                "Questions are closed" if policy == "off" else f"Questions: {policy}; {ANONYMITY[anonymous]}"
            )
        case AuthorMuted(number=number, until=until, value=value):
            if not value:
                return f"The author of question {number} may ask again"
            end = "the session ends" if not until else f"{until[11:16]} UTC"
            return f"The author of question {number} may not ask or support questions until {end}"
        case PollBegun(number=number):
            return f"Poll {number} is open"
        case Voted(number=number, options=options):
            return f"You have voted in poll {number}" + (f": {', '.join(options)}" if options else "")
        case PollEnded(number=number):
            return f"Poll {number} is closed"
        case HereSet(open=opened, code=code):
            return f"The code is {code}; it changes every 30 seconds" if opened else "Attendance is closed"
        case SaidHere():
            return "You are marked as present"
        case Marked(user=user, mark=mark):
            return f"{user} is marked as {mark}"
        case GroupsSet(open=opened, count=count):
            return f"{counted(count, 'group')} opened" if opened else "The groups are closed"
        case RosterAdded(name=name, code=code, user=user):
            return f"{name} is on the roster. The join code for the user name {user} is {code}"
        case LineHeld():
            return "Only the staff of this room read what you write now; it was sent to them"
        case _:
            return ""


_MOST_SHOWN = 50


def shown(
    room: str,
    state: ClassView | None,
    hands: HandsView | None,
    questions: QuestionsView | None,
    polls: Sequence[PollView] | None,
) -> str:
    """Return the sentence about what a user has asked to see; programs read the fields."""
    if state is not None:
        return _state(state)
    if hands is not None:
        return _queue(room, hands)
    if questions is not None:
        return _questions(room, questions)
    if polls is not None:
        return "\n".join([f"Polls in '{room}': {len(polls) or 'none'}", *map(_poll_line, polls)])
    return f"The class in '{room}'"


def shown_roster(room: str, roster: Sequence[RosterView], more: int | None) -> str:
    """Return the sentence about the students, on the roster or not; programs read the field."""
    listed = [one for one in roster if one.listed]
    here = sum(one.here for one in listed)
    others = [one.name for one in roster if not one.listed]
    left_out = f"; {more} more are not shown" if more else ""
    if not listed and not others:
        return "The roster is empty, and no student is here"
    text = f"Roster: {counted(len(listed), 'student')}, {here} of them in '{room}'"
    return f"{text}{f'; not on the roster: {_and(others)}' if others else ''}{left_out}"


def _and(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    return shown if len(names) <= _MOST_NAMED else f"{shown} and {len(names) - _MOST_NAMED} more"


def _state(state: ClassView) -> str:
    session = "no session is under way"
    if state.session is not None:
        session = f"session {state.session.number}" + (
            f": {state.session.title}" if state.session.title else ""
        )
    under_way = [
        f"questions are open: {ANONYMITY[state.questions.anonymous]}" * (state.questions.policy != "off"),
        *(f"poll {poll.number} is open: {poll.text}" for poll in state.polls if poll.state == "open"),
        "attendance is taken" * state.here.open,
        "groups are open" * (state.groups is not None),
        _MODES.get(state.mode, ""),
        f"one line in {state.slow} seconds" if state.slow else "",
    ]
    parts = [session, _queue_line(state.hands), *filter(None, under_way)]
    return f"The class in '{state.room}': {'; '.join(parts)}"


_MODES: Final = {
    "announce": "only moderators write",
    "questions": "only the staff read what students write",
    "exam": "there is an exam: only the staff read what students write",
}


def _queue(room: str, hands: HandsView) -> str:
    lines = [f"The queue in '{room}': {_queue_line(hands)}"]
    for at, hand in enumerate((hands.hands or ())[:_MOST_SHOWN], 1):
        lines.append(f"{at}. {hand.user}" + (f": {hand.topic}" if hand.topic else ""))
    return "\n".join(lines)


def _questions(room: str, questions: QuestionsView) -> str:
    rules = f"{questions.policy}; {ANONYMITY[questions.anonymous]}"
    if questions.policy == "off":
        rules = "closed"
    lines = [f"Questions in '{room}' are {rules}"]
    unanswered = [one for one in questions.questions if one.state in ("open", "waiting")]
    lines += map(_question_line, sorted(unanswered, key=lambda one: -one.supports)[:_MOST_SHOWN])
    return "\n".join(lines)


def _question_line(question: QuestionView) -> str:
    supports = f" ({counted(question.supports, 'supporter')})" if question.supports else ""
    waits = " (waits)" if question.state == "waiting" else ""
    author = f" from {question.user}" if question.user else ""
    return f"{question.number}{author}: {' '.join(question.text.split())}{supports}{waits}"


def _poll_line(poll: PollView) -> str:
    options = " ".join(
        f"({at}) {text}" + (f" {poll.counts[at - 1]}" if poll.counts is not None else "")
        for at, text in enumerate(poll.options, 1)
    )
    votes = counted(poll.votes, "vote")
    return f"{poll.number}: {poll.text} {options} ({votes}, {poll.state})"


def _queue_line(hands: HandsView) -> str:
    own = f"; you are {ordinal(hands.place)}" if hands.place else ""
    closed = "" if hands.open else "the queue is closed, "
    return f"{closed}{counted(hands.waiting, 'hand')} up{own}"
