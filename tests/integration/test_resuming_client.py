"""Bots over real TCP, with a server that keeps a journal and hangs up at any moment."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from classchat.client.bot import Bot, Message, connect
from tests.integration.helpers import PATIENCE, Signal, together

Line = dict[str, Any]


class Journal(ServerFactory):
    """A server with one room, which keeps messages, knows each `id`, and hangs up after a few lines."""

    noisy = False

    def __init__(self) -> None:
        self.log: list[Line] = []
        self.done: dict[tuple[str, str], Line] = {}
        self.connections: list[Connection] = []
        self.bots: list[Bot] = []
        self.left = Signal()
        self.hung_up = 0
        self.longest = 60
        """Lines that a connection lives for."""
        self._lives = random.Random(42)  # noqa: S311

    def buildProtocol(self, addr: object) -> Connection:
        """Accept a client, for a while, or for good after enough interruptions."""
        connection = Connection(
            self, self._lives.randint(self.longest // 8, self.longest) if self.hung_up < 20 else 1_000_000
        )
        self.connections.append(connection)
        return connection

    def says(self, sender: str, text: str, id: str) -> Line:
        """Keep a message, unless its `id` is known, and send it to all members."""
        if (sender, id) not in self.done:
            said = {"status": "group", "sender": sender, "receiver": "R", "text": text}
            said |= {"seq": len(self.log) + 1, "time": f"2026-01-01T00:00:00.{len(self.log) % 1000:03}Z"}
            self.log.append(said)
            self.done[sender, id] = said
            for connection in list(self.connections):
                if connection.member:
                    connection.tells(**said)
        return self.done[sender, id]


class Connection(LineOnlyReceiver):
    """One connection to it."""

    delimiter = b"\n"

    def __init__(self, journal: Journal, life: int) -> None:
        self.journal = journal
        self.member = False
        self.life = life
        self.name = ""

    def tells(self, **fields: Any) -> None:
        """Send a line; at the end of the connection's life only half of it, and then nothing."""
        self.life -= 1
        line = json.dumps({"sender": "SERVER", "receiver": self.name, "text": "", **fields}).encode()
        if self.life > 0:
            self.sendLine(line)
        elif self.life == 0:
            self.transport.write(line[: len(line) // 2])
            self.journal.hung_up += 1
            self.transport.loseConnection()

    def lineReceived(self, line: bytes) -> None:
        """Answer as docs/protocol.md says, until the connection's end."""
        if self.life <= 0:
            return
        asked = {"id": None} | (json.loads(line) if line.startswith(b"{") else {"sender": line.decode()})
        match asked:
            case {"status": "join" | "create", "id": id}:
                since = asked.get("since", {"seq": len(self.journal.log)})["seq"]
                self.tells(status="success", id=id, epoch="e", seq=len(self.journal.log))
                for said in self.journal.log[since:]:
                    self.tells(**said, replay=True)
                self.member = True
            case {"status": "group", "text": text, "id": id}:
                said = self.journal.says(self.name, text, id)
                self.tells(status="success", id=id, seq=said["seq"], time=said["time"])
            case {"status": "ping", "id": id}:
                self.tells(status="success", text="pong", id=id)
            case {"status": "quit"}:
                self.transport.loseConnection()
            case {"sender": name}:
                self.name = name
                self.tells(status="success", server="Test", token=name, epoch="e")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leave the server."""
        self.member = False
        self.journal.connections.remove(self)
        self.journal.left.fire()


@async_yield_fixture
async def journal(nothing_left_over: None) -> AsyncIterator[tuple[Journal, str]]:
    """Serve it on a free port, and say where."""
    served = Journal()
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(served)
    yield served, f"tcp:127.0.0.1:{port.getHost().port}"
    for bot in served.bots:
        await bot.close()
    while served.connections:
        await served.left.wait(lambda: "somebody is still there")
    await maybeDeferred(port.stopListening)


async def come(journal: Journal, address: str, name: str) -> tuple[Bot, list[Message]]:
    """Connect a bot that reconnects at once; return it and the events that it hears."""
    bot = await Deferred.fromCoroutine(connect(reactor, address, name, jitter=lambda: -0.84)).addTimeout(
        PATIENCE, reactor
    )
    journal.bots.append(bot)
    heard: list[Message] = []
    bot.on_event(heard.append)
    return bot, heard


async def hears_all(heard: list[Message], number: int, bot: Bot) -> None:
    """Wait until so many messages were heard."""
    enough: Deferred[None] = Deferred()

    @bot.on_event
    def look(_: Message) -> None:
        if len(heard) >= number and not enough.called:
            enough.callback(None)

    if len(heard) < number:
        await enough.addTimeout(PATIENCE, reactor)


@ensureDeferred
@pytest.mark.parametrize("senders", [1, 3])
async def test_nothing_is_lost_nothing_comes_twice(journal: tuple[Journal, str], senders: int) -> None:
    """Despite interruptions each message is kept and answered once, and all hear all in one order."""
    server, address = journal
    server.longest *= senders
    bots = [await come(server, address, f"Bot{number}") for number in range(senders)]
    for bot, _ in bots:
        await bot.join("R")
    texts = [[f"{bot.name} {number}" for number in range(200)] for bot, _ in bots]

    async def speak(bot: Bot, said: list[str]) -> list[int | None]:
        answers = await together(*(bot.say("R", text) for text in said))
        return [answer.seq for answer in answers]

    speaking = together(*(speak(bot, said) for (bot, _), said in zip(bots, texts, strict=True)))
    seqs = await Deferred.fromCoroutine(speaking).addTimeout(PATIENCE, reactor)
    for bot, heard in bots:
        await hears_all(heard, 200 * senders, bot)
    log = [(line["seq"], line["text"]) for line in server.log]

    assert server.hung_up > 5
    assert texts == [[text for _, text in log if text.split()[0] == bot.name] for bot, _ in bots]
    assert [*range(1, 200 * senders + 1)] == sorted(seq for one in seqs for seq in one)
    assert [log] * senders == [[(one.seq, one.text) for one in heard] for _, heard in bots]
