"""Clients that compete for one name, on all nodes, and the rule that only one of them has it at a time.

Each takes the name when it is free, says something under it, and gives it up again. As a guest without a
token it is another person each time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.torture.clients import Client, Gone
from tests.torture.logs import Kept

NAME = "prize"
ROOM = "Prize"
RIVALS = 3
_MOST_SAID = 10
"""Messages under the name before it is given up."""

_PAUSE = 0.2
"""The most seconds between two messages, so that others may say something in between."""


class Rival(Client):
    """A client that wants the name. Its log is no subject of the other rules."""

    async def _converse(self) -> None:
        await self._takes(await self._ask("register", sender=NAME))
        answer = await self._ask("join", receiver=ROOM)
        if answer.get("code") == "room_not_found":
            answer = await self._ask("create", receiver=ROOM)
        await self._takes(answer)
        for _ in range(self._random.randint(1, _MOST_SAID)):
            await self._ask("group", receiver=ROOM, text=f"{self.name}, {self.connections}: {self._next()}")
            await asyncio.sleep(self._random.uniform(0, _PAUSE))

    async def _takes(self, answer: dict[str, object]) -> None:
        """Give up, and wait a moment, if this is an error: another one has the name."""
        if answer["status"] == "error":
            await asyncio.sleep(self._random.uniform(0, _PAUSE))
            raise Gone(answer)


def bearers(kept: Sequence[Kept]) -> Iterator[str]:
    """What a client says under the name, over one connection, has nothing of another client in between."""
    for session, times in Counter(runs(kept)).items():
        if times > 1:
            yield f"'{session}' has spoken as {NAME} again after another one"


def runs(kept: Sequence[Kept]) -> list[str]:
    """Return who has spoken under the name, each as often as the name was theirs."""
    return [
        session for session, _ in groupby(one.text.partition(":")[0] for one in kept if one.sender == NAME)
    ]
