"""The addresses of webhooks, over HTTP without a network."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from classchat.core.acts import Change, HookAdded, HookRemoved
from classchat.core.hooks import NOBODY
from classchat.core.journal_port import store_acts
from classchat.core.model import User
from classchat.core.persons import Person, digest
from classchat.limits import Limits
from classchat.servers.incoming_hooks import IncomingHooks
from classchat.servers.site import HTTPAnswer, HTTPRequest, OpensWebSocket, TakesTime, Visitor
from tests.tables import each_case
from tests.unit.servers.helpers import Browser, Caller, PlainSite, Server

HOST = "Host: localhost"


class HookSite(PlainSite):
    """A site with nothing but the addresses of webhooks."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks: IncomingHooks

    def takes_bodies(self, path: str) -> bool:
        """Return whether an address takes bodies: all do."""
        return True

    def takes_chunks(self, path: str) -> bool:
        """Return whether bodies may come in chunks: all may."""
        return True

    def answer(self, request: HTTPRequest, visitor: Visitor) -> HTTPAnswer | OpensWebSocket | TakesTime:
        """Answer as the hooks do."""
        return self.hooks.at(request.path)


class Posting:
    """A server with a room, a member in it, and a program that posts there."""

    def __init__(self, limits: Limits | None = None) -> None:
        site = HookSite()
        self.server = Server(limits, site=site)
        chat = self.server.chat
        site.hooks = IncomingHooks(lambda: chat.hook_posts, chat.limits)
        self.alice: Caller
        [self.alice] = self.server.signs_in("Alice")
        self.server.room("CS350", self.alice)
        self.stores(HookAdded("#cs350", "Grafana", digest("token")))
        self.alice.forgets()

    def stores(self, act: HookAdded | HookRemoved) -> None:
        """Store what an operator has changed."""
        nobody = User("SERVER", Person("SERVER", "", b"", NOBODY))
        Deferred.fromCoroutine(store_acts(self.server.chat.journal, nobody, act))
        self.server.turn()

    def posts(self, body: bytes, path: str = "/hook/token", kind: str = "application/json") -> Browser:
        """Return a program that has posted."""
        program = self.server.is_visited()
        program.asks(f"POST {path} HTTP/1.1", HOST, f"Content-Type: {kind}", f"Content-Length: {len(body)}")
        program.sends_bytes(body)
        self.server.turn()
        return program


def answer(program: Browser) -> tuple[int, bytes]:
    """Return the status and the text of a program's only answer."""
    [(status, headers, body)] = program.answers()
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    return status, body


def test_what_is_posted_is_said() -> None:
    """A program that posts a text reads `ok` when the room has it."""
    posting = Posting()
    program = posting.posts(b'{"text": "CPU <http://g/|high>", "username": "Load test"}')

    assert (200, b"ok") == answer(program)
    assert [("Load-test[bot]", "CPU high (http://g/)")] == [
        (event["sender"], event["text"]) for event in posting.alice.hears("group")
    ]
    assert program.wire.closing == "open"


def test_it_is_answered_when_it_is_stored() -> None:
    """Before the end of the turn, in which the text is stored, the program has no answer."""
    posting = Posting()
    program = posting.server.is_visited()
    body = b'{"text": "Hello"}'
    program.asks("POST /hook/token HTTP/1.1", HOST, f"Content-Length: {len(body)}")
    program.sends_bytes(body)
    before = program.answers()
    posting.server.turn()

    assert ([], (200, b"ok")) == (before, answer(program))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, b"invalid_payload")),
        (b"Hello", (400, b"invalid_payload")),
        (b'{"text": ""}', (400, b"no_text")),
    ],
)
def test_what_is_no_message_is_refused(body: bytes, expected: tuple[int, bytes]) -> None:
    """What is no message of Slack's is refused with Slack's word, and nothing is said."""
    posting = Posting()
    program = posting.posts(body)

    assert expected == answer(program)
    assert [] == posting.alice.hears("group")


@each_case("path", ["/hook/", "/hook/guess", "/hook/token/", "/hook/TOKEN", "/hook/" + "x" * 200])
def test_an_address_that_is_no_webhook(path: str) -> None:
    """Without the whole token nothing is said."""
    posting = Posting()

    assert (404, b"no_service") == answer(posting.posts(b'{"text": "Hello"}', path))


def test_a_webhook_ends_when_it_is_removed() -> None:
    """From the moment on when an operator has removed it, its address is none."""
    posting = Posting()
    posting.stores(HookRemoved(1))

    assert (404, b"no_service") == answer(posting.posts(b'{"text": "Hello"}'))


def test_a_room_that_is_gone_or_closed() -> None:
    """Where its room is closed, or gone, a webhook can say nothing."""
    posting = Posting()
    posting.server.chat.moderation.apply([Change("#cs350", "", "closed", "1")])
    closed = answer(posting.posts(b'{"text": "Hello"}'))
    posting.stores(HookAdded("#gone", "CI", digest("other")))
    gone = answer(posting.posts(b'{"text": "Hello"}', "/hook/other"))

    assert ((410, b"channel_is_archived"), (404, b"channel_not_found")) == (closed, gone)


def test_only_post_is_taken() -> None:
    """A browser that opens the address learns that nothing is there to see."""
    program = Posting().server.is_visited()
    program.asks("GET /hook/token HTTP/1.1", HOST)

    [(status, headers, body)] = program.answers()
    assert (405, "POST", b"post_required") == (status, headers["Allow"], body)


def test_too_much_is_refused_before_it_is_sent() -> None:
    """A body that is too large is refused by its length, and the connection closes."""
    program = Posting().server.is_visited()
    program.asks("POST /hook/token HTTP/1.1", HOST, f"Content-Length: {Limits.hook_body + 1}")

    assert (413, b"payload_too_large") == answer(program)
    assert program.wire.closing != "open"


