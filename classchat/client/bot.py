"""A client for programs: docs/bots.md has an example.

    bot = await connect(reactor, "127.0.0.1:5555", "Echo")
    await bot.join("CS350")
    await bot.say("CS350", "Hello")

Whatever is asked returns the server's answer, or raises a ChatError: `Refused` with the server's own
`code`, or `NotConfirmed` and `Closed` where there is no answer. A bot reconnects by itself, as the
terminal does; requests under way are answered a little later then.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from classchat.client.bot_class import ClassRequestsOfBot
from classchat.client.link.answers import (
    Answers,
    Closed,
    Message,
    NotConfirmed,
    OnGap,
    OnHappening,
    OnMessage,
    OnRoomLost,
    Refused,
)
from classchat.client.link.endpoints import described, is_plain
from classchat.client.link.happenings import EVENTS, KINDS, Happening
from classchat.client.link.link import RETRY, Link
from classchat.client.link.sharing import NotTransferred, open_file, share
from classchat.client.link.trust import NotSecure, Untrusted
from classchat.client.password_prompts import PLAIN_TEXT
from classchat.clocks import measure_steadily
from classchat.messages import (
    Away,
    Back,
    Claim,
    Create,
    Delete,
    Group,
    History,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Private,
    Rename,
    RoomListing,
    Say,
    Search,
    ShareFile,
    Success,
    Tell,
    UserListing,
)
from classchat.names import key

if TYPE_CHECKING:
    from classchat.client.link.transfers import Transfers

__all__ = [
    "Bot",
    "Closed",
    "Group",
    "Happening",
    "Message",
    "NotConfirmed",
    "NotSecure",
    "NotTransferred",
    "Page",
    "Private",
    "Refused",
    "Untrusted",
    "connect",
]

_log = Logger()

_OnMessage = TypeVar("_OnMessage", bound=OnMessage)
_OnGap = TypeVar("_OnGap", bound=OnGap)
_OnHappening = TypeVar("_OnHappening", bound=OnHappening)
_OnRoomLost = TypeVar("_OnRoomLost", bound=OnRoomLost)


@dataclass(frozen=True)
class Page:
    """One page of earlier messages."""

    messages: list[Message]
    more: bool
    """Whether there are more messages in that direction."""
    before: int | None
    """Of a search: the `before` of the next page."""
    oldest: int | None
    """The number of the oldest message that was not deleted, if the history goes back that far."""


async def connect(
    reactor: Any,
    address: str | IStreamClientEndpoint,
    name: str,
    retry: float = RETRY,
    ids: Iterator[str] | None = None,
    jitter: Callable[[], float] = random.random,
    tls: bool | None = None,
    password: str | None = None,
) -> Bot:
    """Connect to a server, and sign in as `name`.

    `address` is as in the terminal, "chat.example.org:5555#sha256:…"; then `tls` says whether to encrypt, and
    None means to every machine but this one. Or it is a Twisted endpoint, or the description of one, such as
    "unix:/run/classchat.sock", which is used as it is. A registered name takes its `password`. When the
    connection is lost, the bot tries to reconnect for `retry` seconds. Register callbacks before the next
    `await`: until then messages are kept. `ids` and `jitter` are for tests.

    From then on the reactor's timers and `reactor.seconds()` follow a monotonic clock: the time of day is
    `time.time()`.

    Raises:
        Refused: the server refuses the sign-in.
        Closed: the server closed the connection before it answered.
        NotSecure: the server does not encrypt; or, Untrusted, it is not the right one; or a password would go
            to another machine without encryption.
        ValueError: the address is not valid.
        Exception: no server answers; it is the endpoint's, mostly a twisted.internet.error.ConnectError.
    """
    measure_steadily(reactor)
    endpoint = described(reactor, address, tls, _tell) if isinstance(address, str) else address
    if password is not None and isinstance(address, str) and tls is not False and is_plain(address):
        raise NotSecure(PLAIN_TEXT)
    answers = Answers(name, password)
    answers.link = Link(endpoint, name, answers, answers, reactor, ids, retry, jitter)
    answers.link.open()
    await answers.opening
    return Bot(answers, reactor, endpoint)


def _tell(sentence: str) -> None:
    _log.warn("{sentence}", sentence=sentence)


def _ignore(done: int, size: int) -> None:
    """Show no progress."""


class Bot(ClassRequestsOfBot):
    """A program as a user of a chat server."""

    def __init__(self, answers: Answers, reactor: Any, endpoint: IStreamClientEndpoint) -> None:
        """Do not call this: `connect` makes bots."""
        self._answers = answers
        self._reactor = reactor
        self._endpoint = endpoint

    @property
    def name(self) -> str:
        """The bot's name as other users see it."""
        return self._answers.name

    # Callbacks. They may be coroutine functions; what these await holds up nothing else.

    def on_message(self, call: _OnMessage) -> _OnMessage:
        """Call this with every message of another user: a `Group` in a room, or a `Private`.

        Also with messages that were missed while the connection was lost; their `replay` is true.
        """
        self._answers.on_message.append(call)
        return call

    def on_event(self, call: _OnMessage) -> _OnMessage:
        """Call this with every message: also the bot's own ones, and those of `SERVER`."""
        self._answers.on_event.append(call)
        return call

    def on(self, *events: str) -> Callable[[_OnHappening], _OnHappening]:
        """Call this with each `Happening` of these events, in the bot's rooms or to the bot.

        For example `@bot.on("joined")`, or `@bot.on("kicked", "banned")`. docs/protocol.md lists the events.
        What the class layer tells is an event named for its kind, such as "poll", with its fields in `about`.

        Raises:
            ValueError: there is no such event.
        """
        for event in events:
            if event not in EVENTS | KINDS:
                known = ", ".join(sorted(EVENTS | KINDS))
                raise ValueError(f"Unknown event '{event}': choose from {known}")

        def register(call: _OnHappening) -> _OnHappening:
            for event in events:
                self._answers.on_happening.setdefault(event, []).append(call)
            return call

        return register

    def on_gap(self, call: _OnGap) -> _OnGap:
        """Call this when messages were missed and are not replayed.

        With the room, or None for private messages; and their number, or None if it is not known.
        """
        self._answers.on_gap.append(call)
        return call

    def on_room_lost(self, call: _OnRoomLost) -> _OnRoomLost:
        """Call this with a room and a reason when the bot is removed from the room, or can't rejoin it."""
        self._answers.on_room_lost.append(call)
        return call

    # Requests.

    async def create(self, room: str) -> Success:
        """Create a room, and join it."""
        return (await self._answers.ask(Create(receiver=room))).event

    async def join(self, room: str) -> Success:
        """Join a room."""
        return (await self._answers.ask(Join(receiver=room))).event

    async def leave(self, room: str) -> Success:
        """Leave a room."""
        return (await self._answers.ask(Leave(receiver=room))).event

    async def say(self, room: str, text: str) -> Success:
        """Say something to a room; the answer has the message's `seq` and `time`."""
        return (await self._answers.ask(Say(receiver=room, text=text))).event

    async def tell(self, user: str, text: str) -> Success:
        """Send a private message; the answer has the message's `seq` and `time`."""
        return (await self._answers.ask(Tell(receiver=user, text=text))).event

    async def share(self, path: str | Path, receiver: str, private: bool = False) -> None:
        """Share a file with a room, or with a user; its message is stored then.

        With `private`, the receiver is a user, even if a room has the same name.

        Raises:
            NotTransferred: it can't be read, or could not be uploaded.
        """
        opened = await deferToThread(open_file, Path(path))

        async def ask(command: ShareFile) -> Success:
            return (await self._answers.ask(command)).event

        await share(
            opened,
            receiver,
            private=private,
            ask=ask,
            uploader=self._transfers,
            progress=_ignore,
        )

    async def download(self, message: Message, directory: str | Path = ".") -> Path:
        """Download the file of a message into a directory; return its path, which no other file had before.

        Raises:
            NotTransferred: it could not be downloaded.
            ValueError: the message has no file.
        """
        if message.file is None:
            raise ValueError("The message has no file")
        return await self._transfers.download(message.file, Path(directory), _ignore)

    @cached_property
    def _transfers(self) -> Transfers:
        from classchat.client.link.transfers import Transfers  # imported late: it takes a while

        return Transfers(self._reactor, self._endpoint)

    async def rooms(self) -> list[RoomListing]:
        """Return the rooms of the server, as many as fit into one answer."""
        return (await self._answers.ask(ListRooms())).event.rooms or []

    async def users(self, room: str = "") -> list[UserListing]:
        """Return the users of the server, or of a room, as many as fit into one answer."""
        return (await self._answers.ask(ListUsers(receiver=room))).event.users or []

    async def absent(self, room: str) -> list[UserListing]:
        """Return the members of a room who are offline; as many as fit into one answer."""
        return (await self._answers.ask(ListUsers(receiver=room))).event.absent or []

    async def topic(self, room: str) -> str:
        """Return the topic of a room; "" if it has none."""
        listed = (await self._answers.ask(ListRooms(room=room))).event.rooms or []
        return next((one.topic or "" for one in listed if key(one.name) == key(room)), "")

    async def history(
        self,
        receiver: str,
        limit: int = 50,
        before: int | None = None,
        after: int | None = None,
        since: datetime | None = None,
        private: bool = False,
    ) -> Page:
        """Return the messages of a room, or of a private conversation, oldest first.

        The latest `limit` messages, or those before a number; or the first ones after a number, or since a
        time, which must have a time zone. With `private`, the receiver is a user, not a room.
        """
        return await self._read(
            History(
                receiver=receiver,
                limit=limit,
                before=before,
                after=after,
                since=since,
                private=private or None,
            )
        )

    async def search(
        self,
        words: str,
        receiver: str = "",
        limit: int = 20,
        before: int | None = None,
        user: str = "",
        private: bool = False,
    ) -> Page:
        """Return messages with all of these words, newest first; of one room or user, or of all.

        With `user`, only messages of this user, and `words` may be empty. With `private`, the receiver is a
        user, not a room.
        """
        return await self._read(
            Search(
                text=words,
                receiver=receiver,
                limit=limit,
                before=before,
                user=user,
                private=private or None,
            )
        )

    async def delete(self, receiver: str, seq: int, private: bool = False, reason: str = "") -> Success:
        """Delete a message of a room, or to a user, by its number; its author and moderators may.

        With `private`, the receiver is a user, even if a room has the same name.
        """
        request = Delete(receiver=receiver, seq=seq, private=private or None, text=reason)
        return (await self._answers.ask(request)).event

    async def claim(self, password: str) -> Success:
        """Register the bot's name with a password."""
        return (await self._answers.ask(Claim(text=password))).event

    async def rename(self, name: str) -> Success:
        """Take another name, which a registered one does not allow; `name` has it from then on."""
        return (await self._answers.ask(Rename(text=name))).event

    async def away(self, text: str = "") -> Success:
        """Mark the bot as away, with a text."""
        return (await self._answers.ask(Away(text=text))).event

    async def back(self) -> Success:
        """Mark the bot as back."""
        return (await self._answers.ask(Back())).event

    # The end.

    async def close(self) -> None:
        """Leave; harmless twice."""
        if "_transfers" in self.__dict__:
            await self._transfers.close()
        await self._answers.link.leave()

    async def closed(self) -> None:
        """Wait until the bot has left.

        Raises:
            Closed: it has lost its server for good, or its name.
        """
        await self._answers.end()
        if not self._answers.link.left:
            raise Closed(self._answers.reason)

    async def _read(self, command: History | Search) -> Page:
        answer = await self._answers.ask(command)
        return Page(answer.messages, bool(answer.event.more), answer.event.before, answer.event.oldest)
