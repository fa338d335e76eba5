"""A bot in a class, with a server that the test plays."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from classchat.class_events import (
    AboutCounts,
    AboutPoll,
    AboutTurn,
    ClassView,
    HandsView,
    PollView,
    QuestionsView,
    RosterView,
)
from classchat.client.bot import Bot, Happening, Refused
from classchat.messages import Error, Group, Private, Success
from tests.unit.client.test_bot import WELCOME, BotTestCase

Asks = Callable[[Bot], Coroutine[Any, Any, object]]

REQUESTS: list[tuple[Asks, dict[str, object]]] = [
    (lambda bot: bot.begin_session("R", "Week 3"), {"status": "session", "text": "begin", "title": "Week 3"}),
    (lambda bot: bot.end_session("R"), {"status": "session", "text": "end"}),
    (lambda bot: bot.raise_hand("R", "pointers"), {"status": "hand", "text": "pointers"}),
    (lambda bot: bot.lower_hand("R", "Carol"), {"status": "lower", "user": "Carol"}),
    (lambda bot: bot.next_hand("R"), {"status": "next", "user": ""}),
    (lambda bot: bot.finish_turn("R", "later"), {"status": "done", "text": "later"}),
    (lambda bot: bot.set_hands("R", "open"), {"status": "hands", "text": "open"}),
    (lambda bot: bot.ask("R", "Why?"), {"status": "ask", "text": "Why?", "named": None}),
    (lambda bot: bot.ask("R", "Why?", named=True), {"status": "ask", "named": True}),
    (lambda bot: bot.support("R", 7, value=False), {"status": "support", "number": 7, "value": False}),
    (lambda bot: bot.answer("R", 7, "Because"), {"status": "answer", "number": 7, "text": "Because"}),
    (lambda bot: bot.approve("R", 7), {"status": "approve", "number": 7}),
    (lambda bot: bot.dismiss("R", 7, "twice"), {"status": "dismiss", "number": 7, "text": "twice"}),
    (
        lambda bot: bot.set_questions("R", "open", "full"),
        {"status": "questions", "text": "open", "anonymous": "full"},
    ),
    (
        lambda bot: bot.poll("R", "Which?", ("A", "B"), 30, live=True),
        {"status": "poll", "options": ["A", "B"], "seconds": 30, "live": True, "many": None},
    ),
    (lambda bot: bot.vote("R", 0, 2, number=4), {"status": "vote", "choices": [0, 2], "number": 4}),
    (lambda bot: bot.end_poll("R", 4), {"status": "endpoll", "number": 4}),
    (lambda bot: bot.take_attendance("R", 60), {"status": "present", "seconds": 60, "text": ""}),
    (lambda bot: bot.end_attendance("R"), {"status": "present", "text": "end"}),
    (lambda bot: bot.here("R", "K7Q2M"), {"status": "here", "text": "K7Q2M"}),
    (lambda bot: bot.mark("R", "Carol", "late"), {"status": "mark", "user": "Carol", "text": "late"}),
    (lambda bot: bot.add_to_roster("R", "Jane"), {"status": "roster", "text": "add", "user": "Jane"}),
    (
        lambda bot: bot.make_groups("R", size=3, seconds=600),
        {"status": "groups", "size": 3, "count": None, "text": "random", "seconds": 600},
    ),
    (lambda bot: bot.close_groups("R"), {"status": "groups", "text": "close"}),
    (lambda bot: bot.assist("R", "Carol"), {"status": "assist", "user": "Carol"}),
    (lambda bot: bot.unassist("R", "Carol"), {"status": "unassist", "user": "Carol"}),
    (lambda bot: bot.set_room("R", "slow", 30), {"status": "room", "text": "slow", "seconds": 30}),
]


class ClassTests(BotTestCase):
    """A bot in a room with a class."""

    bot: Bot

    def setUp(self) -> None:
        """Sign in."""
        super().setUp()
        self.reaches().tells(WELCOME)
        self.server.forgets()
        self.bot = self.successResultOf(self.opening)

    def answered(self, asking: Coroutine[Any, Any, object], **fields: Any) -> object:
        """Return what a request returns when the server answers it with these fields."""
        asked = self.begins(asking)
        answer = Success("SERVER", "Bot", "granted", id=str(self.server.hears[-1]["id"]), **fields)
        self.server.tells(answer)
        return self.successResultOf(asked)

    def test_requests(self) -> None:
        """Each method sends its request to the room, and returns the answer."""
        for ask, expected in REQUESTS:
            answer = self.answered(ask(self.bot))
            sent = self.server.hears[-1]

            assert {"receiver": "R", **expected} == {name: sent.get(name) for name in ("receiver", *expected)}
            assert isinstance(answer, Success)

    def test_lists(self) -> None:
        """Lists are returned as such; without one they are empty."""
        hands, asked = HandsView(True, waiting=2), QuestionsView("open")
        polls, people = [PollView(1, "?", ["A", "B"], "open")], [RosterView("Carol")]
        found = [
            self.answered(self.bot.hands("R"), hands=hands),
            self.answered(self.bot.questions("R"), questions=asked),
            self.answered(self.bot.polls("R"), polls=polls),
            self.answered(self.bot.roster("R"), roster=people),
            self.answered(self.bot.reveal("R", 7), user="Carol"),
            self.answered(self.bot.class_of("R"), state=ClassView("R", "moderator")),
        ]
        none = [
            self.answered(asking)
            for asking in (self.bot.hands("R"), self.bot.questions("R"), self.bot.polls("R"))
        ]

        assert [hands, asked, polls, people, "Carol", ClassView("R", "moderator")] == found
        assert [HandsView(), QuestionsView(), []] == none

    def test_a_refusal(self) -> None:
        """A refusal has the code of the protocol."""
        asked = self.begins(self.bot.raise_hand("R"))
        refusal = Error("SERVER", "Bot", "The queue is closed", code="hands_closed")
        id = str(self.server.hears[-1]["id"])
        self.server.tells(Error("SERVER", "Bot", refusal.text, code=refusal.code, id=id))

        assert "hands_closed" == self.failureResultOf(asked, Refused).value.code

    def test_events(self) -> None:
        """What the class layer tells is an event named for its kind, with its fields."""
        heard: list[Happening] = []
        self.bot.on("poll", "turn")(heard.append)
        poll = AboutPoll("R", 2, "open", "Which?", ["A", "B"], "2026-11-29T10:00:00Z", "Bob")
        turn = AboutTurn("R", "Bob", "taken")
        self.server.tells(
            Group("SERVER", "R", "Poll 2: …", about=poll),
            Private("SERVER", "Bot", "R: Bob comes to you", about=turn),
            Private("Eve", "Bot", "R: Eve comes to you", about={"kind": "turn", "room": "R", "by": "Eve"}),
            Group("SERVER", "R", "…", about={"kind": "later", "room": "R"}),
        )

        assert [("poll", "R", "Bob", poll), ("turn", "R", "Bob", turn)] == [
            (one.event, one.room, one.by, one.about) for one in heard
        ]
        assert datetime(2026, 11, 29, 10, 0, tzinfo=UTC) == heard[0].until

    def test_unknown_event(self) -> None:
        """The kinds of the class layer are among the events that can be chosen."""
        with pytest.raises(ValueError, match=" poll, "):
            self.bot.on("polls")

    def test_followed_classes_are_stale_after_reconnecting(self) -> None:
        """Counts have to be asked for again after a reconnect, of each class that is still followed."""
        heard: list[Happening] = []
        self.bot.on("counts")(heard.append)
        for room, follow in (("R", True), ("Lab", True), ("Lab", False), ("S", None)):
            self.answered(self.bot.class_of(room, follow=follow))
        self.server.tells(Private("SERVER", "Bot", "", about=AboutCounts("R", HandsView(waiting=1))))
        self.calls_again()
        self.server.tells(Success("SERVER", "Bot", "pong", id=str(self.server.hears[-1]["id"])))

        assert [AboutCounts("R", HandsView(waiting=1)), AboutCounts("R", stale=True)] == [
            one.about for one in heard
        ]
