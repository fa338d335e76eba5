"""One client's conversation with the chat: all that the servers use of it.

-> register, claim          the client is signed in
<- success                  or an error, and it may try again
-> create, join, say ...    each is granted or refused
<- ...
-> quit                     or the connection is lost: both end the session
"""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from classchat.core.answer_events import Gap
from classchat.core.chat import Chat
from classchat.core.departures import Ending
from classchat.core.device import Device
from classchat.core.events import Event
from classchat.core.identity import Owner
from classchat.core.manners import Uttered
from classchat.core.model import User
from classchat.core.orders import Undecided
from classchat.core.ports import Peer
from classchat.core.rate_limit import RateLimit
from classchat.core.unheard import Unheard
from classchat.errors import (
    AlreadyRegistered,
    AnnounceOnly,
    ChatError,
    ClaimedOnly,
    Muted,
    NotAMember,
    NotRegistered,
    PasswordRequired,
    RoomNotFound,
    SlowMode,
    TakenOver,
    TLSRequired,
    UsernameTaken,
    UserNotFound,
)
from classchat.messages import (
    Asking,
    ChangePassword,
    Claim,
    Command,
    Error,
    Ping,
    Pong,
    Probe,
    Quit,
    Register,
    Say,
    Success,
    Tell,
)
from classchat.names import SERVER
from classchat.texts import quoted


