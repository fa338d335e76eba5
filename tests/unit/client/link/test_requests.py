"""Requests: which are open, which are answered, which have to wait."""

from __future__ import annotations

import json

import pytest
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat.client.commands.typed import CommandError
from classchat.client.link.requests import ConfirmedRequests, PacedRequests, Unanswered
from classchat.messages import (
    Command,
    Create,
    Group,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Ping,
    Private,
    Quit,
    Say,
    Tell,
)
from tests.tables import each_case
from tests.unit.client.helpers import granted, refused

HELLO = Say(receiver="CS350", text="Hello")
HEY = Tell(receiver="Bob", text="Hey")


def _paced(writes: list[bytes], clock: Clock) -> PacedRequests:
    return PacedRequests(writes.append, clock, "Alice", lambda: None)


class ConfirmedRequestsTests(SynchronousTestCase):
    """Requests to a server that answers each by its `id`."""

    def setUp(self) -> None:
        """Use predictable ids."""
        self.clock = Clock()
        self.writes: list[bytes] = []
        self.given_up: list[int] = []
        self.requests = ConfirmedRequests(
            self.writes.append, self.clock, map(str, range(1, 1000)), self.given_up.append
        )

    def asks(self, count: int) -> None:
        """Send the same request a few times."""
        for _ in range(count):
            self.requests.ask(HEY)

    def test_sent_at_once_with_an_id(self) -> None:
        """Every request is sent at once in its own line, with an id of its own."""
        self.requests.ask(HELLO)
        self.requests.ask(Quit())

        assert [
            {"status": "group", "sender": "", "receiver": "CS350", "text": "Hello", "id": "1"},
            {"status": "quit", "sender": "", "receiver": "", "text": "", "id": "2"},
        ] == [json.loads(line) for line in self.writes]

    def test_answers_are_matched_by_id(self) -> None:
        """An answer belongs to the request of its id, in whatever order the answers come."""
        self.requests.ask(HELLO)
        self.requests.ask(HEY)
        answered = [self.requests.heard(refused("2")), self.requests.heard(granted("1"))]

        assert [HEY, HELLO] == answered

    def test_what_is_no_answer(self) -> None:
        """Messages, an error without an id, and an answer with an unknown id belong to no request."""
        self.requests.ask(HELLO)
        events = [
            Group("A", "CS350", "x"),
            Private("A", "B", "x"),
            refused(None),
            granted(None),
            granted("9"),
        ]

        assert [None] * 5 == [self.requests.heard(event) for event in events]

    def test_answered_once(self) -> None:
        """A second answer to the same request belongs to none."""
        self.requests.ask(HELLO)
        self.requests.heard(granted("1"))

        assert self.requests.heard(granted("1")) is None

    def test_full(self) -> None:
        """At most 256 requests should be open."""
        self.asks(255)
        before = self.requests.full
        self.asks(1)
        full = self.requests.full
        self.requests.heard(granted("7"))

        assert (False, True, False) == (before, full, self.requests.full)

    def test_settled_when_nothing_is_open(self) -> None:
        """If all is answered `settled` fires at once."""
        self.asks(1)
        self.requests.heard(granted("1"))

        assert self.successResultOf(self.requests.settled()) is None

    def test_settled_with_the_last_answer(self) -> None:
        """`settled` fires with the answer to the last request, and not before."""
        self.asks(2)
        settled = self.requests.settled()
        self.requests.heard(refused("2"))
        self.assertNoResult(settled)
        self.requests.heard(granted("1"))

        assert self.successResultOf(settled) is None
        assert [] == self.clock.getDelayedCalls()

    def test_no_answer(self) -> None:
        """`settled` fails after 30 seconds without an answer, with the number of open requests."""
        self.asks(2)
        settled = self.requests.settled()
        self.clock.advance(29.9)
        self.assertNoResult(settled)
        self.clock.advance(0.1)

        assert 2 == self.failureResultOf(settled, Unanswered).value.args[0]

    def test_any_answer_is_progress(self) -> None:
        """The 30 seconds start over with each answer."""
        self.asks(3)
        settled = self.requests.settled()
        for id in "12":
            self.clock.advance(29)
            self.requests.heard(granted(id))
        self.clock.advance(29)
        self.assertNoResult(settled)
        self.clock.advance(1)

        assert 1 == self.failureResultOf(settled, Unanswered).value.args[0]

    def test_chatter_is_no_progress(self) -> None:
        """Messages of other users do not start the 30 seconds over."""
        self.asks(1)
        settled = self.requests.settled()
        self.clock.advance(29)
        self.requests.heard(Group("Bob", "CS350", "Hello"))
        self.clock.advance(1)

        self.failureResultOf(settled, Unanswered)

    def test_answer_to_nothing_is_no_progress(self) -> None:
        """An answer with an unknown id does not start them over."""
        self.asks(1)
        self.clock.advance(29)
        self.requests.heard(granted("9"))
        self.clock.advance(1)

        assert [1] == self.given_up

    def test_no_answer_while_nobody_waits(self) -> None:
        """After 30 seconds without an answer the listener is told, even if nothing waits."""
        self.asks(2)
        self.clock.advance(29.9)
        before = list(self.given_up)
        self.clock.advance(0.1)

        assert ([], [2]) == (before, self.given_up)
        assert [] == self.clock.getDelayedCalls()

    def test_given_up_once(self) -> None:
        """If a caller waits with `settled`, only that one is told, and only once."""
        self.asks(1)
        settled = self.requests.settled()
        self.clock.advance(30)
        self.failureResultOf(settled, Unanswered)
        self.clock.advance(30)

        assert [] == self.given_up

    def test_patience_begins_with_the_request(self) -> None:
        """The 30 seconds start with the request, not with `settled`."""
        self.asks(1)
        self.clock.advance(20)
        settled = self.requests.settled()
        self.clock.advance(10)

        assert 1 == self.failureResultOf(settled, Unanswered).value.args[0]

    def test_further_requests_are_no_progress(self) -> None:
        """More requests to a silent server do not delay the end."""
        self.asks(1)
        self.clock.advance(29)
        self.asks(1)
        self.clock.advance(1)

        assert [2] == self.given_up

    def test_the_time_for_an_answer_starts_over_after_all_was_answered(self) -> None:
        """A single request has 30 seconds of its own."""
        self.asks(1)
        self.requests.heard(granted("1"))
        self.clock.advance(20)
        self.asks(1)
        self.clock.advance(29)
        before = list(self.given_up)
        self.clock.advance(1)

        assert ([], [1]) == (before, self.given_up)

    def test_nothing_open_is_nothing_to_give_up(self) -> None:
        """Without requests silence is fine, and there is no timer."""
        self.asks(1)
        self.requests.heard(granted("1"))
        self.clock.advance(100)

        assert ([], []) == (self.given_up, self.clock.getDelayedCalls())

    def test_one_timer(self) -> None:
        """There is one timer for all requests, and it is not restarted."""
        self.asks(1)
        timers = self.clock.getDelayedCalls()
        self.asks(99)
        for id in range(1, 101):
            self.requests.heard(granted(str(id)))
        self.asks(1)

        assert timers == self.clock.getDelayedCalls()

    def test_who_does_not_listen_hears_no_answer(self) -> None:
        """While reading is paused the 30 seconds do not run; they start over afterwards."""
        self.asks(1)
        self.requests.listens(False)
        self.clock.pump([30] * 3)
        self.clock.advance(15)
        self.requests.listens(True)
        self.clock.pump([15, 14])
        before = list(self.given_up)
        self.clock.advance(1)

        assert ([], [1]) == (before, self.given_up)

    def test_connection_lost_while_waiting(self) -> None:
        """`settled` fails at once when no more answers can come."""
        self.asks(2)
        settled = self.requests.settled()
        self.requests.close()

        assert 2 == self.failureResultOf(settled, Unanswered).value.args[0]
        assert [] == self.clock.getDelayedCalls()

    def test_connection_lost_while_nobody_waits(self) -> None:
        """Closing is harmless, with open requests or not, and twice."""
        self.requests.close()
        self.asks(1)
        self.requests.close()
        self.requests.close()

        assert ([], []) == (self.given_up, self.clock.getDelayedCalls())


