"""One IRC client, as the handlers of its commands see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from classchat.core.chat import Chat
from classchat.core.events import Event
from classchat.core.manners import Manner, Uttered
from classchat.core.model import User
from classchat.core.ports import Peer
from classchat.core.session import Session
from classchat.errors import ChatError
from classchat.irc.asked import Answered, AskedRequests, ClientRequest, Refused
from classchat.irc.joined_rooms import JoinedRooms
from classchat.irc.network import Network
from classchat.irc.open_batch import OpenBatch
from classchat.irc.peer import IRCPeer
from classchat.irc.profiles import Profile
from classchat.irc.registering import Registering
from classchat.irc.responses import Response
from classchat.irc.steps import Steps
from classchat.messages import Command, Say, Tell
from classchat.wire.irc.capabilities import OFFERED, Capabilities
from classchat.wire.irc.cutting import cut
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.rendering import LONGEST
from classchat.wire.irc.rendering import line as rendered

_NEED_PASSWORDS: Final = ("draft/account-registration", "sasl")
_WITHOUT_PASSWORDS: Final = {name: value for name, value in OFFERED.items() if name not in _NEED_PASSWORDS}


class Client:
    """One client: its session with the chat, and the lines that it is sent."""

    __slots__ = (
        "asked",
        "asked_chat",
        "batches",
        "capabilities",
        "chat",
        "encrypted",
        "joined",
        "last_request",
        "line",
        "network",
        "nick",
        "open_batch",
        "peer",
        "profile",
        "registering",
        "said",
        "secure",
        "session",
    )

    secure: bool
    """Whether passwords are taken: the connection is encrypted, or comes from this machine."""

    nick: str
    """The client's nickname; `*` before it has one."""

    open_batch: OpenBatch | None
    """The message of several lines that the client is sending."""

    line: IRCLine
    """The line that is being handled, unless it is a usual message."""

    said: Say
    """The last usual message."""

    profile: Profile
    """What the client has said about its user, from its welcome on."""

    batches: int
    """How many batches of stored messages it was sent."""

    asked_chat: bool
    """Whether the line has asked the chat for anything, which counts it."""

    last_request: Coroutine[Any, Any, None] | None
    """What the last request of the line waits for."""

    def __init__(
        self,
        chat: Chat,
        network: Network,
        outbox: Peer,
        place: str,
        told: Callable[[Client, Event], Response | None],
        *,
        encrypted: bool,
        secure: bool,
    ) -> None:
        """Begin a session, whose attempts are counted under a place. `told` writes the lines of events."""
        self.chat = chat
        self.network = network
        self.peer = IRCPeer(outbox, network.codecs.of(frozenset()), lambda event: told(self, event))
        self.session = Session(chat, self.peer, place)
        self.encrypted = encrypted
        self.secure = secure
        self.capabilities = Capabilities(OFFERED if secure else _WITHOUT_PASSWORDS)
        self.registering = Registering()
        self.nick = "*"
        self.open_batch = None
        self.asked = AskedRequests(network.draw())
        self.line = IRCLine({}, "", "", [])
        self.said = Say()
        self.profile = Profile()
        self.joined = JoinedRooms()
        self.batches = 0
        self.asked_chat = False
        self.last_request = None

    @property
    def user(self) -> User:
        """The user of the client, which has signed in."""
        user = self.session.user
        assert user is not None  # noqa: S101  # only commands before registration may be without
        return user

    @property
    def has_gone(self) -> bool:
        """Whether the client was registered, and has quit or was disconnected since then."""
        return self.session.user is None and self.nick != "*"

    def adapt(self) -> None:
        """Read what the rooms are told as the client's capabilities say, from now on."""
        self.peer.codec = self.network.codecs.of(self.capabilities.enabled)
        self.peer.echoes = "echo-message" in self.capabilities

    # What it is told.

    def send(
        self, command: str, *params: str, source: str | None = None, tags: Mapping[str, str] | None = None
    ) -> None:
        """Send one line, by default from the server."""
        self.peer.put(
            rendered(self.network.server if source is None else source, command, *params, tags=tags)
        )

    def reply(self, numeric: str, *params: str) -> None:
        """Send one numeric: `:server 352 nick ...`."""
        self.send(numeric, self.nick, *params)

    def notice(self, text: str, source: str | None = None, tags: Mapping[str, str] | None = None) -> None:
        """Send a text to this client alone, by default from the server, in as many lines as it takes."""
        source = self.network.server if source is None else source
        around = len(rendered(source, "NOTICE", self.nick, "")) + 1
        for piece in cut(text, LONGEST - around):
            self.send("NOTICE", self.nick, piece, source=source, tags=tags)

    def fail(self, command: str, code: str, *context_and_text: str) -> None:
        """Say that a command failed, as a standard reply.

        Clients that use a command for which there are such replies understand them. What concerns no command
        is a text for others.
        """
        if command == "*" and "standard-replies" not in self.capabilities:
            self.notice(context_and_text[-1])
        else:
            self.send("FAIL", command, code, *context_and_text)

    def disconnect(self, reason: ChatError) -> None:
        """Disconnect the client; the last line says why."""
        self.session.close(reason)
        self.peer.close(reason)

    def drained(self) -> Awaitable[None]:
        """Return an awaitable that is done when the client has read enough for more to be written."""
        return self.peer.drained()

    # What it asks of the chat.

    def ask(
        self,
        command: Command,
        *,
        target: str = "",
        answered: Answered | None = None,
        refused: Refused | None = None,
        late: bool = False,
    ) -> Coroutine[Any, Any, None] | None:
        """Ask the session for what a command says; return what to wait for before the next line.

        A refusal becomes the numeric of its code, with the `target` as the client writes it. `answered` is
        called with the event that grants the request, `refused` instead of the numeric; both may come `late`.
        """
        self.asked_chat = True
        asked = ClientRequest(command, self.line, target, self.peer.response, answered, refused, late)
        waiting = self._within(asked, replace(command, id=self.asked.add(asked)))
        if waiting is None:
            self.asked.done(asked)
            return None
        self.last_request = self._waits(waiting, asked)
        return self.last_request

    def utter(
        self,
        command: Say | Tell,
        *,
        target: str,
        notice: bool = False,
        lines: tuple[str, ...] = (),
        tags: tuple[tuple[str, str], ...] = (),
        aside: bool = False,
        refused: Refused | None = None,
    ) -> Coroutine[Any, Any, None] | None:
        """Hand a message to the session; return what to wait for before the next line.

        It has no `id`, for it might be taken for a repetition of an earlier one: its manner has a label. The
        parameters are those of `ask`, `Manner` and `Uttered`.
        """
        self.asked_chat = True
        response = self.peer.response
        if response is not None:
            response.owed += 1
        asked = ClientRequest(command, self.line, target, response, None, refused, is_message=True)
        manner = Manner(notice, lines, tags, self.asked.add(asked))
        waiting = self.session.handle(Uttered(command, manner, aside))
        if waiting is not None:
            self.last_request = waiting
        return waiting

    def _within(self, asked: ClientRequest, command: Command) -> Coroutine[Any, Any, None] | None:
        self.asked.current = asked
        try:
            return self.session.handle(command)
        finally:
            self.asked.current = None

    async def _waits(self, waiting: Coroutine[Any, Any, None], asked: ClientRequest) -> None:
        def before() -> None:
            self.asked.current = asked

        def after() -> None:
            self.asked.current = None

        await Steps(waiting, before, after)
        if not asked.late:
            self.asked.done(asked)


Handler = Callable[[Client, IRCLine], Coroutine[Any, Any, None] | None]
"""Handles one line of a client; the next line waits for what it returns.

It may raise a `ChatError`, which becomes a numeric.
"""


class Entry(NamedTuple):
    """How a command is handled."""

    handler: Handler
    fewest: int = 0
    """The parameters that it needs; with fewer it is answered 461."""

    before: bool = False
    """Whether it is allowed before registration; else it is answered 451."""
