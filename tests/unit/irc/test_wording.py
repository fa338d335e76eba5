"""What a refusal tells people to do next, in the commands of IRC clients."""

from __future__ import annotations

import re
from pathlib import Path

import classchat
from classchat.errors import ChatError, NeedsClaim, NoHand, NotAllowed, NotClaimed, RoomClosed, WrongPassword
from classchat.irc.wording import for_irc
from tests.tables import each_case
from tests.unit.irc.helpers import IRCServer

PACKAGE = Path(classchat.__file__).parent


@each_case(
    ("error", "end"),
    [
        (NeedsClaim("x"), "Register your name first: /msg SERVER claim PASSWORD"),
        (NotClaimed("Bob"), "Register it first: /msg SERVER claim PASSWORD"),
        (RoomClosed("x", may_open=True), "To open it again: /msg SERVER open #x"),
        (NotAllowed("'Bob' is a moderator of room 'x'; first: /deop Bob"), "first: /mode #x -o Bob"),
        (NoHand("", turn=True), ". /msg Class next #CHANNEL takes the next one"),
        (NotAllowed("'Bob' is banned from room 'x'; first: /unban Bob"), "first: /mode #x -b Bob"),
        (
            NotAllowed("'Bob' is the last moderator; first: /op another user, or /room x open"),
            "first: /mode #x +o another user, or /mode #x -i",
        ),
    ],
)
def test_each_sentence_with_a_command(error: ChatError, end: str) -> None:
    """Each refusal that names a command of our own client names one that IRC clients have."""
    assert for_irc(error.text).endswith(end)


def test_other_sentences_stay() -> None:
    """A sentence without a command is the same for all clients."""
    assert WrongPassword().text == for_irc(WrongPassword().text)


def test_no_sentence_is_forgotten() -> None:
    """The errors and decisions name no other commands than those that are tested here."""
    code = "".join((PACKAGE / path).read_text() for path in ("errors.py", "core/features/decisions.py"))

    named = set(re.findall(r"(?::|or|\.) /([a-z]+)\b", code))

    assert {"claim", "room", "op", "unban", "deop", "next"} == named


def test_a_client_reads_it() -> None:
    """An IRC client that is refused reads what it can do."""
    server = IRCServer()
    (alice,) = server.irc("Alice")
    alice.sends("JOIN #x", "PRIVMSG SERVER :close #x")
    server.settles()

    assert 1 == sum("first: /msg SERVER claim PASSWORD" in line for line in alice.lines("NOTICE"))
