"""Browsers: how clients chat by WebSocket, how their connections end, and how they are counted."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IAddress
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Opcode

from classchat.core.notices import Crowded
from classchat.limits import Limits, Rate
from classchat.wire.websocket import WEBSOCKET
from tests.unit.servers.helpers import (
    HEAD_OF_UPGRADE,
    Browser,
    Caller,
    PlainSite,
    Server,
    ask,
    encrypting,
    head,
    register,
    text_frame,
)

FAR = IPv4Address("TCP", "192.0.2.1", 54321)
NEAR = IPv4Address("TCP", "127.0.0.1", 54321)
FARTHER = IPv4Address("TCP", "192.0.2.2", 54321)


def server_with(limits: Limits | None = None, **how: Any) -> Server:
    """Return a server with a site."""
    return Server(limits, site=PlainSite(), **how)


def opened(server: Server, address: IAddress | None = FAR) -> Browser:
    """Return a browser that has opened a WebSocket."""
    browser = server.is_visited(address)
    browser.opens()
    return browser


def signed_in(server: Server, name: str) -> Browser:
    """Return a browser whose user is signed in, and has forgotten the welcome."""
    browser = opened(server)
    browser.says(register(name))
    browser.forgets()
    return browser


# Conversations.


def test_a_browser_and_a_terminal_talk() -> None:
    """Members of a room read the same, in frames or in lines."""
    server = server_with()
    alice = signed_in(server, "Alice")
    (bob,) = server.signs_in("Bob")
    server.room("R", bob)
    alice.says(ask("join", "R"))
    server.turn()
    server.forgets()
    alice.says(ask("group", "R", "Hello"), ask("group", "R", "again"))
    server.turn()

    assert ["Hello", "again"] == alice.hears_texts("group") == bob.hears_texts("group")
    assert 1 == len(alice.frames())


def test_the_same_bytes_for_all() -> None:
    """What a room is told is encoded once for all who read frames."""
    server = server_with()
    members = [signed_in(server, name) for name in ("Alice", "Bob", "Carol")]
    members[0].says(ask("create", "R"))
    server.turn()
    for member in members[1:]:
        member.says(ask("join", "R"))
    server.turn()
    server.forgets()
    for member in members:
        member.wire.written.clear()
    members[0].says(ask("group", "R", "Hello"))
    server.turn()
    (first,), *others = [member.wire.written for member in members]

    assert all(one is first for (one,) in others)


def test_no_bare_names() -> None:
    """A message that is no JSON is refused, and the client may try again."""
    server = server_with()
    browser = opened(server)
    browser.says(b"Alice", register("Alice"))

    assert (["invalid_format"], ["Alice"]) == (browser.hears_codes(), server.users())


def test_a_ping_before_signing_in() -> None:
    """A ping of the WebSocket is answered with a pong, and with nothing else, whoever sends it."""
    browser = opened(server_with())
    browser.sends_frame(Opcode.PING, b"x")

    assert [(Opcode.PONG, b"x")] == [(one.opcode, one.data) for one in browser.frames()]


def test_inside_tls() -> None:
    """A WebSocket opens inside TLS as well; what follows its head at once is read."""
    server = server_with(encryption=encrypting())
    caller = server.is_called_with_tls()
    caller.sends_bytes(head(*HEAD_OF_UPGRADE) + text_frame(register("Alice")))
    caller.sends_bytes(text_frame(ask("ping", id="1")))
    _, _, frames = caller.text().partition(b"\r\n\r\n")

    assert ["Alice"] == server.users()
    assert 2 == len(WEBSOCKET.cut(frames))


def test_a_ping_costs() -> None:
    """Endless pings are read more slowly, as endless requests are."""
    server = server_with(Limits(requests=Rate(5, 1.0)))
    browser = signed_in(server, "Alice")
    browser.forgets()
    for number in range(10):
        browser.sends_frame(Opcode.PING, b"%d" % number)
    at_once = len(browser.frames())
    server.passes(60.0)

    assert at_once < 10
    assert b"9" == browser.frames()[-1].data


@pytest.mark.parametrize("frame", [b"\x01\x80\x00\x00\x00\x00", b"\x8a\x80\x00\x00\x00\x00"])
def test_what_asks_for_nothing_costs(frame: bytes) -> None:
    """Empty fragments and pongs, which nothing answers, are read more slowly as well."""
    server = server_with(Limits(requests=Rate(5, 1.0)))
    browser = signed_in(server, "Alice")
    browser.sends_bytes(frame)
    for _ in range(10):
        browser.sends_bytes(b"\x00" + frame[1:] if frame[0] == 1 else frame)

    assert "paused" == browser.wire.producerState


# Passwords.


class PasswordTests(SynchronousTestCase):
    """Passwords are taken only where others on the way can't read them."""

    def _browser(self, address: IAddress, limits: Limits | None = None, **how: Any) -> Browser:
        self.server = server_with(limits, **how)
        return opened(self.server, address)

    def test_signing_in_with_a_password(self) -> None:
        """A password from another machine in plain text is refused, and the page should not come back."""
        for status in ("register", "claim"):
            browser = self._browser(FAR)
            browser.says({"status": status, "sender": "Alice", "text": "correct horse", "id": "1"})
            (error,) = browser.hears()

            assert ("tls_required", "1", 4501) == (error["code"], error["id"], browser.close_code())
            assert "password" in error["text"]
            assert ([], 0) == (self.server.users(), len(self.server.chat.accounts))

    def test_a_guest_gives_a_password(self) -> None:
        """A guest who is signed in is refused, and stays."""
        browser = self._browser(FAR)
        browser.says(
            register("Alice"),
            {"status": "claim", "text": "correct horse"},
            {"status": "password", "text": "correct horse", "current": "battery staple"},
        )

        assert (["tls_required"] * 2, ["Alice"]) == (browser.hears_codes(), self.server.users())

    def test_on_this_machine(self) -> None:
        """On this machine nobody is on the way."""
        browser = self._browser(NEAR)
        browser.says({"status": "claim", "sender": "Alice", "text": "correct horse"})
        self.server.turn()

        assert ([], ["Alice"]) == (browser.hears_codes(), self.server.users())

    def test_behind_a_proxy_with_tls(self) -> None:
        """What a trusted proxy says counts: the site knows."""
        self.server = Server(site=PlainSite(FARTHER, encrypted=True))
        browser = opened(self.server, NEAR)
        browser.says({"status": "claim", "sender": "Alice", "text": "correct horse"})
        self.server.turn()

        assert ([], ["Alice"]) == (browser.hears_codes(), self.server.users())

    def test_behind_a_proxy_without_tls(self) -> None:
        """A proxy on this machine does not make its visitors local."""
        self.server = Server(site=PlainSite(FARTHER))
        browser = opened(self.server, NEAR)
        browser.says({"status": "claim", "sender": "Alice", "text": "correct horse"})

        assert ["tls_required"] == browser.hears_codes()

    def test_only_registered_users(self) -> None:
        """A guest is refused where only registered users may join, and the page should not come back."""
        browser = self._browser(FAR, replace(Limits().without_guard(), names="claimed"))
        browser.says(register("Alice"))

        assert (["claimed_only"], 4502) == (browser.hears_codes(), browser.close_code())

    def test_only_registered_users_by_tcp(self) -> None:
        """A client of JSON lines is refused as well, and may try again."""
        server = server_with(replace(Limits().without_guard(), names="claimed"))
        caller = server.is_called()
        caller.sends(register("Alice"), register("Alice"))

        assert (["claimed_only"] * 2, "open") == (caller.hears_codes(), caller.wire.closing)