class PacedRequestsTests(SynchronousTestCase):
    """Requests to a server that takes each read for one request, and answers some."""

    def setUp(self) -> None:
        """Ask as Alice."""
        self.clock = Clock()
        self.writes: list[bytes] = []
        self.requests = _paced(self.writes, self.clock)

    def asks(self, *texts: str) -> None:
        """Send Bob these texts."""
        for text in texts:
            self.requests.ask(Tell(receiver="Bob", text=text))

    @property
    def sent(self) -> list[str]:
        """The sent texts; each write is one line."""
        return [json.loads(line)["text"] for line in self.writes]

    def test_in_the_first_version_s_form(self) -> None:
        """A request has the four fields of the first version, the sender among them, and no id."""
        self.requests.ask(HELLO)

        assert [{"status": "group", "sender": "Alice", "receiver": "CS350", "text": "Hello"}] == [
            json.loads(line) for line in self.writes
        ]

    def test_one_write_each(self) -> None:
        """Each request is a write of its own, and ends its line."""
        self.asks("1", "2")
        self.clock.advance(0.1)

        assert [1, 1] == [line.count(b"\n") for line in self.writes if line.endswith(b"\n")]

    def test_next_after_100_ms(self) -> None:
        """After a message that may have no answer the next request is sent after 100 ms, and not before."""
        self.asks("1", "2", "3")
        sent = [self.sent]
        for seconds in (0.09, 0.02, 0.1):
            self.clock.advance(seconds)
            sent.append(self.sent)

        assert [["1"], ["1"], ["1", "2"], ["1", "2", "3"]] == sent

    def test_next_after_an_answer(self) -> None:
        """An answer, granted or refused, lets the next request go at once."""
        self.asks("1", "2", "3")
        self.requests.heard(granted(None))
        after_first = self.sent
        self.requests.heard(refused(None))

        assert (["1", "2"], ["1", "2", "3"]) == (after_first, self.sent)

    def test_pace_begins_with_the_write(self) -> None:
        """A request that an answer let go has 100 ms of its own."""
        self.asks("1", "2", "3")
        self.clock.advance(0.09)
        self.requests.heard(granted(None))
        self.clock.advance(0.09)

        assert ["1", "2"] == self.sent

    def test_late_answer_lets_nothing_go(self) -> None:
        """A late answer is not taken for one to the next request."""
        self.requests.ask(Create(receiver="R"))
        self.requests.ask(Join(receiver="R"))
        self.asks("1", "2", "3")
        self.clock.pump([5, 5])
        self.requests.heard(granted(None))
        self.requests.heard(refused(None))
        after_late_ones = self.sent
        self.requests.heard(refused(None))

        assert (["", "", "1"], ["", "", "1", "2"]) == (after_late_ones, self.sent)

    def test_late_answer_while_nothing_waits(self) -> None:
        """A late answer counts as late, even if nothing else was asked until then."""
        self.requests.ask(Join(receiver="R"))
        self.clock.advance(5)
        self.requests.heard(granted(None))
        self.asks("1", "2")
        self.requests.heard(refused(None))

        assert ["", "1", "2"] == self.sent

    def test_what_may_never_be_answered_is_not_late(self) -> None:
        """No answer is counted for a message, which may come back instead of being refused."""
        self.asks("1")
        self.requests.ask(HELLO)
        self.clock.pump([0.1, 5])
        self.requests.ask(Join(receiver="R"))
        self.asks("2")
        self.requests.heard(granted(None))

        assert ["1", "Hello", "", "2"] == self.sent

    def test_chatter_is_no_answer(self) -> None:
        """Messages of other users let no request go."""
        self.asks("1", "2")
        self.requests.heard(Group("Bob", "CS350", "Hello"))
        self.requests.heard(Private("Bob", "Alice", "Hello"))
        self.requests.listens(False)
        self.requests.listens(True)

        assert ["1"] == self.sent

    def test_message_to_a_room_is_its_own_answer(self) -> None:
        """A message to a room comes back to its sender, and lets the next request go then."""
        self.requests.ask(HELLO)
        self.asks("1")
        others = [Group("Bob", "CS350", "Hello"), Group("Alice", "CS351", "Hello")]
        for event in [*others, Private("Alice", "CS350", "Hello")]:
            self.requests.heard(event)
        before = self.sent
        self.requests.heard(Group("Alice", "CS350", "Hello"))

        assert (["Hello"], ["Hello", "1"]) == (before, self.sent)

    def test_message_to_oneself_is_its_own_answer(self) -> None:
        """A private message to its sender lets the next request go when it comes back."""
        self.requests.ask(Tell(receiver="Alice", text="note"))
        self.asks("1")
        for event in (Private("Bob", "Alice", "note"), Group("Alice", "Alice", "note")):
            self.requests.heard(event)
        before = self.sent
        self.requests.heard(Private("Alice", "Alice", "note"))

        assert (["note"], ["note", "1"]) == (before, self.sent)

    def test_message_that_comes_back_late(self) -> None:
        """A message that comes back when nothing waits for it does no harm."""
        self.requests.ask(HELLO)
        self.clock.advance(5)
        self.requests.heard(Group("Alice", "CS350", "Hello"))
        self.asks("1", "2")
        self.requests.heard(Group("Alice", "CS350", "Hello"))

        assert ["Hello", "1"] == self.sent

    def test_unexpected_answer(self) -> None:
        """An answer without a request does no harm."""
        self.requests.heard(granted(None))
        self.asks("1", "2")

        assert ["1"] == self.sent

    def test_answers_belong_to_nobody(self) -> None:
        """An answer has no request: it can't be known."""
        self.requests.ask(HELLO)

        assert self.requests.heard(granted(None)) is None

    def test_full(self) -> None:
        """While requests are queued the connection is full."""
        self.asks("1")
        one = self.requests.full
        self.asks("2")
        two = self.requests.full
        self.clock.advance(0.1)

        assert (False, True, False) == (one, two, self.requests.full)

    def test_longest_request(self) -> None:
        """A request of 4096 bytes, its newline included, fits into one read of the server."""
        self.asks("")
        empty = len(self.writes[0])
        self.clock.advance(1)
        self.asks("x" * (4096 - empty))

        assert [empty, 4096] == [len(line) for line in self.writes]

    def test_too_long_request(self) -> None:
        """A longer request is refused, because the server would take it for two; nothing is sent."""
        self.asks("")
        empty = len(self.writes[0])
        self.clock.advance(1)
        with pytest.raises(CommandError) as caught:
            self.asks("x" * (4097 - empty))

        assert "Not sent: this old server takes at most 4096 bytes" == str(caught.value)
        assert [empty] == [len(line) for line in self.writes]

    def test_bytes_count_not_characters(self) -> None:
        """The limit is of bytes: 1500 characters of three bytes are too many."""
        with pytest.raises(CommandError):
            self.asks("愛" * 1500)

        assert [] == self.writes

    def test_settled_after_two_seconds_of_quiet(self) -> None:
        """`settled` fires after two silent seconds."""
        self.asks("1")
        settled = self.requests.settled()
        self.clock.advance(1.9)
        self.requests.heard(Group("Bob", "CS350", "Hello"))
        self.clock.advance(1.9)
        self.assertNoResult(settled)
        self.clock.advance(0.1)

        assert self.successResultOf(settled) is None
        assert [] == self.clock.getDelayedCalls()

    def test_quiet_does_not_begin_before_a_slow_answer(self) -> None:
        """While a request waits for the answer to another, `settled` does not fire, however quiet it is."""
        self.requests.ask(Join(receiver="R"))
        self.asks("1")
        settled = self.requests.settled()
        self.clock.advance(4)
        self.requests.heard(Group("Bob", "CS350", "Hello"))
        self.clock.pump([0.9, 0.1, 1.9])
        self.assertNoResult(settled)
        self.clock.advance(0.11)

        assert ["", "1"] == self.sent
        assert self.successResultOf(settled) is None

    def test_quiet_begins_when_all_is_sent(self) -> None:
        """`settled` does not fire before two seconds after the last request."""
        self.asks(*map(str, range(31)))
        settled = self.requests.settled()
        self.clock.pump([0.1] * 30)
        sent = len(self.sent)
        self.clock.pump([0.1] * 19)
        self.assertNoResult(settled)
        self.clock.advance(0.11)

        assert 31 == sent
        assert self.successResultOf(settled) is None

    def test_connection_lost_while_waiting(self) -> None:
        """`settled` fails at once with the number of requests that were never sent."""
        self.asks("1", "2", "3")
        settled = self.requests.settled()
        self.requests.close()

        assert 2 == self.failureResultOf(settled, Unanswered).value.args[0]
        assert [] == self.clock.getDelayedCalls()

    def test_connection_lost_while_nobody_waits(self) -> None:
        """Closing is harmless, with unsent requests or not, and twice."""
        self.requests.close()
        self.asks("1", "2")
        self.requests.close()
        self.requests.close()

        assert [] == self.clock.getDelayedCalls()


@each_case("command", [Create(receiver="R"), Join(receiver="R"), HELLO, Tell(receiver="Alice", text="note")])
def test_what_is_certainly_answered(command: Command) -> None:
    """The next request waits for an answer that has to come, for five seconds at most."""
    writes: list[bytes] = []
    clock = Clock()
    requests = _paced(writes, clock)
    requests.ask(command)
    requests.ask(HEY)
    clock.advance(4.9)
    before = len(writes)
    clock.advance(0.1)

    assert (1, 2) == (before, len(writes))


@each_case("command", [Create(receiver="R"), Join(receiver="R"), HELLO, HEY, Quit()])
def test_known_to_the_first_version(command: Command) -> None:
    """The five first requests are sent."""
    writes: list[bytes] = []
    _paced(writes, Clock()).ask(command)

    assert 1 == len(writes)


@each_case("command", [Leave(receiver="R"), ListRooms(), ListUsers(), Ping()])
def test_unknown_to_the_first_version(command: Command) -> None:
    """Any other request is refused, and not sent."""
    writes: list[bytes] = []
    with pytest.raises(CommandError) as caught:
        _paced(writes, Clock()).ask(command)

    assert "This server is too old for that command" == str(caught.value)
    assert [] == writes
