"""The sentences of what a class tells. Programs read the same in fields."""

from __future__ import annotations

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
    HandRule,
)
from classchat.texts import counted, lasting


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
    return f"{about.by}: the queue is {state}; {RULES[about.rule]}"


RULES: Final[dict[HandRule, str]] = {
    "fair": "students who were not helped yet come first",
    "order": "hands are taken in the order in which they were raised",
}
"""The order in which hands are taken."""


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
