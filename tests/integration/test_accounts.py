"""Registered names over real TCP and TLS, with a journal in a file: devices, away and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from zope.interface import implementer

from classchat.client.bot import Bot, Group, Message, Private, connect
from classchat.client.link.answers import Closed, Refused
from classchat.client.link.endpoints import endpoint_to
from classchat.console import log_notices
from classchat.journal.sqlite import SQLiteJournal
from classchat.limits import Limits
from classchat.servers.certificates import Kept
from classchat.servers.service import ChatService
from classchat.servers.tls import Encryption
from classchat.tap import makeFactory
from tests.integration.helpers import (
    PATIENCE,
    Client,
    LoopbackEndpoint,
    Serve,
    Server,
    Signal,
    in_thread,
    line,
    texts,
)
from tests.new_files import with_tables

SECRET = "correct horse"  # noqa: S105
OTHER = "another horse"

Start = Callable[..., Awaitable[Server]]


@pytest.fixture
def start(serve: Serve, tmp_path: Path) -> Start:
    """Start a server with TLS and plain text, that goes on where the last one has stopped."""

    async def start(**limits: Any) -> Server:
        granted = replace(Limits().without_guard(), **limits)
        journal = SQLiteJournal(with_tables(tmp_path / "classchat.sqlite"), reactor, "normal")
        factory = makeFactory(journal, reactor, granted, (), Encryption(Kept(tmp_path / "tls.pem")))
        return await serve(Server(ChatService(factory, {"127.0.0.1:0": LoopbackEndpoint(None)}, log_notices)))

    return start


def way_to(server: Server, tls: bool) -> IStreamClientEndpoint:
    """Return the way to a server, with its fingerprint if it is encrypted."""
    encryption = server.factory.encryption
    assert encryption is not None
    assert encryption.certificate is not None
    fingerprint = encryption.certificate.fingerprint if tls else None
    return endpoint_to(reactor, *server.address, tls, fingerprint, print)


@implementer(IStreamClientEndpoint)
class Gate:
    """The way to a server, which a test may close: connections then wait until it is open again."""

    def __init__(self, way: IStreamClientEndpoint) -> None:
        self._way = way
        self._waiting: list[Deferred[None]] | None = None

    def close(self) -> None:
        """Hold back all connections from now on."""
        self._waiting = []

    def open(self) -> None:
        """Release the connections that wait, and all later ones."""
        waiting, self._waiting = self._waiting or [], None
        for one in waiting:
            one.callback(None)

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect as soon as the gate is open."""
        if self._waiting is None:
            return self._way.connect(factory)
        opened: Deferred[None] = Deferred()
        self._waiting.append(opened)
        return opened.addCallback(lambda _: self._way.connect(factory))


class Device:
    """A bot, and the events that it hears."""

    def __init__(self, bot: Bot, gate: Gate) -> None:
        self.bot = bot
        self.gate = gate
        self.heard: list[Message] = []
        self.gaps: list[object] = []
        self._signal = Signal()
        bot.on_event(self._note)
        bot.on_gap(lambda room, missed: self.gaps.append((room, missed)))

    def _note(self, message: Message) -> None:
        self.heard.append(message)
        self._signal.fire()

    async def hears(self, text: str) -> Message:
        """Wait until this was said."""
        while True:
            for message in self.heard:
                if message.text == text:
                    return message
            await self._signal.wait(lambda: f"{text!r} is not among {self.heard}")

    def texts(self, kind: type[Message] = Group) -> list[str]:
        """Return the texts of messages."""
        return [one.text for one in self.heard if isinstance(one, kind) and one.sender != "SERVER"]


Come = Callable[..., Awaitable[Device]]


