"""A class on the screen, with an editor and a server that the test plays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from classchat.class_events import (
    AboutCounts,
    AboutGroups,
    AboutPoll,
    AboutQuestions,
    AboutTurn,
    ClassView,
    HandsView,
    HandView,
    PollView,
    QuestionsView,
    QuestionView,
)
from classchat.messages import Error, Group, Private, Success
from tests.unit.client.helpers import Server, welcome
from tests.unit.client.screen.test_screen_app import Alice

CLOSED = AboutPoll("CS350", 2, "closed", "Which?", ["A", "B"], "", counts=[1, 4], votes=5, here=6)


class Student(Alice):
    """A student in CS350, whose class is followed."""

    def __init__(self, state: Path, view: ClassView = ClassView("CS350", "student")) -> None:  # noqa: B008
        super().__init__(state)
        self.joins("CS350")
        self.follows(view)

    @property
    def follows_room(self) -> list[str]:
        """The rooms that the client has asked to follow since the last time."""
        return [one["receiver"] for one in self.server.hears if one.get("follow")]

    def follows(self, view: ClassView) -> None:
        """Answer the request to follow the class."""
        ids = [one["id"] for one in self.server.hears if one.get("follow")]
        self.server.forgets()
        self.server.tells(Success("SERVER", "Alice", "", id=ids[-1], state=view))

    def answered(self, **fields: Any) -> None:
        """Grant the last request, with these fields."""
        id = self.hears[-1]["id"]
        self.server.forgets()
        self.server.tells(Success("SERVER", "Alice", "granted", id=id, **fields))

    def counts(self, about: AboutCounts) -> None:
        """Tell counts."""
        self.server.tells(Private("SERVER", "Alice", "", about=about))


@pytest.fixture
def alice(tmp_path: Path) -> Student:
    """Return Alice, in a room whose class is followed."""
    return Student(tmp_path)


def test_follows_the_room_with_the_focus(tmp_path: Path) -> None:
    """The first focus of a room asks for its class; the answer is not shown."""
    alice = Alice(tmp_path)
    alice.types("/join CS350")
    alice.granted("You have joined 'CS350'")
    asked = [one for one in alice.server.hears if one["status"] == "class"]
    alice.sees()
    state = ClassView("CS350", "student", hands=HandsView(place=3, waiting=7))
    alice.server.tells(Success("SERVER", "Alice", "CS350: …", id=asked[0]["id"], state=state))

    assert [("CS350", True)] == [(one["receiver"], one["follow"]) for one in asked]
    assert [] == alice.sees()
    assert " · → CS350 · hand: 3rd of 7 · " in alice.app.toolbar()


def test_an_old_server(tmp_path: Path) -> None:
    """A server without the class layer is asked once, and its refusal is neither shown nor counted."""
    alice = Alice(tmp_path)
    alice.joins("CS350")
    id = next(one["id"] for one in alice.server.hears if one.get("follow"))
    alice.server.tells(Error("SERVER", "Alice", "Unknown message type 'class'", code="unknown_status", id=id))
    alice.server.forgets()
    shown = alice.sees()
    alice.joins("Lab")

    assert ([], []) == (shown, [one for one in alice.server.hears if one.get("follow")])


def test_the_first_version_is_not_asked(tmp_path: Path) -> None:
    """A server of the first version hears nothing that it does not know."""
    alice = Alice(tmp_path, server=None)
    alice.types("/join CS350")
    alice.server.tells(Success("SERVER", "Alice", "You have joined 'CS350'"))

    assert ["join"] == [one["status"] for one in alice.server.hears]


def test_follows_again_after_reconnecting(alice: Student) -> None:
    """A new connection follows the same rooms; until it has, nothing old is shown."""
    alice.counts(AboutCounts("CS350", HandsView(place=1, waiting=1)))
    before = "hand: 1st of 1" in alice.app.toolbar()
    alice.server.hangs_up()
    lost = "hand" in alice.app.toolbar()
    alice.reactor.advance(1)
    alice.server = Server(alice.reactor.tcpClients[-1][2].buildProtocol(None))
    alice.server.tells(welcome())
    for one in [one for one in alice.server.hears if one["status"] in ("join", "ping")]:
        alice.server.tells(Success("SERVER", "Alice", "done", id=one["id"]))

    assert (True, False) == (before, lost)
    assert ["CS350"] == alice.follows_room


def test_counts_are_not_shown(alice: Student) -> None:
    """What is told without a text changes the line at the bottom, and nothing else."""
    alice.counts(AboutCounts("CS350", HandsView(place=2, waiting=2)))

    assert [] == alice.sees()
    assert "hand: 2nd of 2" in alice.app.toolbar()


def test_a_turn_rings(alice: Student) -> None:
    """The student to whom staff come hears the bell, and sees it at the bottom."""
    about = AboutTurn("CS350", "Bob", "taken")
    alice.server.tells(Private("SERVER", "Alice", "CS350: Bob comes to you", about=about))

    assert ["[SERVER] CS350: Bob comes to you"] == alice.sees()
    assert 1 == alice.editor.bells
    assert " · Bob is with you · " in alice.app.toolbar()


def test_other_notices_do_not_ring(alice: Student) -> None:
    """The end of a turn is only shown."""
    about = AboutTurn("CS350", "Bob", "helped")
    alice.server.tells(Private("SERVER", "Alice", "CS350: Bob has ended the turn", about=about))

    assert ["[SERVER] CS350: Bob has ended the turn"] == alice.sees()
    assert 0 == alice.editor.bells


def test_a_poll(alice: Student) -> None:
    """A poll stands at the bottom until one has voted; its result is drawn as bars."""
    opened = replace(CLOSED, state="open", until="1970-01-01T00:00:45Z", counts=None, votes=0, here=0)
    alice.server.tells(Group("SERVER", "CS350", "Poll 2: Which? (1) A (2) B", about=opened))
    before = alice.app.toolbar()
    alice.types("/vote 2")
    asked = alice.asked()
    alice.server.tells(Success("SERVER", "Alice", "You have voted", id=alice_last(alice)))
    alice.sees()
    alice.server.tells(Group("SERVER", "CS350", "Poll 2 is closed: A 1, B 4 (5 of 6 here)", about=CLOSED))

    assert "vote 2: 4" in before
    assert [("vote", "CS350", "")] == asked
    assert [
        "[CS350] Poll 2 is closed: Which?\n"
        "          A   ████              1\n"
        "          B   ████████████████  4     5 of 6 here"
    ] == alice.sees()
    assert "poll" not in alice.app.toolbar()


def alice_last(alice: Student) -> str:
    """Return the id of the open vote, which the client has in its exchange."""
    assert alice.app._session is not None
    return str(alice.app._session.exchange.open[-1].command.id)


def test_too_few_votes(alice: Student) -> None:
    """A result without counts is the server's sentence."""
    few = replace(CLOSED, counts=None, votes=2)
    alice.server.tells(Group("SERVER", "CS350", "Poll 2 is closed: 2 votes", about=few))

    assert ["[CS350] Poll 2 is closed: 2 votes"] == alice.sees()


