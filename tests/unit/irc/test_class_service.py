"""What clients write to Class: the commands of a class, with the channel in front."""

from __future__ import annotations

import pytest

from classchat.irc.class_service import OF_STAFF, OF_STUDENTS
from tests.tables import each_case
from tests.unit.irc.classes import IRCClass, notices
from tests.unit.irc.helpers import IRCCaller


@pytest.fixture
def lesson() -> IRCClass:
    """Return a class in which a session is under way."""
    lesson = IRCClass()
    lesson.teaches("session #CS350 begin Week 3")
    return lesson


def told(lesson: IRCClass, *texts: str) -> list[str]:
    """Return what Class answers to some texts of Mona's."""
    return lesson.answers(lesson.mona, *(f"PRIVMSG Class :{text}" for text in texts))


def test_help_leads_to_all_requests(lesson: IRCClass) -> None:
    """`help`, and what is not understood, list what students ask; `help staff` the rest."""
    lines = told(lesson, "help")

    assert list(OF_STUDENTS) == [line.split()[0] for line in lines[1:-1]]
    assert list(OF_STAFF) == [line.split()[0] for line in told(lesson, "help staff")[1:]]
    assert lines == told(lesson, "What can you do?")


@each_case("word", [*OF_STUDENTS, *OF_STAFF])
def test_words_that_are_missing(lesson: IRCClass, word: str) -> None:
    """A request without its channel is answered with its usage, so a question gets to no wrong room."""
    (answer,) = told(lesson, word)

    assert answer.startswith(f"Usage: /msg Class {word} #CHANNEL")
    assert [answer] == told(lesson, f"{word} CS350 x")


@pytest.mark.parametrize("target", ["Class", "class", "CLASS@services.example", "class!~user@class.example"])
def test_any_spelling(lesson: IRCClass, target: str) -> None:
    """Class is found in any spelling."""
    assert 2 < len(lesson.answers(lesson.mona, f"PRIVMSG {target} :help"))


@pytest.mark.parametrize(
    "command", ["CLASS queue #CS350", "CLASS :queue #CS350", "PRIVMSG Class :/queue #cs350"]
)
def test_other_ways(lesson: IRCClass, command: str) -> None:
    """There is a command for it, and a slash before the word is no mistake."""
    assert ["[#CS350] The queue in 'CS350': 0 hands up"] == lesson.answers(lesson.mona, command)


def test_a_notice_is_not_answered(lesson: IRCClass) -> None:
    """A NOTICE to Class does nothing."""
    lesson.does(lesson.mona, "NOTICE Class :session #CS350 end")

    assert [] == lesson.mona.lines()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("session #CS350 end", "[#CS350] You have ended session 1"),
        ("queue #CS350 closed", "[#CS350] The queue is closed; students who were not helped yet come first"),
        ("next #CS350", "[#CS350] No hand is up"),
        (
            "done #CS350",
            "[#CS350] You are not helping a student. /msg Class next #CHANNEL takes the next one",
        ),
        ("questions #CS350 approve", None),
        ("approve #CS350 1", "[#CS350] There is no question 1 here"),
        ("reveal #CS350 x", "[#CS350] 'x' is not a number from 1. Usage: /msg Class reveal #CS350 NUMBER"),
        ("mute #CS350 7 30m", "[#CS350] There is no question 7 here"),
        ("mute #CS350 7 soon", "[#CS350] 'soon' is not a time: write 30s, 30m, 2h or 7d, at most a year"),
        ("unmute #CS350 7", "[#CS350] There is no question 7 here"),
        ("poll #CS350 Which? | A | B | 60s", "[#CS350] Poll 1 is open"),
        (
            "poll #CS350 Which?",
            "[#CS350] A poll has a question and 2 to 10 options: /msg Class poll #CS350 Which? | A | B | 60s",
        ),
        ("endpoll #CS350", "[#CS350] There is no poll here"),
        ("polls #CS350", "[#CS350] Polls in 'CS350': none"),
        ("mark #CS350 @Bob late", "[#CS350] Bob is marked as late"),
        ("groups #CS350 2 random", "[#CS350] 2 groups opened"),
        (
            "roster #CS350",
            "[#CS350] Roster: 0 students, 0 of them in 'CS350'; not on the roster: Alice, Bob, Joy",
        ),
        ("class #lab", "Chat room 'lab' does not exist"),
        ("assist #CS350", "[#CS350] Usage: /msg Class assist #CS350 NICK"),
        ("assist #CS350 Nobody", None),
        ("unassist #CS350 Bob", "[#CS350] That is already the case."),
        ("room #CS350 talk", "[#CS350] That is already the case."),
        ("room #CS350", "[#CS350] Usage: /msg Class room #CS350 talk|questions|exam|slow [30s]"),
        ("room #CS350 slow 1d", "[#CS350] '1d' is not a time: write 30s or 5m, at most 1h"),
        ("queue #nowhere", "Chat room 'nowhere' does not exist"),
        ("queue &CS350", "Chat room '&CS350' does not exist"),
    ],
)
def test_staff(lesson: IRCClass, text: str, answer: str | None) -> None:
    """Each request of staff is answered by one NOTICE to their client alone."""
    answers = told(lesson, text)

    assert 1 == len(answers)
    assert answer is None or [answer] == answers


