"""The conversation with a client as its connection sees it, whatever dialect the client speaks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from classchat.core.chat import Chat
from classchat.core.ports import Peer
from classchat.errors import ChatError

Request_contra = TypeVar("Request_contra", contravariant=True)


class Talk(Protocol[Request_contra]):
    """The conversation with one client: `Session` of the chat, or one that translates for it."""

    @property
    def answers(self) -> bool:
        """Whether the client has said that it answers when it is asked whether it is still there."""

    @property
    def registered(self) -> bool:
        """Whether the client is signed in."""

    @property
    def is_owed(self) -> bool:
        """Whether the client has yet to show that it has received what its user had missed."""

    def said_before(self, lines: int) -> None:
        """Record that so many lines were sent before the welcome: they don't show that it was received."""

    def handle(self, request: Request_contra, /) -> Coroutine[Any, Any, None] | None:
        """Handle a request; return what to wait for before the next one, or None."""

    def misheard(self, error: ChatError, id: str | None = None) -> Coroutine[Any, Any, None] | None:
        """Refuse an invalid line; return what to wait for, as `handle` does."""

    def count(self) -> Coroutine[Any, Any, None] | None:
        """Count a request that asks for nothing; return what to wait for, as `handle` does."""

    def refuse(self, error: ChatError) -> None:
        """Tell the client what can't be granted, or why the server is about to disconnect it."""

    def ask_whether_there(self) -> None:
        """Ask the client to show that it is still there."""

    def close(self, reason: ChatError | None = None) -> None:
        """End the conversation: the client has disconnected, or is about to be. Harmless twice."""


Converses = Callable[[Chat, Peer, str, bool, bool], Talk[Request_contra]]
"""Begins a conversation with a client, whose attempts are counted under a place.

The last arguments say whether the connection is encrypted, and whether passwords are taken: they are not
where others on the way could read them.
"""
