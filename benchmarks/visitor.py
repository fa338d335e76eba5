"""A client that does one thing at a time and expects an answer each time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

_PATIENCE = 20.0
"""Seconds that an answer may take."""


class Gone(Exception):
    """The server hung up, did not answer, or gave a wrong answer."""


class Visitor:
    """A signed-in client that knows its rooms."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.rooms: set[str] = set()
        self._name = name
        self._reader = reader
        self._writer = writer
        self._asked = 0
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def arrive(cls, port: int, name: str) -> Visitor:
        """Connect and sign in.

        Raises:
            Gone: it was refused.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 17)
        visitor = cls(name, reader, writer)
        writer.write(f"{name}\n".encode())
        try:
            welcome = json.loads(await asyncio.wait_for(reader.readline(), _PATIENCE))
        except (TimeoutError, ValueError, OSError) as error:
            raise Gone(f"{name} was not welcomed: {error!r}") from error
        if welcome["status"] != "success":
            raise Gone(f"{name} was refused: {welcome}")
        visitor._reading = asyncio.create_task(visitor._read())
        return visitor

    async def ask(
        self,
        status: str,
        receiver: str = "",
        text: str = "",
        allowed: frozenset[str] | set[str] = frozenset(),
    ) -> dict[str, Any]:
        """Send a request, and return its answer: a success, or an error of an allowed code.

        Raises:
            Gone: another answer came, or none.
        """
        self._asked += 1
        id = str(self._asked)
        answer = self._answers[id] = asyncio.get_running_loop().create_future()
        request = {"status": status, "sender": "", "receiver": receiver, "text": text, "id": id}
        self._writer.write(json.dumps(request).encode() + b"\n")
        try:
            event: dict[str, Any] = await asyncio.wait_for(answer, _PATIENCE)
        except TimeoutError as error:
            raise Gone(f"{self._name} got no answer to {request}") from error
        if event["status"] == "error" and event.get("code") not in allowed:
            raise Gone(f"{self._name} asked {request} and was told {event}")
        self._remember(status, receiver, granted=event["status"] == "success")
        return event

    async def quit(self) -> None:
        """Quit, and wait until the server hangs up."""
        self._writer.write(b'{"status":"quit"}\n')
        if self._reading is not None:
            await asyncio.wait_for(self._reading, _PATIENCE)
        self._writer.close()

    def vanish(self) -> None:
        """Disconnect without notice."""
        if self._reading is not None:
            self._reading.cancel()
        self._writer.transport.abort()

    def _remember(self, status: str, receiver: str, granted: bool) -> None:
        if granted and status in ("create", "join"):
            self.rooms.add(receiver)
        elif granted and status == "leave":
            self.rooms.discard(receiver)

    async def _read(self) -> None:
        """Pass each answer to its request, until the server hangs up."""
        while line := await self._reader.readline():
            event = json.loads(line)
            id = event.get("id")
            if id is not None and event["status"] in ("success", "error"):
                self._answers.pop(id).set_result(event)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Gone(f"the server hung up on {self._name}"))
