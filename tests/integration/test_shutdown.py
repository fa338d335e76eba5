"""Shutdown: accepted messages are delivered, all clients are told, and it ends whatever they do."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError

from tests.integration.helpers import PATIENCE, Client, Serve, Server, in_thread, line, texts, together


class Chatterbox:
    """A client that sends the next message when the last one is accepted, until it is disconnected."""

    def __init__(self, client: Client, in_flight: int, at_most: int) -> None:
        self.client = client
        self._left = at_most
        for _ in range(in_flight):
            self._say()

    async def talk(self) -> None:
        """Send messages until the server hangs up."""
        while True:
            heard = await self.client.hears_answer_or_end()
            if heard is None:
                return
            self._say()

    def _say(self) -> None:
        self._left -= 1
        if self._left >= 0:
            self.client.says("group", "R", "x" * 100, id=f"said-{self._left}")


@ensureDeferred
async def test_everything_accepted_is_delivered(serve: Serve) -> None:
    """Under load, every message that was answered with success was heard by every member, in order."""
    server = await serve(behind=100_000_000)
    people = [await server.connect(f"P{number}", room="R") for number in range(20)]
    watcher = await server.connect("Watcher", room="R")
    talking = [Chatterbox(person, in_flight=10, at_most=500) for person in people]
    ended = Deferred.fromCoroutine(together(*(one.talk() for one in talking)))
    await watcher.hears("group", seq=1_000)
    await server.stop_politely()
    await ended

    everything = [person.everything() for person in people]
    accepted = {one["seq"] for lines in everything for one in lines if one.get("id", "").startswith("said")}
    heard = [
        [one["seq"] for one in lines if one["status"] == "group" and "seq" in one] for lines in everything
    ]
    assert (True, [list(range(1, max(accepted) + 1))] * 20, ["shutting_down"] * 20) == (
        1_000 <= len(accepted) < 10_000,
        heard,
        [lines[-1].get("code") for lines in everything],
    )


@ensureDeferred
async def test_what_was_read_in_the_last_turn_is_delivered(server: Server) -> None:
    """Messages from the turn in which the server is stopped are delivered before the good-byes."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob", room="R")
    await alice.catches_up()
    stopped: list[Deferred[None]] = []
    say = server.factory.chat.say

    def say_and_stop(*said: object) -> None:
        say(*said)
        stopped.append(server.service.stopService())

    server.factory.chat.say = say_and_stop
    alice.says("group", "R", "last words", id="1")
    heard = [await alice.closed(), await bob.closed()]
    await stopped[0]

    assert (["1"], [["last words"], ["last words"]], ["shutting_down", "shutting_down"]) == (
        [one["id"] for one in heard[0] if one["status"] == "success"],
        [texts(lines) for lines in heard],
        [lines[-1].get("code") for lines in heard],
    )


@ensureDeferred
async def test_everybody_is_told_last(serve: Serve) -> None:
    """The last line for each client is `shutting_down`, and no client hears that the others leave."""
    server = await serve()
    people = [await server.connect(f"P{number}", room="R") for number in range(10)]
    await together(*(person.catches_up() for person in people))
    await server.stop_politely()
    heard = [await person.closed() for person in people]

    assert [["shutting_down"]] * 10 == [[one.get("code") for one in lines] for lines in heard]


@ensureDeferred
async def test_classic_client_whose_welcome_is_alone(serve: Serve) -> None:
    """A client that has just sent a bare name is told as well, after the events held back for it."""
    server = await serve(welcome_alone=3600.0)
    alice, bob = await server.dial("Alice"), await server.connect("Bob")
    alice.send(b"Alice\n")
    await alice.next()
    await bob.asks("private", "Alice", "hello")
    await server.stop_politely()
    heard = await alice.closed()

    assert ["hello", "shutting_down"] == [one.get("code", one["text"]) for one in heard]