# How it ends.


class EndTests(SynchronousTestCase):
    """The connection ends with the error as a line, and then with a Close that has its code."""

    def setUp(self) -> None:
        """Start with a server."""
        self.server = server_with(Limits().without_guard())

    def _assert_ends(self, browser: Browser, error: str | None, code: int) -> None:
        errors = browser.hears_codes()

        assert ([] if error is None else [error], code) == (errors, browser.close_code())
        assert browser.frames()[-1].opcode is Opcode.CLOSE
        assert browser.wire.closing != "open"

    def test_quitting(self) -> None:
        """A `quit` is answered with a Close, after everything before it."""
        alice = signed_in(self.server, "Alice")
        alice.says(ask("quit", id="1"))
        self.server.turn()

        assert ["Goodbye"] == alice.hears_texts("success")
        self._assert_ends(alice, None, 1000)

    def test_a_close(self) -> None:
        """A Close of the client is a `quit`, signed in or not."""
        alice, bob = signed_in(self.server, "Alice"), opened(self.server)
        for browser in (alice, bob):
            browser.sends_frame(Opcode.CLOSE)
        self.server.turn()

        self._assert_ends(alice, None, 1000)
        self._assert_ends(bob, None, 1000)
        assert [] == self.server.users()

    def test_a_stream_that_ends(self) -> None:
        """A stream that ends without a Close is a `quit` as well."""
        alice = signed_in(self.server, "Alice")
        alice.closes_its_half()
        self.server.turn()

        self._assert_ends(alice, None, 1000)

    def test_the_server_stops(self) -> None:
        """The client should come back later."""
        alice = signed_in(self.server, "Alice")
        self.server.factory.shut_down()

        self._assert_ends(alice, "shutting_down", 1001)

    def test_not_signing_in(self) -> None:
        """The time to sign in is that of every connection, from its beginning."""
        self.server.clock.advance(0)
        browser = self.server.is_visited()
        self.server.passes(9.0)
        browser.opens()
        self.server.passes(20.9)
        before = browser.wire.closing
        self.server.passes(0.2)

        assert "open" == before
        self._assert_ends(browser, "timeout", 4000)

    def test_not_signing_in_after_other_requests(self) -> None:
        """On a connection that has had answers the time begins with the WebSocket."""
        browser = self.server.is_visited()
        for _ in range(5):
            browser.asks()
            self.server.passes(10.0)
        browser.forgets()
        browser.opens()
        self.server.passes(29.9)
        before = browser.wire.closing
        self.server.passes(0.2)

        assert "open" == before
        self._assert_ends(browser, "timeout", 4000)

    def test_no_answer_to_probes(self) -> None:
        """A client that answers probes, and then does not, is disconnected."""
        alice = opened(self.server)
        alice.says({**register("Alice"), "answers": True})
        alice.forgets()
        for _ in range(160):
            self.server.passes(1.0)

        assert ["ping"] == [event["status"] for event in alice.hears("ping")]
        self._assert_ends(alice, "timeout", 4000)

    def test_taken_over(self) -> None:
        """A client whose place another one has taken should not come back."""
        alice = opened(self.server)
        alice.says(register("Alice"))
        (welcome,) = alice.hears("success")
        alice.forgets()
        opened(self.server).says({**register("Alice"), "token": welcome["token"]})
        self.server.turn()

        self._assert_ends(alice, "taken_over", 4500)

    def test_a_slow_reader(self) -> None:
        """A client that does not read is told so in whole frames."""
        alice, bob = signed_in(self.server, "Alice"), signed_in(self.server, "Bob")
        alice.stops_reading()
        for _ in range(150):
            bob.says(ask("private", "Alice", "x" * 9_000))
            self.server.turn()
        alice.reads_on()

        self._assert_ends(alice, "slow_reader", 4001)

    def test_what_is_not_valid(self) -> None:
        """A client that breaks the rules is told so; what it has asked for before is done."""
        alice = signed_in(self.server, "Alice")
        alice.sends_bytes(
            text_frame(ask("create", "R")) + b"\x82\x80\x00\x00\x00\x00" + text_frame(ask("ping"))
        )
        self.server.turn()

        assert ["R"] == [room.name for room in self.server.factory.rooms]
        self._assert_ends(alice, "invalid_format", 1003)

    def test_too_long(self) -> None:
        """A message of more than 65 536 bytes ends the connection."""
        alice = signed_in(self.server, "Alice")
        alice.sends_frame(Opcode.TEXT, b"x" * 65_537)

        self._assert_ends(alice, "too_long", 1009)

    def test_a_bug(self) -> None:
        """A bug is logged whole, and the client may come back."""
        alice = signed_in(self.server, "Alice")
        self.server.chat.tell = None  # type: ignore[assignment, method-assign]
        alice.says(ask("private", "Alice", "x"))

        assert 1 == len(self.flushLoggedErrors(TypeError))
        self._assert_ends(alice, "internal_error", 4003)

    def test_nothing_is_left(self) -> None:
        """A connection that is lost leaves no timer, and its user signs out."""
        alice, bob = signed_in(self.server, "Alice"), opened(self.server)
        alice.drops()
        bob.drops()
        self.server.turn()

        assert ([], []) == (self.server.users(), self.server.timers)