def test_a_body_that_does_not_come() -> None:
    """A program that sends only half of a message is answered after a while, and nothing is said."""
    posting = Posting()
    program = posting.server.is_visited()
    program.asks("POST /hook/token HTTP/1.1", HOST, "Content-Length: 100")
    program.sends_bytes(b'{"text": "Hello"}')
    posting.server.passes(Limits.stalled + 1)

    assert (408, b"request_timeout") == answer(program)
    assert [] == posting.alice.hears("group")


def test_a_flood_is_refused() -> None:
    """Beyond the burst a program is told when to try again, and the room has what came before."""
    posting = Posting(Limits())
    answers = [answer(posting.posts(b'{"text": "Hello"}')) for _ in range(Limits.hook_posts.burst + 1)]

    assert [(200, b"ok")] * Limits.hook_posts.burst + [(429, b"rate_limited")] == answers
    assert Limits.hook_posts.burst == len(posting.alice.hears("group"))


def test_a_stopping_server() -> None:
    """A server that stops takes nothing more, and says that the program may try again."""
    posting = Posting()
    posting.server.chat.close()

    assert (503, b"shutting_down") == answer(posting.posts(b'{"text": "Hello"}'))


HOSTILE = {
    "deep": b'{"text": ' + b"[" * 100_000,
    "half of a pair": b'{"text": "\\ud800"}',
    "long": b'{"text": "' + b"\xf0\x9f\x98\x80" * 50_000 + b'"}',
    "controls": b'{"text": "a\\u0000\\u001b[31m\\r\\nQUIT"}',
    "directions": b'{"text": "x", "username": "' + b"\xe2\x80\xae" * 60_000 + b'"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_json_breaks_nothing(body: bytes) -> None:
    """Whatever is posted, the program gets an answer, members read only what is harmless, all goes on."""
    posting = Posting()
    status, _ = answer(posting.posts(body))
    after = answer(posting.posts(b'{"text": "still here"}'))

    assert status in (200, 400)
    assert (200, b"ok") == after
    texts = [event["text"] for event in posting.alice.hears("group")]
    assert "still here" == texts[-1]
    assert all(len(text) <= Limits.text for text in texts)
    assert not any(set(text) & {"\0", "\x1b", "\r"} for text in texts)


# Bodies in chunks.

CHUNKED = ("POST /hook/token HTTP/1.1", HOST, "Transfer-Encoding: chunked")


def test_a_body_in_chunks() -> None:
    """A program that does not know the length of what it posts sends chunks; then the connection closes."""
    posting = Posting()
    program = posting.server.is_visited()
    program.asks(*CHUNKED, "Expect: 100-continue")
    for piece in (b'7\r\n{"text"\r\n', b'a\r\n: "Hello"', b"}\r", b"\n0\r\n", b"\r\nGET / HTTP/1.1\r\n\r\n"):
        program.sends_bytes(piece)
    posting.server.turn()
    received = program.wire.value()

    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert (1, True) == (received.count(b"HTTP/1.1 200"), received.endswith(b"\r\n\r\nok"))
    assert ["Hello"] == posting.alice.hears_texts("group")
    assert program.wire.closing != "open"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"5\nHello\r\n0\r\n\r\n", (400, b"invalid_payload")),
        (b"0\r\n\r\n", (400, b"invalid_payload")),
        (b"10000\r\n" + b"x" * 65_536 + b"\r\n" + b"40000\r\n" + b"x" * 262_000, (413, b"payload_too_large")),
    ],
)
def test_chunks_that_are_refused(sent: bytes, expected: tuple[int, bytes]) -> None:
    """What is no valid body, or more than one may be, is refused as any other one is."""
    posting = Posting()
    program = posting.server.is_visited()
    program.asks(*CHUNKED)
    program.sends_bytes(sent)
    posting.server.turn()

    assert expected == answer(program)
    assert program.wire.closing != "open"


@each_case(
    ("lines", "status"),
    [
        (["Transfer-Encoding: chunked", "Content-Length: 5"], 400),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 501),
        (["Transfer-Encoding: gzip, chunked"], 501),
        (["Transfer-Encoding: identity"], 501),
        (["Transfer-Encoding: xchunked"], 501),
        (["Transfer-Encoding: chunked,"], 501),
        (["Transfer-Encoding : chunked"], 400),
        (["Transfer-Encoding\x00: chunked"], 400),
    ],
)
def test_heads_that_others_may_read_in_another_way(lines: list[str], status: int) -> None:
    """A request is refused if a proxy in front may see another end of its body, and the connection closes."""
    posting = Posting()
    program = posting.server.is_visited()
    program.asks("POST /hook/token HTTP/1.1", HOST, *lines)
    program.sends_bytes(b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n")

    assert [status] == program.statuses()
    assert program.wire.closing != "open"


def test_chunks_in_http_1_0() -> None:
    """HTTP/1.0 knows no chunks, and a proxy that speaks it would not forward them as such."""
    posting = Posting()
    program = posting.server.is_visited()
    program.asks("POST /hook/token HTTP/1.0", HOST, "Transfer-Encoding: chunked")

    assert [501] == program.statuses()


def test_a_program_that_stops_in_the_middle_of_chunks() -> None:
    """Nothing is said of a body whose last chunk does not come."""
    posting = Posting()
    program = posting.server.is_visited()
    program.asks(*CHUNKED)
    program.sends_bytes(b'11\r\n{"text": "Hello"}\r\n')
    posting.server.passes(posting.server.chat.limits.stalled)

    assert (408, b"request_timeout") == answer(program)
    assert [] == posting.alice.hears("group")