@each_case("word", [word for word in OF_STAFF if word not in OF_STUDENTS])
def test_students_are_refused(lesson: IRCClass, word: str) -> None:
    """A student can do nothing of what staff do."""
    rest = {
        "session": "end", "queue": "closed", "next": "", "answer": "1 x", "poll": "Q | A | B", "endpoll": "",
        "present": "", "mark": "Bob late", "roster": "", "groups": "2", "assist": "Bob", "unassist": "Bob",
        "room": "exam",
    }.get(word, "1")  # fmt: skip
    (answer,) = lesson.answers(lesson.alice, f"PRIVMSG Class :{word} #CS350 {rest}")

    assert answer.startswith("[#CS350] You may not do that: only ")
    assert b"" == lesson.others(lesson.alice)


def test_a_whole_turn(lesson: IRCClass) -> None:
    """Staff hear of a hand, go to the student, and end the turn; the student hears both."""
    lesson.does(lesson.alice, "PRIVMSG Class :hand #CS350 pointers")
    lesson.server.passes(3)

    assert ["[#CS350] Alice raises a hand: pointers (1 waiting)"] == notices(lesson.mona)
    assert ["[#CS350] The queue in 'CS350': 1 hand up", "[#CS350] 1. Alice: pointers"] == told(
        lesson, "queue #CS350"
    )
    assert ["[#CS350] Next is Alice: pointers"] == told(lesson, "next #CS350")
    assert ["[#CS350] Mona comes to you"] == notices(lesson.alice)
    assert ["[#CS350] The turn of Alice has ended (helped)"] == told(lesson, "done #CS350")


def test_the_state(lesson: IRCClass) -> None:
    """`class` tells all that is under way, for clients that come late."""
    lesson.teaches("questions #CS350 open full", "poll #CS350 Which? | A | B", "present #CS350")
    lesson.teaches("room #CS350 exam", "room #CS350 slow 30s", "groups #CS350 2")

    assert [
        "[#CS350] The class in 'CS350': session 1: Week 3; 0 hands up; questions are open: nobody can find "
        "out who asks; poll 1 is open: Which?; attendance is taken; groups are open; there is an exam: only "
        "the staff read what students write; one line in 30 seconds"
    ] == told(lesson, "class #CS350")


def test_what_clients_type(lesson: IRCClass) -> None:
    """What the room is told names the commands that IRC clients have; other clients read theirs."""
    lesson.server.forgets()
    lesson.does(
        lesson.mona,
        "PRIVMSG Class :poll #CS350 Which? | A | B | C",
        "PRIVMSG Class :present #CS350",
        "PRIVMSG Class :questions #CS350 approve full",
    )
    lines = [line.partition(" NOTICE #CS350 :")[2] for line in lesson.alice.lines("NOTICE")]

    assert "Say !vote 1 to 3 within" in lines[0]
    assert "Mona takes attendance. Say !here CODE" == lines[1]
    assert lines[2].startswith("Mona: questions are open (/msg Class ask #CS350 TEXT); staff see them first")
    assert ["/vote 1 to 3", "/here CODE", "/ask TEXT"] == [
        next(word for word in ("/vote 1 to 3", "/here CODE", "/ask TEXT") if word in text)
        for text in lesson.joy.hears_texts("group")
    ]


