"""What the server is to IRC clients: a network of one server."""

from __future__ import annotations

from dataclasses import dataclass, field

from classchat.core.chat import Chat
from classchat.irc.monitors import Monitors
from classchat.irc.profiles import Profiles


@dataclass(eq=False)
class Network:
    """The network of one server, which all its IRC clients share."""

    created: float
    """When the server started, in seconds since 1970."""

    name: str = "ClassChat"
    """The name of the network: one word."""

    description: str = ""
    """What the operator says about the network; "" for nothing."""

    replay: int = 20
    """Lines that a client is sent when it joins a room."""

    server: str = "classchat.server"
    """The source of what the server says. Clients tell it from a nickname by its dot."""

    profiles: Profiles = field(init=False)
    monitors: Monitors = field(init=False)
    _chat: Chat | None = field(default=None, init=False)

    def attend(self, chat: Chat) -> None:
        """Watch the users of the chat, from its first IRC client on. Harmless twice."""
        if self._chat is None:
            self._chat = chat
            self.profiles = Profiles(chat.users, lambda: chat.moderation.now() / 1000)
            self.monitors = Monitors(chat.users)
