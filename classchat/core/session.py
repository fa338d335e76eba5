"""One client's conversation with the chat: the only door the servers use.

-> register                 Alice is somebody now
<- success                  or error, and she may try again
-> create, join, say ...    each granted or refused
<- ...
-> quit                     or the connection is lost: both end the session
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, assert_never

from classchat import __version__
from classchat.core.chat import Chat
from classchat.core.ports import Peer
from classchat.core.users import User
from classchat.errors import AlreadyRegistered, ChatError, NotRegistered, UsernameTaken
from classchat.messages import (
    Command,
    Create,
    Error,
    Event,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Ping,
    Quit,
    Register,
    Say,
    Success,
    Tell,
)
from classchat.names import SERVER

_Rarer = Register | Create | Join | Leave | ListRooms | ListUsers | Ping | Quit
"""What is not said to anybody, and not asked for thousands of times a second."""

_SERVER_VERSION = f"ClassChat {__version__}"


class Session:
    """One live conversation of one client, signed in or not yet."""

    __slots__ = ("_chat", "_closed", "_peer", "_user")

    def __init__(self, chat: Chat, peer: Peer) -> None:
        self._chat = chat
        self._peer = peer
        self._user: User | None = None
        self._closed = False

    @property
    def registered(self) -> bool:
        """Whether the client has said who it is, and is still here."""
        return self._user is not None

    def handle(self, command: Command) -> Coroutine[Any, Any, None] | None:
        """Do what the client asks, and answer it.

        Returns what to wait for before the next command, or None: what is said waits for nothing.
        """
        user = self._user
        try:
            if user is None:
                return self._before_signing_in(command)
            match command:
                case Say():
                    self._chat.say(user, self._peer, command.id, command.receiver, command.text)
                case Tell():
                    self._chat.tell(user, self._peer, command.id, command.receiver, command.text)
                case _:
                    return self._obey(user, command)
        except UsernameTaken as error:
            self.refuse(error, command.id, receiver=error.name)
        except ChatError as error:
            self.refuse(error, command.id)
        return None

    def refuse(self, error: ChatError, id: str | None = None, receiver: str = "") -> None:
        """Tell the client what can't be granted, or why the server is about to hang up."""
        if self._user is not None:
            receiver = self._user.name
        self._send(Error(SERVER, receiver, error.text, code=error.code, id=id))

    def close(self, reason: ChatError | None = None) -> None:
        """End the session: the client is gone, or about to be. Harmless twice."""
        self._closed = True
        user, self._user = self._user, None
        if user is not None:
            self._chat.depart(user, reason)

    def _obey(self, user: User, command: _Rarer) -> Coroutine[Any, Any, None] | None:
        chat, peer, id = self._chat, self._peer, command.id
        match command:
            case Create():
                chat.create(user, peer, id, command.receiver)
                return self._settled()
            case Join():
                chat.join(user, peer, id, command.receiver)
                return self._settled()
            case Leave():
                chat.leave(user, peer, id, command.receiver)
                return self._settled()
            case ListRooms():
                self._send(chat.list_rooms(user, id))
            case ListUsers():
                self._send(chat.list_users(user, id, command.receiver))
            case Ping():
                self._send(Success(SERVER, user.name, "pong", id=id))
            case Quit():
                return self._quit(id)
            case Register():
                raise AlreadyRegistered(user.name)
            case _:
                assert_never(command)
        return None

    def _before_signing_in(self, command: Command) -> Coroutine[Any, Any, None] | None:
        if self._closed:
            return None
        match command:
            case Register():
                self._user = user = self._chat.register(command.sender, self._peer)
                text = f"Welcome to ClassChat, {user.name}!"
                self._send(Success(SERVER, user.name, text, id=command.id, server=_SERVER_VERSION))
                return None
            case Quit():
                return self._quit(command.id)
            case _:
                raise NotRegistered

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
        self._peer.write(self._chat.encode(event))
