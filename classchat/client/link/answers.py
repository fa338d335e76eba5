"""The bot's side of a link: answers that a program awaits, and callbacks that it has registered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from classchat.class_commands import Follow
from classchat.client.link.exchange import Hearer
from classchat.client.link.happenings import Happening, happening_of
from classchat.client.link.link import Link
from classchat.client.link.listener import LinkListener
from classchat.client.link.open_request import OpenRequest
from classchat.client.link.protocol import ClientProtocol
from classchat.client.spelling import name_key, room_key
from classchat.errors import ChatError
from classchat.messages import Error, Event, Group, History, Leave, Private, Search, Success
from classchat.names import SERVER
from classchat.request import Request
from classchat.texts import one_line

_MOST_UNDER_WAY = 1000  # coroutines of the program under way; a bot that is further behind is reconnected

_MOST_EARLY = 10_000
"""Messages that are kept until a program has registered its callbacks; older ones are dropped."""

Message = Group | Private
Called = Coroutine[Any, Any, object] | None
OnMessage = Callable[[Message], Called]
OnGap = Callable[[str | None, int | None], Called]
OnRoomLost = Callable[[str, "Refused"], Called]
OnHappening = Callable[[Happening], Called]


class Refused(ChatError):
    """The server has refused a request; `code` is its name for the reason.

    Where a moderator has removed the bot from a room, `by` is the moderator, and `reason` the reason, if any.
    """

    def __init__(self, code: str, text: str, by: str | None = None, reason: str | None = None) -> None:
        super().__init__(code, text)
        self.code = code
        self.by = by
        self.reason = reason
        self._text = text

    @property
    def text(self) -> str:
        """The server's sentence."""
        return self._text


class NotConfirmed(ChatError):
    """The connection was lost before the answer came: the request may have been done, or not."""

    code = "not_confirmed"

    @property
    def text(self) -> str:
        """The sentence for people."""
        return "The connection was lost before the server confirmed this: it may have been done, or not."


class Closed(ChatError):
    """The connection is closed; `reason` says why, if that is known."""

    code = "closed"

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def text(self) -> str:
        """The sentence for people."""
        return self.reason or "The connection is closed."


@dataclass(frozen=True)
class Answer:
    """The server's answer, and the messages that it sent before the answer."""

    event: Success
    messages: list[Message]


