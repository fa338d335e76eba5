"""The names that IRC clients monitor: a client is told when their users sign in, and when they are gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from classchat import names
from classchat.core.events import AccountClaimed, AwaySet
from classchat.core.model import User
from classchat.core.ports import Peer
from classchat.core.users import UserRegistry
from classchat.irc.peer import IRCPeer
from classchat.wire.irc import numerics
from classchat.wire.irc.capabilities import Capabilities
from classchat.wire.irc.isupport import MOST_MONITORED
from classchat.wire.irc.rendering import source_of


class Watcher(Protocol):
    """A client that monitors names."""

    peer: IRCPeer
    capabilities: Capabilities

    def reply(self, numeric: str, *params: str) -> None:
        """Send one numeric to the client."""


class Monitors:
    """Which client monitors which names; it watches the registry of users."""

    def __init__(self, users: UserRegistry) -> None:
        users.onlookers.append(self)
        self._users = users
        self._lists: dict[Watcher, dict[str, str]] = {}  # the names as they were written, by their keys
        self._watchers: dict[str, dict[Watcher, None]] = {}

    def of(self, client: Watcher) -> dict[str, str]:
        """Return the names that a client monitors, by their keys."""
        return self._lists.get(client, {})

    def watchers(self, user: User) -> list[Watcher]:
        """Return the clients that monitor a user's name."""
        return list(self._watchers.get(user.person.key, ())) if self._watchers else []

    def add(self, client: Watcher, wanted: Iterable[str]) -> tuple[list[str], list[str]]:
        """Monitor names; return those that are monitored now, and those for which there is no place.

        A name that no user can have is as good as monitored: nobody with it will ever sign in.
        """
        monitored, left_out = list[str](), list[str]()
        own = self._lists.setdefault(client, {})
        checks = MOST_MONITORED  # each of them takes long
        for name in wanted:
            key = self._users.key_of(name)
            if key is not None and key not in own:
                if not checks or len(own) >= MOST_MONITORED:
                    left_out.append(name)
                    continue
                checks -= 1
                if self._users.may_be(name):
                    own[key] = name
                    self._watchers.setdefault(key, {})[client] = None
            monitored.append(name)
        if not own:
            del self._lists[client]
        return monitored, left_out

    def remove(self, client: Watcher, unwanted: Iterable[str]) -> None:
        """Monitor names no longer."""
        own = self._lists.get(client, {})
        for name in unwanted:
            key = self._users.key_of(name)
            if key is not None and key in own:
                del own[key]
                self._forget(client, key)
        if not own:
            self._lists.pop(client, None)

    def clear(self, client: Watcher) -> None:
        """Monitor nothing for a client, which may be about to go. Harmless twice."""
        for key in self._lists.pop(client, {}):
            self._forget(client, key)

    def _forget(self, client: Watcher, key: str) -> None:
        watchers = self._watchers[key]
        del watchers[client]
        if not watchers:
            del self._watchers[key]

    # What the registry of users tells.

    def arrived(self, user: User) -> None:
        """Tell the clients that monitor a name that its user is here."""
        for client in self.watchers(user):
            client.reply(numerics.RPL_MONONLINE, source_of(user.name))

    def left(self, user: User) -> None:
        """Tell the clients that monitor a name that its user is gone."""
        for client in self.watchers(user):
            client.reply(numerics.RPL_MONOFFLINE, user.name)

    def renamed(self, user: User, old: str) -> None:
        """Tell the clients that monitor the old name or the new one; nothing where only its case changes."""
        key = names.user_key(old)
        if key == user.person.key:
            return
        for client in list(self._watchers.get(key, ())):
            client.reply(numerics.RPL_MONOFFLINE, old)
        self.arrived(user)

    # What the chat tells those who share a room with a user.

    def changed(self, user: User, event: AwaySet | AccountClaimed, told: Collection[Peer]) -> None:
        """Tell it those clients as well that monitor the user's name and want this; `told` know it already.

        https://ircv3.net/specs/extensions/extended-monitor
        """
        for client in self.watchers(user):
            peer = client.peer
            if "extended-monitor" in client.capabilities and not (peer in told or user.reaches(peer)):
                data = peer.codec.encode([event])
                if data:
                    peer.put(data)
