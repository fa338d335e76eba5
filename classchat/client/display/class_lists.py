"""What a class is doing, as tables and lists: the queue, questions, polls, the roster, a summary.

Each returns a text of several lines, the first of which says what the others are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from classchat.class_events import (
    ClassView,
    HandsView,
    HandView,
    PollView,
    QuestionsView,
    QuestionView,
    RosterView,
    TurnView,
)
from classchat.client.display.class_times import at, waited
from classchat.client.display.paper import Paper, table
from classchat.client.display.poll_results import bars, result_of
from classchat.client.display.stranger import shown, shown_name
from classchat.texts import counted
from classchat.wire.class_sentences import ANONYMITY, ordinal

_LONGEST_TOPIC = 200
_POLICIES = {"off": "off", "open": "open", "approve": "shown when staff approve them"}
_HELPED = ("first time today", "helped once today")


def queue(hands: HandsView, room: str, paper: Paper, now: datetime) -> str:
    """Return the queue of a room: for students the number of hands, and their own place."""
    state = "" if hands.open else "; the queue is closed"
    order = "; in the order of entry" if hands.rule == "order" else ""
    head = f"{shown_name(room)}: {_hands_up(hands)}{_own_hand(hands)}{state}{order}"
    if hands.hands is None:
        return head
    rows = [_hand(place, hand, now) for place, hand in enumerate(hands.hands, 1)]
    rows += [_turn(turn, now) for turn in hands.turns or ()]
    left = hands.waiting - len(hands.hands)
    more = [f"and {left} more"] if left > 0 and rows else []
    return "\n".join([head, *_rows(rows, paper), *more])


def _hands_up(hands: HandsView) -> str:
    return f"{counted(hands.waiting, 'hand')} up" if hands.waiting else "no hand is up"


def _own_hand(hands: HandsView) -> str:
    """Return the user's place in the queue, or the turn that the user is part of."""
    if hands.turn is not None:
        return f"; {shown_name(hands.turn.by)} is with {shown_name(hands.turn.user)}"
    if hands.place is None:
        return ""
    topic = f" ({shown_name(hands.topic, _LONGEST_TOPIC)})" if hands.topic else ""
    return f"; you are {ordinal(hands.place)}{topic}"


def _hand(place: int, hand: HandView, now: datetime) -> tuple[str, ...]:
    notes = []
    if hand.away is not None:
        until = at(hand.away, now)
        notes.append(f"away, keeps the place until {until}" if until else "away, keeps the place")
    if hand.passed:
        notes.append("was absent, passed over")
    if not notes:
        known = hand.times < len(_HELPED)
        notes.append(_HELPED[hand.times] if known else f"helped {hand.times} times today")
    topic = shown_name(hand.topic, _LONGEST_TOPIC)
    return str(place), shown_name(hand.user), topic, waited(hand.since, now), ", ".join(notes)


def _turn(turn: TurnView, now: datetime) -> tuple[str, ...]:
    topic = shown_name(turn.topic, _LONGEST_TOPIC)
    return "-", shown_name(turn.user), topic, waited(turn.since, now), f"with {shown_name(turn.by)}"


def _rows(rows: Sequence[tuple[str, ...]], paper: Paper, numbers: Sequence[int] = (0,)) -> list[str]:
    """Return rows as a table, or, on narrow paper, each as one line that can be wrapped."""
    if not rows:
        return []
    lines = table(rows, paper.columns(), numbers)
    if lines is not None:
        return lines
    return [", ".join(filter(None, (" ".join(filter(None, row[:2])), *row[2:]))) for row in rows]


def questions(view: QuestionsView, room: str, now: datetime) -> str:
    """Return the questions of a room, those with most support first, then those that are closed."""
    head = f"{shown_name(room)}: {policy_of(view)}"
    if not view.questions:
        return f"{head}; no question yet"
    order = sorted(view.questions, key=lambda one: (one.state not in ("open", "waiting"), -one.supports))
    return "\n".join([head, *(_question(one, now) for one in order)])


def policy_of(view: QuestionsView) -> str:
    """Return whether questions may be asked, and who sees who asks."""
    policy = f"questions are {_POLICIES[view.policy]}"
    return policy if view.policy == "off" else f"{policy}; {ANONYMITY[view.anonymous]}"


def _question(one: QuestionView, now: datetime) -> str:
    author = shown_name(one.user) if one.user is not None else "you" if one.own else ""
    notes = [author, at(one.minute, now)]
    if one.supported:
        notes.append("you support it")
    if one.revealed:
        notes.append(f"{' and '.join(map(shown_name, one.revealed))} looked up who asked")
    if one.state == "waiting":
        notes.append("waits for approval")
    elif one.state == "dismissed":
        notes.append("closed")
    elif one.state == "answered" and not one.answer:
        notes.append("answered")
    about = ", ".join(filter(None, notes))
    line = f"{one.number}  +{one.supports}  {_line(one.text)}" + (f" ({about})" if about else "")
    by = f" ({shown_name(one.by)})" if one.by else ""
    return f"{line}\n  Answer: {_line(one.answer)}{by}" if one.answer else line


