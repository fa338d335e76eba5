"""The conversation with one IRC client: for its connection, what a session is for one that speaks JSON.

-> a line       handled by its entry in commands.py
<- numerics     and what else is written while it is handled, with its label
-> ...          the next line waits until the last one is done
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat.core.chat import Chat
from classchat.core.ports import Peer
from classchat.errors import ChatError, TooLong
from classchat.irc import told
from classchat.irc.client import Client
from classchat.irc.commands import COMMANDS
from classchat.irc.network import Network
from classchat.irc.refusals import refuse
from classchat.irc.responses import Response
from classchat.irc.steps import Steps
from classchat.messages import Error, Say
from classchat.names import SERVER
from classchat.wire.irc.channels import channel
from classchat.wire.irc.irc_lines import IRCLine, NotUTF8
from classchat.wire.irc.numerics import (
    ERR_INPUTTOOLONG,
    ERR_NEEDMOREPARAMS,
    ERR_NOTREGISTERED,
    ERR_UNKNOWNCOMMAND,
)

_Waiting = Coroutine[Any, Any, None] | None

_LONGEST_LABEL: Final = 64
"""Characters of a label; a longer one is none: https://ircv3.net/specs/extensions/labeled-response."""


class Conversation:
    """Handles the lines of one client."""

    __slots__ = ("_references", "client")

    def __init__(
        self, chat: Chat, network: Network, outbox: Peer, place: str, *, encrypted: bool, secure: bool
    ) -> None:
        self.client = Client(chat, network, outbox, place, told.tell, encrypted=encrypted, secure=secure)
        self._references = 0

    # What the connection asks: see servers/talk.py.

    @property
    def registered(self) -> bool:
        """Whether the client is registered."""
        return self.client.session.registered

    @property
    def answers(self) -> bool:
        """Whether the client answers a PING, as all do."""
        return self.registered

    @property
    def is_owed(self) -> bool:
        """Whether the client has yet to show that it has received what its user had missed."""
        return self.client.session.is_owed

    def said_before(self, lines: int) -> None:
        """Record that so many lines were sent before the welcome."""
        self.client.session.said_before(lines)

    def count(self) -> _Waiting:
        """Count a line that asks for nothing; return what to wait for before the next one."""
        return self.client.session.count()

    def refuse(self, error: ChatError) -> None:
        """Write nothing: the last line of the connection says why it is closed."""
        self.client.session.told_otherwise(error)

    def ask_whether_there(self) -> None:
        """Ask the client to show that it is still there."""
        self.client.session.ask_whether_there()

    def close(self, reason: ChatError | None = None) -> None:
        """End the session. Harmless twice."""
        self.client.network.monitors.clear(self.client)
        self.client.session.close(reason)

    def misheard(self, error: ChatError, id: str | None = None) -> _Waiting:  # noqa: ARG002
        """Refuse an invalid line; return what to wait for before the next one."""
        client = self.client
        client.session.told_otherwise(error)
        match error:
            case TooLong():
                client.reply(ERR_INPUTTOOLONG, "Input line was too long")
            case NotUTF8():
                self._refuse_bytes(error.line or IRCLine({}, "", "*", []))
            case _:
                client.fail("*", "INVALID_LINE", error.text)
        return client.session.count()

    def _refuse_bytes(self, line: IRCLine) -> None:
        """Refuse a line that is not UTF-8; `line` is what can be read of it."""
        peer = self.client.peer
        peer.response = self._response_to(line)
        peer.begin_step()
        self.client.fail(line.command, "INVALID_UTF8", "Message rejected: it is not UTF-8")
        peer.end_step()
        self._end(peer.response)

    def handle(self, line: IRCLine | Say) -> _Waiting:
        """Handle a line; return what to wait for before the next one."""
        client = self.client
        if isinstance(line, Say):  # almost always
            if client.open_batch is None:
                client.said = line
                client.profile.active = client.network.profiles.now()
                return client.session.say(line)
            line = IRCLine({}, "", "PRIVMSG", [channel(line.receiver), line.text])
        client.line, client.peer.response, client.last_request = line, self._response_to(line), None
        client.peer.begin_step()
        try:
            waiting = self._handle(line)
        except ChatError as error:
            self._refuse(error)
            waiting = None
        finally:
            client.peer.end_step()
        response = client.peer.response  # the end of a batch answers the line that began it
        if waiting is None:
            self._end(response)
            return None if client.asked_chat else client.session.count()
        if response is not None:
            response.handled = waiting is client.last_request
        return self._finish(waiting, response)

    def _response_to(self, line: IRCLine) -> Response | None:
        """Return the labelled response to a line; None if it has no label that the client may use."""
        label = line.tags.get("label", "")
        if not 0 < len(label) <= _LONGEST_LABEL or "labeled-response" not in self.client.capabilities:
            return None
        self._references += 1
        return Response(self.client.network.server, label, str(self._references))

    def _handle(self, line: IRCLine) -> _Waiting:
        client = self.client
        client.asked_chat = False
        entry = COMMANDS.get(line.command)
        if entry is None and client.session.registered:
            client.reply(ERR_UNKNOWNCOMMAND, line.command, "Unknown command")
        elif not client.session.registered and (entry is None or not entry.before):
            client.reply(ERR_NOTREGISTERED, "You have not registered")
        elif entry is not None and len(line.params) < entry.fewest:
            client.reply(ERR_NEEDMOREPARAMS, line.command, "Not enough parameters")
        elif entry is not None:
            return entry.handler(client, line)
        return None

    async def _finish(self, waiting: Coroutine[Any, Any, None], response: Response | None) -> None:
        """Wait for the rest of a line's handling."""
        peer = self.client.peer
        try:
            await Steps(waiting, peer.begin_step, peer.end_step)
        except ChatError as error:
            peer.begin_step()
            self._refuse(error)
            peer.end_step()
        self._end(response)
        if not self.client.asked_chat:
            resting = self.client.session.count()
            if resting is not None:
                await resting

    def _end(self, response: Response | None) -> None:
        if response is not None:
            response.handled = True
            if response.owed:
                self.client.peer.response = None  # it is complete when they come back
            else:
                self.client.peer.end_response()

    def _refuse(self, error: ChatError) -> None:
        client, line = self.client, self.client.line
        told_ = Error(SERVER, client.nick, error.text, code=error.code)
        refuse(client, told_, line.command, line.params[0] if line.params else "", message=False)
