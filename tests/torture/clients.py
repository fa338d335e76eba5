"""Clients that reconnect, and log everything that they send and hear.

They write the protocol by hand, because the tested code must not check itself.
"""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any

from tests.torture.logs import Answered, Entered, Heard, Log, Sent
from tests.torture.world import World

_LINE = 1 << 17
_WINDOW = 8
"""Messages of one sender that may wait for answers."""

_BREATH = 0.05
"""The most seconds between two attempts to connect."""

_FILLERS = ("", "short", "two\nlines and a\ttab", "Zoë schrieb 你好 🙂", "x" * 300, '"quoted" \\ {"a":1}')


class Gone(Exception):
    """The connection is lost, or useless."""


class Client:
    """A client in some rooms, over as many connections as necessary."""

    creates = True
    """Whether it creates a room that does not exist yet."""

    def __init__(self, name: str, rooms: list[str], world: World, random: Random, patience: float) -> None:
        """Give up on a connection after `patience` seconds without an answer."""
        self.name = name
        self.log = Log(name)
        self.connections = 0
        self.signed_in = False
        self.answered: dict[str, dict[str, Any]] = {}
        self.rooms = rooms
        self._world = world
        self._random = random
        self._patience = patience
        self._token: str | None = None
        self._epoch = ""
        self._seqs: dict[str, int] = {}
        """The last number heard in each room, and from each sender in private."""
        self._count = 0
        self._asked: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._entering: dict[str, dict[str, Any]] = {}
        self._unanswered: dict[str, Sent] = {}
        self._fewer = asyncio.Event()
        self._writer: asyncio.StreamWriter

    async def live(self) -> None:
        """Connect and chat, again and again, until cancelled."""
        while True:
            try:
                await self._connect()
            except (Gone, OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.log.notes(f"gone: {error!r}")
            await asyncio.sleep(self._random.uniform(0, _BREATH))

    def __repr__(self) -> str:
        state = "signed in" if self.signed_in else "not signed in"
        return (
            f"{self.name} {state}, connection {self.connections}, patience {self._patience}, "
            f"unanswered {list(self._unanswered)}, asked {list(self._asked)}"
        )

    @property
    def is_waiting(self) -> bool:
        """Whether any message of this client is not answered yet."""
        return bool(self._unanswered)

    async def catches_up(self) -> None:
        """Wait for everything that the server has sent so far: the answer to a `ping` comes after it."""
        for _ in range(2):
            await self._ask("ping")

    async def _connect(self) -> None:
        port = self._random.choice(self._world.ports)
        reader, self._writer = await asyncio.open_connection("127.0.0.1", port, limit=_LINE)
        self.connections += 1
        self.log.notes(f"connection {self.connections}, to port {port}")
        tasks = [asyncio.create_task(self._read(reader)), asyncio.create_task(self._converse())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self.signed_in = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._asked.clear()
            self._entering.clear()
            self._writer.transport.abort()

    # Sending.

    async def _converse(self) -> None:
        await self._sign_in()
        for room in self.rooms:
            await self._enter(room)
        if self.name not in self._world.names and not self._unanswered:
            self._introduce_itself()
        self.log.notes("in all rooms")
        self.signed_in = True
        self._world.changed()
        for sent in list(self._unanswered.values()):
            self._say(sent)
        await self._go_on()

    async def _sign_in(self) -> None:
        fields: dict[str, Any] = {}
        if self._token is not None:
            since = {name[1:]: seq for name, seq in self._seqs.items() if name[0] == "@"}
            fields = {"token": self._token, "since": {"epoch": self._epoch, "seq": 0, "seqs": since}}
        welcome = await self._ask("register", sender=self.name, **fields)
        if welcome["status"] == "error":
            raise Gone  # the server has not noticed yet that the previous connection is lost
        if welcome.get("gap"):
            self.log.records.append(Entered("@", 0, welcome["epoch"], gap=True))
        self.log.notes("welcome")
        self._token, self._epoch = welcome["token"], welcome["epoch"]

    async def _enter(self, room: str) -> None:
        """Join a room, creating it if necessary."""
        since: int | None = self._seqs.get(f"#{room}")
        fields = {} if since is None else {"since": {"epoch": self._epoch, "seq": since}}
        self.log.notes(f"joins {room} since {since}")
        answer = await self._ask("join", receiver=room, **fields)
        if answer.get("code") == "room_not_found" and since is None and self.creates:
            answer = await self._ask("create", receiver=room)
        if answer["status"] == "error":
            raise Gone(answer)  # as where another client has created it

    async def _ask(self, status: str, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request."""
        id = f"{self.name}?{self._next()}"
        if status in ("join", "create"):
            self._entering[id] = fields
        return await self._answer_to({"status": status, "id": id, **fields})

    async def _answer_to(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request with an `id`, and return its answer."""
        asked = self._asked[request["id"]] = asyncio.get_running_loop().create_future()
        self._write(request)
        async with asyncio.timeout(self._patience):  # not wait_for, which can lose a cancellation
            return await asked

    async def _go_on(self) -> None:
        """Do what a client does after reconnecting."""
        while True:
            await asyncio.sleep(self._random.uniform(0, 0.5))
            await self._ask("ping")

    async def _until_fewer(self) -> None:
        """Wait until one more message is answered."""
        self._fewer.clear()
        async with asyncio.timeout(self._patience):
            await self._fewer.wait()

    def _introduce_itself(self) -> None:
        """Send a private message to oneself, so that the file has this client's token.

        Otherwise the client is a new person after a restart, and private messages that arrive before it reads
        the new welcome may be lost. So no client sends it any before that.
        """
        id = f"{self.name}-{self._next()}"
        self._unanswered[id] = Sent(id, f"@{self.name}", f"{id} I am {self.name}")

    def _say(self, sent: Sent) -> None:
        private = sent.conversation.startswith("@")
        self.log.records.append(sent)
        self._write(
            {
                "status": "private" if private else "group",
                "receiver": sent.conversation[1:],
                "text": sent.text,
                "id": sent.id,
            }
        )

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _write(self, message: dict[str, Any]) -> None:
        if self._writer.transport.is_closing():
            raise Gone
        self._writer.write(json.dumps(message).encode() + b"\n")

    # Hearing.

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readuntil():
            message = json.loads(line)
            match message["status"]:
                case "success" | "error" if "id" in message:
                    self._take_answer(message)
                case "error":
                    raise Gone(message)
                case "group" | "private" if message["sender"] != "SERVER":
                    self._take(message)

    def _take_answer(self, message: dict[str, Any]) -> None:
        id = message["id"]
        entering = self._entering.pop(id, None)
        if entering is not None and message["status"] == "success":
            self._take_entry(f"#{entering['receiver']}", entering.get("since"), message)
        if id in self._asked:
            asked = self._asked.pop(id)
            if not asked.done():
                asked.set_result(message)
            return
        answer = Answered(id, message.get("code", ""), message.get("seq", 0), message.get("time", ""))
        self.log.records.append(answer)
        sent = self._unanswered.pop(id, None)
        if sent is not None:
            if sent.conversation == f"@{self.name}" and not answer.code:
                self._world.introduce(self.name)
            self._fewer.set()
            self._world.was_answered()

    def _take_entry(self, room: str, since: dict[str, Any] | None, answer: dict[str, Any]) -> None:
        had = since["seq"] if since else None
        gap = answer.get("gap", False)
        self.log.records.append(Entered(room, answer["seq"], answer["epoch"], had, gap))
        self._seqs.setdefault(room, answer["seq"])
        self._world.was_heard(self.name, room, self._seqs[room])

    def _take(self, message: dict[str, Any]) -> None:
        private = message["status"] == "private"
        place = f"@{message['sender']}" if private else f"#{message['receiver']}"
        self._seqs[place] = seq = message["seq"]
        conversation = f"@{message['receiver']}" if private else place
        text, time = self._world.one_of(message["text"]), self._world.one_of(message["time"])
        heard = Heard(conversation, seq, time, message["sender"], text, message.get("replay", False))
        self.log.records.append(heard)
        self._world.was_heard(self.name, place, seq)


class Sender(Client):
    """A client that sends all the time, as long as messages are left."""

    async def _go_on(self) -> None:
        while True:
            while len(self._unanswered) >= _WINDOW:
                await self._until_fewer()
            if self._world.may_say():
                self._say_something()
                await self._writer.drain()
            elif self._unanswered:
                await self._until_fewer()
            else:
                await self._world.more_to_say.wait()
            await asyncio.sleep(0)

    def _say_something(self) -> None:
        random = self._random
        id = f"{self.name}-{self._next()}"
        if self._world.names and random.random() < 0.25:
            conversation = f"@{random.choice(self._world.names)}"
        else:
            conversation = f"#{random.choice(self.rooms)}"
        sent = Sent(id, conversation, f"{id} {random.choice(_FILLERS)}".rstrip())
        self._unanswered[id] = sent
        self._say(sent)
