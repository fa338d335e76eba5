"""Lines in a channel that ask something of a class, such as `!hand`: no other client is sent them."""

from __future__ import annotations

import pytest

from classchat.irc.class_lines import class_line
from classchat.wire.irc.usual_messages import POSSIBLE
from tests.tables import each_case
from tests.unit.core.helpers import RIGHT
from tests.unit.irc.classes import IRCClass, notices

CLASS = ":Class!Class@classchat.server"
CONTEXT = "+draft/channel-context=#CS350"
HOW = "[#CS350] Your question was not sent. Ask it so: /msg Class ask #CS350 QUESTION"


@pytest.fixture
def lesson() -> IRCClass:
    """Return a class in which a session is under way, and a poll is open."""
    lesson = IRCClass()
    lesson.teaches("session #CS350 begin", "poll #CS350 Which? | A | B | 60s")
    return lesson


# What is a command.


@each_case(
    ("text", "word", "rest"),
    [
        ("!hand", "hand", ""),
        ("!hand pointers", "hand", "pointers"),
        ("!HAND: pointers", "hand", "pointers"),
        ("  !hand", "hand", ""),
        ("\u200b!Hand", "hand", ""),
        ("\ufe0f\u3164!hand", "hand", ""),
        ("!!hand", "hand", ""),
        ("!!ask Why?", "ask", "Why?"),
        ("!\u200bask Why?", "ask", "Why?"),
        ("\x07!ask Why?", "ask", "Why?"),
        ("！hand 指针", "hand", "指针"),
        ("!lower", "lower", ""),
        ("!vote 2", "vote", "2"),
        ("!vote2", "vote", "2"),
        ("!vote:2", "vote", "2"),
        ("!vote #3 2", "vote", "#3 2"),
        ("!here K7Q2M", "here", "K7Q2M"),
        ("!here  k7q2m ", "here", "k7q2m "),
        ("!up 7", "up", "7"),
        ("!up-7", "up", "-7"),
        ("!ask Why?", "ask", "Why?"),
        ("!ask", "ask", ""),
        ("! ask Why?", "ask", "Why?"),
        ("!ASK:Why?", "ask", "Why?"),
        ("！ask 为什么", "ask", "为什么"),
    ],
)
def test_commands(text: str, word: str, rest: str) -> None:
    """A command is found in any case, behind what is not seen, and where its words are not set off well."""
    assert (word, rest, False) == class_line(text)
    assert text[0] in POSSIBLE


@each_case(
    "text",
    [
        "!important", "!hands", "!handout is online", "!hand-in is on Monday", "!upload", "!voted", "!asked",
        "!hereby", "!asking", "! hand", "!", "!!", "hand", "say !hand", "/ask Why?", "", "!next", "!poll A|B",
    ],
)  # fmt: skip
def test_messages(text: str) -> None:
    """What merely begins with an exclamation mark is a message, and so is what names a command."""
    assert class_line(text) is None


@pytest.mark.parametrize("text", ["!important", "!hands up", "Say !hand"])
def test_messages_are_delivered(lesson: IRCClass, text: str) -> None:
    """Such a message reaches all, and comes back to its sender."""
    lesson.does(lesson.alice, f"PRIVMSG #CS350 :{text}")

    assert [text] == lesson.joy.hears_texts("group")
    assert 1 == len(lesson.alice.lines("PRIVMSG")) == len(lesson.bob.lines("PRIVMSG"))


# Each command.


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("!hand pointers", "[#CS350] Your hand is up: you are 1st"),
        ("!lower", "[#CS350] Your hand is not up"),
        ("!vote 2", "[#CS350] You have voted in poll 1: B"),
        ("!vote #1 1", "[#CS350] You have voted in poll 1: A"),
        ("!vote 3", "[#CS350] Invalid message format: choose from the options 1 to 2"),
        ("!vote B", "[#CS350] Vote with the numbers of options, from 1 to 10, such as !vote 2"),
        ("!vote", "[#CS350] Usage: !vote [#POLL] NUMBERS"),
        ("!up 7", "[#CS350] There is no question 7 here"),
        ("!up", "[#CS350] Usage: !up [-]NUMBER"),
        ("!here ABCDE", "[#CS350] No attendance is taken in room 'CS350' now"),
        ("!here I am", "[#CS350] Usage: !here CODE"),
        ("!lower Bob", "[#CS350] You may not do that: only staff of room 'CS350' can."),
    ],
)
def test_the_answer(lesson: IRCClass, line: str, answer: str) -> None:
    """A command is answered by one NOTICE to its client, and reaches no other client, not even as an echo."""
    lesson.does(lesson.alice, f"PRIVMSG #CS350 :{line}")

    assert [answer] == notices(lesson.alice)
    assert ["NOTICE"] == lesson.alice.numerics()
    assert b"" == lesson.others(lesson.alice)


