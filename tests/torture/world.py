"""What all clients of one run have in common: where the server is, and how much may be said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class World:
    """Counts what was said and answered, so that a run can wait for it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.names: list[str] = []
        """Who may be told something in private."""
        self.answers = 0
        self.more_to_say = asyncio.Event()
        self.heard: dict[tuple[str, str], int] = {}
        """The last number that each has heard of each room."""
        self._left = 0
        self._strings: dict[str, str] = {}
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def introduce(self, name: str) -> None:
        """Let somebody be told things in private from now on."""
        if name not in self.names:
            self.names.append(name)

    def let_say(self, messages: int) -> None:
        """Let so many more messages be said."""
        self._left += messages
        self.more_to_say.set()

    def may_say(self) -> bool:
        """Take the right to say one message, if there is any."""
        if self._left == 0:
            return False
        self._left -= 1
        if self._left == 0:
            self.more_to_say.clear()
        return True

    @property
    def left(self) -> int:
        """How many messages may still be said."""
        return self._left

    def was_answered(self) -> None:
        """Count an answer to a message."""
        self.answers += 1
        self.changed()

    def was_heard(self, name: str, place: str, seq: int) -> None:
        """Note up to which number somebody has heard."""
        self.heard[name, place] = seq
        self.changed()

    def one_of(self, text: str) -> str:
        """Return a text that is equal, and always the same object: thirty remember each."""
        return self._strings.setdefault(text, text)

    async def comes_to(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition holds, for so many seconds at most; tell whether it does."""
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
        """Look whether anybody's condition holds now."""
        for condition, waiting in self._waiting:
            if not waiting.done() and condition():
                waiting.set_result(None)
