"""Programs that are called on messages, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from twisted.internet.defer import Deferred, succeed
from twisted.logger import capturedLogs
from twisted.python.failure import Failure

from classchat.core.acts import HookAdded, HookRemoved
from classchat.core.hooks import author
from classchat.core.journal_port import store_acts
from classchat.limits import Limits
from classchat.servers.hook_calls import CallAnswer
from classchat.servers.outgoing_hooks import OutgoingHooks
from classchat.servers.public_addresses import NotPublic
from classchat.webhooks.slack_calls import headers_of
from tests.tables import each_case
from tests.unit.servers.helpers import Caller, Server

URL = "http://ci.example/build"
SECRET = "secret"  # noqa: S105


class Calling:
    """A server with a room, in which a program is called on messages that begin with `!ci`."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.calls: list[tuple[str, bytes, Mapping[str, str]]] = []
        self._waiting: list[Deferred[CallAnswer]] = []
        self.answers_at_once = False
        self.server = Server(limits)
        self.hooks = OutgoingHooks(
            self.server.notices.extend, self._call, self.server.clock, self.server.clock
        )
        self.server.chat.batches._observe = self.hooks
        self.alice: Caller
        [self.alice] = self.server.signs_in("Alice")
        self.server.room("CS350", self.alice)
        self.stores(HookAdded("#cs350", "CI", None, URL, "!ci", SECRET))
        self.hooks.open(lambda: self.server.chat)
        self.alice.forgets()

    def stores(self, act: HookAdded | HookRemoved) -> None:
        """Store what an operator has changed."""
        Deferred.fromCoroutine(store_acts(self.server.chat.journal, author("x"), act))
        self.server.turn()

    def _call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Deferred[CallAnswer]:
        self.calls.append((url, body, headers))
        if self.answers_at_once:
            return succeed(CallAnswer(200, b"", "application/json"))
        waiting: Deferred[CallAnswer] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def says(self, *texts: str) -> None:
        """Say something in the room."""
        for text in texts:
            self.alice.sends({"status": "group", "receiver": "CS350", "text": text})
        self.server.turn()

    def answers(self, body: bytes = b"", status: int = 200) -> None:
        """Answer the oldest call."""
        self._waiting.pop(0).callback(CallAnswer(status, body, "application/json"))
        self.server.turn()

    def fails(self, error: Exception) -> None:
        """Fail the oldest call."""
        self._waiting.pop(0).errback(Failure(error))
        self.server.turn()

    def texts(self) -> list[str]:
        """Return the texts of all calls."""
        return [parse_qs(body.decode())["text"][0] for _, body, _ in self.calls]

    def waits(self, seconds: float) -> None:
        """Advance the clock."""
        self.server.clock.advance(seconds)


def test_a_program_is_called_on_its_word() -> None:
    """On a message that begins with the word, and on no other, the program is called, signed."""
    calling = Calling()
    calling.says("Hello", "!ci build", "!circus")
    [(url, body, headers)] = calling.calls

    fields = {name: value for name, [value] in parse_qs(body.decode()).items()}
    assert (URL, "CS350", "Alice", "!ci build", "!ci") == (
        url,
        *(fields[name] for name in ("channel_name", "user_name", "text", "trigger_word")),
    )
    assert headers == headers_of(body, SECRET, int(calling.server.clock.seconds()))


def test_what_it_answers_is_said() -> None:
    """A text in the answer is said in the room by the webhook; without one nothing is."""
    calling = Calling()
    calling.says("!ci build", "!ci test")
    calling.answers(b'{"text": "Build <http://x|8> begins"}')
    calling.answers(b"")

    assert [("Alice", "!ci build"), ("Alice", "!ci test"), ("CI[bot]", "Build 8 (http://x) begins")] == [
        (event["sender"], event["text"]) for event in calling.alice.hears("group")
    ]


def test_calls_are_made_one_after_the_other() -> None:
    """The next call of a webhook waits for the answer to the one before."""
    calling = Calling()
    calling.says("!ci 1", "!ci 2")
    before = calling.texts()
    calling.answers()

    assert (["!ci 1"], ["!ci 1", "!ci 2"]) == (before, calling.texts())


def test_calls_that_are_answered_at_once() -> None:
    """A call that waits for nothing holds up no later one."""
    calling = Calling()
    calling.answers_at_once = True
    calling.says("!ci 1")
    calling.says("!ci 2")

    assert ["!ci 1", "!ci 2"] == calling.texts()