@async_yield_fixture
async def come(nothing_left_over: None) -> AsyncIterator[Come]:
    """Return a function that connects a device; all leave after the test."""
    bots: list[Bot] = []

    async def come(
        server: Server, name: str = "Alice", password: str | None = None, tls: bool = False
    ) -> Device:
        gate = Gate(way_to(server, tls))
        connecting = connect(reactor, gate, name, jitter=lambda: -0.84, password=password)
        bots.append(await Deferred.fromCoroutine(connecting).addTimeout(PATIENCE, reactor))
        return Device(bots[-1], gate)

    yield come
    for bot in bots:
        await bot.close()


async def is_refused(doing: Awaitable[object]) -> str:
    """Return why something is refused."""

    async def do() -> None:
        await doing

    with pytest.raises(Refused) as caught:
        await Deferred.fromCoroutine(do()).addTimeout(PATIENCE, reactor)
    return caught.value.code


@ensureDeferred
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_two_devices(start: Start, come: Come, tls: bool) -> None:
    """A claimed name signs in from several devices, encrypted or not; each hears everything, once."""
    server = await start()
    laptop = await come(server, tls=tls)
    bob = await come(server, "Bob")
    await bob.bot.create("CS350")
    await laptop.bot.join("CS350")
    await laptop.bot.claim(SECRET)
    phone = await come(server, "alice", SECRET)
    await phone.bot.say("CS350", "from the phone")
    await laptop.bot.say("CS350", "from the laptop")
    await phone.bot.tell("Bob", "psst")
    await bob.bot.tell("ALICE", "what?")
    await bob.bot.say("CS350", "bye")
    for device in (laptop, phone, bob):
        await device.hears("bye")

    said = ["from the phone", "from the laptop", "bye"]
    assert [said] * 3 == [device.texts() for device in (laptop, phone, bob)]
    assert (["psst", "what?"], ["what?"], ["psst"]) == (
        laptop.texts(Private),
        phone.texts(Private),
        bob.texts(Private),
    )
    assert "Alice" == phone.bot.name


@ensureDeferred
async def test_only_with_the_password(start: Start, come: Come) -> None:
    """A registered name is refused to others: as a bare name, with a wrong password, and in any spelling."""
    server = await start()
    await (await come(server)).bot.claim(SECRET)

    assert "password_required" == await is_refused(come(server, "ALICE"))
    assert "wrong_password" == await is_refused(come(server, "alice", OTHER))
    assert "name_too_similar" == await is_refused(come(server, "Αlice"))  # with a Greek capital alpha


@ensureDeferred
async def test_rooms_on_all_devices(start: Start, come: Come) -> None:
    """What one device joins or makes, the other is in as well, and is again when its connection was lost."""
    server = await start()
    laptop = await come(server)
    await laptop.bot.claim(SECRET)
    phone = await come(server, "Alice", SECRET)
    bob = await come(server, "Bob")
    await bob.bot.create("lab1")
    await laptop.bot.create("CS350")
    await laptop.bot.join("lab1")
    await phone.hears("Alice has joined the chat room")
    await phone.bot.say("CS350", "here")
    await laptop.bot.leave("CS350")
    await phone.hears("Alice has left the chat room")

    assert "not_a_member" == await is_refused(phone.bot.say("CS350", "gone"))


async def is_cut_off(device: Device, server: Server, others: int) -> None:
    """Cut a device's connection, keep it away, and wait until the server notices."""
    device.gate.close()
    device.bot._answers.link.reconnect()
    await server.connections(others)


@ensureDeferred
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_back_with_a_token(start: Start, come: Come, tls: bool) -> None:
    """A device that loses its connection reconnects, is in its rooms, and hears each missed message once."""
    server = await start()
    alice = await come(server, tls=tls)
    bob = await come(server, "Bob")
    await bob.bot.create("CS350")
    await alice.bot.join("CS350")
    await alice.bot.claim(SECRET)
    await bob.bot.say("CS350", "1")
    await bob.bot.tell("Alice", "a")
    await alice.hears("a")
    await is_cut_off(alice, server, 1)
    await bob.bot.say("CS350", "2")
    answer = await bob.bot.tell("Alice", "b")
    alice.gate.open()
    await alice.hears("b")
    await bob.bot.say("CS350", "3")
    await alice.hears("3")

    assert (["1", "2", "3"], ["a", "b"]) == (alice.texts(), alice.texts(Private))
    assert [] == alice.gaps
    assert True is answer.away
    assert [] == [one.text for one in bob.heard if "Alice has left" in one.text]