@ensureDeferred
async def test_client_who_never_reads(serve: Serve) -> None:
    """A shutdown ends within the time of a good-bye even if a client neither reads nor closes."""
    server = await serve(send_buffer=4096, goodbye=0.3)
    alice, stuck = await server.connect("Alice"), await server.raw("Stuck")
    for _ in range(50):
        alice.says("private", "Stuck", "x" * 9_000)
    await alice.catches_up()
    started = time.monotonic()
    await server.stop_politely()
    took = time.monotonic() - started
    await in_thread(stuck.read_to_end)

    assert 0.25 <= took < 5


@ensureDeferred
async def test_client_who_never_closes(serve: Serve) -> None:
    """A shutdown ends within the time of a good-bye even if a client reads but does not close."""
    server = await serve(goodbye=0.3)
    lingering = await server.raw("Lingering")
    started = time.monotonic()
    await server.stop_politely()
    took = time.monotonic() - started
    last = await in_thread(lingering.read_line)

    assert (True, "shutting_down") == (took < 5, last["code"])


@ensureDeferred
async def test_client_who_goes_on_talking(serve: Serve) -> None:
    """A client that sends without end hears why the server closes, and does not delay it."""
    server = await serve(goodbye=0.5)
    raw = await server.raw("Talking")

    def talk() -> str:
        try:
            for _ in range(100_000):
                raw.send(line("private", receiver="Nobody", text="x" * 1_000) * 10)
                for _ in range(10):
                    answers.append(raw.read_line())  # noqa: PERF401 (the last one counts)
        except (AssertionError, OSError):
            pass
        return answers[-1]["code"]

    answers: list[dict[str, str]] = []
    talking = Deferred.fromCoroutine(in_thread(talk))
    await server.stop_politely()
    last = await talking

    assert "shutting_down" == last


@ensureDeferred
async def test_last_words_are_not_lost_to_a_reset(serve: Serve) -> None:
    """A slow client that still sends when the server hangs up can read everything, to the last line."""
    server = await serve(send_buffer=4096, goodbye=10.0)
    slow = await server.raw("Slow")
    await in_thread(slow.send, line("ping") * 500)
    alice = await server.connect("Alice")
    stopping = server.service.stopService()
    await alice.closed()

    def say_more_and_read() -> bytes:
        slow.send(line("ping") * 100)
        data = slow.read_to_end()
        slow.close()
        return data

    heard = await in_thread(say_more_and_read)
    await stopping

    assert (500, True) == (heard.count(b'"pong"'), heard.splitlines()[-1].endswith(b'"shutting_down"}'))


@ensureDeferred
async def test_nobody_connects_any_more(server: Server) -> None:
    """A server that was stopped does not listen."""
    address = server.address
    await server.stop_politely()
    with pytest.raises(ConnectError) as caught:
        await connectProtocol(TCP4ClientEndpoint(reactor, *address), Client()).addTimeout(PATIENCE, reactor)

    assert "refused" in str(caught.value)


@ensureDeferred
async def test_join_under_way(server: Server) -> None:
    """Requests before the stop are carried out, later ones are refused; each is answered."""
    alice = await server.connect("Alice", room="R")
    bob = await server.connect("Bob")
    stopping = []
    join = server.factory.chat.memberships.join

    def join_and_stop(*arguments: Any) -> None:
        join(*arguments)
        stopping.append(server.service.stopService())

    server.factory.chat.memberships.join = join_and_stop
    bob.send(line("join", receiver="R", id="1") + line("group", receiver="R", text="too late", id="2"))
    heard_by_bob, heard_by_alice = await bob.closed(), await alice.closed()
    await stopping[0]
    answers = [(one["id"], one["status"]) for one in heard_by_bob if "id" in one]

    assert [("1", "success"), ("2", "error")] == answers
    assert ["Bob has joined the chat room"] == texts(heard_by_bob) == texts(heard_by_alice)
    assert ["shutting_down"] * 2 == [heard[-1]["code"] for heard in (heard_by_bob, heard_by_alice)]