class Session:
    """The conversation of one client, signed in or not yet."""

    __slots__ = (
        "_address",
        "_answers",
        "_by_web",
        "_chat",
        "_closed",
        "_passwords",
        "_peer",
        "_rate_limit",
        "_token",
        "_user",
    )

    def __init__(self, chat: Chat, peer: Peer, address: str = "") -> None:
        """Begin a conversation with a client, whose attempts are counted under an address."""
        self._chat = chat
        self._peer = peer
        self._address = address
        self._token = ""  # with which the user is recognized later
        self._user: User | None = None
        self._rate_limit: RateLimit | Unheard | None = chat.rate_limits.new()  # then the user's
        self._closed = False
        self._answers = False
        self._by_web = False
        self._passwords = True  # whether they are taken

    def comes_by_web(self, address: str, *, passwords: bool) -> None:
        """Count the attempts of the client under another address, before there are any.

        A web page stops where it may not come in. `passwords` says whether they are taken, which they are not
        where others on the way could read them.
        """
        self._by_web = True
        self._passwords = passwords
        self._address = address

    @property
    def answers(self) -> bool:
        """Whether the client has said that it answers a `Probe`."""
        return self._answers

    @property
    def user(self) -> User | None:
        """The user of the client; None before it is signed in."""
        return self._user

    @property
    def registered(self) -> bool:
        """Whether the client is signed in."""
        return self._user is not None

    @property
    def is_owed(self) -> bool:
        """Whether the client has yet to show that it has received what its user had missed."""
        return isinstance(self._rate_limit, Unheard)

    def said_before(self, lines: int) -> None:
        """Record that so many lines were sent before the welcome: they don't show that it was received."""
        if isinstance(self._rate_limit, Unheard):
            self._rate_limit.before = lines

    def handle(self, command: Command | Uttered) -> Coroutine[Any, Any, None] | None:
        """Grant or refuse a request, and answer it.

        Returns what to wait for before the next command, or None: messages wait for nothing, unless they
        exceed the user's rate limit.
        """
        if self._rate_limit is not None:
            seconds = self._rate_limit.take(command)
            if seconds > 0.0:
                return self._handle_later(command, seconds)
        return self._handle(command)

    def say(self, command: Say) -> Coroutine[Any, Any, None] | None:
        """Send a message, whose text is known to be printable, as `handle` would: most need nothing more."""
        if self._rate_limit is not None:
            seconds = self._rate_limit.take(command)
            if seconds > 0.0:
                return self._handle_later(command, seconds)
        user, chat = self._user, self._chat
        if user is None or (user.operator and chat.journal.stale):
            return self._handle(command)
        if not chat.say_at_once(user, self._peer, command.receiver, command.text):
            return self._handle(command)
        return self._settled() if chat.journal.full else None

    def misheard(self, error: ChatError, id: str | None = None) -> Coroutine[Any, Any, None] | None:
        """Refuse an invalid line; return what to wait for, as `handle` does."""
        self.refuse(error, id)
        return self.count()

    def told_otherwise(self, error: ChatError) -> None:
        """Count a refusal of which the client is told in another way."""
        self._chat.measures.refused(error)

    def count(self, command: Command | None = None) -> Coroutine[Any, Any, None] | None:
        """Count a request that is handled elsewhere, as a command; None for one that asks for nothing.

        Returns what to wait for, as `handle` does.
        """
        if self._rate_limit is not None:
            seconds = self._rate_limit.take(command)
            if seconds > 0.0:
                return self._rest(seconds)
        return None

    def refuse(self, error: ChatError, id: str | None = None, receiver: str = "") -> None:
        """Tell the client what can't be granted, or why the server is about to disconnect it."""
        self._chat.measures.refused(error)
        if self._user is not None:
            receiver = self._user.name
        seconds = error.seconds if isinstance(error, SlowMode) else None
        self._peer.tell(Error(SERVER, receiver, error.text, code=error.code, id=id, seconds=seconds))

    def ask_whether_there(self) -> None:
        """Ask the client to show that it is still there."""
        if self._user is not None:
            self._peer.tell(Probe(SERVER, self._user.name, ""))

    def close(self, reason: ChatError | None = None) -> None:
        """End the session: the client has disconnected, or is about to be. Harmless twice."""
        self._end(Ending(reason))

    def _end(self, ending: Ending) -> None:
        self._closed = True
        user, self._user = self._user, None
        if user is not None:
            self._chat.sign_ins.depart(user, self._peer, ending)

    # Commands.

    def _handle(
        self, command: Command | Uttered, again: bool = False, looked: bool = False
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
                case Uttered():
                    if user.operator and not looked and self._chat.journal.stale:
                        return self._look_first(command)
                    self._chat.utter(user, self._peer, command)
                    if not command.command.text or (command.aside and self._chat.journal.several):
                        return self._settled()  # it is queued, and counts as no message
                case Ping() | Pong():  # a database that hangs must not make the connection look dead
                    return self._obey(user, command, looked=True)
                case _:
                    if not looked and self._chat.journal.stale:
                        return self._look_first(command)
                    return self._obey(user, command, looked=looked)
            if self._chat.journal.full:
                return self._settled()
        except Undecided:
            if again:
                raise
            return self._handle_decided(command)
        except (UsernameTaken, PasswordRequired) as error:
            self.refuse(error, command.id, receiver=error.name)
        except (UserNotFound, RoomNotFound, NotAMember, Muted, AnnounceOnly) as error:
            if not looked and (self._chat.journal.stale or self._chat.journal.several):
                return self._look_first(command)
            if user is not None and isinstance(command, Say | Tell) and command.id is not None:
                return self._answering(command, self._chat.sent_before(user, command.id, error))
            self.refuse(error, command.id)
        except ChatError as error:
            self._refuse(error, command.id)
        return None

    def _refuse(self, error: ChatError, id: str | None) -> None:
        """Refuse a request; before sign-in disconnect a web page that should not try again."""
        self.refuse(error, id)
        if self._user is None and self._by_web and isinstance(error, ClaimedOnly | TLSRequired):
            self.close()
            self._peer.close(error)

    def _obey(self, user: User, command: Asking, *, looked: bool) -> Coroutine[Any, Any, None] | None:
        match command:
            case Ping():
                self._answers = self._answers or command.answers is True
                time = self._chat.sign_ins.time()
                self._peer.tell(Success(SERVER, user.name, "pong", id=command.id, time=time))
            case Pong():
                pass  # any line shows that the client is there
            case Quit():
                return self._quit(command)
            case Register():
                raise AlreadyRegistered(user.name)
            case _:
                self._check_passwords(command)
                granted = self._chat.requests.grant(
                    user, Device(self._peer, self._address, self._token), command
                )
                if granted is None:
                    return self._settled()
                if isinstance(granted, Coroutine):
                    return self._answering(command, granted, looked=looked)
                self._peer.tell(granted)
        return None

    async def _look_first(self, command: Command | Uttered) -> None:
        """Handle a command after taking over what another program has changed about claimed names."""
        await self._chat.journal.look_again()
        user = self._user
        if user is None or user.reaches(self._peer):  # else its name was released
            waiting = self._handle(command, looked=True)
            if waiting is not None:
                await waiting

    async def _handle_later(self, command: Command | Uttered, seconds: float) -> None:
        """Handle a command after so many seconds, unless the client has disconnected by then."""
        if await self._peer.rested(seconds):
            waiting = self._handle(command)
            if waiting is not None:
                await waiting

    async def _handle_decided(self, command: Command | Uttered) -> None:
        """Handle a command after the orders that are on their way are stored, or have failed."""
        while True:
            await self._chat.settled()
            if self._closed:
                return
            with suppress(Undecided):  # the next order was requested before this command
                waiting = self._handle(command, again=True)
                break
        if waiting is not None:
            await waiting

    async def _answering(
        self, command: Command, granting: Coroutine[Any, Any, Event | None], *, looked: bool = True
    ) -> None:
        """Wait until a request is granted or refused, and answer it."""
        try:
            answer = await granting
        except ChatError as error:
            if not looked and self._chat.journal.several and isinstance(error, UserNotFound | RoomNotFound):
                await self._look_first(command)  # another node may have told its client of that user or room
                return
            self.refuse(error, command.id)
            return
        if answer is not None:
            self._peer.tell(answer)

    async def _rest(self, seconds: float) -> None:
        await self._peer.rested(seconds)

    async def _settled(self) -> None:
        """Wait until everything that was granted so far is delivered."""
        await self._chat.settled()

    async def _quit(self, command: Quit) -> None:
        """Send the client the rest of what it asked for, then disconnect it."""
        await self._chat.settled()
        if command.id is not None:
            name = self._user.name if self._user else ""
            self._peer.tell(Success(SERVER, name, "Goodbye", id=command.id))
        self._end(Ending(said=quoted(command.text, self._chat.limits.topic)))
        self._peer.close()

    async def empower(self, name: str, password: str) -> None:
        """Give the user the rights of an operator, whose name and password are given.

        Raises:
            ChatError: they are wrong, or the user may not.
        """
        user = self._user
        if user is None:
            raise NotRegistered
        if not self._passwords:
            raise TLSRequired(password=True)
        await self._chat.empowering.empower(user, self._peer, name, password, self._address)

    def give_up_rights(self) -> bool:
        """Give up the rights of an operator; return whether the user, a guest, had them by a password."""
        user = self._user
        if user is None or user.empowered_by is None:
            return False
        self._chat.empowering.end(user)
        return True

    # Signing in.

    def _before_signing_in(
        self, command: Command | Uttered, *, looked: bool
    ) -> Coroutine[Any, Any, None] | None:
        if self._closed:
            return None
        if not looked and isinstance(command, Register | Claim) and self._chat.journal.stale:
            return self._look_first(command)
        match command:
            case Register(token=None, since=None, text="") if not self._chat.journal.several:
                user, token = self._chat.sign_ins.new_guest(command.sender, self._peer)
                self._enter(user, token)
                self._welcome(command, user, None)
                return None
            case Register() | Claim():
                self._check_passwords(command)
                return self._sign_in(command)
            case Quit():
                return self._quit(command)
            case _:
                raise NotRegistered

    def _check_passwords(self, command: Command) -> None:
        """Raise `TLSRequired` if a password is in a command, and none is taken."""
        if not self._passwords and isinstance(command, Register | Claim | ChangePassword) and command.text:
            raise TLSRequired(password=True)

    async def _sign_in(self, command: Register | Claim) -> None:
        """Sign in a client that may have been here before, and replay what its user has missed."""
        sign_ins = self._chat.sign_ins
        try:
            user, token = await sign_ins.enter(command, self._peer, self._address)
        except (UsernameTaken, PasswordRequired) as error:
            self.refuse(error, command.id, receiver=error.name)
            return
        except ChatError as error:
            self._refuse(error, command.id)
            return
        if self._closed:
            sign_ins.depart(user, self._peer, Ending())
            return
        self._enter(user, token)
        backlog = await sign_ins.catch_up(user, self._peer, command)
        if self._user is user and not user.reaches(self._peer):
            taken_over = TakenOver()
            self.refuse(taken_over, command.id)
            self.close()
            self._peer.close(taken_over)
        elif self._user is user:
            self._welcome(command, user, backlog.gap)
            for event in backlog.events:
                self._peer.tell(event)

    async def identify(self, name: str, password: str) -> Owner:
        """Return the owner of a name, whose password is given; nobody is signed in.

        Raises:
            ChatError: the password is wrong, or too many others wait for the same.
        """
        await self._look_again()
        asked = Register(sender=name, text=password)
        return await self._chat.sign_ins.credentials.owner(asked, self._peer, self._address)

    async def found(self, name: str, password: str) -> Owner:
        """Make a name an account; return its owner. Nobody is signed in.

        Raises:
            ChatError: the name can't be claimed.
        """
        await self._look_again()
        asked = Claim(sender=name, text=password)
        return await self._chat.sign_ins.claims.found(asked, self._peer, self._address)

    async def enter(self, owner: Owner, asked: Register, away: str | None = None) -> float | None:
        """Sign in the client of an owner, which gets all new messages at once, and none that were missed.

        It may come in with an `away` message. Returns since when messages were missed, in seconds since 1970;
        None if none were.

        Raises:
            ChatError: the password was changed meanwhile, or the name was released or is reserved, or too
                many clients use it.
        """
        await self._look_again()
        await self._chat.sign_ins.credentials.check(owner)
        if self._closed or self._user is not None:
            return None
        user, token = self._chat.sign_ins.presence.enter(owner, self._peer, away)
        left = self._chat.catch_up.skip(user, self._peer)
        self._enter(user, token)
        self._welcome(asked, user, None)
        return left

    async def _look_again(self) -> None:
        if self._chat.journal.stale:
            await self._chat.journal.look_again()

    def _enter(self, user: User, token: str) -> None:
        self._user = user
        self._peer.reads_as(user.person.number)
        self._token = token

    def _welcome(self, command: Register | Claim, user: User, gap: Gap | None) -> None:
        chat = self._chat
        user.screen = isinstance(command, Register) and command.screen is True
        if user.screen:
            chat.presence.shows(user)
        self._rate_limit = chat.rate_limits.of(user)
        if user.account is not None and user.account.unheard is not None:
            self._rate_limit = Unheard(self._rate_limit, self._peer, self._has_heard)
        self._answers = command.answers is True
        self._peer.tell(chat.sign_ins.welcome(user, command.id, self._token, chat.lobby, gap))

    def _has_heard(self) -> None:
        if self._user is not None:
            self._rate_limit = self._chat.rate_limits.of(self._user)
            self._chat.sign_ins.received_all(self._user)