# How they are counted.


class CountTests(SynchronousTestCase):
    """Requests are counted apart from connections that chat."""

    def setUp(self) -> None:
        """Start with a server with the limits of the protocol."""
        self.server = server_with(Limits())

    def _visitors(self, number: int, address: IAddress = FAR) -> list[Browser]:
        browsers = [self.server.is_visited(address) for _ in range(number)]
        for browser in browsers:
            browser.asks()
        return browsers

    def test_a_class_behind_one_address_loads_the_page(self) -> None:
        """Connections that make requests do not count as connections that chat."""
        browsers = self._visitors(200)
        callers = [self.server.is_called(FAR) for _ in range(20)]
        for number, caller in enumerate(callers):
            caller.sends(f"User{number}")

        assert [[200]] * 200 == [browser.statuses() for browser in browsers]
        assert 20 == len(self.server.users())
        assert [] == [one for one in self.server.notices if isinstance(one, Crowded)]

    def test_a_crowded_address(self) -> None:
        """Where too many chat from an address, the page loads, and a line is refused at once."""
        for number in range(20):
            self.server.is_called(FAR).sends(f"User{number}")
        (browser,) = self._visitors(1)
        caller = self.server.is_called(FAR)
        caller.sends("Alice")

        assert [200] == browser.statuses()
        assert (["too_many"], "half closed") == (caller.hears_codes(), caller.wire.closing)
        assert 1 == len([one for one in self.server.notices if isinstance(one, Crowded)])

    def test_a_crowded_address_that_is_silent(self) -> None:
        """A connection that may only make requests has a second to begin one."""
        for _ in range(20):
            self.server.is_called(FAR)
        silent, slow = self.server.is_called(FAR), self.server.is_called(FAR)
        slow.sends_bytes(b"GE")
        self.server.passes(0.9)
        before = silent.wire.closing, slow.wire.closing
        self.server.passes(0.2)

        assert ("open", "open") == before
        assert [["too_many"]] * 2 == [silent.hears_codes(), slow.hears_codes()]
        assert ["half closed"] * 2 == [silent.wire.closing, slow.wire.closing]

    def test_an_upgrade_counts(self) -> None:
        """A WebSocket counts as a connection: one too many opens, is told so, and closes."""
        browsers = [opened(self.server) for _ in range(21)]
        for number, browser in enumerate(browsers):
            browser.says(register(f"User{number}"))

        assert 20 == len(self.server.users())
        assert (["too_many"], 4002) == (browsers[-1].hears_codes(), browsers[-1].close_code())

    def test_an_upgrade_makes_room(self) -> None:
        """A WebSocket that has closed is not counted any longer, and neither is the visit before it."""
        self.server = server_with(Limits(new_of_address=None, connections_of_address=3, visits=1))
        for _ in range(10):
            opened(self.server).drops()
        browsers = [opened(self.server) for _ in range(3)]

        assert [None] * 3 == [browser.close_code() for browser in browsers]

    def test_behind_a_proxy(self) -> None:
        """Where a proxy says who asks, that address is counted, and not the proxy's."""
        self.server = Server(Limits(), site=PlainSite(FARTHER))
        browsers = [opened(self.server, None) for _ in range(25)]

        assert [None] * 20 + [4002] * 5 == [browser.close_code() for browser in browsers]

    def test_a_full_server(self) -> None:
        """A server that has all its connections answers requests."""
        self.server = server_with(Limits(connections=1))
        self.server.is_called(None)
        browser = self.server.is_visited()
        browser.asks()
        browser.asks(*HEAD_OF_UPGRADE)
        text = browser.wire.value()

        assert text.startswith(b"HTTP/1.1 200 ")
        assert b"too_many" in text

    def test_too_many_requests(self) -> None:
        """An address may ask so often at once, and then so often a second; a few wait, others are refused."""
        self.server = server_with(replace(Limits(), page_requests=Rate(300, 50.0)))
        browser = self.server.is_visited(FAR)
        browser.sends_bytes(head("GET / HTTP/1.1", "Host: localhost") * 310)
        self.server.turn()
        at_once = len(browser.statuses())
        self.server.passes(0.1)
        soon = len(browser.statuses())
        others = self._visitors(200)
        refused = [one for one in others if one.statuses() == [429]]

        assert (300, 305) == (at_once, soon)
        assert 40 < len(refused) < 60
        assert {"Retry-After": "5"}.items() <= refused[0].answers()[0][1].items()
        assert {"half closed"} == {one.wire.closing for one in refused}

    def test_requests_wait_for_their_turn(self) -> None:
        """A request that has to wait is answered in its time."""
        self.server = server_with(replace(Limits(), page_requests=Rate(300, 50.0)))
        browsers = self._visitors(200)
        for browser in browsers:
            browser.asks()
        for _ in range(30):
            self.server.passes(0.1)

        assert [[200] * 2] * 200 == [browser.statuses() for browser in browsers]

    def test_the_oldest_gives_way(self) -> None:
        """Of 256 connections that make requests the oldest that idles gives way to a new one."""
        half = self.server.is_visited()
        half.sends_bytes(b"GET / HTTP/1.1\r\n")
        idle, *_ = self._visitors(255, NEAR)
        idle.forgets()
        self._visitors(2, NEAR)

        assert (b"", "aborted") == (half.wire.value(), half.wire.closing)
        assert (b"", "aborted") == (idle.wire.value(), idle.wire.closing)

    def test_none_gives_way(self) -> None:
        """Where all of 256 connections are being answered, one more is refused."""
        busy = self._visitors(256, NEAR)
        for browser in busy:
            browser.stops_reading()
            browser.asks("GET /long HTTP/1.1", "Host: localhost")
        (browser,) = self._visitors(1, NEAR)

        assert [503] == browser.statuses()
        assert {"open"} == {one.wire.closing for one in busy}

    def test_many_half_requests(self) -> None:
        """Half requests are open only so many at a time, and a page is sent as ever."""
        self.server = server_with(Limits(visits=10))
        closed, half = 0, []
        for number in range(1000):
            half.append(self.server.is_visited(IPv4Address("TCP", f"198.51.100.{number % 250}", 1)))
            half[-1].sends_bytes(b"GET / HTTP/1.1\r\nX: " + b"x" * 1000)
            if half[0].wire.closing == "aborted":
                half.pop(0).drops()
                closed += 1
        (browser,) = self._visitors(1, FARTHER)

        assert (990, [200]) == (closed, browser.statuses())

    def test_an_evicted_connection_that_was_closing(self) -> None:
        """A connection that only has to read why it is closed gives way as well."""
        self.server = server_with(Limits(visits=1))
        bad, good = self.server.is_visited(), self.server.is_visited()
        bad.asks("POST / HTTP/1.1", "Host: localhost")
        good.asks()

        assert (["aborted"], [200]) == ([bad.wire.closing], good.statuses())

    def test_shutting_down_waits_for_all(self) -> None:
        """The server has stopped when the last connection of any kind is lost."""
        self.server = server_with(Limits(visits=1))
        callers: list[Caller] = [opened(self.server), *self._visitors(2), self.server.is_called()]
        done = self.server.factory.shut_down()
        fired = []
        for caller in callers:
            fired.append(done.called)
            caller.drops()

        assert ([False] * 4, True) == (fired, done.called)


