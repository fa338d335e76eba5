"""Students and staff of a class, among the clients: hands, turns, polls and supports.

Each sends one request at a time, and repeats it with its `id` after each loss of the connection until it is
answered. They keep the answers; `class_checker.py` compares them with the file.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from tests.torture.clients import Client

CLASS = "Class"
STUDENTS = 6
HELPERS = 2
_OPTIONS = ["quicksort", "mergesort", "heapsort"]
_TURNS_PER_POLL = 5
_LATER_POLLS = 4
"""The most polls after one in which a vote is not answered yet.

The server knows the ids of votes in the last five closed polls.
"""

_PAUSE = 0.1
"""The most seconds between two things that one of them does."""


_FIRST: list[dict[str, Any]] = [
    {"status": "session", "text": "begin"},
    {"status": "ask", "text": "Why?", "named": True},
]


class Done(NamedTuple):
    """A request of the class, and its first answer."""

    name: str
    request: dict[str, Any]
    answer: dict[str, Any]

    @property
    def granted(self) -> bool:
        """Whether it was granted."""
        return bool(self.answer["status"] == "success")


class InClass(Client):
    """A client in the class, with the requests that were answered and the one that waits."""

    creates = False
    _waiting: dict[str, Any] | None = None
    _is_in_doubt = False
    """Whether an earlier attempt of the request that waits may have been granted."""
    _is_acting = False
    """Whether more requests may follow, even if none waits."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.done: list[Done] = []

    @property
    def is_waiting(self) -> bool:
        """Whether a request of this client is not answered yet, or will follow."""
        return super().is_waiting or self._waiting is not None or self._is_acting

    async def _go_on(self) -> None:
        while self._unanswered:  # before that it would be another person after a restart
            await self._until_fewer()
        if self._waiting is not None:
            self._is_in_doubt = True
            await self._repeats(self._waiting)
        while not self._world.is_over:
            self._is_acting = True
            try:
                await self._acts()
            finally:
                self._is_acting = False
                self._world.changed()
            await asyncio.sleep(self._random.uniform(0, _PAUSE))
        await super()._go_on()

    async def _acts(self) -> None:
        """Do one thing."""
        raise NotImplementedError

    async def _asks(self, status: str, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request, which is repeated if it is lost."""
        request = {"id": f"{self.name}!{self._next()}", "status": status, "receiver": CLASS, **fields}
        self._waiting, self._is_in_doubt = request, False
        return await self._repeats(request)

    async def _repeats(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = await self._answer_to(request)
        while (
            self._is_in_doubt and answer.get("code") == "not_saved"
        ):  # which says nothing about that attempt
            await asyncio.sleep(self._random.uniform(0, _PAUSE))
            answer = await self._answer_to(request)
        self.done.append(Done(self.name, request, answer))
        self._waiting = None
        self._world.changed()
        return answer


class Student(InClass):
    """Raises a hand whenever neither a hand nor a turn is left, votes, and supports the first question."""

    async def _repeats(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["status"] == "vote":
            self._world.voting[self.name] = request["number"]
        answer = await super()._repeats(request)
        self._world.voting.pop(self.name, None)
        return answer

    async def _acts(self) -> None:
        state = (await self._ask("class", receiver=CLASS)).get("class", {})
        hands = state.get("hands", {})
        if "place" not in hands and "turn" not in hands:
            await self._asks("hand", text=f"{self.name} {self._next()}")
        for poll in state.get("polls", []):
            if poll["state"] == "open":
                choice = self._random.randrange(len(_OPTIONS))
                await self._asks("vote", number=poll["number"], choices=[choice])
        if "session" in state:
            await self._asks("support", number=1, value=self._random.random() < 0.6)


class Helper(InClass):
    """A staff member, who takes one student after the other."""

    async def _acts(self) -> None:
        await self._asks("next")


class Teacher(Helper):
    """The moderator who has created the room, begins the session, and takes polls as well."""

    creates = True
    _turns = 0

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._made: set[str] = set()

    async def _acts(self) -> None:
        granted = {one.request["status"] for one in self.done if one.granted}
        for first in _FIRST:
            if first["status"] not in granted:  # the journal could not save it, or its answer was lost
                await self._asks(**first)
                return
        self._turns += 1
        if self._turns % _TURNS_PER_POLL == 1 and not self._outruns_a_vote():
            named = self._turns % (2 * _TURNS_PER_POLL) == 1
            await self._asks("poll", text="Which?", options=_OPTIONS, seconds=3600, named=named)
        await super()._acts()
        for helper in self._world.names:
            if helper.startswith("helper") and helper not in self._made:
                await self._asks("assist", user=helper)
                self._made.add(helper)
        if self._turns % _TURNS_PER_POLL == 0:
            for number in self._open_polls():
                await self._asks("endpoll", number=number)

    def _outruns_a_vote(self) -> bool:
        """Return whether the next poll might make the server forget a vote that is going to be repeated."""
        oldest = min(self._world.voting.values(), default=None)
        return oldest is not None and max(self._begun(), default=0) - oldest >= _LATER_POLLS

    def _open_polls(self) -> list[int]:
        """Return the numbers of all polls that are open: a lost connection skips the end of one."""
        ended = {
            one.request["number"] for one in self.done if one.granted and one.request["status"] == "endpoll"
        }
        return [number for number in self._begun() if number not in ended]

    def _begun(self) -> list[int]:
        """Return the numbers of all polls."""
        return [one.answer["number"] for one in self.done if one.granted and one.request["status"] == "poll"]
