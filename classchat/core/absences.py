"""Absences: whether a user is away, and with which message. A user is away only if all their clients are.

JSON: away, back    all clients of the user are, until `back`; one that signs in is as the others
IRC: AWAY           this client is; one that signs in is not, until it says so
"""

from __future__ import annotations

from classchat.core.events import AwaySet
from classchat.core.model import User
from classchat.core.ports import Peer
from classchat.core.published import Published
from classchat.core.watchers import Watchers

NO_MESSAGE = "*"
"""The message of a client that is away without one: it counts only where no other client has a message."""


class Absences:
    """Records which clients are away, and tells those who watch a user."""

    def __init__(self, watchers: Watchers, published: Published) -> None:
        self._watchers = watchers
        self._published = published

    def away(self, user: User, peer: Peer, text: str) -> None:
        """Record that a user is away, or only one client of theirs with a personal codec."""
        if peer.codec.personal:
            self._mark(user, peer, None if text == NO_MESSAGE else text)
        else:
            user.stated = text
            for each in (*user.peers, *user.catching_up):
                self._mark(user, each, text)
        self._update(user)
        self._published.present(user)

    def back(self, user: User, peer: Peer) -> None:
        """Record that a user is back, or only one client of theirs with a personal codec."""
        if peer.codec.personal:
            user.is_present(peer)
        else:
            user.stated = None
            user.all_present()
        self._update(user)
        self._published.present(user)

    def arrived(self, user: User, peer: Peer, away: str | None = None) -> None:
        """Record that a client has signed in, which may have said before that it is away."""
        if away is not None:
            self._mark(user, peer, None if away == NO_MESSAGE else away)
        elif user.stated is not None and not peer.codec.personal:
            self._mark(user, peer, user.stated)
        self._update(user)

    def left(self, user: User, peer: Peer) -> None:
        """Record that the connection of a client has ended: the others may all be away."""
        user.is_present(peer)
        if user.connected:
            self._update(user)
        else:
            user.away = user.stated

    def follow(self, user: User, stated: str | None) -> None:
        """Take over what another node says of a user: the message of an `away` for all clients, or None."""
        if stated != user.stated:
            user.stated = stated
            if stated is None:
                user.all_present()
            else:
                for each in (*user.peers, *user.catching_up):
                    self._mark(user, each, stated)
        self._update(user)

    def _mark(self, user: User, peer: Peer, text: str | None) -> None:
        if user.reaches(peer):  # it may have disconnected while its request waited
            user.is_absent(peer, text)

    def _update(self, user: User) -> None:
        away = user.away_here
        if user.elsewhere:
            nodes = [abroad.away for abroad in user.elsewhere.values()]
            if user.peers or user.catching_up:
                nodes.append(away)
            messages = [text for text in nodes if text is not None]
            away = None if len(messages) < len(nodes) else next(filter(None, reversed(messages)), "")
        if away != user.away:
            user.away = away
            self._watchers.tell(user, AwaySet(user.name, away))
