"""Abuse by clients, over real TCP."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.logger import capturedLogs, globalLogPublisher, textFileLogObserver

from classchat.client.bot import connect
from classchat.limits import Rate
from tests.integration.helpers import Serve, built_at, in_thread, line

MALLORY = "127.0.0.66"  # to the server, an address like another machine's


@ensureDeferred
async def test_a_flood_becomes_a_trickle(serve: Serve) -> None:
    """Of a hundred messages at once all but a few wait for the limited rate; others are not delayed."""
    server = await serve(messages=Rate(5, 20.0))
    alice, mallory = await server.connect("Alice", room="R"), await server.connect("Mallory", room="R")
    begun = reactor.seconds()
    for number in range(100):
        mallory.says("group", "R", str(number))
    for number in range(15):
        await alice.hears("group", text=str(number))
    taken = reactor.seconds() - begun
    answer = await alice.asks("group", "R", "Who is that?")

    assert ("success", True) == (answer["status"], taken >= 0.45)
    assert str(99) not in [one["text"] for one in alice.everything()]


@ensureDeferred
async def test_nothing_of_a_flood_is_lost(serve: Serve) -> None:
    """All messages of a flood are delivered in order, even if the sender closes its half meanwhile."""
    server = await serve(messages=Rate(5, 200.0))
    alice, bob = await server.connect("Alice"), await server.connect("Bob")
    for number in range(50):
        bob.says("private", "Alice", str(number))
    bob.stops_talking()
    await bob.closed()
    await server.without("Bob")
    heard = [one["text"] for one in await alice.catches_up()]

    assert [str(number) for number in range(50)] == heard


@ensureDeferred
async def test_who_resets_while_he_has_to_wait_is_gone(serve: Serve) -> None:
    """A connection that is reset while its requests wait is noticed as soon as anything is written to it."""
    server = await serve(messages=Rate(1, 10.0))
    mallory = await server.raw("Mallory")
    await in_thread(mallory.send, line("private", receiver="Mallory", text="x") * 1_000)
    await in_thread(mallory.read_line)
    await in_thread(mallory.reset)
    await server.without("Mallory")
    await server.connections(0)

    assert [] == list(server.factory.users)


@ensureDeferred
async def test_so_many_connections_of_an_address(serve: Serve) -> None:
    """Connections beyond an address's limit are told why and closed; other addresses are not affected."""
    server = await serve(trusted=(), connections_of_address=5, new_of_address=None)
    with capturedLogs() as logs:
        came = [await server.dial("M", origin=MALLORY) for _ in range(50)]
        told = [await one.closed() for one in came[5:]]
    alice = await server.connect("Alice")
    await came[0].vanishes()
    await server.connections(5)
    mallory = await server.dial("Mallory", origin=MALLORY)
    welcome = await mallory.asks("register")

    text = "Too many connections from your address: the limit is 5."
    assert [[("too_many", text)]] * 45 == [[(one["code"], one["text"]) for one in heard] for heard in told]
    assert ("Alice", "success") == (alice.name, welcome["status"])
    said = [str(event["sentences"]) for event in logs if "sentences" in event]
    assert ["Limit of 5 connections from 127.0.0.66 reached: refusing new ones"] == [
        sentence for sentence in said if "refusing" in sentence
    ]


@ensureDeferred
async def test_a_flood_of_connections_does_not_hold_up_others(serve: Serve) -> None:
    """While one address connects again and again, signed-in users can talk, and others can sign in."""
    server = await serve(trusted=(), new_of_address=20, connections_of_address=64)
    alice = await server.connect("Alice", room="R")
    told = []
    for _ in range(300):
        mallory = await server.dial(origin=MALLORY)
        mallory.hangs_up() if len(told) < 20 else None
        told.append([one["code"] for one in await mallory.closed()])
    answer = await alice.asks("group", "R", "Hello")
    bob = await server.connect("Bob", room="R")

    assert ("success", "Bob") == (answer["status"], bob.name)
    assert [[]] * 20 + [["too_many"]] * 280 == told


# Connections that are lost without notice.