@ensureDeferred
async def test_a_new_device_hears_no_old_messages_when_it_comes_back(start: Start, come: Come) -> None:
    """A reconnecting device is not sent messages from before its first sign-in."""
    server = await start()
    laptop = await come(server)
    await laptop.bot.claim(SECRET)
    bob = await come(server, "Bob")
    await bob.bot.tell("Alice", "old")
    await laptop.hears("old")
    phone = await come(server, "Alice", SECRET)
    await is_cut_off(phone, server, 2)
    await bob.bot.tell("Alice", "new")
    phone.gate.open()
    await phone.hears("new")

    assert (["new"], ["old", "new"]) == (phone.texts(Private), laptop.texts(Private))


@ensureDeferred
async def test_away_and_back(start: Start, come: Come) -> None:
    """An absent user is announced after a while; missed messages are there on return."""
    server = await start(absence=0.01)
    alice, bob = await come(server), await come(server, "Bob")
    await bob.bot.create("CS350")
    await alice.bot.join("CS350")
    await alice.bot.claim(SECRET)
    await alice.bot.close()
    await bob.hears("Alice has left the chat room")
    told = await bob.bot.tell("Alice", "read this")
    await bob.bot.say("CS350", "while you were out")
    bob.heard.clear()
    again = await come(server, "Alice", SECRET, tls=True)
    await again.hears("while you were out")
    await bob.hears("Alice has joined the chat room")

    assert ("Alice is away; your message will be delivered when they return", True) == (told.text, told.away)
    assert [("read this", True), ("while you were out", True)] == [
        (one.text, one.replay) for one in again.heard if one.sender == "Bob"
    ]
    assert "user_not_found" == await is_refused(bob.bot.tell("Nobody", "hello"))


@ensureDeferred
async def test_a_restart(start: Start, come: Come) -> None:
    """Names, passwords, rooms and devices survive a restart; so do messages that were not read."""
    server = await start()
    alice, bob = await come(server), await come(server, "Bob")
    await bob.bot.create("CS350")
    await alice.bot.join("CS350")
    await alice.bot.claim(SECRET)
    await alice.bot.close()
    await bob.bot.tell("Alice", "over night")
    await bob.bot.say("CS350", "homework")
    await bob.bot.close()
    await server.stop_politely()
    server = await start()
    refused = await is_refused(come(server, "Alice", OTHER))
    again = await come(server, "Alice", SECRET)
    await again.bot.say("CS350", "done")
    await again.hears("done")

    assert "wrong_password" == refused
    assert (["over night"], ["homework", "done"]) == (again.texts(Private), again.texts())


@ensureDeferred
async def test_another_password(start: Start) -> None:
    """After a change of the password only the changing device can return with its token."""
    server = await start()
    laptop = await server.connect("Alice")
    await laptop.asks("claim", text=SECRET)
    phone = await server.dial("Alice")
    old = await phone.asks("register", text=SECRET)
    wrong = await laptop.asks("password", text=OTHER, current="wrong horse")
    changed = await laptop.asks("password", text=OTHER, current=SECRET)
    (welcome,) = [one for one in laptop.everything() if "token" in one]

    async def enters(**fields: Any) -> str:
        somebody = await server.dial("Alice")
        answer = await somebody.asks("register", **fields)
        return answer.get("code") or answer["status"]

    assert ("wrong_password", "success") == (wrong["code"], changed["status"])
    assert "password_required" == await enters(token=old["token"])
    assert "wrong_password" == await enters(text=SECRET)
    assert ["success", "success"] == [await enters(token=welcome["token"]), await enters(text=OTHER)]


