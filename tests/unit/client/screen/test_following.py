"""Following classes: which rooms, when again, and what is kept of what the server tells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from twisted.internet.task import Clock

from classchat.class_commands import Follow, LowerHand, RaiseHand, Vote
from classchat.class_events import (
    About,
    AboutCounts,
    AboutHand,
    AboutHands,
    AboutHere,
    AboutMark,
    AboutPoll,
    AboutQuestion,
    AboutQuestions,
    AboutSession,
    AboutTurn,
    ClassView,
    HandsView,
    HereView,
    PollView,
    QuestionView,
    TurnView,
)
from classchat.client.screen.following import Following
from classchat.messages import Command, Error, Event, Group, Private, Success
from classchat.wire.lines import decode_event, encode

NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
SOON = "2026-11-29T10:00:45Z"


class Follower:
    """A client that follows classes on a server that the test plays."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.asked: list[Command] = []
        self.drawn = 0
        self.following = Following(
            self.asked.append, self._draw, self.clock, lambda: 0.5, lambda: NOW, lambda _: None
        )

    def _draw(self) -> None:
        self.drawn += 1

    @property
    def rooms(self) -> list[str]:
        """The rooms that were asked for since the last time."""
        asked, self.asked[:] = list(self.asked), []
        assert all(isinstance(one, Follow) and one.follow for one in asked)
        return [one.receiver for one in asked]

    def is_in(self, view: ClassView) -> None:
        """Focus a room, whose class is this one."""
        self.following.look(view.room, [view.room])
        self.answers(view)

    def answers(self, view: ClassView) -> None:
        """Answer the request to follow a room."""
        request = Follow(receiver=view.room, follow=True)
        self.following.answered(Success("SERVER", "Alice", "", state=view), request)

    def hears(self, about: About, text: str = "") -> None:
        """Hear what the server tells, as it comes over the wire."""
        event = decode_event(encode(Private("SERVER", "Alice", text, about=about)))
        assert isinstance(event, Private)
        self.following.told(event, "Alice")

    @property
    def view(self) -> ClassView:
        """The state that is kept of the room."""
        view = self.following.classes.of("cs350")
        assert view is not None
        return view


@pytest.fixture
def alice() -> Follower:
    """Return a student who follows nothing yet."""
    return Follower()


def refused(code: str, room: str = "CS350") -> tuple[Error, Command]:
    """Return a refusal to follow a room."""
    return Error("SERVER", "Alice", "refused", code=code), Follow(receiver=room, follow=True)


def test_follows_each_room_once(alice: Follower) -> None:
    """A room is followed when it gets the focus the first time, in any spelling, and if the user is in it."""
    for focus in ("CS350", "cs350", None, "Lab", "CS350", "elsewhere"):
        alice.following.look(focus, ["CS350", "Lab"])

    assert ["CS350", "Lab"] == alice.rooms


def test_an_old_server_is_asked_once(alice: Follower) -> None:
    """A server without the class layer is not asked again on that connection, but on the next one."""
    alice.following.look("CS350", ["CS350"])
    alice.following.answered(*refused("unknown_status"))
    alice.following.look("CS350", ["CS350"])
    first = alice.rooms
    alice.following.lost()
    alice.following.look("CS350", ["CS350"])

    assert (["CS350"], ["CS350"]) == (first, alice.rooms)


def test_another_refusal(alice: Follower) -> None:
    """After any other refusal the room is followed the next time that it gets the focus."""
    alice.following.look("CS350", ["CS350"])
    alice.following.answered(*refused("too_many"))
    alice.following.look("CS350", ["CS350"])

    assert ["CS350", "CS350"] == alice.rooms


def test_a_room_that_was_left(alice: Follower) -> None:
    """A room that the user has left is forgotten, and followed again after joining it again."""
    alice.is_in(ClassView("CS350", "student"))
    alice.following.look(None, [])
    forgotten = alice.following.classes.of("CS350")
    alice.following.look("CS350", ["CS350"])

    assert forgotten is None
    assert ["CS350", "CS350"] == alice.rooms