def test_programs_do_not_call_each_other() -> None:
    """What programs say calls no program, even if it begins with the word: there are no loops."""
    calling = Calling()
    calling.says("!ci build")
    calling.answers(b'{"text": "!ci build"}')
    [hook] = calling.hooks._queues.values()
    Deferred.fromCoroutine(calling.server.chat.hook_posts.say(hook.hook, "!ci again"))
    calling.server.turn()

    assert ["!ci build"] == calling.texts()
    assert 3 == len(calling.alice.hears("group"))


@each_case("status", [500, 503, 429, 408])
def test_a_failed_call_is_made_again(status: int) -> None:
    """After an error that may pass the call is made again, with longer pauses and new signatures."""
    calling = Calling()
    calling.says("!ci build")
    for pause in (1.0, 5.0):
        calling.answers(status=status)
        calling.waits(pause)
    calling.fails(ConnectionError("lost"))
    calling.waits(30.0)
    calling.answers(b'{"text": "done"}')

    assert ["!ci build"] * 4 == calling.texts()
    assert 4 == len({headers["X-Slack-Signature"] for _, _, headers in calling.calls})
    assert "done" == calling.alice.hears("group")[-1]["text"]


def test_a_call_is_given_up() -> None:
    """After four attempts a call is given up, which is logged once, and the next one is made."""
    calling = Calling()
    calling.says("!ci 1", "!ci 2")
    with capturedLogs() as logs:
        for _ in range(2):
            for pause in (1.0, 5.0, 30.0, 0.0):
                calling.answers(status=500)
                calling.waits(pause)

    assert ["!ci 1"] * 4 + ["!ci 2"] * 4 == calling.texts()
    assert [(1, "cs350", "it answers 500")] == [
        (event["number"], event["room"], event["why"]) for event in logs if "why" in event
    ]


@each_case("status", [301, 302, 400, 404, 410])
def test_an_answer_that_will_not_change(status: int) -> None:
    """Redirects are not followed, and what is refused is not sent again."""
    calling = Calling()
    with capturedLogs():
        calling.says("!ci build")
        calling.answers(b'{"text": "moved"}', status)
        calling.waits(100.0)

    assert ["!ci build"] == calling.texts()
    assert ["!ci build"] == calling.alice.hears_texts("group")


def test_an_address_that_may_not_be_called() -> None:
    """A private address is not tried again; the log says which option allows it."""
    calling = Calling()
    with capturedLogs() as logs:
        calling.says("!ci build")
        calling.fails(NotPublic("ci.example"))
        calling.waits(100.0)

    assert ["!ci build"] == calling.texts()
    assert ["ci.example has no public address: --hook-network allows others"] == [
        event["why"] for event in logs if "why" in event
    ]


def test_calls_that_wait_are_bounded() -> None:
    """Of a flood of messages only so many calls wait; the others are not made, and the log says so once."""
    calling = Calling()
    with capturedLogs() as logs:
        calling.says(*(f"!ci {number}" for number in range(150)))
    for _ in range(100):
        calling.answers()

    assert [f"!ci {number}" for number in range(100)] == calling.texts()
    assert 1 == len([event for event in logs if "why" in event])


def test_a_program_that_answers_too_often() -> None:
    """What a program says has the rate limit of a webhook."""
    calling = Calling(Limits())
    burst = Limits.hook_posts.burst
    for _ in range(burst + 2):
        Deferred.fromCoroutine(calling.server.chat.hook_posts.hook("x"))
    [queue] = calling.hooks._queues.values()
    for _ in range(burst):
        calling.server.chat.hook_posts.take_turn(queue.hook)
    with capturedLogs():
        calling.says("!ci build")
        calling.answers(b'{"text": "one too many"}')

    assert ["!ci build"] == calling.alice.hears_texts("group")


def test_a_webhook_that_is_added_or_removed() -> None:
    """Within five seconds a new webhook is called, and a removed one is not, not even for what waits."""
    calling = Calling()
    calling.says("!ci 1", "!ci 2")
    calling.stores(HookRemoved(1))
    calling.stores(HookAdded("#cs350", "Other", None, "http://other.example/", "!other", SECRET))
    calling.waits(5.0)
    calling.says("!ci 3", "!other 1")

    assert ["!ci 1", "!other 1"] == calling.texts()


def test_nothing_is_left_when_the_server_stops() -> None:
    """When the server stops no call is made any more, and no timer is left."""
    calling = Calling()
    calling.says("!ci 1", "!ci 2")
    calling.answers(status=500)
    calling.hooks.close()
    calling.hooks.close()
    calling.waits(100.0)
    calling.says("!ci 3")

    assert ["!ci 1"] == calling.texts()