def test_the_queue(alice: Student) -> None:
    """The answer to /queue is a table below one sentence."""
    alice.types("/queue")
    hands = HandsView(True, "fair", 2, hands=[HandView("Carol", "loops"), HandView("Dave", times=1)])
    alice.answered(hands=hands)

    assert [
        "You → CS350: /queue",
        "[SUCCESS] CS350: 2 hands up\n"
        "          1   Carol   loops   first time today\n"
        "          2   Dave            helped once today",
    ] == alice.sees()


def test_a_sentence(alice: Student) -> None:
    """An answer without a list is the server's sentence; the user's own place is known at once."""
    alice.types("/hand pointers")
    asked = alice.hears[-1]
    alice.answered(place=3, waiting=4)

    assert ("hand", "CS350", "pointers") == (asked["status"], asked["receiver"], asked["text"])
    assert "[SUCCESS] granted" == alice.sees()[-1]
    assert "hand: 3rd of 4" in alice.app.toolbar()


def test_a_line_that_only_the_staff_read(alice: Student) -> None:
    """A line that went only to the staff is shown so."""
    alice.types("Is 3 right?")
    waiting = alice.app.pending()
    alice.answered(held=True)

    assert ["[CS350 - Alice] Is 3 right?"] == waiting
    assert ["[To the staff of CS350] Is 3 right?"] == alice.sees()
    assert [] == alice.app.pending()


def put_into_a_group(alice: Student) -> None:
    """Open group rooms: Alice is in the second one."""
    own = AboutGroups("CS350", "Bob", open=True, count=2, own="CS350-2")
    alice.server.tells(
        Private("SERVER", "Alice", "CS350: you are in group room 'CS350-2'", about=own),
        Group("SERVER", "CS350", "Bob has opened 2 groups", about=replace(own, own=None)),
        Group("SERVER", "CS350-2", "Alice has joined the chat room", event="joined", user="Alice"),
    )


def closes_groups(alice: Student) -> None:
    """Close the group rooms."""
    about = AboutGroups("CS350", "Bob", open=False)
    alice.server.tells(
        Group("SERVER", "CS350", "Bob has closed the groups", about=about),
        Group("SERVER", "CS350-2", "Alice has left the chat room", event="left", user="Alice"),
    )


def test_a_group_room_has_the_focus(alice: Student) -> None:
    """Who is put into a group room talks there, and in the class again when it is closed."""
    put_into_a_group(alice)
    there = alice.editor.asks
    closes_groups(alice)

    assert ("You → CS350-2: ", "You → CS350: ") == (there, alice.editor.asks)


