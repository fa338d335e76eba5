"""What the server is to IRC clients: a network of one server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import randbits
from typing import Final

from classchat.core.chat import Chat
from classchat.irc.monitors import Monitors
from classchat.irc.profiles import Profiles
from classchat.wire.irc.irc_codec import Codecs
from classchat.wire.irc.irc_happenings import Directions
from classchat.wire.irc.irc_messages import Lookups
from classchat.wire.irc.message_ids import MessageIds

_HOST: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE | re.ASCII)
"""The name of a host: words with dots between them."""


@dataclass(eq=False)
class Network:
    """The network of one server, which all its IRC clients share."""

    created: float
    """When the server started, in seconds since 1970."""

    name: str = "ClassChat"
    """The name of the network: one word. If it is the name of a host, it is the server's name as well."""

    description: str = ""
    """What the operator says about the network; "" for nothing."""

    replay: int = 20
    """Lines that a client is sent when it joins a room."""

    server: str = "classchat.server"
    """The source of what the server says. Clients tell it from a nickname by its dot."""

    draw: Callable[[], int] = lambda: randbits(62)
    """Returns a random number, which names the first request of a client."""

    profiles: Profiles = field(init=False)
    monitors: Monitors = field(init=False)
    codecs: Codecs = field(init=False)
    ids: MessageIds = field(init=False)
    _chat: Chat | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Name the server after the network where the network is named after a host."""
        if _HOST.fullmatch(self.name):
            self.server = self.name

    def attend(self, chat: Chat) -> None:
        """Watch the users of the chat, from its first IRC client on. Harmless twice."""
        if self._chat is not chat:
            self._chat = chat
            self.profiles = Profiles(chat.users, chat.sign_ins.calendar.seconds)
            self.monitors = Monitors(chat.users)
            chat.watchers.listeners.append(self.monitors.changed)
            self.ids = MessageIds(lambda: chat.epoch)
            self.codecs = Codecs(self._directions(chat))

    def _directions(self, chat: Chat) -> Directions:
        """Return what the codecs ask about the users of the chat."""
        profiles, users, accounts = self.profiles, chat.users, chat.accounts

        def real_name(name: str) -> str:
            user = users.find(name)
            return name if user is None else profiles.of(user).realname

        def away(name: str) -> str | None:
            user = users.find(name)
            return None if user is None else user.away

        def reads_wallops(name: str) -> bool:
            user = users.find(name)
            return user is not None and profiles.reads_wallops(user)

        def is_account(name: str) -> bool:
            user = users.find(name)  # who may be a guest whose name was claimed by another person meanwhile
            return accounts.find(name) is not None if user is None else user.account is not None

        lookups = Lookups(is_account, profiles.bots.__contains__, self.ids)
        return Directions(self.server, chat.sign_ins.time, real_name, away, reads_wallops, lookups)
