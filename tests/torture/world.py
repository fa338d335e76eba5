"""The shared state of a run's clients: the ports of the servers, and the messages that are left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence


class World:
    """Counts messages and answers, so that a run can wait for them."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = ports
        self.names: list[str] = []
        """The names that may get private messages."""
        self.answers = 0
        self.is_over = False
        """Whether the class does nothing new."""
        self.voting: dict[str, int] = {}
        """By student: the poll of a vote that is not answered yet."""
        self.more_to_say = asyncio.Event()
        self.heard: dict[tuple[str, str], int] = {}
        """The last number that each client has heard in each room."""
        self._left = 0
        self._strings: dict[str, str] = {}
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def introduce(self, name: str) -> None:
        """Allow private messages to a client from now on."""
        if name not in self.names:
            self.names.append(name)

    def let_say(self, messages: int) -> None:
        """Allow so many more messages."""
        self._left += messages
        self.more_to_say.set()

    def may_say(self) -> bool:
        """Take the permission for one message; return whether there was one."""
        if self._left == 0:
            return False
        self._left -= 1
        if self._left == 0:
            self.more_to_say.clear()
        return True

    @property
    def left(self) -> int:
        """The number of messages that are left."""
        return self._left

    def was_answered(self) -> None:
        """Count an answer to a message."""
        self.answers += 1
        self.changed()

    def was_heard(self, name: str, place: str, seq: int) -> None:
        """Record the last number that a client has heard."""
        self.heard[name, place] = seq
        self.changed()

    def one_of(self, text: str) -> str:
        """Return the one object for a text, because thirty clients keep each text."""
        return self._strings.setdefault(text, text)

    async def comes_to(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition holds, for at most so many seconds; return whether it does."""
        end = asyncio.get_running_loop().time() + seconds
        while not condition():
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((condition, waiting))
            left = end - asyncio.get_running_loop().time()
            await asyncio.wait([waiting], timeout=max(left, 0))
            self._waiting.remove((condition, waiting))
            if not waiting.done():
                return condition()
        return True

    def changed(self) -> None:
        """Wake the waiters whose conditions hold now."""
        for condition, waiting in self._waiting:
            if not waiting.done() and condition():
                waiting.set_result(None)