class Answers(Hearer, LinkListener):
    """Hands each answer to the coroutine that awaits it, and each message to the registered callbacks."""

    _log = Logger()

    def __init__(self, name: str, password: str | None = None) -> None:
        """Sign in as `name` with this `password`; set `link` before the first request."""
        self.link: Link
        self.on_message: list[OnMessage] = []
        self.on_event: list[OnMessage] = []
        self.on_gap: list[OnGap] = []
        self.on_room_lost: list[OnRoomLost] = []
        self.on_happening: dict[str, list[OnHappening]] = {}
        self.is_closed = False
        self.reason: str | None = None
        """Why the connection is closed, if that is known and the program has not closed it."""
        self.opening: Deferred[None] = Deferred()
        """Fires when the bot is signed in, and fails if it can't sign in."""
        self.name = name
        """The bot's name as other users see it, once the server has sent it."""
        self._me = name_key(name)
        self._closing: list[Deferred[None]] = []
        self._waiting: dict[str, Deferred[Answer]] = {}
        self._turns: deque[Deferred[None]] = deque()
        self._messages: list[Message] = []
        self._under_way = 0
        self._followed: dict[str, str] = {}  # the rooms whose classes are followed, by key
        self._password = password
        self._early: deque[Message] | None = deque(maxlen=_MOST_EARLY)

    async def ask(self, command: Request) -> Answer:
        """Send a request when it is this request's turn, and wait for the answer.

        Raises:
            ChatError: the request is refused, or there will be no answer.
        """
        while self.link.full and not self.is_closed:
            turn: Deferred[None] = Deferred()
            self._turns.append(turn)
            await turn
        if self.is_closed:
            raise Closed(self.reason)
        waiting: Deferred[Answer] = Deferred()
        self._waiting[str(self.link.ask(command).id)] = waiting
        return await waiting

    async def end(self) -> None:
        """Wait until the connection is closed."""
        if not self.is_closed:
            closing: Deferred[None] = Deferred()
            self._closing.append(closing)
            await closing

    # The exchange calls.

    def heard(self, event: Event, request: Request | None) -> None:
        """Hand an event to the coroutine or the callbacks that wait for it."""
        if self._early is not None and isinstance(event, Message):
            self._early.append(event)
            return
        match event:
            case Success():
                self._granted(event, request)
            case Error():
                self._refused(event, request)
            case Group() | Private():
                if event.replay and self.link.exchange.talking:
                    self._messages.append(event)  # it is part of the answer that follows
                else:
                    self._told(event)

    def missed(self, welcome: Success) -> None:
        """Report that private messages were missed."""
        for call in self.on_gap:
            self._call(call, None, welcome.missed)

    def rejoined(self, room: str, answer: Success | Error) -> None:
        """Report that messages of a room were missed, or that the bot is no longer in it."""
        match answer:
            case Success(gap=True):
                for on_gap in self.on_gap:
                    self._call(on_gap, room, answer.missed)
            case Success():
                pass
            case Error():
                for on_room_lost in self.on_room_lost:
                    self._call(on_room_lost, room, _refusal(answer))

    def returned(self, rooms: Sequence[str], again: Sequence[OpenRequest]) -> None:
        """Log that the bot is connected again; the classes that it followed have to be asked for again."""
        self._log.info("Reconnected: in {rooms}, {again} requests sent again", rooms=rooms, again=len(again))
        followed, self._followed = self._followed, {}
        for room in followed.values():
            stale = {"kind": "counts", "room": room, "stale": True}
            self._told(Private(SERVER, self.name, "", about=stale))

    def unconfirmed(self, asked: Sequence[OpenRequest]) -> None:
        """Fail the requests whose outcome is unknown."""
        for one in asked:
            self._fail(str(one.command.id), NotConfirmed())

    def not_done(self, asked: OpenRequest) -> None:
        """Do nothing: the request was already failed with the reason."""

    # The link calls.

    def unreachable(self, failure: Failure) -> None:
        """Fail to connect."""
        self.is_closed = True
        self.opening.errback(failure)

    def refused(self, reason: str, code: str | None) -> None:
        """Fail to sign in."""
        self.opening.errback(Refused(code or "not_welcome", reason))

    def welcomed(self, event: Success) -> None:
        """Report that the bot is signed in, unless the server is too old for programs."""
        if event.server is None:
            self.opening.errback(Refused("first_version", "This server is too old for programs"))
            self.link.leave()
        else:
            if name_key(event.receiver) == self._me:
                self.name = event.receiver
            self.opening.callback(None)
        early, self._early = self._early or deque[Message](), None
        if len(early) == _MOST_EARLY:
            self.missed(event)
        for message in early:
            self._told(message)

    def renamed(self, name: str) -> None:
        """Record the bot's new name."""
        self.name, self._me = name, name_key(name)

    def locked(self, reason: str, code: str) -> None:
        """Give the password if the server asks for one; otherwise give up."""
        if self._password is not None and code == "password_required":
            self.link.unlock(self._password)
        elif self.opening.called:
            self.link.give_up(reason)
        else:
            self.link.drop()
            self.refused(reason, code)

    def connected(self, producer: ClientProtocol) -> None:
        """Do nothing: reading is never paused, because answers arrive on the same connection as messages."""

    def disconnected(self) -> None:
        """Do nothing: reading was never paused."""

    def ready(self) -> None:
        """Release the next requests, as many as fit."""
        while self._turns and not self.link.full:
            self._turns.popleft().callback(None)

    def dropped(self) -> None:
        """Forget half an answer: the whole answer is sent again."""
        self._messages = []
        self._log.info("The connection is lost")

    def closed(self, reason: str | None) -> None:
        """Fail or end whatever waits for this connection."""
        self.is_closed = True
        self.reason = reason
        if not self.opening.called:
            self.opening.errback(Closed(reason))
        for id in list(self._waiting):
            self._fail(id, NotConfirmed())
        while self._turns:
            self._turns.popleft().callback(None)
        closing, self._closing = self._closing, []
        for waiting in closing:
            waiting.callback(None)

    # Handing on.

    def _granted(self, event: Success, request: Request | None) -> None:
        messages: list[Message] = []
        match request:
            case Follow(receiver=room, follow=True):
                self._followed[room_key(room)] = room
            case Follow(receiver=room, follow=False) | Leave(receiver=room):
                self._followed.pop(room_key(room), None)
            case _:
                pass
        if isinstance(request, History | Search):
            messages, self._messages = self._messages, []
        waiting = self._waiting.pop(str(request.id), None) if request is not None else None
        if waiting is not None:
            waiting.callback(Answer(event, messages))

    def _refused(self, event: Error, request: Request | None) -> None:
        if request is not None:
            self._fail(str(request.id), _refusal(event))
        elif event.room is not None:
            self.rejoined(event.room, event)  # a moderator has removed the bot
        else:
            self._log.warn("The server says: {reason}", reason=one_line(event.text))

    def _fail(self, id: str, error: ChatError) -> None:
        waiting = self._waiting.pop(id, None)
        if waiting is not None:
            waiting.errback(error)

    def _told(self, message: Message) -> None:
        for call in self.on_event:
            self._call(call, message)
        if message.sender != SERVER and name_key(message.sender) != self._me:
            for call in self.on_message:
                self._call(call, message)
        happening = happening_of(message) if self.on_happening else None
        if happening is not None:
            for happened in self.on_happening.get(happening.event, ()):
                self._call(happened, happening)

    def _call(self, call: Callable[..., Called], *arguments: object) -> None:
        """Call a callback of the program; an exception in it is logged, and stops nothing else."""
        try:
            called = call(*arguments)
        except Exception:
            self._log.failure("A callback failed")
            return
        if called is None:
            return
        self._under_way += 1
        if self._under_way > _MOST_UNDER_WAY:
            self.link.reconnect()  # what is said meanwhile is replayed later, when the program has caught up
        doing = Deferred.fromCoroutine(called)
        doing.addErrback(lambda failure: self._log.failure("A callback failed", failure))
        doing.addBoth(self._done)

    def _done(self, _: object) -> None:
        self._under_way -= 1


def _refusal(error: Error) -> Refused:
    return Refused(error.code or "refused", error.text, error.by, error.reason)
