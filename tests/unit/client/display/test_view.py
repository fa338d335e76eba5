"""The screen's lines, to the letter of the protocol and of the first version's README."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.client.display import stranger, view
from classchat.messages import Command, Create, Error, Event, Group, Private, Success, Tell
from tests.tables import each_case
from tests.unit.client.helpers import BANNER, welcome

HELP = """ClassChat Commands:
  /private <username> <message>  - Send private message (also /msg, /dm, /w,
                                   /whisper, /tell, /pm, /m)
  /group <room_name> <message>   - Send group message
  /create <room_name>            - Create a chat room
  /join <room_name>              - Join a chat room (also /j)
  /leave [room]                  - Leave a chat room (also /part)
  /rooms                         - List the chat rooms (also /list, /channels)
  /users [room|user|*]           - List the users in a room, or on the server
                                   (*), or show one user (also /who, /names,
                                   /n, /members)
  /whois <username>              - Show whether a user is online
  /send <file> [room|user]       - Share a file with a room or a user (also
                                   /upload, /share)
  /get [number|name]             - Download a shared file into this directory;
                                   alone: the newest (also /download)
  /topic [room] [text]           - Show or set the topic; - removes it (also
                                   /t)
  /kick [room] <username> [reason]
                                 - Remove a user from the room (also /k)
  /ban [room] <username> [30m] [reason]
                                 - Ban a user from the room (30m; default:
                                   forever)
  /unban [room] <username>       - Lift a ban
  /mute [room] <username> [30m] [reason]
                                 - Mute a user in the room (30m; default:
                                   forever)
  /unmute [room] <username>      - Lift a mute
  /op [room] <username>          - Make a user a moderator of the room
  /deop [room] <username>        - Remove a moderator, who stays a member
  /assist [room] <username>      - Make a user an assistant of the room
  /unassist [room] <username>    - Remove an assistant, who stays a member
  /invite [room] <username>      - Invite a user to a private room
  /room [room] <kind> [30s]      - Set who may join (private, open) or speak
                                   (announce, questions, slow 30s, exam, talk)
  /close [room]                  - Close a room: remove all members, and refuse
                                   new ones
  /broadcast <message>           - Send a message to all users on the server
  /delete [room|user] [number|@user]
                                 - Delete your latest message, or another one
                                   by its number (also /del, /unsend)
  /class [room]                  - Show what the class is doing
  /session [room] begin|end [title]
                                 - Begin or end a session of the class
  /hand [room] [topic]           - Raise your hand; again: change the topic
  /lower [room] [username]       - Lower your hand; staff: that of a student
  /queue [room] [open|closed|fair|order]
                                 - Show the hands that are up, or set who is
                                   next (also /hands)
  /next [room] [username]        - Take the next student, or this one
  /done [room] [helped|absent|later]
                                 - End the turn of a student
  /ask [room] [--named] <text>   - Ask a question, without your name unless
                                   --named
  /questions [room] [off|open|approve] [peers|full|no]
                                 - List the questions, or set who may ask and
                                   from whom names are hidden
  /up [room] [-]<number>         - Support a question; with a minus: take that
                                   back
  /unup [room] <number>          - Take back your support of a question
  /answer [room] <number> [text]
                                 - Answer a question, or mark it as answered
  /approve [room] <number>       - Show a waiting question
  /dismiss [room] <number> [why]
                                 - Close a question
  /reveal [room] <number>        - Show who has asked; that user is told
  /poll [room] <question> | <A> | <B> | [60s] [many] [named] [live]
                                 - Begin a poll
  /vote [room] [#poll] <numbers>
                                 - Vote in a poll; the last vote counts
  /endpoll [room] [number]       - End a poll now
  /polls [room] [number]         - Show the polls and their results
  /present [room] [5m|end]       - Take attendance by a code
  /here [room] <code>            - Record that you are here
  /mark [room] <username> present|late|excused|absent
                                 - Set the attendance of a student
  /roster [room] [add <name>]    - Show who is in the class, or add a student
  /groups [room] <4|size 3|close> [random|new|same|section] [10m]
                                 - Divide the class into group rooms, or close
                                   them
  /claim                         - Register your name with a password
  /password                      - Change your password
  /nick <name>                   - Change your name, unless it is registered
                                   (also /name, /rename)
  /away [message]                - Mark yourself as away (also /afk)
  /back                          - Mark yourself as back
  /help [command]                - Show this list, or the help of one command
                                   (also /h, /?, /commands)
  /quit                          - Quit the application (also /exit, /bye,
                                   /signoff, /logout)
  /history [room|user] [N|2h]    - Show earlier messages; more: the next page
  /search <words>                - Search messages; also from:NAME, in:NAME;
                                   more: the next page (also /find, /grep)"""

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""The control characters but tab and newline, and the surrogates."""

wild_text = st.text(st.characters(exclude_categories=[]) | st.characters(categories=["Cc", "Cs"]))
senders = wild_text | st.just("SERVER")
wild_events = st.one_of(
    st.builds(kind, sender=senders, receiver=wild_text, text=wild_text)
    for kind in (Success, Error, Group, Private)
)


@each_case(
    ("event", "line"),
    [
        (welcome(), "[SUCCESS] Welcome to ClassChat, Alice!"),
        (Success("SERVER", "Alice", "You have joined 'CS350'"), "[SUCCESS] You have joined 'CS350'"),
        (Error("SERVER", "Alice", "Chat room 'R' does not exist"), "[ERROR] Chat room 'R' does not exist"),
        (Private("Alice", "Bob", "Hey Bob, how are you?"), "[Private from Alice] Hey Bob, how are you?"),
        (Group("Alice", "CS350", "Welcome!"), "[CS350 - Alice] Welcome!"),
        (
            Group("SERVER", "CS350", "Alice has joined the chat room"),
            "[CS350] Alice has joined the chat room",
        ),
        (Group("SERVER", "CS350", "Alice has left the chat room"), "[CS350] Alice has left the chat room"),
        (Group("Zoë", "愛", "🎉\tyes"), "[愛 - Zoë] 🎉\tyes"),
        (Group("SERVER", "CS350", "Zzz", event="offline", user="Alice"), "[CS350] Alice is offline"),
        (Group("SERVER", "CS350", "Hi", event="online", user="Alice"), "[CS350] Alice is online again"),
        (
            Private("SERVER", "Carol", "Alice is now called Bob", event="renamed", user="Alice", name="Bob"),
            "[SERVER] Alice is now called Bob",
        ),
        (Group("SERVER", "CS350", "Alice is out", event="left", user="Alice"), "[CS350] Alice is out"),
    ],
)
def test_event(event: Event, line: str) -> None:
    """Each kind of message has its form."""
    assert line == view.line_of(event)


def test_text_of_several_lines() -> None:
    """The further lines of a text are indented, so none can be taken for a message."""
    event = Group("Mallory", "CS350", "one\n[Private from Bob] two\n\nfour")

    assert "[CS350 - Mallory] one\n    [Private from Bob] two\n    \n    four" == view.line_of(event)


def test_names_of_several_lines() -> None:
    """No name, however odd, begins a line."""
    event = Group("Mal\nlory", "CS\n350", "Hello")

    assert "[CS\ufffd350 - Mal\ufffdlory] Hello" == view.line_of(event)


def test_control_sequences() -> None:
    """Control sequences that would clear, ring or retitle a terminal are shown as harmless text."""
    event = Private("Mallory", "Alice", "\x1b[2J\x07\x9b1m\x1b]0;pwned\x07\x7f")

    assert "[Private from Mallory] \ufffd[2J\ufffd\ufffd1m\ufffd]0;pwned\ufffd\ufffd" == view.line_of(event)


@given(wild_events)
def test_nothing_unsafe_is_shown(event: Event) -> None:
    """No control character and no surrogate is shown, in any field."""
    assert UNSAFE.search(view.line_of(event)) is None


@given(wild_events)
def test_only_first_line_looks_like_one(event: Event) -> None:
    """A message begins with a bracket, and each of its further lines with a space."""
    first, *others = view.line_of(event).split("\n")

    assert first.startswith("[")
    assert all(other.startswith(" ") for other in others)


@given(wild_text)
def test_text_can_be_read(text: str) -> None:
    """The safe part of a text is shown line for line: test_stranger.py defines it."""
    shown = view.line_of(Private("Alice", "Bob", text)).removeprefix("[Private from Alice] ")

    assert stranger.shown(text).split("\n") == shown.split("\n    ")


@given(wild_text, wild_text, wild_text)
def test_replays_are_as_harmless(sender: str, receiver: str, text: str) -> None:
    """Earlier messages are as harmless as new ones, and have their time in the line."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    event = Private(sender, receiver, text, time="2026-01-01T10:00:00Z", replay=True)
    shown = view.replayed(event, "Alice", now)

    assert UNSAFE.search(shown) is None
    assert "(10:00) " in shown.split("\n")[0]


def test_rooms_that_one_is_back_in() -> None:
    """Of many rooms the first are named, and the others counted."""
    rooms = [f"R{number}" for number in range(8)]

    assert "[CLIENT] Reconnected to h:1: back in R0, R1, R2, R3, R4 and 3 more" == view.returned(
        "h:1", rooms, 0
    )


def test_long_request() -> None:
    """A marked request is shortened, and on one line."""
    line = view.not_sent(Create(receiver="CS\n350" + "x" * 100))

    assert line.startswith("[CLIENT] Not sent: /create CS\ufffd350xxx")
    assert len("[CLIENT] Not sent: ") + 80 == len(line)


@pytest.mark.parametrize("show", [view.not_sent, view.unconfirmed])
def test_what_was_to_be_said_is_whole(show: Callable[[Command], str]) -> None:
    """A text that was not sent is given back with its lines, and can't imitate a line of the client."""
    line = show(Tell(receiver="Bob", text="one\n[SUCCESS] two\x1b" + "x" * 1000))

    assert line.endswith(": /private Bob one\n    [SUCCESS] two\ufffd" + "x" * 1000)


def test_banner() -> None:
    """The banner is the first version's, with an empty line above and below."""
    assert BANNER == view.banner()


def test_help() -> None:
    """The list of commands has the banner's form, and is complete."""
    assert HELP == view.help_text()


def test_client_lines() -> None:
    """The client's own lines about the connection are those of the first version."""
    assert "[CLIENT] Connected to server at 127.0.0.1:5555" == view.connected("127.0.0.1:5555")
    assert "[CLIENT] Disconnected from server" == view.disconnected()
