"""One client's conversation with the chat: the only door the servers use.

-> register, claim          Alice is somebody now
<- success                  or error, and she may try again
-> create, join, say ...    each granted or refused
<- ...
-> quit                     or the connection is lost: both end the session
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, assert_never

from classchat import __version__
from classchat.core.chat import Chat
from classchat.core.events import Event, Gap, SignedIn
from classchat.core.model import User
from classchat.core.orders import Undecided
from classchat.core.pace import Pace
from classchat.core.ports import Peer
from classchat.errors import (
    AlreadyRegistered,
    AnnounceOnly,
    ChatError,
    Muted,
    NotAMember,
    NotRegistered,
    PasswordRequired,
    RoomNotFound,
    TakenOver,
    UsernameTaken,
    UserNotFound,
)
from classchat.messages import (
    Asking,
    Away,
    Back,
    ChangePassword,
    Claim,
    Command,
    Create,
    Error,
    History,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Ordering,
    Ping,
    Pong,
    Probe,
    Quit,
    Register,
    RoomListing,
    Say,
    Search,
    Since,
    Success,
    Tell,
)
from classchat.names import SERVER

_SERVER_VERSION = f"ClassChat {__version__}"


class _Unheard:
    """Stands before a pace until the client has shown that it has heard what its user had missed.

    That is with its first request that it did not say before, once all that was written has arrived. It is no
    part of what is done for each message.
    """

    __slots__ = ("_heard", "_pace", "_peer", "before")

    def __init__(self, pace: Pace | None, peer: Peer, heard: Callable[[], None]) -> None:
        self._pace = pace
        self._peer = peer
        self._heard = heard
        self.before = 0
        """Lines that were read from the client before it could hear anything."""

    def take(self, command: Command | None) -> float:
        """Count a request, as the pace does; see what it shows."""
        if self.before:
            self.before -= 1
        elif self._peer.took_all():
            self._heard()
        return 0.0 if self._pace is None else self._pace.take(command)


class Session:
    """One live conversation of one client, signed in or not yet."""

    __slots__ = ("_address", "_answers", "_chat", "_closed", "_pace", "_peer", "_token", "_user")

    def __init__(self, chat: Chat, peer: Peer, address: str = "") -> None:
        """Converse with a client, and count what it tries under an address."""
        self._chat = chat
        self._peer = peer
        self._address = address
        self._token = ""
        self._user: User | None = None
        self._pace: Pace | _Unheard | None = chat.paces.new()  # a stranger's own; then that of the user
        self._closed = False
        self._answers = False

    @property
    def answers(self) -> bool:
        """Whether the client has said that it answers `ask_whether_there`."""
        return self._answers

    @property
    def registered(self) -> bool:
        """Whether the client has said who it is, and is still here."""
        return self._user is not None

    @property
    def is_owed(self) -> bool:
        """Whether the client has yet to show that it has heard what its user had missed."""
        return isinstance(self._pace, _Unheard)

    def said_before(self, lines: int) -> None:
        """Take so many lines, said before the client was welcomed, for no sign that it has heard anything."""
        if isinstance(self._pace, _Unheard):
            self._pace.before = lines

    def _has_heard(self) -> None:
        if self._user is not None:
            self._pace = self._chat.paces.of(self._user)
            self._chat.presence.heard(self._user)

    def handle(self, command: Command) -> Coroutine[Any, Any, None] | None:
        """Do what the client asks, and answer it.

        Returns what to wait for before the next command, or None: what is said waits for nothing, unless
        more is said than one user may.
        """
        if self._pace is not None:
            seconds = self._pace.take(command)
            if seconds > 0.0:
                return self._handle_later(command, seconds)
        return self._handle(command)

    def misheard(self, error: ChatError, id: str | None = None) -> Coroutine[Any, Any, None] | None:
        """Refuse what is no command; return what to wait for before the next one, as `handle` does."""
        self.refuse(error, id)
        if self._pace is not None:
            seconds = self._pace.take(None)
            if seconds > 0.0:
                return self._rest(seconds)
        return None

    def _handle(
        self, command: Command, again: bool = False, looked: bool = False
    ) -> Coroutine[Any, Any, None] | None:
        user = self._user
        try:
            if user is None:
                return self._before_signing_in(command, looked=looked)
            match command:
                case Say():
                    if user.operator and not looked and self._chat.journal.stale:
                        return self._look_first(command)
                    self._chat.say(user, self._peer, command.id, command.receiver, command.text)
                case Tell():
                    self._chat.tell(user, self._peer, command.id, command.receiver, command.text)
                case _:
                    if not looked and self._chat.journal.stale:
                        return self._look_first(command)
                    return self._obey(user, command)
            if self._chat.journal.full:
                return self._settled()
        except Undecided:
            if again:
                raise
            return self._handle_decided(command)
        except (UsernameTaken, PasswordRequired) as error:
            self.refuse(error, command.id, receiver=error.name)
        except (UserNotFound, RoomNotFound, NotAMember, Muted, AnnounceOnly) as error:
            if not looked and self._chat.journal.stale:
                return self._look_first(command)
            if user is not None and isinstance(command, Say | Tell) and command.id is not None:
                return self._answering(command, self._chat.said_before(user, command.id, error))
            self.refuse(error, command.id)
        except ChatError as error:
            self.refuse(error, command.id)
        return None

    async def _look_first(self, command: Command) -> None:
        """Do what the client asks once it is known what another program has changed about claimed names."""
        await self._chat.journal.look_again()
        user = self._user
        if user is None or user.reaches(self._peer):  # else its name was released
            waiting = self._handle(command, looked=True)
            if waiting is not None:
                await waiting

    def refuse(self, error: ChatError, id: str | None = None, receiver: str = "") -> None:
        """Tell the client what can't be granted, or why the server is about to hang up."""
        if self._user is not None:
            receiver = self._user.name
        self._send(Error(SERVER, receiver, error.text, code=error.code, id=id))

    def ask_whether_there(self) -> None:
        """Let the client show that it is still there."""
        if self._user is not None:
            self._send(Probe(SERVER, self._user.name, ""))

    def close(self, reason: ChatError | None = None) -> None:
        """End the session: the client is gone, or about to be. Harmless twice."""
        self._closed = True
        user, self._user = self._user, None
        if user is not None:
            self._chat.presence.depart(user, self._peer, reason)

    async def _handle_later(self, command: Command, seconds: float) -> None:
        """Do what the client asks when it may go on; not if it is gone by then."""
        if await self._peer.rested(seconds):
            waiting = self._handle(command)
            if waiting is not None:
                await waiting

    async def _handle_decided(self, command: Command) -> None:
        """Do what the client asks once the orders that are on their way now are kept, or are not."""
        while True:
            await self._chat.settled()
            if self._closed:
                return
            with suppress(Undecided):  # the next order was asked for before
                waiting = self._handle(command, again=True)
                break
        if waiting is not None:
            await waiting

    async def _rest(self, seconds: float) -> None:
        await self._peer.rested(seconds)

    def _obey(self, user: User, command: Asking) -> Coroutine[Any, Any, None] | None:
        chat, peer, id = self._chat, self._peer, command.id
        match command:
            case Claim():
                return self._answering(command, chat.claims.claim(user, self._token, command, self._address))
            case ChangePassword():
                changing = chat.credentials.change_password(user, peer, self._token, command, self._address)
                return self._answering(command, changing)
            case Away():
                self._send(chat.be_away(user, id, command.text))
            case Back():
                self._send(chat.be_back(user, id))
            case Create():
                chat.create(user, peer, id, command.receiver)
                return self._settled()
            case Join():
                if command.since is not None:
                    return self._answering(command, self._rejoin(user, command, command.since))
                chat.join(user, peer, id, command.receiver)
                return self._settled()
            case Leave():
                chat.leave(user, peer, id, command.receiver)
                return self._settled()
            case History():
                return self._answering(command, chat.history.answer(user, peer, command))
            case Search():
                return self._answering(command, chat.search.answer(user, peer, command))
            case ListRooms():
                self._send(chat.lists.rooms(user, command))
            case ListUsers():
                self._send(chat.lists.users(user, command))
            case Ordering():
                return self._answering(command, chat.moderation.obey(user, peer, command))
            case Ping():
                self._answers = self._answers or command.answers is True
                self._send(Success(SERVER, user.name, "pong", id=id, time=chat.time()))
            case Pong():
                pass  # any line shows that somebody is there
            case Quit():
                return self._quit(id)
            case Register():
                raise AlreadyRegistered(user.name)
            case _:
                assert_never(command)
        return None

    def _before_signing_in(self, command: Command, *, looked: bool) -> Coroutine[Any, Any, None] | None:
        if self._closed:
            return None
        if not looked and isinstance(command, Register | Claim) and self._chat.journal.stale:
            return self._look_first(command)
        match command:
            case Register(token=None, since=None, text=""):
                self._user, self._token = self._chat.presence.register(command.sender, self._peer)
                self._welcome(command, self._user, None)
                return None
            case Register():
                return self._come_in(command, self._identified(command))
            case Claim():
                signing_up = self._chat.claims.sign_up(command, self._peer, self._address)
                return self._come_in(command, signing_up)
            case Quit():
                return self._quit(command.id)
            case _:
                raise NotRegistered

    def _welcome(self, command: Register | Claim, user: User, gap: Gap | None) -> None:
        self._pace = self._chat.paces.of(user)
        if user.account is not None and user.account.unheard is not None:
            self._pace = _Unheard(self._pace, self._peer, self._has_heard)
        self._answers = command.answers is True
        rooms = None
        if user.account is not None:
            rooms = [RoomListing(room.name, len(room.members), seq=room.last_seq) for room in user.rooms]
        self._send(
            SignedIn(
                user.name,
                command.id,
                _SERVER_VERSION,
                self._token,
                self._chat.epoch,
                self._chat.time(),
                lobby=self._chat.lobby,
                claims=user.account is not None or self._chat.limits.claims != "closed",
                rooms=rooms,
                gap=gap,
            )
        )

    async def _identified(self, command: Register) -> tuple[User, str]:
        """Sign in with a password or a token; return the user, and the token for the next time."""
        identity = await self._chat.credentials.identify(command, self._peer, self._address)
        return self._chat.presence.enter(identity, self._peer)

    async def _come_in(
        self, command: Register | Claim, identifying: Coroutine[Any, Any, tuple[User, str]]
    ) -> None:
        """Sign in somebody who may have been here before, and tell him what he missed."""
        chat = self._chat
        try:
            user, self._token = await identifying
        except (UsernameTaken, PasswordRequired) as error:
            self.refuse(error, command.id, receiver=error.name)
            return
        except ChatError as error:
            self.refuse(error, command.id)
            return
        if self._closed:
            chat.presence.depart(user, self._peer)
            return
        self._user = user
        since = command.since if isinstance(command, Register) else None
        backlog = await chat.catch_up.sign_in(user, self._peer, since)
        if self._user is user and not user.reaches(self._peer):
            self.refuse(TakenOver(), command.id)
            self.close()
            self._peer.close()
        elif self._user is user:
            self._welcome(command, user, backlog.gap)
            for event in backlog.events:
                self._send(event)

    async def _rejoin(self, user: User, command: Join, since: Since) -> None:
        await self._chat.rejoin(user, self._peer, command.id, command.receiver, since)
        await self._chat.settled()

    async def _answering(self, command: Command, answering: Coroutine[Any, Any, Event | None]) -> None:
        """Answer once that is done, or refused."""
        try:
            answer = await answering
        except ChatError as error:
            self.refuse(error, command.id)
            return
        if answer is not None:
            self._send(answer)

    async def _settled(self) -> None:
        """Wait until what was granted is so for everybody."""
        await self._chat.settled()

    async def _quit(self, id: str | None) -> None:
        """Let the client hear the rest of what it asked for, then hang up."""
        await self._chat.settled()
        if id is not None:
            self._send(Success(SERVER, self._user.name if self._user else "", "Goodbye", id=id))
        self.close()
        self._peer.close()

    def _send(self, event: Event) -> None:
        self._peer.tell(event)