def test_the_label(lesson: IRCClass) -> None:
    """The answer has the label of the line, also where it is a refusal, and the channel as its context."""
    lesson.does(lesson.alice, "@label=7 PRIVMSG #CS350 :!hand", "@label=8 PRIVMSG #CS350 :!up 1")

    assert [
        f"@label=7;{CONTEXT} {CLASS} NOTICE Alice :[#CS350] Your hand is up: you are 1st",
        f"@label=8;{CONTEXT} {CLASS} NOTICE Alice :[#CS350] There is no question 1 here",
    ] == lesson.alice.lines()


def test_a_plain_client() -> None:
    """A client without capabilities gets the same without tags."""
    lesson = IRCClass("multi-prefix")

    assert ["[#CS350] Your hand is up: you are 1st"] == lesson.answers(
        lesson.alice, "PRIVMSG #CS350 :\x02!hand\x02 \x0304pointers"
    )
    assert [":Class!Class@classchat.server NOTICE Alice :[#CS350] Your hand is up: you are 1st"] == (
        lesson.alice.lines()
    )


def test_formatting_is_no_part_of_it(lesson: IRCClass) -> None:
    """Colours hide no command, and are no part of its words."""
    lesson.does(lesson.alice, "PRIVMSG #CS350 :\x0304,01!hand\x0f \x02pointers\x02")

    assert [{"user": "Alice", "topic": "pointers"}] == [
        {key: one[key] for key in ("user", "topic")} for one in queue(lesson)
    ]


def test_tags_forge_nothing(lesson: IRCClass) -> None:
    """Tags of the line do not make it another user's."""
    lesson.does(lesson.alice, "@account=Bob;+draft/reply=1;id=1;time=2020 PRIVMSG #CS350 :!hand")

    assert ["Alice"] == [one["user"] for one in queue(lesson)]


def test_staff_are_refused(lesson: IRCClass) -> None:
    """Who teaches raises no hand, and reads why; the line is not delivered either."""
    assert ["[#CS350] You may not do that: only students of room 'CS350' can."] == lesson.answers(
        lesson.mona, "PRIVMSG #CS350 :!hand"
    )
    assert b"" == lesson.others(lesson.mona)


@pytest.mark.parametrize("word", ["hand", "vote 1", "here ABCDE", "up 1"])
def test_elsewhere(lesson: IRCClass, word: str) -> None:
    """In a room that the client is not in, or that there is not, the refusal is a NOTICE as well."""
    (gus,) = lesson.server.irc("Gus")

    assert ["[#CS350] You are not a member of room 'CS350'"] == lesson.answers(
        gus, f"PRIVMSG #CS350 :!{word}"
    )
    assert ["Chat room 'nowhere' does not exist"] == lesson.answers(gus, f"PRIVMSG #nowhere :!{word}")
    assert b"" == lesson.others(gus)


def test_several_channels(lesson: IRCClass) -> None:
    """A line to several channels asks each of them."""
    lesson.does(lesson.mona, "JOIN #lab")
    lesson.does(lesson.alice, "JOIN #lab")

    assert ["[#CS350] There is no question 1 here", "[#lab] There is no question 1 here"] == lesson.answers(
        lesson.alice, "PRIVMSG #CS350,#lab :!up 1"
    )


def test_a_second_connection_repeats_nothing(lesson: IRCClass) -> None:
    """The first request of a new connection is a new one, and no repetition of that of the one before it."""
    lesson.does(lesson.alice, f"PRIVMSG SERVER :claim {RIGHT}")
    one, other = lesson.server.is_called_by_irc(), lesson.server.is_called_by_irc()
    for caller in (one, other):
        lesson.does(caller, f"PASS :Alice:{RIGHT}", "NICK Alice", "USER alice 0 * :Alice", "JOIN #CS350")

    assert ["[#CS350] Your hand is up: you are 1st"] == lesson.answers(one, "PRIVMSG #CS350 :!hand")
    assert ["[#CS350] Your hand is down"] == lesson.answers(other, "PRIVMSG #CS350 :!lower")


# Questions without a name.


@pytest.mark.parametrize(
    "line",
    [
        "PRIVMSG #CS350 :!ask Why, secretly?",
        "PRIVMSG #CS350 :  ! ASK: Why, secretly?",
        "PRIVMSG #CS350 :\x02!ask\x02 Why, secretly?",
        "PRIVMSG #CS350 :\x01ACTION !ask Why, secretly?\x01",
        "@label=1 PRIVMSG #CS350 :!ask Why, secretly?",
        "@+draft/reply=x PRIVMSG #cs350,#CS350 :!ask Why, secretly?",
    ],
)
def test_a_question_is_not_sent(lesson: IRCClass, line: str) -> None:
    """A question in a channel reaches no client; its author reads how to ask it, and who sees names."""
    lesson.does(lesson.alice, line)
    told = notices(lesson.alice)

    assert HOW == told[0]
    assert told[1].startswith("[#CS350] Nobody sees who asks, but a moderator can look it up")
    assert b"" == lesson.others(lesson.alice)
    assert b"secretly" not in lesson.alice.wire.value()
    assert [] == history(lesson)