@ensureDeferred
async def test_who_does_not_answer_is_let_go(serve: Serve) -> None:
    """Of the clients that promised to answer, those that do not are told so and disconnected."""
    server = await serve(ping_after=0.3, gone_after=0.8)
    alice, bob, classic = [await server.connect(name) for name in ("Alice", "Bob", "Classic")]
    for one in (alice, bob):
        await one.asks("ping", answers=True)
    while not bob.gone:
        await alice.hears("ping", sender="SERVER")
        alice.says("pong")
        if any(b'"timeout"' in heard for heard in bob.heard):
            break
    told = (await bob.closed())[-1]
    await server.without("Bob")
    answers = [await one.asks("ping") for one in (alice, classic)]

    assert ("error", "timeout") == (told["status"], told["code"])
    assert ["pong", "pong"] == [one["text"] for one in answers]
    assert [] == [one for one in classic.everything() if one["status"] == "ping"]


@ensureDeferred
async def test_our_own_client_answers(serve: Serve) -> None:
    """The client that we ship, here as a bot, says that it answers, and does."""
    server = await serve(ping_after=0.2, gone_after=0.5)
    bot = await connect(reactor, f"tcp:127.0.0.1:{server.address[1]}", "Echo")
    alice = await server.connect("Alice")
    await alice.asks("ping", answers=True)
    for _ in range(6):
        await alice.hears("ping")
        alice.says("pong")
    users = await bot.users()
    await bot.close()

    assert ["Alice", "Echo"] == sorted(user.name for user in users)


# What the operator reads.

FORGED = "\r\n2026-11-23T10:00:00+0000 [-] [SERVER] User 'Admin' registered successfully"
ESCAPES = ["\n", "\r", "\x1b[2J", "\x1b]0;owned\x07", "\x00", "\x85", "\u2028", "\u202e", "{log_time}", "%s"]
SECRET = "open sesame"  # noqa: S105 (nobody's password)


@ensureDeferred
async def test_a_log_is_one_line_an_event(serve: Serve, tmp_path: Path) -> None:
    """For any names and texts, the log has one line for each event, and no texts of messages."""
    log = io.StringIO()
    observer = textFileLogObserver(log)
    place = str(tmp_path / "c\nh\x1b[2Jat")
    server = await serve(built_at(f"unix:{place}"))
    endpoint = UNIXClientEndpoint(reactor, place)
    alice = await server.dial("Alice", endpoint)
    globalLogPublisher.addObserver(observer)
    try:
        await alice.asks("register", token=SECRET + FORGED)
        await alice.asks("create", "R")
        for hostile in [FORGED, *ESCAPES]:
            mallory = await server.dial(endpoint=endpoint)
            for said in (f"Mall{hostile}ory", SECRET + hostile):
                mallory.name = said
                mallory.says("register", token=hostile, text=SECRET)
                await mallory.next()
            alice.send(hostile.encode() + b"\n" + SECRET.encode() + b"\n")
            for status in ("group", "private", "create", "join", "leave", "history", "users", hostile):
                await alice.asks(status, f"R{hostile}", SECRET + hostile)
            for status, receiver in (("group", "R"), ("private", "Alice"), ("search", ""), ("history", "R")):
                await alice.asks(status, receiver, SECRET + hostile)
            await mallory.vanishes()
        bare = await server.dial(endpoint=endpoint)
        bare.send(b"Mall\x1b[2Jory\n")
        await bare.closed()
        await alice.vanishes()
        await server.stop_politely()
    finally:
        globalLogPublisher.removeObserver(observer)
    written = log.getvalue()

    lines = written.split("\n")[:-1]
    wrong = [one for one in lines if not one.isprintable() and not one.startswith("\t")]
    assert [] == wrong
    assert lines.count("") == 0
    assert [] == [one for one in lines if SECRET in one or "Admin" in one or "sesame" in one]
    assert "Group message from Alice to R" in written


@ensureDeferred
async def test_a_failure_names_no_hostile_address(
    serve: Serve, tmp_path: Path, nothing_logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client of a Unix socket chooses the name of its end: no log contains it, not even after a bug."""
    place = str(tmp_path / "chat")
    server = await serve(built_at(f"unix:{place}"))
    theirs = socket.socket(socket.AF_UNIX)
    theirs.bind(str(tmp_path / "x\n\x1b[2J"))

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(server.factory.chat.presence, "register", fail)
    await in_thread(theirs.connect, place)
    await in_thread(theirs.sendall, line("register", sender="Mallory"))
    await server.connections(1)
    await server.connections(0)
    theirs.close()
    logged = list(nothing_logged)
    nothing_logged.clear()

    assert 1 == len(logged)
    assert "\x1b" not in logged[0]
    assert "A conversation with a local socket failed" in logged[0]
