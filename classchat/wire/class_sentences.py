"""The sentences of the class layer: of what is told, and of answers. Programs read the same in fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, assert_never

from classchat.class_events import (
    About,
    AboutCounts,
    AboutGroups,
    AboutHand,
    AboutHands,
    AboutHere,
    AboutLine,
    AboutMark,
    AboutPoll,
    AboutQuestion,
    AboutQuestions,
    AboutSession,
    AboutTurn,
    AuthorMuted,
    ClassAnswer,
    ClassView,
    GroupsSet,
    HandLowered,
    HandRaised,
    HandRule,
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
from classchat.texts import counted, lasting

_MOST_NAMED = 20
"""Names in one sentence."""


class Typed(NamedTuple):
    """How the clients that read a sentence write the commands that it names, with `{}` for the room."""

    ask: str = "/ask TEXT"
    vote: str = "/vote"
    here: str = "/here CODE"
    approve: str = "/approve"
    dismiss: str = "/dismiss"


USUAL: Final = Typed()
"""Terminals and pages."""

IRC: Final = Typed(
    "/msg Class ask #{} TEXT", "!vote", "!here CODE", "/msg Class approve #{}", "/msg Class dismiss #{}"
)


def told(about: About, typed: Typed = USUAL) -> str:
    """Return the sentence of what a room is told; what one person is told begins with the room's name."""
    match about:
        case AboutSession():
            title = f": {about.title}" if about.title else ""
            return f"{about.by} has {about.state} session {about.number}{title}"
        case AboutHands():
            return _hands(about)
        case AboutQuestion():
            return _question(about, typed)
        case AboutQuestions():
            return _policy(about, typed)
        case AboutPoll():
            return _poll(about, typed)
        case AboutHere():
            return _here(about, typed)
        case AboutGroups():
            return _groups(about)
        case AboutHand() | AboutTurn() | AboutMark() | AboutLine():
            return _personal(about)
        case AboutCounts():
            return ""
        case _:
            assert_never(about)


def told_alone(about: About, typed: Typed = USUAL) -> str:
    """Return the sentence of what one person is told: it begins with the room's name."""
    sentence = told(about, typed)
    return f"{about.room}: {sentence}" if sentence else ""


def _personal(about: AboutHand | AboutTurn | AboutMark | AboutLine) -> str:
    match about:
        case AboutHand():
            who = f"{about.user} raises a hand" if about.user else f"{counted(about.raised, 'hand')} raised"
            topic = f": {about.topic}" if about.topic else ""
            return f"{who}{topic} ({about.waiting} waiting)"
        case AboutTurn():
            return _TURNS[about.state].format(about.by)
        case AboutMark():
            return f"{about.by} has marked you as {about.mark}"
        case AboutLine():
            return f"{about.user} to the staff: {about.text}"
        case _:
            assert_never(about)


_TURNS: Final = {
    "taken": "{} comes to you",
    "helped": "{} has ended the turn",
    "absent": "{} did not find you; your hand is up again, behind the others",
    "later": "{} comes back later; your hand is up again",
    "lowered": "{} has lowered your hand",
}


def _hands(about: AboutHands) -> str:
    state = "open" if about.open else "closed"
    return f"{about.by}: the queue is {state}; {_RULES[about.rule]}"


_RULES: Final[dict[HandRule, str]] = {
    "fair": "students who were not helped yet come first",
    "order": "hands are taken in the order in which they were raised",
}


def _question(about: AboutQuestion, typed: Typed) -> str:
    text = f"Question {about.number}: {about.text}"
    match about.state:
        case "open":
            return f"Question {about.number} from {about.user}: {about.text}" if about.user else text
        case "waiting":
            approve, dismiss = typed.approve.format(about.room), typed.dismiss.format(about.room)
            return f"{text} (waits: {approve} {about.number} or {dismiss} {about.number})"
        case "answered":
            answer = f": {about.answer}" if about.answer else ""
            return f"{about.by} answers question {about.number}{answer} ({about.text})"
        case "dismissed":
            why = f": {about.answer}" if about.answer else ""
            return f"{about.by} has closed question {about.number}{why} ({about.text})"
        case "revealed":
            return f"{about.by} now knows that you have asked question {about.number}: {about.text}"
        case _:
            assert_never(about.state)


SPEAKING: Final = {
    "questions": "has decided that only the staff read what students write",
    "exam": "has begun the exam: only the staff read what students write",
    "slow": "has slowed down the room: one line in {} seconds",
}
"""What a moderator has done who has chosen a mode of the class layer."""

ANONYMITY: Final = {
    "peers": "nobody sees who asks, but a moderator can look it up, which is recorded, and you are told",
    "full": "nobody can find out who asks",
    "no": "everybody sees who asks",
}


def _policy(about: AboutQuestions, typed: Typed) -> str:
    if about.policy == "off":
        return f"{about.by}: questions are closed"
    first = "; staff see them first" if about.policy == "approve" else ""
    ask = typed.ask.format(about.room)
    return f"{about.by}: questions are open ({ask}){first}; {ANONYMITY[about.anonymous]}"


def _poll(about: AboutPoll, typed: Typed) -> str:
    match about.state:
        case "open":
            options = " ".join(f"({at}) {text}" for at, text in enumerate(about.options, 1))
            say = f"{typed.vote} 1 {'or' if len(about.options) == 2 else 'to'} {len(about.options)}"
            several = ", or several" if about.many else ""
            seen = "the staff see who chose what" if about.named else "nobody sees who chose what"
            within = f"{about.seconds} seconds" if about.seconds < _TWO_MINUTES else _words(about.seconds)
            return f"Poll {about.number}: {about.text} {options}. Say {say}{several} within {within}; {seen}"
        case "longer":
            more = _words(about.seconds)
            return f"Poll {about.number} is open for {more} more, because the server was down: {about.text}"
        case "closed":
            return f"Poll {about.number} is closed: {_result(about)}"
        case _:
            assert_never(about.state)


_TWO_MINUTES = 120


def _words(seconds: int) -> str:
    return lasting(seconds).removeprefix(" for ")


def _result(about: AboutPoll) -> str:
    if about.counts is None:
        few = counted(about.votes, "vote")
        asked = about.text if about.text.endswith(("?", "!", ".", ":")) else f"{about.text}:"
        return f"{asked} {few}, too few to show the counts ({about.here} here)"
    counts = ", ".join(f"{text} {n}" for text, n in zip(about.options, about.counts, strict=True))
    guests = f"; {counted(about.guest_votes, 'vote')} of guests" if about.guest_votes else ""
    return f"{counts} ({about.votes} of {about.here} here{guests})"


def _here(about: AboutHere, typed: Typed) -> str:
    if not about.open:
        return f"{about.by}: attendance is closed"
    if about.code is not None:
        return f"The code is {about.code}; it changes every 30 seconds"
    return f"{about.by} takes attendance. Say {typed.here}"


def _groups(about: AboutGroups) -> str:
    if not about.open:
        return f"{about.by} has closed the groups"
    if about.own is not None:
        return f"you are in group room '{about.own}'"
    return f"{about.by} has opened {counted(about.count, 'group')}"


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th …"""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


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
            return f"The queue is {'open' if opened else 'closed'}; {_RULES[rule]}"
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
    """Return the sentence of what a user has asked to see; programs read the fields."""
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
    """Return the sentence of the students on the roster and of those who are not; programs read the field."""
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