def test_a_question_elsewhere(lesson: IRCClass) -> None:
    """Nor is it sent to a room that the client is not in, or that can't exist."""
    (gus,) = lesson.server.irc("Gus")

    assert HOW == lesson.answers(gus, "PRIVMSG #CS350 :!ask Why?")[0]
    assert [HOW.removeprefix("[#CS350] ").replace("CS350", "nowhere")] == lesson.answers(
        gus, "PRIVMSG #nowhere :!ask Why?"
    )


def test_a_question_with_closed_questions(lesson: IRCClass) -> None:
    """Where questions are closed, the answer says so."""
    lesson.teaches("questions #CS350 off")

    assert [HOW, "[#CS350] Questions are closed"] == lesson.answers(lesson.alice, "PRIVMSG #CS350 :!ask Why?")


# Several lines.


def several(*texts: str, concat: bool = False) -> list[str]:
    """Return the lines of a message of several lines."""
    tags = "batch=1;draft/multiline-concat" if concat else "batch=1"
    others = [f"@{tags} PRIVMSG #CS350 :{text}" for text in texts[1:]]
    return [
        "@label=9 BATCH +1 draft/multiline #CS350",
        f"@batch=1 PRIVMSG #CS350 :{texts[0]}",
        *others,
        "BATCH -1",
    ]


@pytest.mark.parametrize(
    ("texts", "answer"),
    [
        (("Hello", "!ask Why?"), HOW),
        (("!ask Why", "is it stable?"), HOW),
        (("!vote 2", "I think"), "[#CS350] Your message was not sent. Send !vote alone, in a single line"),
        (("Here:", " !here K7Q2M"), "[#CS350] Your message was not sent. Send !here alone, in a single line"),
    ],
)
def test_several_lines(lesson: IRCClass, texts: tuple[str, ...], answer: str) -> None:
    """A message of several lines with a command in one of them is not sent: it may tell a vote or a code."""
    assert answer == lesson.answers(lesson.alice, *several(*texts))[0]
    assert b"" == lesson.others(lesson.alice)
    assert all("label=9" in line or "batch=" in line or " BATCH -" in line for line in lesson.alice.lines())


def test_one_line_in_pieces(lesson: IRCClass) -> None:
    """A line that a client has sent in pieces is one line."""
    assert ["[#CS350] Your hand is up: you are 1st"] == lesson.answers(
        lesson.alice, *several("!ha", "nd pointers", concat=True)
    )
    assert HOW == lesson.answers(lesson.alice, *several("!a", "sk Why?", concat=True))[0]


def test_several_usual_lines(lesson: IRCClass) -> None:
    """Other messages of several lines are delivered."""
    lesson.does(lesson.alice, *several("Read this:", "!important"))

    assert ["Read this:\n!important"] == lesson.joy.hears_texts("group")


# What is no command.


def test_a_notice_is_delivered(lesson: IRCClass) -> None:
    """A NOTICE asks nothing: it is a text as any other."""
    lesson.does(lesson.alice, "NOTICE #CS350 :!hand")

    assert ["!hand"] == lesson.joy.hears_texts("group")
    assert [] == queue(lesson)


def test_other_clients_have_no_such_lines(lesson: IRCClass) -> None:
    """In a JSON client it is a text as any other."""
    lesson.joy.sends({"status": "group", "receiver": "CS350", "text": "!hand"})
    lesson.server.settles()

    assert 1 == len(lesson.alice.lines("PRIVMSG"))


def test_a_private_message_is_no_command(lesson: IRCClass) -> None:
    """To a user it is a text as any other."""
    lesson.does(lesson.alice, "PRIVMSG Joy :!hand")

    assert ["!hand"] == lesson.joy.hears_texts("private")


def queue(lesson: IRCClass) -> list[dict[str, str]]:
    """Return the queue, as staff see it."""
    lesson.server.forgets()
    lesson.teaches("assist #CS350 Joy")
    lesson.joy.sends({"status": "hands", "receiver": "CS350"})
    lesson.server.settles()
    found: list[dict[str, str]] = lesson.joy.hears("success")[-1]["hands"].get("list", [])
    return found


def history(lesson: IRCClass) -> list[str]:
    """Return the texts of all messages of the room that are stored."""
    lesson.server.forgets()
    lesson.joy.sends({"status": "history", "receiver": "CS350"})
    lesson.server.settles()
    return lesson.joy.hears_texts("group")
