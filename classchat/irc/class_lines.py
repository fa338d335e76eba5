"""Lines in a channel that ask something of the class layer, and are not delivered.

    -> PRIVMSG #CS350 :!hand pointers
    <- :Class!Class@classchat.server NOTICE Alice :[#CS350] Your hand is up: you are 3rd

A question without a name must not be sent with one, so `!ask` is answered with how it is asked. Only PRIVMSG
has such lines: a NOTICE is answered by no program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple

from classchat.class_reading import read_hand, read_here, read_lower, read_support, read_vote
from classchat.class_words import ClassWords
from classchat.irc.class_answers import CLASS, ChannelWords, ask_class, explain_asking, room_named
from classchat.irc.client import Client
from classchat.irc.service_requests import answer
from classchat.messages import Command
from classchat.wire.irc.channels import about
from classchat.wire.irc.usual_messages import MARKS, UNSEEN

_Waiting = Coroutine[Any, Any, None] | None

_LINE: Final = re.compile(
    rf"[{UNSEEN}]*[{MARKS}]+(?:[{UNSEEN}]*(?P<ask>ask)(?!\w)"
    r"|(?P<word>hand|lower)(?=[\s:,.;]|$)"
    r"|(?P<number>vote|up|here)(?=[\s\d:,.;#=+-]|$))",
    re.IGNORECASE,
)
"""A command. What could tell a choice, a code or a question is taken also where it is spelled a bit wrong."""

_READ: Final[Mapping[str, tuple[str, Callable[[ClassWords], Command]]]] = {
    "hand": ("[TOPIC]", read_hand),
    "lower": ("[NICK]", read_lower),
    "vote": ("[#POLL] NUMBERS", read_vote),
    "here": ("CODE", read_here),
    "up": ("[-]NUMBER", read_support),
}


class ClassLine(NamedTuple):
    """A line that is no message."""

    word: str
    """The command."""

    rest: str
    """The words behind it."""

    several: bool = False
    """Whether it is one of several lines, with which it would be a message."""


def class_line(text: str) -> ClassLine | None:
    """Return the command that a text to a channel is, or that is in one of its lines; None for a message."""
    lines = text.split("\n")
    for line in lines:
        found = _LINE.match(line)
        if found is not None:
            word = found["ask"] or found["word"] or found["number"]
            return ClassLine(word.lower(), line[found.end() :].lstrip(" \t:,.;="), len(lines) > 1)
    return None


def asks(text: str) -> bool:
    """Return whether a text is meant as a question without a name."""
    found = class_line(text)
    return found is not None and found.word == "ask"


def obey(client: Client, target: str, line: ClassLine) -> _Waiting:
    """Do what a line says, and answer it; return what to wait for before the next one."""
    if line.word == "ask":
        return explain_asking(client, target)
    room = room_named(client, target)
    if room is None:
        return None
    if line.several:
        text = f"Your message was not sent. Send !{line.word} alone, in a single line"
        answer(client, CLASS, about(room.name, text))
        return None
    arguments, read = _READ[line.word]
    begins = f"!{line.word}"
    return ask_class(client, room, ChannelWords(room, line.rest, f"{begins} {arguments}", begins), read)