# What it costs.


def test_an_idle_websocket_costs_little_more_than_tcp() -> None:
    """A signed-in WebSocket takes at most 2 KiB more than a TCP connection."""

    def cost(connects: Any) -> float:
        server = server_with()
        for number in range(20):
            connects(server, f"Early{number}")
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        protocols = []
        for number in range(100):
            caller = connects(server, f"User{number}")
            protocols.append(caller.protocol)
            server.callers.clear()
            caller.wire.clear()
            caller.wire.written.clear()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return (after - before) / len(protocols)

    def by_tcp(server: Server, name: str) -> Caller:
        return server.signs_in(name)[0]

    assert cost(signed_in) - cost(by_tcp) < 2048


@pytest.mark.parametrize("upgrades", [False, True])
def test_a_connection_that_is_lost_is_freed_at_once(upgrades: bool) -> None:
    """Nothing that a lost connection was leads back to it: the server rarely looks for such circles."""
    server = server_with()
    browser = opened(server) if upgrades else server.is_visited()
    browser.sends_bytes(b"GET / HTTP/1.1\r\nX: x")
    (connection,) = [weakref.ref(one) for one in server.factory._all()]
    gc.disable()
    try:
        browser.drops()
        server.callers.clear()
        del browser

        assert connection() is None
    finally:
        gc.enable()
