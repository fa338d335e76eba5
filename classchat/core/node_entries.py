"""Delivers entries that are no messages: who is on which node, what everybody is told, and signals.

Bob signs in here         Published.arrive -> Located    -> committed: the name is Bob's
Bob's last client leaves  Presence         -> Left, ... SignedOut
another node dies         Others.died      -> NodeLost   -> its guests leave, owners are back in a moment
Bob is typing             Signalling.send  -> Signalled  -> IRC clients in the room show it
"""

from __future__ import annotations

from typing import assert_never

from classchat.core.accounts import AccountRegistry
from classchat.core.delivery import Delivery
from classchat.core.departures import Ending
from classchat.core.directory import Directory
from classchat.core.entries import Announced, Aside, Evicted, Located, NodeLost, OfNodes, Signalled, SignedOut
from classchat.core.events import BroadcastReceived, Own, Styled
from classchat.core.features.rulings import Rulings
from classchat.core.model import Room, User
from classchat.core.people import People
from classchat.core.published import Published
from classchat.errors import ChatError


class NodeEntries:
    """Delivers them, or takes them back."""

    def __init__(
        self,
        directory: Directory,
        people: People,
        published: Published,
        rulings: Rulings,
    ) -> None:
        self._users = directory.users
        self._accounts: AccountRegistry = directory.accounts
        self._presence = people.presence
        self._owners = people.owners
        self._absences = people.absences
        self._published = published
        self._rulings = rulings

    def deliver(self, entry: OfNodes, delivery: Delivery) -> None:
        """Apply an entry of this node."""
        match entry:
            case Located():
                if entry.arriving:
                    self._users.release(entry.user.name)
                    self._users.admit(entry.user)
                elif not entry.here.clients:
                    self._presence.left_everywhere(entry.user)
            case Aside():
                pass  # only other nodes have a client for it
            case SignedOut():
                pass  # the user was removed when the last client left
            case NodeLost():
                if not entry.refused:
                    self.lost(entry.node)
                    self._reap()
                    self._rulings.regroup()
            case Announced():
                if not entry.refused:
                    self.announce(entry.user.name, entry.text, delivery)
            case Evicted():
                if not entry.refused:
                    self.evict(entry.who, entry.text, delivery)
            case Signalled():
                self._signal(entry, delivery)
            case _:
                assert_never(entry)

    def take_back(self, entry: OfNodes, reason: ChatError) -> None:
        """Undo an entry that could not be stored; what other nodes have to know is appended again."""
        entry.error, user = reason, entry.user
        match entry:
            case Located():
                if entry.arriving:
                    self._users.release(user.name)
                else:
                    self._published.owe(user, lambda: self._present_again(user))
            case SignedOut():
                self._published.owe((user, entry.visit), lambda: self._departed_again(entry))
            case NodeLost() | Announced() | Evicted() | Aside() | Signalled():
                pass
            case _:
                assert_never(entry)

    def announce(self, by: str, text: str, delivery: Delivery) -> None:
        """Tell all users on this node what an operator says."""
        delivery.send_all()
        for user in self._users:
            event = BroadcastReceived(user.name, by, text)
            user.catching_up.add(event)
            for peer in user.peers:
                delivery.to_peer(peer, event)

    def evict(self, user: User, reason: str, delivery: Delivery) -> None:
        """Disconnect the clients that a user has on this node, after they were told what came before."""
        delivery.send_all()
        self._presence.evict(user, reason)

    def tell_aside(self, to: User, told: Styled, delivery: Delivery) -> None:
        """Tell the client of a user that understands it, if there is one here."""
        peer = to.personal_peer
        if peer is not None:
            delivery.to_peer(peer, told)

    def _signal(self, entry: Signalled, delivery: Delivery) -> None:
        """Tell the clients with a personal codec that a room or the two users have."""
        user, to, event, sender = entry.user, entry.to, entry.told, entry.peer
        if isinstance(to, Room):
            peers = [peer for member in to.members for peer in member.peers if peer.codec.personal]
            delivery.to_each([peer for peer in peers if peer is not sender], event)
        else:
            others = () if user is to else [peer for peer in user.peers if peer is not sender]
            for peer in (*to.peers, *others):
                if peer.codec.personal:
                    delivery.to_peer(peer, event)
        if sender is not None:
            delivery.to_peer(sender, Own(event))

    def lost(self, node: str) -> None:
        """Take note that no user has clients on a node any more."""
        for user in list(self._users):
            if node in user.elsewhere:
                self.leave_node(user, node)

    def leave_node(self, user: User, node: str) -> None:
        """Take note that a user has no clients on a node any more."""
        left = {name: abroad for name, abroad in user.elsewhere.items() if name != node}
        user.elsewhere = left
        if user.connected:
            self._absences.follow(user, user.stated)
        elif user.account is not None:
            user.away = user.stated
            self._owners.be_away(user.account)

    def _reap(self) -> None:
        """Sign out those whose node has died: this node tells the rooms for it."""
        for user in list(self._users):
            if user.connected:
                continue
            if user.account is None:
                self._presence.sign_out_lost(user)
            elif user.account.leaving is None:
                self._owners.leave_later(user.account, Ending())

    def _present_again(self, user: User) -> None:
        if user in self._users or user.account is not None:
            self._published.present(user)

    def _departed_again(self, entry: SignedOut) -> None:
        user = entry.user
        if not (user in self._users and user.connected and user.visit == entry.visit):
            self._published.departed(user, taken_over=entry.taken_over, released=entry.released)