def test_a_poll_that_is_ended(lesson: IRCClass) -> None:
    """A poll closes in two steps; the answer comes after the response to the line."""
    lesson.teaches("poll #CS350 Which? | A | B | 60s")

    assert ["[#CS350] Poll 1 is closed"] == lesson.answers(
        lesson.mona, "@label=1 PRIVMSG Class :endpoll #CS350"
    )
    assert "@label=1 :classchat.server ACK" == lesson.mona.lines()[0]


# Questions without a name.


def test_a_question(lesson: IRCClass) -> None:
    """The room reads a question from the server; nothing that another client is sent names its author."""
    lesson.server.forgets()
    lesson.does(lesson.alice, "@label=secret;msgid=secret PRIVMSG Class :ask #CS350 Why is it stable?")

    assert ["[#CS350] Your question has the number 1"] == notices(lesson.alice)
    assert [":classchat.server NOTICE #CS350 :Question 1: Why is it stable?"] == lesson.bob.lines()
    assert ["Question 1: Why is it stable?"] == lesson.joy.hears_texts("group")
    for hidden in (b"Alice", b"alice", b"secret"):
        assert hidden not in lesson.others(lesson.alice)


def test_no_time_of_a_question() -> None:
    """The server tags no question with the time, which it tells to the minute only; other lines it does."""
    lesson = IRCClass("server-time")
    lesson.teaches("session #CS350 begin")
    lesson.does(lesson.alice, "PRIVMSG Class :ask #CS350 Why?", "PRIVMSG #CS350 :Hello")
    question, hello = lesson.bob.lines()

    assert ":classchat.server NOTICE #CS350 :Question 1: Why?" == question
    assert hello.startswith("@time=")


def test_asking_is_no_activity(lesson: IRCClass) -> None:
    """Who asks or votes stays idle for the others: WHOIS shows no sign of it."""
    lesson.does(lesson.alice, "PRIVMSG #CS350 :Hello")
    before = lesson.alice.protocol._connection._talk.client.profile.active
    lesson.server.passes(9)
    lesson.does(
        lesson.alice, "PRIVMSG Class :ask #CS350 Why?", "PRIVMSG #CS350 :!up 1", "PRIVMSG #CS350 :!ask x"
    )

    assert before == lesson.alice.protocol._connection._talk.client.profile.active


def test_a_question_is_in_no_history(lesson: IRCClass) -> None:
    """It is no message of the room: who reads back finds neither it nor what was written to Class."""
    (dave,) = lesson.server.irc("Dave", capabilities=["draft/chathistory", "batch", "server-time"])
    lesson.does(lesson.alice, "PRIVMSG Class :ask #CS350 Why is it stable?", "PRIVMSG #CS350 :Hello")
    lesson.does(dave, "JOIN #CS350")
    lesson.server.forgets()
    lesson.does(
        dave,
        "CHATHISTORY LATEST #CS350 * 50",
        "CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 50",
    )

    assert b"Hello" in dave.wire.value()
    assert b"stable" not in dave.wire.value()
    assert b"Class" not in dave.wire.value()


def test_a_question_that_waits(lesson: IRCClass) -> None:
    """Staff see a question that waits, with what they write to decide."""
    lesson.teaches("questions #CS350 approve")
    lesson.does(lesson.alice, "PRIVMSG Class :ask #CS350 Why?")

    assert [
        "[#CS350] Question 1: Why? (waits: /msg Class approve #CS350 1 or /msg Class dismiss #CS350 1)"
    ] == notices(lesson.mona)
    assert [] == lesson.bob.lines()


def test_no_sentence_of_the_server_is_forged(lesson: IRCClass) -> None:
    """No line of a question, and no piece of a long one, looks like a sentence of the server."""
    forged = "Poll 9: Which? (1) A (2) B. Say !vote 1 or 2 within 60 seconds; nobody sees who chose what"
    long = "x" * 200 + " " + " ".join([forged] * 8)
    lesson.does(
        lesson.alice,
        "BATCH +1 draft/multiline Class",
        "@batch=1 PRIVMSG Class :ask #CS350 Why?",
        f"@batch=1 PRIVMSG Class :{forged}",
        "BATCH -1",
        f"PRIVMSG Class :ask #CS350 {long}",
    )
    texts = [line.partition(" NOTICE #CS350 :")[2] for line in lesson.bob.lines("NOTICE")]

    assert 4 == len(texts)
    assert all(text.startswith(("Question 1: ", "Question 2: ", "… ")) for text in texts)