def test_a_line_that_was_begun_stays_where_it_is(alice: Student) -> None:
    """While a line is being typed the focus does not move: it would go to others."""
    alice.editor.is_typing = True
    put_into_a_group(alice)
    there, shown = alice.editor.asks, alice.sees()
    alice.editor.is_typing = False
    alice.types("/focus CS350-2")
    alice.editor.is_typing = True
    closes_groups(alice)

    assert "You → CS350: " == there
    assert "[CLIENT] To talk there: /focus CS350-2" in shown
    assert "[CLIENT] To talk there: /focus CS350" in alice.sees()
    assert "You: " == alice.editor.asks


def test_groups_elsewhere(alice: Student) -> None:
    """A user who talks elsewhere, or is in no group, stays there."""
    alice.server.tells(Group("SERVER", "CS350", "…", about=AboutGroups("CS350", "Bob", True, 2)))
    closes_groups(alice)
    without = alice.editor.asks
    alice.joins("Lab")
    put_into_a_group(alice)
    closes_groups(alice)

    assert ("You → CS350: ", "You → Lab: ") == (without, alice.editor.asks)


PEERS = "nobody sees who asks, but a moderator can look it up, which is recorded, and you are told"


def test_the_policy_is_shown_before_one_asks(tmp_path: Path) -> None:
    """A student sees once who can see who asks, and a question goes with what was shown."""
    alice = Alice(tmp_path)
    alice.joins("CS350")
    view = ClassView("CS350", "student", questions=QuestionsView("open", "peers"))
    for _ in range(2):
        id = next(one["id"] for one in alice.server.hears if one["status"] == "class")
        alice.server.forgets()
        alice.server.tells(Success("SERVER", "Alice", "…", id=id, state=view))
        alice.server.tells(Private("SERVER", "Alice", "", about=AboutCounts("CS350", stale=True)))
        alice.reactor.advance(3)
    shown = alice.sees()
    alice.types("/ask Why?")

    assert [f"[CLIENT] CS350: questions are open; {PEERS}. To ask: /ask TEXT"] == shown
    assert "peers" == alice.hears[-1]["anonymous"]


def test_a_policy_that_the_server_has_told(alice: Student) -> None:
    """A change of the policy is the server's sentence, and not shown again."""
    about = AboutQuestions("CS350", "Bob", "open", "full")
    alice.server.tells(Group("SERVER", "CS350", "Bob: questions are open", about=about))
    alice.counts(AboutCounts("CS350", stale=True))
    alice.reactor.advance(3)
    alice.follows(ClassView("CS350", "student", questions=QuestionsView("open", "full")))
    alice.types("/ask Why?")

    assert "[CS350] Bob: questions are open" == alice.sees()[0]
    assert "full" == alice.hears[-1]["anonymous"]


def test_staff_are_not_told_how_to_ask(tmp_path: Path) -> None:
    """The policy is for those whose names are hidden."""
    alice = Student(tmp_path, ClassView("CS350", "moderator", questions=QuestionsView("open")))

    assert [] == alice.sees()


def test_outside_of_a_room(tmp_path: Path) -> None:
    """Without a room, a command of the class says so, and nothing is sent."""
    alice = Alice(tmp_path)
    alice.types("/hand pointers")

    usage = "No room is selected: /focus ROOM, or name it here: /hand <room> [topic]"
    assert ["You: /hand pointers", f"[ERROR] {usage}"] == alice.sees()
    assert [] == alice.asked()


def test_completions(tmp_path: Path) -> None:
    """Tab offers the numbers of open polls and questions with their texts, and the words of a command."""
    polls = [PollView(1, "Done?", [], "closed"), PollView(12, "Which?", ["A", "B"], "open")]
    questions = [QuestionView(7, "Why?", "open"), QuestionView(8, "How?", "answered")]
    alice = Student(
        tmp_path,
        ClassView("CS350", "student", questions=QuestionsView("open", questions=questions), polls=polls),
    )
    offered = {
        text: [(one.text, one.about) for one in alice.app.candidates(text)]
        for text in ("/up ", "/vote #", "/endpoll 1", "/queue f", "/done ", "/next A", "/up 9")
    }

    assert {
        "/up ": [("#7", "Why?"), ("CS350", "room")],
        "/vote #": [("#12", "Which?")],
        "/endpoll 1": [("#12", "Which?")],
        "/queue f": [("fair", "")],
        "/done ": [("helped", ""), ("absent", ""), ("later", ""), ("CS350", "room")],
        "/next A": [],
        "/up 9": [],
    } == offered


def test_leaves_no_timer(alice: Student) -> None:
    """A client that leaves counts no poll down."""
    alice.server.tells(
        Group(
            "SERVER", "CS350", "Poll 2: …", about=replace(CLOSED, state="open", until="1970-01-01T00:30:00Z")
        )
    )
    ticking = len(alice.reactor.getDelayedCalls())
    alice.app.leaves()

    assert ticking - 1 == len(alice.reactor.getDelayedCalls())
