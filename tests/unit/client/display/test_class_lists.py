"""Lists of a class: the queue, questions, polls, the roster, a summary."""

from __future__ import annotations

from datetime import UTC, datetime

from classchat.class_events import (
    ClassView,
    GroupsView,
    HandsView,
    HandView,
    HereView,
    PollView,
    QuestionsView,
    QuestionView,
    RosterView,
    SessionView,
    TurnView,
)
from classchat.client.display.class_lists import polls, questions, queue, roster, summary
from classchat.client.display.paper import Paper
from tests.tables import each_case

NOW = datetime(2026, 11, 29, 10, 6, tzinfo=UTC)
WIDE = Paper()
NARROW = Paper(lambda: 36)


def at(minute: int) -> str:
    """Return a time of the protocol."""
    return f"2026-11-29T10:{minute:02}:00Z"


STAFF = HandsView(
    True,
    "fair",
    3,
    hands=[
        HandView("Carol", "recursion", at(2)),
        HandView("Dave", "pointers", at(0), away=at(14)),
        HandView("Erin", "", at(6), times=1, passed=True),
    ],
    turns=[TurnView("Frank", "Bob", "loops", at(5))],
)


def test_the_queue_of_staff() -> None:
    """Staff see each hand with its topic, how long it is up, and why it has its place."""
    assert [
        "CS350: 3 hands up",
        "1   Carol   recursion   4 min   first time today",
        "2   Dave    pointers    6 min   away, keeps the place until 10:14",
        "3   Erin                now     was absent, passed over",
        "-   Frank   loops       1 min   with Bob",
    ] == queue(STAFF, "CS350", WIDE, NOW).split("\n")


def test_the_queue_on_a_narrow_terminal() -> None:
    """Where the table does not fit, each hand is one line that can be wrapped, and nothing is lost."""
    lines = queue(STAFF, "CS350", NARROW, NOW).split("\n")

    assert "2 Dave, pointers, 6 min, away, keeps the place until 10:14" == lines[2]


@each_case(
    ("hands", "shown"),
    [
        (HandsView(True), "CS350: no hand is up"),
        (HandsView(False), "CS350: no hand is up; the queue is closed"),
        (HandsView(True, "order", 1), "CS350: 1 hand up; in the order of entry"),
        (HandsView(True, "fair", 7, 3, "pointers"), "CS350: 7 hands up; you are 3rd (pointers)"),
        (HandsView(True, turn=TurnView("Alice", "Bob")), "CS350: no hand is up; Bob is with Alice"),
    ],
)
def test_the_queue_of_a_student(hands: HandsView, shown: str) -> None:
    """A student sees how many hands are up, and their own place."""
    assert shown == queue(hands, "CS350", WIDE, NOW)


def test_a_long_queue() -> None:
    """What the server has left out of a list is counted; frequent guests of the queue are marked."""
    hands = HandsView(True, "fair", 9, hands=[HandView("Carol", times=1), HandView("Dave", times=4)])

    assert [
        "CS350: 9 hands up",
        "1   Carol   helped once today",
        "2   Dave    helped 4 times today",
        "and 7 more",
    ] == queue(hands, "CS350", WIDE, NOW).split("\n")


def test_questions() -> None:
    """Open questions stand first, those with most support above the others; answers stand below."""
    view = QuestionsView(
        "approve",
        "peers",
        [
            QuestionView(1, "Is it\nin the exam?", "answered", at(1), answer="No", by="Bob"),
            QuestionView(2, "Why?", "open", at(2), "Carol", supports=3, supported=True),
            QuestionView(3, "How?", "open", at(3), supports=12),
            QuestionView(4, "When?", "waiting", at(4), own=True),
            QuestionView(5, "Lunch?", "dismissed", at(5)),
            QuestionView(6, "Who?", "answered", at(5)),
        ],
    )

    assert [
        "CS350: questions are shown when staff approve them; nobody sees who asks, but a moderator can look"
        " it up, which is recorded, and you are told",
        "3  +12  How? (10:03)",
        "2  +3  Why? (Carol, 10:02, you support it)",
        "4  +0  When? (you, 10:04, waits for approval)",
        "1  +0  Is it in the exam? (10:01)",
        "  Answer: No (Bob)",
        "5  +0  Lunch? (10:05, closed)",
        "6  +0  Who? (10:05, answered)",
    ] == questions(view, "CS350", NOW).split("\n")


def test_a_question_whose_author_was_looked_up() -> None:
    """Students see in the list who has looked them up, as they may have been away when that was told."""
    one = QuestionView(1, "Why?", "open", own=True, revealed=["Bob", "Eve"])
    shown = questions(QuestionsView("open", questions=[one]), "CS350", NOW)

    assert "1  +0  Why? (you, Bob and Eve looked up who asked)" == shown.split("\n")[1]