def test_after_reconnecting(alice: Follower) -> None:
    """A new connection follows the same rooms, except those whose request is sent again anyway."""
    alice.is_in(ClassView("CS350", "student", hands=HandsView(place=2, waiting=3)))
    alice.following.look("Lab", ["CS350", "Lab"])
    before = alice.rooms
    alice.following.lost()
    alice.following.returned()

    assert (["CS350", "Lab"], ["CS350"]) == (before, alice.rooms)
    assert [] == list(alice.following.classes)


@pytest.mark.parametrize(
    "event",
    [
        Private("SERVER", "Alice", "", about=AboutCounts("CS350", stale=True)),
        Group("SERVER", "CS350", "Bob begins a session", about=AboutSession("CS350", "Bob", "begun", 1)),
        Group("SERVER", "CS350", "Bob begins an exam", event="exam", by="Bob"),
    ],
)
def test_asks_again_when_much_has_changed(alice: Follower, event: Event) -> None:
    """When more changes than is told, the client asks for the whole state, once, at a moment of its own."""
    alice.is_in(ClassView("CS350", "student"))
    first = alice.rooms
    for _ in range(3):
        told = decode_event(encode(event))
        assert isinstance(told, Group | Private)
        alice.following.told(told, "Alice")
    alice.clock.advance(1.4)
    early = alice.rooms
    alice.clock.advance(0.2)

    assert (["CS350"], [], ["CS350"]) == (first, early, alice.rooms)


def test_what_was_missed_changes_nothing(alice: Follower) -> None:
    """A replayed message says nothing about the present."""
    alice.is_in(ClassView("CS350", "student", hands=HandsView(waiting=3)))
    about = {"kind": "hand", "room": "CS350", "waiting": 9}
    alice.following.told(Private("SERVER", "Alice", "…", replay=True, about=about), "Alice")

    assert 3 == alice.view.hands.waiting


@pytest.mark.parametrize("about", [{"kind": "later"}, {"kind": "hand"}, "hand", [], 7])
def test_an_unknown_kind(alice: Follower, about: object) -> None:
    """What a later server tells, or another user pretends to, is left alone."""
    view = ClassView("CS350", "student")
    alice.is_in(view)
    alice.following.told(Private("SERVER", "Alice", "…", about=about), "Alice")
    pretended = {"kind": "turn", "room": "CS350", "by": "Eve", "state": "taken"}
    alice.following.told(Private("Eve", "Alice", "…", about=pretended), "Alice")

    assert view == alice.view


def test_counts(alice: Follower) -> None:
    """Counts replace what they name, and nothing else."""
    poll = PollView(2, "Which?", ["A", "B"], "open", SOON, mine=[1])
    question = QuestionView(7, "Why?", "open", supports=1)
    alice.is_in(ClassView("CS350", "student", polls=[poll]))
    alice.hears(AboutQuestion("CS350", 7, "open", "Why?"), "Question 7: Why?")
    counted = PollView(2, "Which?", ["A", "B"], "open", SOON, mine=[1], votes=9)
    alice.hears(
        AboutCounts("CS350", hands=HandsView(True, waiting=7, place=3), supports={7: 1}, polls={2: counted})
    )

    assert HandsView(True, waiting=7, place=3) == alice.view.hands
    assert ([counted], [question]) == (alice.view.polls, alice.view.questions.questions)
    alice.hears(AboutCounts("CS350", mode="exam", slow=5))
    alice.hears(AboutCounts("CS350", slow=0))
    assert ("exam", None) == (alice.view.mode, alice.view.slow)