@ensureDeferred
async def test_takeover_of_a_guest(start: Start) -> None:
    """A guest who registers the name and then loses the connection can return at once with the token."""
    server = await start()
    guest = await server.dial("Alice")
    welcome = await guest.asks("register")
    again = await server.dial("Alice")
    taken = await again.asks("register", token=welcome["token"])
    over = await guest.hears("error")
    await again.asks("claim", text=SECRET)
    third = await server.dial("Alice")
    back = await third.asks("register", token=taken["token"])

    assert ("success", "taken_over", "success", []) == (
        taken["status"],
        over["code"],
        back["status"],
        back["rooms"],
    )
    assert [] == await again.catches_up()


@pytest.mark.parametrize("how", ["closed", "closed unread", "half closed", "asks beforehand"])
@ensureDeferred
async def test_a_connection_that_is_lost_during_the_replay(start: Start, how: str) -> None:
    """Messages that a client can't have read are sent again; those it has read are not."""
    server = await start()
    alice, bob = await server.connect("Alice"), await server.connect("Bob", "R")
    await alice.asks("claim", text=SECRET)
    await alice.asks("join", "R")
    alice.hangs_up()
    await server.connections(1)
    for number in range(299):
        bob.says("group", "R", f"{number} {'x' * 100}")
    await bob.asks("group", "R", "the last one")
    lost = await server.raw()
    await in_thread(lost.send, line("register", sender="Alice", text=SECRET))
    if how == "asks beforehand":
        await in_thread(lost.send, line("ping"))
    if how == "half closed":
        await in_thread(lost.half_closes)
    if how != "closed":
        await in_thread(lost.read_line)
    await in_thread(lost.closes)
    await server.connections(1)
    told = []
    for _ in range(2):
        again = await server.dial("Alice")
        await again.asks("register", text=SECRET)
        told.append(len([one for one in again.everything() if one.get("replay")]))
        again.hangs_up()
        await server.connections(1)

    assert [300, 0] == told


@ensureDeferred
async def test_only_claimed_names(start: Start) -> None:
    """Where only claimed names come in, one may be claimed on the way in; where none may be, it is said."""
    server = await start(names="claimed")
    guest = await server.dial("Alice")
    refused = await guest.asks("register")
    claimed = await guest.asks("claim", text=SECRET)
    await server.stop_politely()
    closed = await start(claims="closed")
    other = await closed.connect("Bob")

    assert ("claimed_only", "success") == (refused["code"], claimed["status"])
    assert "claims_closed" == (await other.asks("claim", text=SECRET))["code"]


@ensureDeferred
async def test_classic_clients(start: Start) -> None:
    """A classic client that sends a registered name is told that it needs a password, and is disconnected."""
    server = await start()
    alice = await server.connect("Alice")
    await alice.asks("claim", text=SECRET)
    classic = await server.dial()
    classic.send(b"Alice\n")
    (answer,) = await classic.closed()

    assert ("error", "password_required") == (answer["status"], answer["code"])
    assert set(answer) >= {"status", "sender", "receiver", "text"}


@ensureDeferred
async def test_a_bot_whose_password_is_changed(start: Start, come: Come) -> None:
    """A bot that does not know the new one stays out when it has to sign in again, and says why."""
    server = await start()
    alice = await come(server)
    await alice.bot.claim(SECRET)
    bot = await come(server, "Alice", SECRET)
    changing: Client = await server.dial("Alice")
    await changing.asks("register", text=SECRET)
    await changing.asks("password", text=OTHER, current=SECRET)
    bot.bot._answers.link.reconnect()
    with pytest.raises(Closed) as caught:
        await Deferred.fromCoroutine(bot.bot.closed()).addTimeout(PATIENCE, reactor)

    assert "Wrong name or password. Please try again." == caught.value.reason
    assert [] == texts(changing.everything())
