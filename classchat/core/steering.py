"""The person who runs the server, who may do what operators may without being signed in.

    -> Kick(receiver="CS350", user="Bob")     Steering.obey -> Ordered -> Journal.append
    <- OrderDone                              when it is stored; on several nodes, for all of them
    -> evict("Bob", "spam")                   Evicted, as for KILL: each node disconnects its clients of Bob

Rooms are told that SERVER did it; the audit log names `classchat admin`.
"""

from __future__ import annotations

from collections.abc import Sequence

from classchat.core import permissions
from classchat.core.acts import ADMIN, Audited
from classchat.core.chat import Chat
from classchat.core.entries import Evicted
from classchat.core.events import Event
from classchat.core.features.decision import empowered
from classchat.core.model import User
from classchat.core.persons import Person
from classchat.core.ports import Codec, Peer
from classchat.errors import ChatError, InternalError, TooLong, UserNotFound
from classchat.messages import Kick, OrderCommand
from classchat.names import SERVER
from classchat.texts import quoted


class _Unwritten(Codec):
    """The codec of a client that reads nothing."""

    def encode(self, events: list[Event]) -> bytes:  # noqa: ARG002
        return b""

    def cut(self, data: bytes) -> Sequence[bytes]:
        return [data]

    def farewell(self, reason: ChatError | None) -> bytes:  # noqa: ARG002
        return b""


class _Listener(Peer):
    """Hears the answer to one request, and keeps it as an event."""

    codec = _Unwritten()
    closed = False

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def encode(self, events: list[Event]) -> bytes:
        """Keep events; there is nothing to write."""
        self.heard += events
        return b""

    def tell(self, *events: Event) -> None:
        """Keep events."""
        self.heard += events

    def reads_as(self, person: int) -> None:
        """Nobody: it is told of no files."""

    def write(self, data: bytes, /) -> None:
        """Write nothing."""

    def close(self, reason: ChatError | None = None) -> None:
        """Do nothing: there is no connection."""

    async def drained(self) -> None:
        """Return at once: nothing is written."""

    def took_all(self) -> bool:
        """Return True."""
        return True

    def unreceived_for(self) -> float:
        """Return 0.0."""
        return 0.0

    async def rested(self, seconds: float, /) -> bool:  # noqa: ARG002
        """Return at once: orders are not delayed."""
        return True


class Steering:
    """Grants the requests of the person who runs the server."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def evict(self, name: str, reason: str, by: User | None = None) -> str:
        """Disconnect a user from the server, and return their name when that is done here.

        Besides the person who runs the server, an operator may ask for it: `by`.

        Raises:
            NotAllowed: the operator is none any more.
            UserNotFound: no such user is signed in.
            ChatError: it can't be stored; nothing was done.
        """
        chat = self._chat
        await self._look_again()
        actor = by or _operator()
        permissions.check_operator(actor)
        user = chat.users.find(name)
        if user is None:
            raise UserNotFound(name)
        if len(reason) > chat.limits.topic:
            raise TooLong("reason", chat.limits.topic, "characters")
        shown, audited = user.name, Audited(ADMIN if by is None else by.name, "kick", target=user.name)
        acts = (*empowered(actor, chat.limits), audited)
        entry = Evicted(actor, None, None, acts=acts, who=user, text=quoted(reason, chat.limits.topic))
        chat.journal.append(entry)
        await chat.journal.settled()
        if entry.error is not None:
            raise entry.error
        if entry.refused:
            raise permissions.not_operator()
        return shown

    async def obey(self, command: OrderCommand) -> Event:
        """Carry out a request; return its answer when it is stored.

        Raises:
            ChatError: it can't be granted.
        """
        chat = self._chat
        await self._look_again()
        if isinstance(command, Kick) and chat.users.find(command.user) is None:
            raise UserNotFound(command.user)
        listener = _Listener()
        user = _operator(listener)
        answer = await chat.requests.of_rooms.orders.answer(user, listener, command)
        if answer is None and listener.heard:
            return listener.heard[-1]
        if answer is None:  # an order that has ended without an answer: a bug
            raise InternalError
        return answer

    async def _look_again(self) -> None:
        if self._chat.journal.stale:
            await self._chat.journal.look_again()


def _operator(*peers: Peer) -> User:
    """Return the person who runs the server, as a user who may do everything."""
    return User(SERVER, Person(SERVER, "", b"", 0), peers=list(peers), operator=True)
