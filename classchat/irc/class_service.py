"""Class, the service with which IRC clients use the class layer.

    -> PRIVMSG Class :ask #CS350 Why is it stable?
    <- :Class!Class@classchat.server NOTICE Alice :[#CS350] Your question has the number 7

The words are those of commands in a terminal (class_reading.py), with the channel in front.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple

from classchat import class_reading
from classchat.class_commands import LONGEST_SLOW
from classchat.class_words import ClassWords, unadorned
from classchat.irc.class_answers import CLASS, ChannelWords, ask_class, room_named
from classchat.irc.client import Client
from classchat.irc.service_requests import answer
from classchat.messages import LONGEST_ORDER, Assist, Command, Mute, SetRoom, Unassist, Unmute
from classchat.wire.irc.channels import channel, is_channel

_Waiting = Coroutine[Any, Any, None] | None


class ClassServiceRequest(NamedTuple):
    """One request."""

    arguments: str
    """The words behind the channel."""

    text: str
    read: Callable[[ClassWords], Command]


def class_service(client: Client, text: str) -> _Waiting:
    """Do what a client has written to Class."""
    word, target, rest = [*text.split(None, 2), "", "", ""][:3]
    word = word.lstrip("/!").lower()
    request = _REQUESTS.get(word)
    if request is None:
        _help(client, OF_STAFF if (word, target.lower()) == ("help", "staff") else OF_STUDENTS)
        return None
    if not is_channel(target):
        answer(client, CLASS, f"Usage: {_usage(word, '#CHANNEL', request)}")
        return None
    room = room_named(client, target)
    if room is None:
        return None
    shown = channel(room.name)
    words = ChannelWords(room, rest, _usage(word, shown, request), f"/msg {CLASS} {word} {shown}")
    return ask_class(client, room, words, request.read)


def _usage(word: str, shown: str, request: ClassServiceRequest) -> str:
    return f"/msg {CLASS} {word} {shown} {request.arguments}".rstrip()


def _help(client: Client, requests: Mapping[str, ClassServiceRequest]) -> None:
    answer(client, CLASS, f"In a class, with /msg {CLASS} and one of these:")
    for word, request in requests.items():
        usage = f"{word} #CHANNEL {request.arguments}".rstrip()
        answer(client, CLASS, f"{usage}: {request.text}")
    if requests is OF_STUDENTS:
        answer(client, CLASS, "In a channel also: !hand, !lower, !vote, !here, !up. For staff: help staff")


def _read_room(words: ClassWords) -> SetRoom:
    kind = words.lower()
    if not kind:
        raise words.wrong
    timed = kind == "slow" and bool(words.text)
    seconds = words.seconds(1, LONGEST_SLOW, "30s or 5m, at most 1h") if timed else None
    words.end()
    return SetRoom(receiver=words.room_unless(), text=kind, seconds=seconds)


def _read_mute(words: ClassWords) -> Mute:
    number = words.number()
    seconds = words.seconds(1, LONGEST_ORDER, "30s, 30m, 2h or 7d, at most a year") if words.text else None
    words.end()
    return Mute(receiver=words.room_unless(), number=number, seconds=seconds)


def _read_unmute(words: ClassWords) -> Unmute:
    number = words.number()
    words.end()
    return Unmute(receiver=words.room_unless(), number=number)


def _rank(kind: type[Assist | Unassist]) -> Callable[[ClassWords], Command]:
    """Return the function that reads whom to make an assistant, or no longer one."""

    def read(words: ClassWords) -> Command:
        user = unadorned(words.word())
        if not user:
            raise words.wrong
        words.end()
        return kind(receiver=words.room_unless(), user=user)

    return read


_Row = ClassServiceRequest

OF_STUDENTS: Final[Mapping[str, ClassServiceRequest]] = {
    "class": _Row("", "shows what the class is doing", class_reading.read_class),
    "hand": _Row("[TOPIC]", "raises your hand", class_reading.read_hand),
    "lower": _Row("", "lowers your hand", class_reading.read_lower),
    "done": _Row("helped", "ends your turn", class_reading.read_done),
    "ask": _Row("[--named] QUESTION", "asks a question, without your name", class_reading.read_ask),
    "questions": _Row("", "lists the questions", class_reading.read_questions),
    "up": _Row("[-]NUMBER", "supports a question; with a minus, takes that back", class_reading.read_support),
    "vote": _Row("[#POLL] NUMBERS", "votes in a poll", class_reading.read_vote),
    "polls": _Row("[NUMBER]", "shows the polls and their results", class_reading.read_polls),
    "here": _Row("CODE", "records that you are here", class_reading.read_here),
}
"""What students ask."""

OF_STAFF: Final[Mapping[str, ClassServiceRequest]] = {
    "session": _Row("begin|end [TITLE]", "begins or ends a session", class_reading.read_session),
    "queue": _Row("[open|closed|fair|order]", "lists hands, or sets who is next", class_reading.read_hands),
    "next": _Row("[NICK]", "takes the next student", class_reading.read_next),
    "done": _Row("[helped|absent|later]", "ends the turn of a student", class_reading.read_done),
    "lower": _Row("[NICK]", "lowers a hand", class_reading.read_lower),
    "questions": _Row(
        "[off|open|approve] [peers|full|no]", "lists or sets questions", class_reading.read_questions
    ),
    "answer": _Row("NUMBER [TEXT]", "answers a question", class_reading.read_answer),
    "approve": _Row("NUMBER", "shows a question that waits", class_reading.read_approve),
    "dismiss": _Row("NUMBER [WHY]", "closes a question", class_reading.read_dismiss),
    "reveal": _Row("NUMBER", "shows who has asked; that user is told", class_reading.read_reveal),
    "mute": _Row("NUMBER [30m]", "mutes the author of a question", _read_mute),
    "unmute": _Row("NUMBER", "lets the author of a question ask again", _read_unmute),
    "poll": _Row("Which? | A | B | 60s many named live", "begins a poll", class_reading.read_poll),
    "endpoll": _Row("[NUMBER]", "ends a poll", class_reading.read_endpoll),
    "present": _Row("[5m|end]", "takes attendance by a code", class_reading.read_present),
    "mark": _Row("NICK present|late|excused|absent", "sets a student's attendance", class_reading.read_mark),
    "roster": _Row("[add NAME]", "shows the roster, or adds a student", class_reading.read_roster),
    "groups": _Row(
        "4|size 3|close [random|new|same|section] [10m]", "makes group rooms", class_reading.read_groups
    ),
    "assist": _Row("NICK", "makes a user an assistant", _rank(Assist)),
    "unassist": _Row("NICK", "removes an assistant", _rank(Unassist)),
    "room": _Row("talk|questions|exam|slow [30s]", "sets who reads what students write", _read_room),
}
"""What staff ask."""

_REQUESTS: Final = {**OF_STUDENTS, **OF_STAFF}