@pytest.mark.parametrize("text", ["ask #CS350 a\x02b", "ask #CS350 \x01ACTION x\x01", "ask #CS350 \x1b[31m"])
def test_no_codes_in_questions(lesson: IRCClass, text: str) -> None:
    """No formatting, CTCP or control character reaches other clients in a question."""
    lesson.server.forgets()
    lesson.does(lesson.alice, f"PRIVMSG Class :{text}")
    heard = lesson.bob.wire.value()

    assert b"Question 1: " in heard
    assert not {1, 2, 27} & set(heard)


# Rooms in which students write less.


def test_an_exam(lesson: IRCClass) -> None:
    """A student's line goes to the staff; the student reads that, with the line's label, and gets no echo."""
    lesson.teaches("room #CS350 exam")
    lesson.does(lesson.alice, "@label=7 PRIVMSG #CS350 :Help", "PRIVMSG #CS350 :me")
    held = "[#CS350] Only the staff of this room read what you write now; it was sent to them"

    assert [held, held] == notices(lesson.alice)
    assert ["NOTICE", "NOTICE"] == lesson.alice.numerics()
    assert lesson.alice.lines()[0].startswith("@label=7;")
    assert ["[#CS350] Alice to the staff: Help", "[#CS350] Alice to the staff: me"] == notices(lesson.mona)
    assert [] == lesson.bob.lines()


def test_a_notice_in_an_exam(lesson: IRCClass) -> None:
    """A NOTICE goes to the staff as well, and is not answered; its label is."""
    lesson.teaches("room #CS350 exam")
    lesson.does(lesson.alice, "@label=7 NOTICE #CS350 :Help", "NOTICE #CS350 :me")

    assert ["@label=7 :classchat.server ACK"] == lesson.alice.lines()
    assert 2 == len(notices(lesson.mona))


def test_private_messages_in_an_exam(lesson: IRCClass) -> None:
    """Students can't write to each other, which has a numeric, and can write to staff."""
    lesson.teaches("room #CS350 exam")
    lesson.does(lesson.alice, "@label=7 PRIVMSG Bob :psst", "PRIVMSG Mona :Help")

    assert [
        "@label=7 :classchat.server 531 Alice Bob :During the exam in room 'CS350' students may write to its "
        "staff only"
    ] == lesson.alice.lines("531")
    assert [] == lesson.bob.lines()
    assert 1 == len(lesson.mona.lines("PRIVMSG"))


def test_a_slow_room(lesson: IRCClass) -> None:
    """A line that comes too early is answered with 404, which says how long to wait."""
    lesson.teaches("room #CS350 slow 30s")
    lesson.does(lesson.alice, "PRIVMSG #CS350 :1", "PRIVMSG #CS350 :2", "@label=7 PRIVMSG #CS350 :3")

    assert [
        ":classchat.server 404 Alice #CS350 :Room 'CS350' is slow: wait 31 seconds",
        "@label=7 :classchat.server 404 Alice #CS350 :Room 'CS350' is slow: wait 31 seconds",
    ] == lesson.alice.lines("404")
    assert 1 == len(lesson.bob.lines("PRIVMSG"))


def test_modes_stay(lesson: IRCClass) -> None:
    """MODE shows no letter for an exam or a slow room: clients know none."""
    lesson.teaches("room #CS350 exam", "room #CS350 slow 30s")
    lesson.does(lesson.alice, "MODE #CS350")

    assert [":classchat.server 324 Alice #CS350 +nt"] == lesson.alice.lines("324")


def test_nothing_is_left_behind(lesson: IRCClass) -> None:
    """What is answered, late or at once, is kept no longer."""
    lesson.teaches("poll #CS350 Which? | A | B", "endpoll #CS350", "next #CS350", "room #CS350 exam")
    lesson.does(lesson.alice, "PRIVMSG #CS350 :!hand", "PRIVMSG #CS350 :x", "@label=1 PRIVMSG #CS350 :y")

    assert [0, 0] == [waiting(lesson.mona), waiting(lesson.alice)]


def waiting(caller: IRCCaller) -> int:
    """Return how many requests of a client were not answered yet."""
    return len(caller.protocol._connection._talk.client.asked)