def test_a_turn(alice: Follower) -> None:
    """A turn begins when staff come, and the hand is down then; it ends when they are done."""
    alice.is_in(ClassView("CS350", "student", hands=HandsView(place=1, waiting=2)))
    alice.hears(AboutTurn("CS350", "Bob", "taken"), "CS350: Bob comes to you")
    during = alice.view.hands
    alice.hears(AboutTurn("CS350", "Bob", "helped"), "CS350: Bob has helped you")

    assert (TurnView("Alice", "Bob"), None) == (during.turn, during.place)
    assert None is alice.view.hands.turn


def test_own_requests(alice: Follower) -> None:
    """The answers about the user's own hand and vote count at once."""
    alice.is_in(ClassView("CS350", "student", polls=[PollView(2, "Which?", ["A", "B"], "open", SOON)]))
    up = Success("SERVER", "Alice", "Your hand is up: you are 3rd", place=3, waiting=4)
    alice.following.answered(up, RaiseHand(receiver="CS350", text="pointers"))
    raised = alice.view.hands
    alice.following.answered(Success("SERVER", "Alice", "…"), LowerHand(receiver="CS350"))
    alice.following.answered(Success("SERVER", "Alice", "…"), Vote(receiver="CS350", choices=[1]))

    assert (3, 4, "pointers") == (raised.place, raised.waiting, raised.topic)
    assert (None, [1]) == (alice.view.hands.place, alice.view.polls[0].mine)


def test_sentences(alice: Follower) -> None:
    """What is said to the room, the staff or one student is kept as well."""
    alice.is_in(ClassView("CS350", "moderator"))
    for about in (
        AboutHand("CS350", 3, "Alice"),
        AboutHands("CS350", "Bob", True, "order"),
        AboutQuestions("CS350", "Bob", "approve", "full"),
        AboutHere("CS350", "Bob", True, SOON, "K7Q2M"),
        AboutMark("CS350", "Bob", "late"),
        AboutPoll("CS350", 4, "open", "Which?", ["A", "B"], SOON),
        AboutPoll("CS350", 4, "closed", "Which?", ["A", "B"], SOON, counts=[2, 3], votes=5),
    ):
        alice.hears(about, "…")

    assert HandsView(True, "order", 3) == alice.view.hands
    assert ("approve", "full") == (alice.view.questions.policy, alice.view.questions.anonymous)
    assert HereView(True, SOON, None, "late", "K7Q2M") == alice.view.here
    assert [("closed", [2, 3])] == [(poll.state, poll.counts) for poll in alice.view.polls]


def test_an_open_poll_is_drawn_each_second(alice: Follower) -> None:
    """While a poll is open the line at the bottom is drawn each second, and not afterwards."""
    alice.is_in(ClassView("CS350", "student"))
    alice.hears(AboutPoll("CS350", 4, "open", "Which?", ["A", "B"], SOON), "Poll 4: …")
    for _ in range(3):
        alice.clock.advance(1)
    alice.hears(AboutPoll("CS350", 4, "closed", "Which?", ["A", "B"], SOON), "Poll 4 is closed: …")
    alice.clock.advance(1)

    assert (4, []) == (alice.drawn, alice.clock.getDelayedCalls())


def test_a_poll_whose_end_was_not_heard(alice: Follower) -> None:
    """A poll whose time is long over is not counted down."""
    alice.is_in(ClassView("CS350", "student"))
    alice.hears(AboutPoll("CS350", 4, "open", "Which?", ["A", "B"], "2026-11-29T09:59:00Z"), "Poll 4: …")

    assert [] == alice.clock.getDelayedCalls()


def test_ends_without_timers(alice: Follower) -> None:
    """A client that leaves, or has lost its connection, leaves no timers behind."""
    alice.is_in(ClassView("CS350", "student"))
    alice.hears(AboutPoll("CS350", 4, "open", "Which?", ["A", "B"], SOON), "Poll 4: …")
    alice.hears(AboutCounts("CS350", stale=True))
    before = len(alice.clock.getDelayedCalls())
    alice.following.close()
    alice.following.close()

    assert (2, []) == (before, alice.clock.getDelayedCalls())