def _line(text: str) -> str:
    """Return a text of others in one line."""
    return " ".join(shown(text).split())


def polls(listed: Sequence[PollView], room: str, paper: Paper, now: datetime) -> str:
    """Return the polls of a room with their results."""
    if not listed:
        return f"{shown_name(room)}: no poll yet"
    head = f"{shown_name(room)}: {counted(len(listed), 'poll')}"
    return "\n".join([head, *(_poll(one, paper, now) for one in listed)])


def _poll(one: PollView, paper: Paper, now: datetime) -> str:
    state = "closed" if one.state == "closed" else f"open until {at(one.until, now)}"
    kinds = [kind for kind in ("many", "named", "live") if getattr(one, kind)]
    lines = [f"Poll {one.number} ({', '.join([state, *kinds])}): {_line(one.text)}"]
    result = result_of(one)
    if result is not None:
        lines.append(bars(result, paper))
    else:
        lines += [f"({place}) {_line(option)}" for place, option in enumerate(one.options, 1)]
        few = one.state == "closed" and one.votes
        lines.append(counted(one.votes, "vote") + ("; too few to show who chose what" if few else ""))
    chosen = [str(choice + 1) for choice in one.mine or ()]
    if chosen:
        lines.append(f"You chose {', '.join(chosen)}")
    for user, choices in sorted((one.voters or {}).items()):
        lines.append(f"{shown_name(user)}: {', '.join(str(choice + 1) for choice in choices)}")
    return "\n".join(lines)


def roster(listed: Sequence[RosterView], room: str, paper: Paper, more: int = 0) -> str:
    """Return the roster of a room: who is here, and their attendance; `more` were left out."""
    here = sum(one.here for one in listed)
    head = f"{shown_name(room)}: {here} of {len(listed)} here"
    rows = [
        (
            shown_name(one.name),
            shown_name(one.user) if one.user != one.name else "",
            shown_name(one.section),
            "here" if one.here else "",
            one.mark or ("code" if one.seen else ""),
            ", ".join(_remarks(one)),
        )
        for one in listed
    ]
    if not rows:
        return f"{shown_name(room)}: the roster is empty"
    return "\n".join([head, *_rows(rows, paper, ()), *([f"and {more} more"] if more else [])])


def _remarks(one: RosterView) -> list[str]:
    remarks = [] if one.listed else ["not on the roster"]
    if one.same_address:
        more = f" and {one.same_more} more" if one.same_more else ""
        remarks.append(f"code from the address of {', '.join(map(shown_name, one.same_address))}{more}")
    return remarks


def summary(view: ClassView, now: datetime) -> str:
    """Return in a few lines what a class is doing."""
    session = view.session
    if session is None:
        head = f"{shown_name(view.room)}: no session"
    else:
        title = f" ({_line(session.title)})" if session.title else ""
        head = f"{shown_name(view.room)}: session {session.number}{title} since {at(session.since, now)}"
    lines = [head, f"You are {_ROLES.get(view.role, view.role)}"]
    if view.mode != "talk":
        lines.append(_MODES[view.mode])
    if view.slow is not None:
        lines.append(f"Students may write every {counted(view.slow, 'second')}")
    closed = "" if view.hands.open else "; the queue is closed"
    lines.append(f"Hands: {_hands_up(view.hands)}{_own_hand(view.hands)}{closed}")
    open_ones = sum(one.state in ("open", "waiting") for one in view.questions.questions)
    lines.append(f"Questions: {open_ones} open; {policy_of(view.questions)}")
    lines += [
        f"Poll {poll.number} is open until {at(poll.until, now)}: {_line(poll.text)}"
        for poll in view.polls
        if poll.state == "open"
    ]
    lines += _attendance(view, now)
    if view.groups is not None:
        names = ", ".join(map(shown_name, view.groups.rooms))
        until = f" until {at(view.groups.until, now)}" if view.groups.until else ""
        lines.append(f"Groups{until}: {names}")
    return "\n".join(lines)


def _attendance(view: ClassView, now: datetime) -> list[str]:
    here = view.here
    said = [f"open until {at(here.until, now)}"] if here.open else []
    if here.code is not None:
        said.append(f"the code is {shown_name(here.code)}")
    if here.count is not None:
        said.append(f"{counted(here.count, 'student')} here by code")
    if here.mark is not None:
        said.append(f"you are marked {here.mark}")
    elif here.seen:
        said.append("you are here")
    return [f"Attendance: {', '.join(said)}"] if said else []


_ROLES = {
    "screen": "a screen, which takes no part",
    "student": "a student",
    "assistant": "an assistant",
    "moderator": "a moderator",
    "operator": "an operator",
}
_MODES = {
    "announce": "Only moderators may write",
    "questions": "What students write goes to the staff only",
    "exam": "Exam: what students write goes to the staff only",
}