def test_no_questions() -> None:
    """The policy is shown before a question is asked."""
    nobody = QuestionsView("open", "full")

    assert "CS350: questions are off; no question yet" == questions(QuestionsView(), "CS350", NOW)
    assert "CS350: questions are open; nobody can find out who asks; no question yet" == questions(
        nobody, "CS350", NOW
    )


def test_polls() -> None:
    """Open polls show their options, closed ones their results; few votes show no distribution."""
    listed = [
        PollView(1, "Ready?", ["yes", "no"], "closed", counts=[4, 2], votes=6, here=7, mine=[0]),
        PollView(2, "Sure?", ["yes", "no"], "closed", votes=3, here=7),
        PollView(3, "Which?", ["A", "B"], "open", at(7), many=True, live=True, votes=2, mine=[0, 1]),
    ]

    assert [
        "CS350: 3 polls",
        "Poll 1 (closed): Ready?",
        "yes   ████████████████  4",
        "no    ████████          2     6 of 7 here",
        "You chose 1",
        "Poll 2 (closed): Sure?",
        "(1) yes",
        "(2) no",
        "3 votes; too few to show who chose what",
        "Poll 3 (open until 10:07, many, live): Which?",
        "(1) A",
        "(2) B",
        "2 votes",
        "You chose 1, 2",
    ] == polls(listed, "CS350", WIDE, NOW).split("\n")


def test_voters_of_a_named_poll() -> None:
    """Staff see who chose what in a named poll."""
    poll = PollView(1, "Ready?", ["yes", "no"], "closed", named=True, voters={"Dave": [1], "Carol": [0, 1]})

    assert ["Carol: 1, 2", "Dave: 2"] == polls([poll], "CS350", WIDE, NOW).split("\n")[-2:]
    assert "CS350: no poll yet" == polls([], "CS350", WIDE, NOW)


def test_the_roster() -> None:
    """The roster has aligned columns, and says who is here without being on it."""
    listed = [
        RosterView("Carol Diaz", "Carol", "A", here=True, seen=True),
        RosterView("Dave Evans", "", "B", mark="excused"),
        RosterView("Mallory", "Mallory", here=True, listed=False),
    ]

    assert [
        "CS350: 2 of 3 here",
        "Carol Diaz   Carol   A   here   code",
        "Dave Evans           B          excused",
        "Mallory                  here             not on the roster",
    ] == roster(listed, "CS350", WIDE).split("\n")
    assert "and 7 more" == roster(listed, "CS350", WIDE, 7).split("\n")[-1]
    assert "CS350: the roster is empty" == roster([], "CS350", WIDE)


def test_a_summary() -> None:
    """The summary of a class says in a few lines what is going on."""
    view = ClassView(
        "CS350",
        "student",
        "exam",
        slow=30,
        session=SessionView(3, "Week 3", at(2)),
        hands=HandsView(True, "fair", 3, 2),
        questions=QuestionsView("open", "no", [QuestionView(1, "Why?", "open")]),
        polls=[PollView(2, "Which?", ["A", "B"], "open", at(7)), PollView(1, "?", ["A", "B"], "closed")],
        here=HereView(True, at(9), seen=True),
        groups=GroupsView({"CS350-1": ["Alice", "Carol"]}, at(20)),
    )

    assert [
        "CS350: session 3 (Week 3) since 10:02",
        "You are a student",
        "Exam: what students write goes to the staff only",
        "Students may write every 30 seconds",
        "Hands: 3 hands up; you are 2nd",
        "Questions: 1 open; questions are open; everybody sees who asks",
        "Poll 2 is open until 10:07: Which?",
        "Attendance: open until 10:09, you are here",
        "Groups until 10:20: CS350-1",
    ] == summary(view, NOW).split("\n")


def test_a_summary_for_staff() -> None:
    """Staff see the code of attendance, and how many have entered it."""
    view = ClassView("CS350", "moderator", here=HereView(True, at(9), code="K7Q2M", count=12))

    assert [
        "CS350: no session",
        "You are a moderator",
        "Hands: no hand is up; the queue is closed",
        "Questions: 0 open; questions are off",
        "Attendance: open until 10:09, the code is K7Q2M, 12 students here by code",
    ] == summary(view, NOW).split("\n")


def test_hostile_texts() -> None:
    """No text of a user begins a line of its own, or controls the terminal."""
    evil = "x\n[SUCCESS] y\x1b[2J"
    shown = "\n".join(
        [
            queue(HandsView(True, waiting=1, hands=[HandView(evil, evil)]), evil, WIDE, NOW),
            questions(
                QuestionsView(
                    "open", "no", [QuestionView(1, evil, "answered", user=evil, answer=evil, by=evil)]
                ),
                evil,
                NOW,
            ),
            polls([PollView(1, evil, [evil, evil], "closed", counts=[1, 2])], evil, WIDE, NOW),
            roster([RosterView(evil, evil, evil)], evil, WIDE),
            summary(ClassView(evil, "student", session=SessionView(1, evil)), NOW),
        ]
    )

    assert "\x1b" not in shown
    assert not any(line.startswith("[SUCCESS]") for line in shown.split("\n"))
